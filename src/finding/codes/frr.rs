//! What FRR refuses, or takes in another way than it looks.

use super::Page;
use crate::finding::Severity::{Error, Warning};

/// What a line that is not parsed does.
const FROZEN: &str = "nothing that is changed on the router takes effect until somebody restarts FRR";
/// What a line that a daemon refuses does.
const SKIPPED: &str = "everything but this line works, and every reload reports an error";
/// What one refused list does to its neighbors in the text.
const GROUP: &str = "after the next start all lists and maps of one group are missing";

const fn error(
    code: &'static str,
    title: &'static str,
    symptom: &'static str,
    cause: &'static str,
    remedy: &'static str,
) -> Page {
    Page::new(Error, code, title).symptom(symptom).cause(cause).sees(SEES).remedy(remedy)
}

const fn warning(
    code: &'static str,
    title: &'static str,
    symptom: &'static str,
    cause: &'static str,
    remedy: &'static str,
) -> Page {
    Page::new(Warning, code, title).symptom(symptom).cause(cause).sees(SEES).remedy(remedy)
}

const SEES: &str = "the frr.conf that the package generates or that is there, line by line";

pub(super) const PAGES: &[Page] = &[
    error(
        "frr-line-not-parsed",
        "FRR does not know a line",
        FROZEN,
        "frr-reload refuses the whole file for one line, whoever wrote it, and pfSense reads no result",
        "correct or remove the setting that the line comes from",
    ),
    error(
        "frr-line-outside-block",
        "a line stands outside its block",
        FROZEN,
        "the line that opens the block is missing, usually because of an invalid AS",
        "correct the setting that the block's first line comes from",
    ),
    error(
        "frr-second-asn",
        "there is a second BGP instance of another AS",
        SKIPPED,
        "one instance has one AS",
        "keep one of them",
    ),
    error(
        "frr-confederation-own-asn",
        "the router's own AS is among its confederation's peers",
        SKIPPED,
        "the list is of the others",
        "take it off the list",
    ),
    error(
        "frr-neighbor-not-an-address",
        "a neighbor is neither an address nor a group",
        SKIPPED,
        "FRR wants an address, or a group that is defined before",
        "correct the neighbor",
    ),
    error(
        "frr-member-remote-as",
        "a member of a group has an AS of its own",
        SKIPPED,
        "the group has one already",
        "leave the AS to the group, or to its members",
    ),
    error(
        "frr-peer-group-undefined",
        "a group is used before it is defined",
        SKIPPED,
        "neighbors are written in the order of their list",
        "move the group in front of its members",
    ),
    error(
        "frr-neighbor-unknown",
        "settings are for a neighbor without an AS",
        SKIPPED,
        "remote-as makes a neighbor",
        "set its AS",
    ),
    error(
        "frr-update-source-prefix",
        "an update source has a prefix length",
        SKIPPED,
        "FRR wants an address or an interface",
        "remove the length",
    ),
    error(
        "frr-local-as",
        "a local AS is the router's or the neighbor's",
        SKIPPED,
        "it must be a third one",
        "choose another AS",
    ),
    error(
        "frr-multihop-with-ttl-security",
        "a neighbor has multihop and TTL security",
        SKIPPED,
        "they exclude each other",
        "keep one of them",
    ),
    error(
        "frr-internal-only",
        "a setting is for neighbors of the same AS",
        SKIPPED,
        "the neighbor is in another AS",
        "remove the setting",
    ),
    error(
        "frr-external-only",
        "a setting is for neighbors of another AS",
        SKIPPED,
        "the neighbor is in the same AS",
        "remove the setting",
    ),
    error(
        "frr-two-lists",
        "a neighbor has a distribute list and a prefix list",
        SKIPPED,
        "FRR takes one of them in each direction",
        "keep one of them",
    ),
    error("frr-hold-time", "a hold time is 1 or 2 seconds", SKIPPED, "BGP forbids it", "set 3 and more"),
    error(
        "frr-community",
        "a community cannot be read",
        SKIPPED,
        "it is no number pair and no known word",
        "correct it",
    ),
    error(
        "frr-local-preference",
        "a local preference cannot be read",
        SKIPPED,
        "it is no number that fits",
        "correct it",
    ),
    error(
        "frr-prefix-list-range",
        "lengths of a prefix list are in the wrong order",
        GROUP,
        "FRR wants the prefix's length up to ge, and ge up to le",
        "correct ge and le",
    ),
    error(
        "frr-prefix-list-sequence",
        "a sequence number of a prefix list is used twice",
        "the later row is in force, the earlier one is gone",
        "a number has one row",
        "give each row a number of its own",
    ),
    error(
        "frr-prefix-list-duplicate",
        "a prefix list has the same row twice",
        GROUP,
        "FRR refuses the second one",
        "remove one of them",
    ),
    error(
        "frr-route-map-refused",
        "a route map has a line that FRR refuses",
        GROUP,
        "the value does not fit where it stands",
        "correct the entry",
    ),
    warning(
        "frr-list-missing",
        "a filter is not there",
        "the session is up and no route passes",
        "a list that does not exist denies everything",
        "define it, or take it off the neighbor",
    ),
    error(
        "frr-list-only-described",
        "a filter has a description and no rows",
        "every route passes",
        "the description makes a list, and a list without rows permits everything",
        "add the rows, or remove the list",
    ),
    warning(
        "frr-match-missing",
        "an entry of a route map matches a list that is not there",
        "the entry never matches",
        "the list was renamed or never made",
        "define the list, or remove the entry",
    ),
];
