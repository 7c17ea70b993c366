//! The spellings of communities that bgpd takes in `set community` and standard lists.
//!
//! FRR's parser takes any words there; bgpd refuses the line later. Tried on FRR 8.4, which wants
//! both halves of `A:B` in sixteen bits and the names in exactly this case.

/// Names bgpd knows.
const NAMES: [&str; 14] = [
    "internet",
    "local-AS",
    "no-export",
    "no-advertise",
    "no-peer",
    "blackhole",
    "graceful-shutdown",
    "accept-own",
    "accept-own-nexthop",
    "route-filter-v4",
    "route-filter-v6",
    "route-filter-translated-v4",
    "route-filter-translated-v6",
    "llgr-stale",
];

/// The first word that bgpd refuses; an empty list of communities is refused as the empty word.
pub(super) fn refused<'a>(words: &[&'a str]) -> Option<&'a str> {
    if words.is_empty() {
        return Some("");
    }
    words.iter().copied().find(|word| !valid(word))
}

fn valid(word: &str) -> bool {
    if NAMES.contains(&word) || word == "no-llgr" {
        return true;
    }
    let half = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok()
    };
    word.split_once(':').is_some_and(|(high, low)| half(high) && half(low))
}

#[cfg(test)]
mod tests {
    use super::refused;

    #[test]
    fn as_bgpd_answers() {
        assert_eq!(
            refused(&["65000:1", "no-export", "local-AS", "graceful-shutdown", "llgr-stale", "no-llgr"]),
            None
        );
        for bad in ["local-as", "No-Export", "65000:70000", "65536:1", "foo", "5", "gshut"] {
            assert_eq!(refused(&["65000:1", bad]), Some(bad));
        }
        assert_eq!(refused(&[]), Some(""));
    }
}
