//! What the declaration means, taken as a whole.

use super::Page;
use crate::finding::Severity::{Error, Info};

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "asn-public",
        severity: Info,
        fixed: false,
        live: false,
        title: "a public ASN is used",
        symptom: "nothing, as long as the number is yours; if routes leave your network, somebody else's ASN is in their path",
        cause: "the number is neither private (64512-65534, 4200000000-4294967294) nor for documentation",
        sees: "the number",
        remedy: "take a private ASN, or accept the finding if the number is assigned to you",
        references: &["RFC 6996"],
    },
    Page {
        code: "pool-overlap",
        severity: Error,
        fixed: true,
        live: false,
        title: "two entries of pools share addresses",
        symptom: "MetalLB refuses its whole configuration and goes on with the old one",
        cause: "an address in two entries, of one pool or of two",
        sees: "the entries of all pools, in ascending order",
        remedy: "give each address to one entry of one pool",
        references: &[],
    },
];
