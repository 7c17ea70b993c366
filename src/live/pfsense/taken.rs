//! Whether FRR has taken a file: a reload runs in the background, and nobody hears how it ended.
//!
//! The running configuration is never the file's text: defaults are hidden, addresses are spelled
//! anew, lines move. So what is compared are sessions, and entries of our own prefix lists, which
//! have one spelling.

use std::collections::BTreeSet;
use std::net::IpAddr;

/// How names of our own lists begin.
const OURS: &str = "metalsense.";

/// What one side has and the other lacks, for people; empty if FRR has taken the file.
pub(super) fn difference(file: &str, running: &str) -> Vec<String> {
    let (wanted, there) = (essence(file), essence(running));
    let lacks = wanted.difference(&there).map(|line| format!("lacks `{line}`"));
    let still = there.difference(&wanted).map(|line| format!("still has `{line}`"));
    lacks.chain(still).collect()
}

/// Whether a text is the configuration of a BGP daemon that runs, and no complaint.
pub(super) fn is_running_configuration(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("router bgp "))
}

fn essence(text: &str) -> BTreeSet<String> {
    text.lines().filter_map(|line| essential(line.trim())).collect()
}

fn essential(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["neighbor", name, "remote-as", asn] => {
            let name =
                name.parse::<IpAddr>().map_or_else(|_| (*name).to_owned(), |address| address.to_string());
            Some(format!("neighbor {name} remote-as {asn}"))
        }
        ["ip" | "ipv6", "prefix-list", name, "seq", ..] if name.starts_with(OURS) => Some(words.join(" ")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "frr defaults traditional\nrouter bgp 64501\n neighbor FD00::A remote-as 64500\n neighbor FD00::A description x  \n\
                        ip prefix-list metalsense.lab.fw.in seq 10 permit 10.0.0.0/24 le 32\nip prefix-list foreign seq 5 permit 10.1.2.3/8\n";

    #[test]
    fn other_spellings_are_no_difference() {
        let running = "Building configuration...\nfrr version 8.4\nip prefix-list metalsense.lab.fw.in seq 10 permit 10.0.0.0/24 le 32\n\
                       ip prefix-list foreign seq 5 permit 10.0.0.0/8\nrouter bgp 64501\n neighbor fd00::a remote-as 64500\n";
        assert!(is_running_configuration(running));
        assert_eq!(difference(FILE, running), Vec::<String>::new());
    }

    #[test]
    fn sessions_and_our_entries_are() {
        let running =
            "router bgp 64501\n neighbor 10.0.0.9 remote-as 64500\n neighbor fd00::a remote-as 64499\n";
        assert_eq!(
            difference(FILE, running),
            [
                "lacks `ip prefix-list metalsense.lab.fw.in seq 10 permit 10.0.0.0/24 le 32`",
                "lacks `neighbor fd00::a remote-as 64500`",
                "still has `neighbor 10.0.0.9 remote-as 64500`",
                "still has `neighbor fd00::a remote-as 64499`",
            ]
        );
        assert!(!is_running_configuration("Exiting: failed to connect to any daemons.\n"));
    }
}
