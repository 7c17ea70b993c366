//! Prefix lists and route maps, ours by name; null routes and BFD peers, ours by what they belong to.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::Builder;
use super::compare::{field_change, same};
use super::neighbors::{self, NeighborOwner, pairs};
use crate::compile::facts::parse_mark;
use crate::compile::pfsense::{Entry, is_no_route, key_of};
use crate::finding::{Finding, Layer};
use crate::pfsense::Value;
use crate::pfsense::xml::{Edit, ListPath};
use crate::plan::Guard;
use crate::plan::change::{Action, Effect, FieldChange};
use crate::plan::ownership::Owner;

const PREFIX_LISTS: &str = "frrglobalprefixes";
const ROUTE_MAPS: &str = "frrglobalroutemaps";
const BFD_PEERS: &str = "frrbfdpeers";
const ROUTES: &str = "frr";

/// Whose an entry at its place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Ours,
    BecomesOurs,
    Foreign,
}

impl Builder<'_, '_> {
    pub(super) fn prefix_lists(&mut self, wanted: &[Entry]) {
        self.check_cluster();
        self.list(PREFIX_LISTS, "prefix list", wanted, |builder, entry| builder.by_name(entry));
    }

    pub(super) fn route_maps(&mut self, wanted: &[Entry]) {
        self.list(ROUTE_MAPS, "route map", wanted, |builder, entry| builder.by_name(entry));
    }

    fn by_name(&self, entry: &Value) -> Place {
        match self.context.name_owner(entry.field("name")) {
            Owner::Us => Place::Ours,
            _ => Place::Foreign,
        }
    }

    /// Another cluster under the same network name would pull both to and fro.
    fn check_cluster(&mut self) {
        let Some(own) = &self.context.options.identity else { return };
        let other = self.entries(PREFIX_LISTS).iter().find_map(|entry| {
            if self.by_name(entry) != Place::Ours {
                return None;
            }
            let (_, identity) = parse_mark(entry.field("descr"))?;
            identity
                .filter(|identity| identity != own)
                .map(|identity| (entry.field("name").to_owned(), identity))
        });
        if let Some((name, identity)) = other {
            let message = format!(
                "prefix list {name} was made for another cluster ({identity}, this one is {own}) under the same name of the network"
            );
            self.context.refuse(
                Guard::Ownership,
                Finding::error(Layer::Live, "other-cluster", message)
                    .hint("give one of the two networks another name"),
            );
        }
    }

    /// Own BFD timers belong to a neighbor of ours with BFD.
    pub(super) fn bfd_peers(&mut self, wanted: &[Entry], wanted_neighbors: &[Entry]) {
        let with_bfd = |entry: &&Value| entry.is_ticked("bfdenable");
        let key = |entry: &Value| key_of(neighbors::SECTION, entry);
        let ours: BTreeSet<String> = self
            .entries(neighbors::SECTION)
            .iter()
            .filter(|entry| self.owner_of(entry) == NeighborOwner::Us)
            .filter(with_bfd)
            .filter_map(key)
            .collect();
        let become_ours: BTreeSet<String> =
            wanted_neighbors.iter().map(|entry| &entry.value).filter(with_bfd).filter_map(key).collect();
        self.list(BFD_PEERS, "BFD peer", wanted, |_, entry| match key_of(BFD_PEERS, entry) {
            Some(key) if ours.contains(&key) => Place::Ours,
            Some(key) if become_ours.contains(&key) => Place::BecomesOurs,
            _ => Place::Foreign,
        });
    }

    fn list(&mut self, section: &str, what: &str, wanted: &[Entry], place: impl Fn(&Self, &Value) -> Place) {
        let live: Vec<(usize, Value, Place)> = self
            .entries(section)
            .iter()
            .enumerate()
            .map(|(index, entry)| (index, entry.clone(), place(self, entry)))
            .collect();
        let mut met: BTreeSet<String> = BTreeSet::new();
        for (index, entry, place) in &live {
            let Some(key) = key_of(section, entry) else { continue };
            let adoption = *place == Place::BecomesOurs;
            let title = title(what, entry);
            let target = wanted.iter().find(|wanted| wanted.key == key);
            match (target, place) {
                (_, Place::Foreign) => {}
                // A second entry of that name adds to the first one.
                (Some(_), _) if !met.insert(key) => self.take_off(section, *index, title, adoption),
                (Some(target), _) => self.update(section, *index, title, entry, target, adoption),
                (None, _) => self.take_off(section, *index, title, adoption),
            }
        }
        for entry in wanted.iter().filter(|entry| !met.contains(&entry.key)) {
            self.insert(section, &entry.value);
            // The title says the first three.
            let shown = pairs(&entry.value).filter(|(name, value)| {
                !matches!(*name, "name" | "peer" | "seq" | "acl_match") && !same(name, None, Some(value))
            });
            let fields = shown.map(|(name, value)| field_change(name, None, Some(value))).collect();
            self.change(Action::Create, title(what, &entry.value), fields, Vec::new()).counts = false;
        }
    }

    fn take_off(&mut self, section: &str, index: usize, title: String, adoption: bool) {
        self.remove(section, index);
        let change = self.change(Action::Delete, title, Vec::new(), Vec::new());
        change.adoption = adoption;
        change.counts = adoption;
    }

    fn update(
        &mut self,
        section: &str,
        index: usize,
        title: String,
        live: &Value,
        wanted: &Entry,
        adoption: bool,
    ) {
        let mut fields: Vec<FieldChange> = Vec::new();
        for (name, value) in pairs(&wanted.value) {
            let now = live.get(name);
            // Keys are compared by value already; another spelling of them is no change.
            let is_key = matches!(name, "peer" | "iptype" | "name" | "seq");
            if is_key || same(name, now, Some(value)) {
                continue;
            }
            fields.push(field_change(name, now, Some(value)));
            self.set(section, index, name, value);
        }
        if !fields.is_empty() {
            let policy = fields.iter().any(|field| field.path != "descr") && section != BFD_PEERS;
            let effects = if policy { vec![Effect::SoftRefresh] } else { Vec::new() };
            self.change(Action::Update, title, fields, effects).adoption = adoption;
        }
    }

    /// A null route is ours when our own live prefix list has its range. One for a range that our list
    /// will have was made by others, and becomes ours.
    pub(super) fn null_routes(&mut self, wanted: &[Entry], wanted_lists: &[Entry]) {
        let ours =
            ranges(self.entries(PREFIX_LISTS).iter().filter(|entry| self.by_name(entry) == Place::Ours));
        let become_ours = ranges(wanted_lists.iter().map(|entry| &entry.value));
        let entry = self.entries(ROUTES).first();
        let rows = entry.and_then(|entry| entry.get("row")).map_or(&[][..], Value::members).to_vec();
        let mut met: BTreeSet<String> = BTreeSet::new();
        for (index, row) in rows.iter().enumerate() {
            if is_no_route(row) || row.get("nullroute").is_none() {
                continue;
            }
            let Some(key) = key_of(ROUTES, row) else { continue };
            let is_wanted = wanted.iter().any(|wanted| wanted.key == key);
            // A wider row of the list stands for the ranges inside it, which need no rows of their own.
            let is_ours = ours.contains(&key) || (is_wanted && ours.holds(&key));
            if !is_ours && !become_ours.contains(&key) && !is_wanted {
                continue;
            }
            let title = format!("null route {key}");
            if is_wanted && met.insert(key) {
                if !is_ours {
                    // It stays as it is; only whose it is changes, and that is asked for.
                    self.adopted_route(title);
                }
                continue;
            }
            self.edits.push(Edit::RemoveEntry { list: ListPath::inside(ROUTES, 0, "row"), index });
            let change = self.change(Action::Delete, title, Vec::new(), Vec::new());
            change.adoption = !is_ours;
            change.counts = !is_ours;
        }
        for entry in wanted.iter().filter(|entry| !met.contains(&entry.key)) {
            self.add_route(rows.len(), &entry.value);
            let title = format!("null route {}", entry.key);
            self.change(Action::Create, title, Vec::new(), Vec::new()).counts = false;
        }
    }

    /// Adds a row to FRR's settings, or to the entry that is about to be made for them.
    fn add_route(&mut self, index: usize, row: &Value) {
        let entries = ListPath::entries(ROUTES);
        let made = self.edits.iter_mut().find_map(|edit| match edit {
            Edit::InsertEntry { list, entry: Value::Branch(pairs), .. } if *list == entries => {
                pairs.iter_mut().find(|(name, _)| name == "row")
            }
            _ => None,
        });
        match made {
            Some((_, Value::List(rows))) => {
                rows.retain(|row| !is_no_route(row));
                rows.push(row.clone());
            }
            _ => {
                let list = ListPath::inside(ROUTES, 0, "row");
                self.edits.push(Edit::InsertEntry { list, index, entry: row.clone() });
            }
        }
    }

    fn adopted_route(&mut self, title: String) {
        self.change(Action::Update, title, Vec::new(), Vec::new()).adoption = true;
    }
}

fn title(what: &str, entry: &Value) -> String {
    match what {
        "route map" => format!("{what} {} {}", entry.field("name"), entry.field("seq")),
        "BFD peer" => format!("{what} {}", entry.field("peer")),
        _ => format!("{what} {}", entry.field("name")),
    }
}

/// The ranges that lists permit.
struct Ranges(Vec<IpNet>);

impl Ranges {
    fn contains(&self, key: &str) -> bool {
        key.parse().is_ok_and(|net| self.0.contains(&net))
    }

    fn holds(&self, key: &str) -> bool {
        key.parse::<IpNet>().is_ok_and(|net| self.0.iter().any(|range| range.contains(&net)))
    }
}

fn ranges<'a>(lists: impl Iterator<Item = &'a Value>) -> Ranges {
    let rows = lists.flat_map(|list| list.get("row").map_or(&[][..], Value::members));
    let permitted = rows.filter(|row| row.field("action") == "permit");
    Ranges(
        permitted
            .filter_map(|row| row.field("source").parse::<IpNet>().ok())
            .map(|net| net.trunc())
            .collect(),
    )
}
