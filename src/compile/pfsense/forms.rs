//! The package's forms: every element that a page writes for an entry, in its order, with what it
//! writes where nothing is chosen.
//!
//! Entries made from these survive a save in the GUI unchanged.

use crate::pfsense::Value;

/// A page: its elements and what each holds where nothing is chosen.
pub(super) type Form = &'static [(&'static str, &'static str)];

/// FRR's global settings, without the list of routes.
pub(super) const FRR: Form = &[
    ("enable", ""),
    ("routerid", ""),
    ("password", ""),
    ("passwordencrypt", ""),
    ("ignoreipsecrestart", ""),
    ("carpstatusvid", "none"),
    ("logging", ""),
    ("pkgloglevel", "0"),
    ("enablesnmpagentx", ""),
    (ROWS, ""),
    ("nht", "none"),
    ("service_force_restart", ""),
];

/// Stands where a page has its list of rows.
pub(super) const ROWS: &str = "row";

/// The BGP instance.
pub(super) const BGP: Form = &[
    ("enable", ""),
    ("adjacencylog", ""),
    ("asnum", ""),
    ("routerid", ""),
    ("timers_keepalive", ""),
    ("timers_holdtime", ""),
    ("timers_updatedelay", ""),
    ("timers_peerwait", ""),
    ("nodefipv4unicast", ""),
    ("enablesnmpagentx", ""),
    ("enablerpki", ""),
    ("shutdown", ""),
    ("shutdownmessage", ""),
    ("grglobaldisable", ""),
    ("disablepreservefwstate", ""),
    ("grstalepathtime", ""),
    ("grrestarttimetime", ""),
    ("grselectdefertime", ""),
    ("grribstaletime", ""),
    ("gsenable", ""),
    ("rpkipollingperiod", ""),
    ("rpkiexpireinterval", ""),
    ("rpkiretryinterval", ""),
    ("redistributeconnected", "no"),
    ("redistributestatic", "no"),
    ("redistributekernel", "no"),
    ("redistributeospf", "no"),
    ("redistributeospf6", "no"),
    ("redistributerip", "no"),
    (ROWS, ""),
];

/// A neighbor.
pub(super) const NEIGHBOR: Form = &[
    ("peer", ""),
    ("descr", ""),
    ("peergroup", "none"),
    ("password", ""),
    ("password_type", "none"),
    ("shutdown", ""),
    ("shutdownmessage", ""),
    ("shutdownautortt", ""),
    ("shutdownautokeepalive", ""),
    ("asnum", ""),
    ("updatesource_type", "ipv4"),
    ("updatesource", "default"),
    ("bothaf", ""),
    ("defaultoriginate", "no"),
    ("defaultoriginateroutemap", "none"),
    ("sendcommunity", "disabled"),
    ("nexthopself", "disabled"),
    ("softreconfigurationinbound", ""),
    ("timers_keepalive", ""),
    ("timers_holdtime", ""),
    ("timers_connect", ""),
    ("distribute_in", "none"),
    ("distribute_out", "none"),
    ("prefixfilter_in", "none"),
    ("prefixfilter_out", "none"),
    ("aspathfilter_in", "none"),
    ("aspathfilter_out", "none"),
    ("routemap_in", "none"),
    ("routemap_out", "none"),
    ("unsuppressmap", "none"),
    ("bfdenable", ""),
    ("bfd_check_control_plane_failure", ""),
    ("bfd_peer", ""),
    ("grmode", "default"),
    ("weight", ""),
    ("passive", ""),
    ("addpathtxallpaths", ""),
    ("addpathtxbestpathperas", ""),
    ("advertisementinterval", ""),
    ("allowasin", "disabled"),
    ("asoverride", ""),
    ("attributeunchanged", ""),
    ("attributeunchanged_aspath", ""),
    ("attributeunchanged_med", ""),
    ("attributeunchanged_nexthop", ""),
    ("capability", ""),
    ("capability_nexthop", ""),
    ("capability_orf", "disabled"),
    ("dontcapabilitynegotiate", ""),
    ("overridecapability", ""),
    ("ttlsecurityhops", ""),
    ("disableconnectedcheck", ""),
    ("ebgpmultihop", ""),
    ("enforcemultihop", ""),
    ("localas_num", ""),
    ("localas_noprepend", ""),
    ("localas_replaceas", ""),
    ("maximumprefix_num", ""),
    ("maximumprefix_threshold", ""),
    ("maximumprefix_warnonly", ""),
    ("maximumprefix_restart", ""),
    ("maximumprefixout_num", ""),
    ("removeprivateas", ""),
    ("removeprivateas_all", ""),
    ("removeprivateas_replace", ""),
    ("routeclient_reflector", ""),
    ("routeclient_server", ""),
    ("solo", ""),
];

/// An entry of a route map.
pub(super) const ROUTE_MAP: Form = &[
    ("name", ""),
    ("descr", ""),
    ("action", ""),
    ("seq", ""),
    ("call", "none"),
    ("exitaction", "none"),
    // Anything but the word `none` makes the generator write a match without a name.
    ("acl_match", "none"),
    ("prefix_match", "none"),
    ("nexthop_action", "none"),
    ("nexthop_peer", "none"),
    ("nexthop_acl", "none"),
    ("nexthop_pl", "none"),
    ("metric_action", "none"),
    ("metric_value", ""),
    ("weight", ""),
    ("localpref_action", "none"),
    ("localpref_value", ""),
    ("aspath_action", "none"),
    ("aspath_match", "none"),
    ("aspath_value", ""),
    ("community_action", "none"),
    ("community_match", "none"),
    ("community_set", ""),
    ("community_additive", ""),
    ("origin_action", "none"),
    ("origin_value", "none"),
    ("source_proto", "none"),
    ("tag_action", "none"),
    ("tag_value", ""),
    ("rpki_state", "none"),
];

/// BFD as a whole.
pub(super) const BFD: Form = &[("enable", "")];

/// A BFD peer. The form spells `profile` with a capital letter; the reader folds it.
pub(super) const BFD_PEER: Form = &[
    ("peer", ""),
    ("descr", ""),
    ("profile", "none"),
    ("multihop", ""),
    ("shutdown", ""),
    ("interface", "default"),
    ("local_address", "default"),
    ("detectmultiplier", ""),
    ("receiveinterval", ""),
    ("transmitinterval", ""),
    ("echointerval", ""),
    ("echomode", ""),
];

/// What a ticked box at the top level of a page holds.
pub(super) const ON: &str = "on";

/// What a ticked box in a row holds. A box that is not ticked is absent there: some readers take an
/// empty one for ticked.
pub(super) const ROW_ON: &str = "ON";

/// An entry with these fields, everything else as the page writes it where nothing is chosen.
pub(super) fn fill(form: Form, fields: &[(&str, String)]) -> Value {
    debug_assert!(fields.iter().all(|(name, _)| form.iter().any(|(known, _)| known == name)));
    Value::branch(form.iter().filter(|(name, _)| *name != ROWS).map(|(name, empty)| {
        let text = fields.iter().find(|(field, _)| field == name);
        (*name, Value::text(text.map_or(*empty, |(_, text)| text.as_str())))
    }))
}

/// The same for a page that has rows.
pub(super) fn fill_with_rows(form: Form, fields: &[(&str, String)], rows: Vec<Value>) -> Value {
    let mut rows = Some(Value::List(rows));
    Value::branch(form.iter().map(|(name, empty)| {
        let value = if *name == ROWS { rows.take() } else { None };
        let value = value.unwrap_or_else(|| {
            let text = fields.iter().find(|(field, _)| field == name);
            Value::text(text.map_or(*empty, |(_, text)| text.as_str()))
        });
        (*name, value)
    }))
}
