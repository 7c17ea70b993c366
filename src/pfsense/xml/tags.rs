//! Which tags are lists, which are wrapped in CDATA, and which of pfSense's two writing eras a file
//! belongs to.
//!
//! Pure tables and questions about names; nothing here reads or writes a file.
//! Read next: `entities` for what the two eras do with characters.

/// How a pfSense release writes and decodes the characters of a value.
///
/// The eras differ in nothing else that matters here: both read the same list tags and write the
/// same layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Era {
    /// Up to CE 2.8 (configuration version 24.4): HTML 4.01 names.
    Html,
    /// From 2.9 (configuration version 24.5): the five XML names, everything else as it is.
    Xml,
}

/// The configuration version from which on pfSense writes [`Era::Xml`].
const FIRST_XML_VERSION: f64 = 24.5;

impl Era {
    /// The era of a `version` element. Versions are decimals (24.10 is older than 24.5); text that
    /// is none counts as very old, as it does for PHP's comparison.
    pub fn of_version(version: &str) -> Era {
        let version = version.trim_start();
        let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
        let rest = &version[digits..];
        let fraction = rest
            .strip_prefix('.')
            .map_or(0, |tail| 1 + tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len()));
        match version[..digits + fraction].parse::<f64>() {
            Ok(number) if number >= FIRST_XML_VERSION => Era::Xml,
            _ => Era::Html,
        }
    }
}

/// Tags that are a list wherever they stand in config.xml, even with one member. Sorted.
///
/// This is the list of pfSense 2.8 and later; 2.7 lacks `laggroup` and `mobilegroup`.
#[rustfmt::skip]
const LIST_TAGS: [&str; 104] = [
    "acls", "alias", "aliasurl", "allowedhostname", "allowedip", "authserver", "bridged",
    "build_port_path", "ca", "cacert", "cert", "checkipservice", "clone", "columnitem", "config",
    "container", "crl", "depends_on_package", "disk", "dnsserver", "dnsupdate", "domainoverrides",
    "dyndns", "earlyshellcmd", "element", "encryption-algorithm-option", "field", "fieldname",
    "gateway_group", "gateway_item", "gif", "gre", "group", "hash-algorithm-option", "hosts",
    "ifgroupentry", "igmpentry", "interface_array", "item", "key", "l7rules", "lagg", "laggroup",
    "lbaction", "lbpool", "lbprotocol", "member", "menu", "mobilegroup", "mobilekey", "monitor_type",
    "mount", "npt", "ntpserver", "onetoone", "openvpn-client", "openvpn-csc", "openvpn-server", "option",
    "package", "pages", "passthrumac", "phase1", "phase2", "pipe", "pool", "ppp", "pppoe", "priv",
    "proxyarpnet", "qinqentry", "queue", "radnsserver", "roll", "route", "row", "rrddatafile", "rule",
    "schedule", "servernat", "servers", "serversdisabled", "service", "shellcmd", "sshkeyfile",
    "staticmap", "subqueue", "switch", "swport", "tab", "timerange", "tunnel", "user", "vip",
    "virtual_server", "vlan", "vlangroup", "voucherdbfile", "vxlan", "wgpeer", "widget", "winsserver",
    "wolentry", "xmldatafile",
];

/// A value is wrapped in CDATA when its tag begins with one of these.
///
/// This is the list of pfSense 2.8 and later; 2.7 lacks `proxypass` and `proxyuser`.
#[rustfmt::skip]
const CDATA_PREFIXES: [&str; 36] = [
    "aclname", "auth_pass", "auth_prompt", "auth_user", "certca", "certname", "city", "common_name",
    "descr", "detail", "email", "encryption_password", "hint", "ldap_attr", "ldap_authcn", "ldap_basedn",
    "ldap_basedomain", "ldap_bind", "ldap_extended_query", "ldap_filter", "ldap_pam_groupdn", "ldap_pass",
    "ldap_user", "ldapbinddn", "ldapbindpass", "login_banner", "organization", "password", "proxypass",
    "proxyuser", "rangedescr", "state", "text", "username", "varusersusername", "varuserspassword",
];

/// Whether pfSense reads every element of this (lower-case) name as a member of a list.
pub fn is_list_tag(name: &str) -> bool {
    LIST_TAGS.binary_search(&name).is_ok()
}

/// Whether pfSense writes values under this (lower-case) name as CDATA.
pub fn is_cdata_tag(name: &str) -> bool {
    CDATA_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether we may write an element of this name: lower-case ASCII, as pfSense itself uses them.
///
/// The reader lower-cases names, so a capital would come back as another key than the one asked for.
pub(crate) fn is_writable_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_')
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_as_the_search_needs_them() {
        assert!(LIST_TAGS.windows(2).all(|w| w[0] < w[1]));
    }

    #[test]
    fn lists_and_cdata_by_name() {
        assert!(is_list_tag("config") && is_list_tag("row") && is_list_tag("openvpn-server"));
        assert!(!is_list_tag("frr") && !is_list_tag("Config") && !is_list_tag("conf"));
        assert!(is_cdata_tag("descr") && is_cdata_tag("statetimeout") && is_cdata_tag("password_type"));
        assert!(!is_cdata_tag("xpassword") && !is_cdata_tag("desc"));
    }

    #[test]
    fn versions_compare_as_decimals() {
        for (version, era) in [
            ("23.3", Era::Html),
            ("24.4", Era::Html),
            ("24.5", Era::Xml),
            ("24.10", Era::Html),
            ("25", Era::Xml),
            (" 24.51x", Era::Xml),
            ("24.", Era::Html),
            ("", Era::Html),
            ("new", Era::Html),
        ] {
            assert_eq!(Era::of_version(version), era, "{version:?}");
        }
    }

    #[test]
    fn names_we_write_are_plain() {
        assert!(is_writable_name("frrbgp") && is_writable_name("openvpn-server") && is_writable_name("_a.1"));
        for bad in ["", "0", "-a", "Frr", "a b", "a:b", "ä", "a>"] {
            assert!(!is_writable_name(bad), "{bad}");
        }
    }
}
