//! The difference of one pfSense: which entries of the FRR package's sections change, and how.
//!
//! | file | for |
//! | --- | --- |
//! | `singletons` | sections that everybody shares |
//! | `neighbors` | `frrbgpneighbors`, where adoption and repair happen |
//! | `lists` | prefix lists, route maps, null routes and BFD peers |
//! | `compare` | what equals what |
//! | `judged` | what FRR will make of it |
//!
//! Entries of others keep their bytes and their place: nothing is written but single fields, entries
//! and rows that are ours or become ours.

mod compare;
mod judged;
mod lists;
mod neighbors;
mod singletons;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use super::change::{Action, Change, Effect, FieldChange, Side};
use super::conf::ConfChange;
use super::ownership::Context;
use super::{Guard, RouterChange, RouterDifference};
use crate::compile::pfsense::{CarpBinding, PfsensePart, part};
use crate::finding::{Finding, Layer};
use crate::frr::RouterConfig;
use crate::observed::{PfsenseFacts, PfsenseState};
use crate::pfsense::Value;
use crate::pfsense::frr::frr_conf;
use crate::pfsense::xml::{Edit, ListPath, apply_to_value};

/// Compares a pfSense with what it should hold; without a configuration nothing of ours may be left.
/// `None` where nothing can be said, with the reason among the refusals.
pub(super) fn difference(
    wanted: Option<(&RouterConfig, Option<IpAddr>)>,
    state: &PfsenseState,
    context: &mut Context<'_>,
) -> Option<RouterDifference> {
    let passwords_known = wanted.is_none_or(|(config, _)| config.passwords_known());
    let mut builder = Builder {
        state,
        passwords_comparable: passwords_known && !state.redacted,
        edits: Vec::new(),
        changes: Vec::new(),
        incomplete: false,
        context,
    };
    let part = match wanted {
        Some((config, carp)) => {
            let binding = builder.carp(carp)?;
            builder.context.passwords(config);
            Some(part(config, binding.as_ref()))
        }
        None => None,
    };
    builder.check_package(part.is_some());
    if part.is_none() && builder.is_on("frr") {
        let message = "FRR and its BGP settings stay as they are, because others may rely on them";
        builder.context.tell(
            Finding::info(Layer::Live, "router-stays-on", message)
                .hint("switch FRR off under Services > FRR Global/Zebra if nobody needs it"),
        );
    }
    builder.singletons(part.as_ref());
    let empty = Vec::new();
    let lists =
        |take: fn(&PfsensePart) -> &Vec<crate::compile::pfsense::Entry>| part.as_ref().map_or(&empty, take);
    builder.prefix_lists(lists(|part| &part.prefix_lists));
    builder.route_maps(lists(|part| &part.route_maps));
    builder.neighbors(lists(|part| &part.neighbors));
    builder.bfd_peers(lists(|part| &part.bfd_peers), lists(|part| &part.neighbors));
    builder.null_routes(lists(|part| &part.null_routes), lists(|part| &part.prefix_lists));
    builder.finish()
}

/// Collects edits and changes.
struct Builder<'a, 'c> {
    state: &'a PfsenseState,
    /// Both the live and the declared passwords are at hand. Where they are not, a password can only
    /// be told from none.
    passwords_comparable: bool,
    edits: Vec<Edit>,
    changes: Vec<Change>,
    incomplete: bool,
    context: &'a mut Context<'c>,
}

impl Builder<'_, '_> {
    fn facts(&self) -> &PfsenseFacts {
        &self.state.facts
    }

    /// The entries of a section.
    fn entries(&self, section: &str) -> &[Value] {
        let packages = self.state.config.get("installedpackages");
        packages.and_then(|packages| packages.get(section)).map_or(&[], Value::entries)
    }

    fn change(
        &mut self,
        action: Action,
        object: String,
        fields: Vec<FieldChange>,
        effects: Vec<Effect>,
    ) -> &mut Change {
        let side = Side::Router(self.context.path.to_owned());
        let change = Change { side, action, adoption: false, object, fields, effects, counts: true };
        self.changes.push(change);
        // It was pushed just now.
        let last = self.changes.len() - 1;
        &mut self.changes[last]
    }

    /// A new entry at the end of its section.
    fn insert(&mut self, section: &str, entry: &Value) {
        let index = self.entries(section).len();
        self.edits.push(Edit::InsertEntry { list: ListPath::entries(section), index, entry: entry.clone() });
    }

    fn set(&mut self, section: &str, index: usize, field: &str, value: &Value) {
        let (section, field) = (section.to_owned(), field.to_owned());
        self.edits.push(Edit::SetField { section, index, field, value: value.clone() });
    }

    fn remove(&mut self, section: &str, index: usize) {
        self.edits.push(Edit::RemoveEntry { list: ListPath::entries(section), index });
    }

    /// The virtual address that FRR is bound to. `Some(None)` where it is bound to none.
    #[expect(clippy::option_option, reason = "the outer one ends the difference")]
    fn carp(&mut self, carp: Option<IpAddr>) -> Option<Option<CarpBinding>> {
        let Some(address) = carp else { return Some(None) };
        let found =
            self.facts().virtual_addresses.iter().find(|vip| vip.mode == "carp" && vip.address == address);
        let Some(id) = found.map(|vip| vip.unique_id.clone()) else {
            let message = format!("there is no carp address {address} on this firewall");
            self.context.refuse(
                Guard::Unsupported,
                Finding::error(Layer::Live, "no-such-carp-address", message)
                    .hint("make it under Firewall > Virtual IPs, or correct the declared address"),
            );
            return None;
        };
        Some(Some(CarpBinding { address, id: Some(id) }))
    }

    /// What keeps the package from doing what its sections say.
    fn check_package(&mut self, wanted: bool) {
        let refuse = |context: &mut Context<'_>, code: &'static str, message: String, hint: &str| {
            context.refuse(Guard::Ownership, Finding::error(Layer::Pfsense, code, message).hint(hint));
        };
        let facts = &self.state.facts;
        if wanted {
            match &facts.package {
                None => refuse(
                    self.context,
                    "frr-package-missing",
                    "the FRR package is not installed".into(),
                    "install it under System > Package Manager",
                ),
                Some(package) if package.level.is_none() => refuse(
                    self.context,
                    "frr-package-unknown",
                    format!("version {} of the FRR package is not known", package.version),
                    "known are 2.0 and 2.1; use one of them",
                ),
                Some(_) => {}
            }
        }
        let raw = match (facts.raw.whole, facts.raw.daemons.iter().any(|daemon| daemon == "bgpd")) {
            (true, _) => "frr.conf",
            (false, true) => "bgpd.conf",
            (false, false) => return,
        };
        refuse(
            self.context,
            "raw-configuration",
            format!("a raw {raw} is in force, so that nothing set in the forms has an effect"),
            "take it off under Services > FRR Global/Zebra > Raw Config, after moving what it says into the forms",
        );
    }

    fn finish(self) -> Option<RouterDifference> {
        let Builder { state, edits, changes, incomplete, context, .. } = self;
        let after = match apply_to_value(&state.config, &edits) {
            Ok(after) => after,
            Err(error) => {
                context.refuse(
                    Guard::Unsupported,
                    Finding::error(Layer::Pfsense, "config-shape", error.to_string())
                        .hint("save the page in question once in the firewall's web interface"),
                );
                return None;
            }
        };
        let level = state.facts.package.as_ref().and_then(|package| package.level).unwrap_or_default();
        let conf = ConfChange::new(
            frr_conf(&state.config, level).bytes().unwrap_or_default(),
            frr_conf(&after, level).bytes().unwrap_or_default(),
        );
        judged::check(&conf, state, !edits.is_empty(), context);
        Some(RouterDifference {
            path: context.path.to_owned(),
            revision: state.facts.digest.clone(),
            changes,
            write: RouterChange::Pfsense(edits),
            conf,
            incomplete,
        })
    }
}
