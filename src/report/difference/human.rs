//! The difference for people.

use std::fmt::Write as _;

use anstyle::Style;
use serde_json::Value;

use super::{Action, Change, Field, Side, View};
use crate::report::style::{self, Styled, printable};

/// A value longer than this is put on lines of its own.
const INLINE: usize = 60;

/// The difference as text with ANSI colours: a sentence, then each side, then the counts. `context`
/// is the number of unchanged lines around the changed ones of a file.
pub fn render(view: &View, context: usize) -> String {
    let mut out = format!("{}\n", Styled(style::HEADING, printable(&view.sentence())));
    let shown = view.sides.iter().filter(|side| !side.changes.is_empty());
    for side in shown {
        out.push('\n');
        render_side(&mut out, side, context);
    }
    if !view.is_empty() {
        let _ = writeln!(out, "\n{}", Styled(style::HEADING, view.summary().line()));
    }
    out
}

fn render_side(out: &mut String, side: &Side, context: usize) {
    let _ = writeln!(out, "{}", Styled(style::HEADING, printable(&side.side)));
    for change in &side.changes {
        render_change(out, change);
    }
    let Some(text) = side.text.as_ref().filter(|text| !text.is_empty()) else { return };
    let _ = writeln!(out, "  {}", Styled(style::HEADING, text.name()));
    for line in text.render(context).lines() {
        let _ = writeln!(out, "    {line}");
    }
}

/// The sign of an action, its colour, and the word where the sign does not say enough.
fn sign(action: Action) -> (&'static str, Style, &'static str) {
    match action {
        Action::Add => ("+", style::ADD, ""),
        Action::Change => ("~", style::CHANGE, ""),
        Action::Adopt => ("~", style::CHANGE, " (taken over)"),
        Action::Remove => ("-", style::REMOVE, ""),
    }
}

fn render_change(out: &mut String, change: &Change) {
    let (sign, color, word) = sign(change.action);
    let _ = writeln!(out, "  {}", Styled(color, format_args!("{sign} {}{word}", printable(&change.object))));
    for field in &change.fields {
        render_field(out, field);
    }
    for effect in &change.effects {
        let (sign, color) = if effect.interrupts { ("!", style::ALARM) } else { ("i", style::HINT) };
        let _ = writeln!(out, "      {} {}", Styled(color, sign), printable(&effect.text));
    }
}

fn render_field(out: &mut String, field: &Field) {
    let path = printable(&field.path);
    let (before, after) = (value(&field.before), value(&field.after));
    let arrow = Styled(style::FAINT, "→");
    let _ = match (before.as_deref(), after.as_deref()) {
        (None, None) => Ok(()),
        (None, Some(after)) => writeln!(out, "      {path}: {}", Styled(style::ADD, after)),
        (Some(before), None) => {
            writeln!(out, "      {path}: {} {arrow} (none)", Styled(style::REMOVE, before))
        }
        (Some(before), Some(after)) if before.len() + after.len() + path.len() <= INLINE => writeln!(
            out,
            "      {path}: {} {arrow} {}",
            Styled(style::REMOVE, before),
            Styled(style::ADD, after)
        ),
        (Some(before), Some(after)) => writeln!(
            out,
            "      {path}:\n        {}\n        {arrow} {}",
            Styled(style::REMOVE, before),
            Styled(style::ADD, after)
        ),
    };
}

/// A value on one line: texts as they are, lists with commas, objects as JSON.
pub(super) fn value(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().filter_map(self::value).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    Some(printable(&text).replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::difference::tests::sample;

    #[test]
    fn sides_objects_fields_effects_text_and_counts() {
        let text = render(&sample(), 1);
        insta::assert_snapshot!(anstream::adapter::strip_str(&text).to_string(), @r#"
        network homelab: 1 added and 1 changed in the cluster, 1 removed on router pfsense; 1 change interrupts sessions or services

        cluster
          + IPAddressPool metallb-system/web
              spec.addresses: 192.168.32.0/24
          ~ BGPPeer metallb-system/pfsense
              spec.peerASN: 64501 → 64502
              spec.password: (secret before) → (secret after)
              ! resets the sessions of k8snode1, k8snode2

        router pfsense
          - neighbor 192.168.4.99
          frr.conf
            - router bgp 64501
            + router bgp 64502
               neighbor 192.168.4.10 remote-as 64500
            -  neighbor 192.168.4.10 password (secret before)
            -  neighbor 192.168.4.99 remote-as 64500
            +  neighbor 192.168.4.10 password (secret after)
              !

        1 to add, 1 to change, 1 to remove
        "#);
    }

    #[test]
    fn nothing_different_is_one_line() {
        let view = View {
            network: "homelab".into(),
            sides: vec![Side { side: "cluster".into(), ..Side::default() }],
        };
        insta::assert_snapshot!(anstream::adapter::strip_str(&render(&view, 3)).to_string(), @"network homelab: no changes");
    }
}
