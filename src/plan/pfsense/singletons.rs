//! Sections that everybody shares: only the fields that the declaration determines are set, and not
//! against what others rely on.

use super::Builder;
use super::compare::{field_change, same};
use crate::compile::pfsense::{FieldValue, GENERATED, PfsensePart, Singleton, new_singleton};
use crate::finding::{Finding, Layer};
use crate::pfsense::Value;
use crate::pfsense::value::truthy;
use crate::plan::Guard;
use crate::plan::change::{Action, Effect, FieldChange, Shown};
use secrecy::ExposeSecret;

/// Protocols of the package that fall back to the router id of FRR as a whole.
const OTHER_PROTOCOLS: [&str; 2] = ["frrospfd", "frrospf6d"];

impl Builder<'_, '_> {
    pub(super) fn singletons(&mut self, part: Option<&PfsensePart>) {
        for singleton in part.map_or(&[][..], |part| &part.singletons) {
            self.singleton(singleton, part);
        }
    }

    fn singleton(&mut self, singleton: &Singleton, part: Option<&PfsensePart>) {
        let section = singleton.section;
        let live = self.entries(section).first().cloned();
        let mut fields: Vec<(&'static str, String)> = Vec::new();
        let mut changes: Vec<FieldChange> = Vec::new();
        let mut effects: Vec<Effect> = Vec::new();
        for (name, wanted) in &singleton.fields {
            let now = live.as_ref().and_then(|live| live.get(name));
            let text = match wanted {
                FieldValue::Text(text) => text.clone(),
                // An existing password is never changed.
                FieldValue::Generated => match now.and_then(Value::as_text).filter(|now| truthy(now)) {
                    None => {
                        changes.push(FieldChange {
                            path: (*name).to_owned(),
                            old: None,
                            new: Some(Shown::Generated),
                        });
                        fields.push((name, self.generated()));
                        continue;
                    }
                    Some(_) => continue,
                },
            };
            let wanted = Value::text(&text);
            if same(name, now, Some(&wanted)) || !self.may_set(section, name, now, &text, part) {
                continue;
            }
            let change = field_change(name, now, Some(&wanted));
            effects.extend(effect(section, name, now, self.is_on("frr")));
            changes.push(change);
            fields.push((name, text));
        }
        if fields.is_empty() {
            return;
        }
        let action = if live.is_some() { Action::Update } else { Action::Create };
        if live.is_some() {
            for (name, text) in &fields {
                self.set(section, 0, name, &Value::text(text));
            }
        } else if let Some(entry) = new_singleton(section, &fields) {
            self.insert(section, &entry);
        }
        effects.sort();
        effects.dedup();
        self.change(action, title(section).to_owned(), changes, effects);
    }

    fn generated(&mut self) -> String {
        match &self.context.options.vty_password {
            Some(password) => password.expose_secret().to_owned(),
            None => {
                self.incomplete = true;
                GENERATED.to_owned()
            }
        }
    }

    /// Whether a field may be set against what is there.
    fn may_set(
        &mut self,
        section: &str,
        name: &str,
        now: Option<&Value>,
        wanted: &str,
        part: Option<&PfsensePart>,
    ) -> bool {
        if (section, name) == ("frrbgp", "nodefipv4unicast") {
            return self.may_leave_ipv4_out(part);
        }
        let Some(now) = now.and_then(Value::as_text).filter(|now| !now.is_empty()) else {
            return true;
        };
        let now = now.to_owned();
        match (section, name) {
            ("frr", "routerid") => {
                // BGP has a router id of its own from us. This one belongs to whoever else runs here.
                let others = self.foreign_neighbors(part) + self.other_protocols();
                others == 0
            }
            ("frr", "carpstatusvid") if now != "none" => {
                self.contradicts(format!("FRR is bound to {now} and would be bound to {wanted}"))
            }
            ("frrbgp", "asnum") if self.foreign_neighbors(part) > 0 => self.contradicts(format!(
                "its AS is {now}, declared is {wanted}, and others have neighbors there"
            )),
            ("frrbgp", "routerid") if self.foreign_neighbors(part) > 0 => self.contradicts(format!(
                "its BGP router id is {now}, declared is {wanted}, and others have neighbors there"
            )),
            _ => true,
        }
    }

    /// Without FRR's default, IPv6 sessions of others would lose the IPv4 that they may rely on.
    fn may_leave_ipv4_out(&mut self, part: Option<&PfsensePart>) -> bool {
        let wanted = part.map_or(&[][..], |part| &part.neighbors);
        let relies = |entry: &&Value| {
            let by_default = entry.field("peer").contains(':') && !entry.is_ticked("bothaf");
            by_default && self.is_foreign(entry, wanted)
        };
        let relying: Vec<String> = self
            .entries(super::neighbors::SECTION)
            .iter()
            .filter(relies)
            .map(|entry| entry.field("peer").to_owned())
            .collect();
        if relying.is_empty() {
            return true;
        }
        let message = format!(
            "FRR takes IPv4 routes over IPv6 sessions as well, which is left as it is for the sake of {}",
            relying.join(", ")
        );
        self.context.tell(
            Finding::warning(Layer::Live, "ipv4-over-ipv6", message).hint(
                "if they carry IPv6 only, set `Disable IPv4 unicast by default` under Services > FRR BGP > Advanced",
            ),
        );
        false
    }

    fn contradicts(&mut self, message: String) -> bool {
        self.context.refuse(
            Guard::Ownership,
            Finding::error(Layer::Live, "foreign-value", message)
                .hint("declare what the router has, or agree with whoever uses it"),
        );
        false
    }

    /// Whether a section is switched on as it is.
    pub(super) fn is_on(&self, section: &str) -> bool {
        self.entries(section).first().is_some_and(|entry| entry.is_ticked("enable"))
    }

    /// Neighbors that are neither ours nor become ours.
    fn foreign_neighbors(&self, part: Option<&PfsensePart>) -> usize {
        let wanted = part.map_or(&[][..], |part| &part.neighbors);
        let entries = self.entries(super::neighbors::SECTION);
        entries.iter().filter(|entry| self.is_foreign(entry, wanted)).count()
    }

    fn other_protocols(&self) -> usize {
        OTHER_PROTOCOLS.iter().filter(|section| self.is_on(section)).count()
    }
}

fn title(section: &str) -> &str {
    match section {
        "frr" => "FRR settings",
        "frrbgp" => "BGP settings",
        "frrbfd" => "BFD settings",
        _ => section,
    }
}

/// What a new value does where FRR runs already; where it does not, there is no session yet.
fn effect(section: &str, name: &str, now: Option<&Value>, frr_runs: bool) -> Option<Effect> {
    let was_off = now.and_then(Value::as_text).is_none_or(|now| !truthy(now));
    match (section, name) {
        _ if !frr_runs => None,
        (_, "enable") => {
            let reason = format!("{} are switched on", title(section));
            Some(Effect::DaemonRestart { reason })
        }
        ("frrbgp", "asnum" | "routerid") if !was_off => Some(Effect::SessionReset {
            sessions: vec!["all sessions".into()],
            reason: format!("{name} changes"),
        }),
        ("frr", "carpstatusvid") => {
            Some(Effect::DaemonRestart { reason: "FRR follows a carp address".into() })
        }
        _ => None,
    }
}
