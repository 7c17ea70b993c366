//! The pages of access lists, prefix lists and route maps.

use super::post::Post;
use super::{Messages, Page};
use crate::pfsense::frr::judge::{self, Family};
use crate::pfsense::frr::php;

/// The name must be there and consist of certain characters.
fn name(post: &Post, what: &str, messages: &mut Messages) {
    messages.add_if(post.filled("name").is_none(), "A name is required.");
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if !post.text("name").bytes().all(allowed) {
        messages
            .add(format_args!("{what} name may only contain the characters a-z, A-Z, 0-9, '-', '_' and '.'"));
    }
}

fn seq_and_action(field: &str, number: &str, value: &str, messages: &mut Messages) {
    match field {
        "seq" if !php::is_numeric(value) => {
            messages.add(format_args!("Sequence in row {number} must be a number."));
        }
        "action" if !matches!(value, "deny" | "permit") => {
            messages.add(format_args!("Action in row {number} must be Deny or Permit."));
        }
        _ => {}
    }
}

/// A network of a row: a subnet, `any`, or the box beside it; and of the list's family.
fn network(post: &Post, label: &str, number: &str, value: &str, any: &str, messages: &mut Messages) {
    let family = judge::subnet_family(value);
    if family.is_none() && value != "any" && post.filled(&format!("{any}{number}")).is_none() {
        messages.add(format_args!("{label} in row {number} must be a subnet."));
    }
    let kind = post.text("iptype");
    let mismatch = match family {
        Some(Family::V4) => kind != "IPv4",
        Some(Family::V6) => kind != "IPv6",
        None => false,
    };
    if mismatch {
        messages.add(format_args!("{label} in row {number} IP Type mismatch."));
    }
}

pub(super) fn prefix_list(page: &Page<'_>, messages: &mut Messages) {
    let post = page.post;
    name(post, "Prefix List", messages);
    messages.add_if(
        matches!(post.text("name"), "ACCEPTFILTER" | "ACCEPTFILTER6"),
        "Prefix List name 'ACCEPTFILTER' and 'ACCEPTFILTER6' is not allowed.",
    );
    for (field, number, value) in post.row_fields() {
        seq_and_action(field, number, value, messages);
        match field {
            "source" => network(post, "Network", number, value, "any", messages),
            "ge" => minimum(post, number, value, messages),
            "le" if php::truthy(value) && !php::is_numeric(value) => {
                messages.add(format_args!("Maximum prefix in row {number} must be a number."));
            }
            _ => {}
        }
    }
}

/// The lower bound; an empty one counts as zero.
fn minimum(post: &Post, number: &str, value: &str, messages: &mut Messages) {
    let maximum = post.text(&format!("le{number}"));
    if php::truthy(value) && !php::is_numeric(value) {
        messages.add(format_args!("Minimum prefix in row {number} must be a number."));
    } else if php::is_numeric(maximum) && php::integer(value).saturating_add(1) >= php::integer(maximum) {
        messages.add(format_args!(
            "Minimum prefix in row {number} must be less than maximum, and differ by more than 1."
        ));
    }
}

pub(super) fn access_list(page: &Page<'_>, messages: &mut Messages) {
    let post = page.post;
    name(post, "Access list", messages);
    kind(post, messages);
    let extended = post.text("type") == "extended";
    for (field, number, value) in post.row_fields() {
        seq_and_action(field, number, value, messages);
        match field {
            "source" => network(post, "Source", number, value, "sourceany", messages),
            "destination" if extended => {
                network(post, "Destination", number, value, "destinationany", messages);
            }
            "destination" => messages.add_if(
                php::truthy(value) || post.filled(&format!("destinationany{number}")).is_some(),
                "Destinations are only supported with Extended type ACLs.",
            ),
            _ => {}
        }
    }
}

/// The kind of list decides about its name and family.
fn kind(post: &Post, messages: &mut Messages) {
    let name = post.text("name");
    let v4 = post.text("iptype") == "IPv4";
    let within =
        |ranges: [(u64, u64); 2]| ranges.into_iter().any(|(min, max)| judge::in_range(name, min, max));
    match post.text("type") {
        "standard" => {
            messages.add_if(
                !within([(1, 99), (1300, 1999)]),
                "Standard type ACLs must have a numeric name in the range 1-99 or 1300-1999.",
            );
            messages.add_if(!v4, "Standard type ACLs are only supported for IPv4.");
        }
        "extended" => {
            messages.add_if(
                !within([(100, 199), (2000, 2699)]),
                "Extended type ACLs must have a numeric name in the range 100-199 or 2000-2699.",
            );
            messages.add_if(!v4, "Extended type ACLs are only supported for IPv4.");
        }
        "zebra" => messages.add_if(php::is_numeric(name), "Zebra type ACLs must have a text name."),
        _ => {}
    }
}

pub(super) fn route_map(page: &Page<'_>, messages: &mut Messages) {
    name(page.post, "Route map", messages);
    messages
        .add_if(page.post.text("name") == "ACCEPTFILTER", "Route map name 'ACCEPTFILTER' is not allowed.");
}
