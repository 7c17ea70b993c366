//! "Did you mean": close words, and the names that MetalLB, FRR and pfSense use for the same thing.

/// Longer words are nobody's typing error, and comparing them costs their product.
const LONGEST: usize = 40;

/// What the same thing is called elsewhere, and here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("peerasn", "asn"),
    ("myasn", "asn"),
    ("remoteas", "asn"),
    ("localas", "asn"),
    ("as", "asn"),
    ("peeraddress", "address"),
    ("ip", "address"),
    ("ips", "addresses"),
    ("cidrs", "addresses"),
    ("ranges", "addresses"),
    ("subnet", "cidr"),
    ("prefix", "cidr"),
    ("neighbors", "peers"),
    ("neighbours", "peers"),
    ("routers", "peers"),
    ("ipaddresspools", "pools"),
    ("addresspools", "pools"),
    ("bgpadvertisements", "advertise"),
    ("advertisements", "advertise"),
    ("l2advertisements", "l2"),
    ("bfdprofile", "bfd"),
    ("ebgpmultihop", "multihop"),
    ("enablegracefulrestart", "gracefulRestart"),
    ("passwordsecret", "password"),
    ("secretref", "secretKeyRef"),
    ("secret", "secretKeyRef"),
    ("localpreference", "localPref"),
    ("holdtimer", "holdTime"),
    ("keepalive", "keepaliveTime"),
    ("connectretry", "connectTime"),
    ("maximumprefix", "maxPrefixes"),
    ("nodeselector", "nodes"),
    ("nodeselectors", "nodes"),
    ("user", "username"),
    ("fqdn", "hostnames"),
];

/// The known word that was probably meant.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > LONGEST {
        return None;
    }
    let bare = bare(word);
    let elsewhere = ELSEWHERE.iter().find(|(there, _)| *there == bare).map(|(_, here)| *here);
    known
        .into_iter()
        .filter_map(|candidate| {
            let distance =
                if elsewhere == Some(candidate) { 0 } else { distance_within_reach(&bare, candidate)? };
            Some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Whether one word was probably meant as the other.
pub(super) fn close(word: &str, wanted: &str) -> bool {
    word.len() <= LONGEST && distance_within_reach(&bare(word), wanted).is_some()
}

/// Capitals and separators are the most common difference and count nothing.
fn bare(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

/// A third of the word may differ, as compilers have it.
fn distance_within_reach(bare_word: &str, candidate: &str) -> Option<usize> {
    let candidate = bare(candidate);
    let reach = bare_word.chars().count().max(candidate.chars().count()) / 3;
    let distance = distance(bare_word, &candidate);
    (distance <= reach).then_some(distance)
}

/// Edits (insert, delete, replace, swap neighbors) from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (i, x) in a.chars().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(x != *y);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if j > 0 && previous == Some(*y) && b[j - 1] == x {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
        previous = Some(x);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        for (a, b, wanted) in [
            ("", "", 0),
            ("abc", "", 3),
            ("", "abc", 3),
            ("peers", "pears", 1),
            ("adress", "address", 1),
            ("ab", "ba", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a, b), wanted, "{a} {b}");
        }
    }

    #[test]
    fn finds_what_was_meant() {
        let known = ["name", "asn", "address", "addresses", "routerID", "password", "maxPrefixes"];
        for (word, wanted) in [
            ("adress", Some("address")),
            ("adresses", Some("addresses")),
            ("routerId", Some("routerID")),
            ("router-id", Some("routerID")),
            ("peerASN", Some("asn")),
            ("max_prefixes", Some("maxPrefixes")),
            ("colour", None),
            ("x", None),
        ] {
            assert_eq!(nearest(word, known), wanted, "{word}");
        }
    }
}
