//! Rules of the room `check`.

use super::Page;
use crate::finding::Severity::Info;

pub(super) const PAGES: &[Page] = &[Page {
    code: "pool-buggy-ips",
    severity: Info,
    fixed: false,
    live: false,
    title: "a pool can hand out addresses that end in .0 or .255",
    symptom: "some clients cannot reach one address",
    cause: "old equipment takes such addresses for those of a network or for broadcast",
    sees: "a pool with such addresses and without avoidBuggyIPs",
    remedy: "set avoidBuggyIPs before services have such addresses: switching it on later takes them away",
    references: &["metallb#1495"],
}];
