//! The difference as Markdown, from the template `difference.md`.

use minijinja::context;
use minijinja::value::Serde;
use serde_json::{Value, json};

use super::{Action, View, human};
use crate::report::findings::markdown::cell;
use crate::templates::{self, RenderError};

/// The difference as Markdown.
///
/// # Errors
/// The template asks for something that the view does not have: a fault of the program.
pub fn render(view: &View, context: usize) -> Result<String, RenderError> {
    let values = context! {
        sentence => cell(&view.sentence()),
        summary => view.summary().line(),
        empty => view.is_empty(),
        sides => minijinja::Value::from(Serde(sides(view, context))),
    };
    templates::render("difference.md", values)
}

fn sides(view: &View, context: usize) -> Vec<Value> {
    let shown = view.sides.iter().filter(|side| !side.changes.is_empty());
    shown
        .map(|side| {
            let rows: Vec<Value> = side
                .changes
                .iter()
                .map(|change| {
                    let fields = change.fields.iter().map(|field| {
                        let before = human::value(&field.before).unwrap_or_else(|| "(none)".into());
                        let after = human::value(&field.after).unwrap_or_else(|| "(none)".into());
                        if field.before.is_null() {
                            format!("{}: {after}", field.path)
                        } else {
                            format!("{}: {before} → {after}", field.path)
                        }
                    });
                    let effects = change.effects.iter().map(|e| format!("{}{}", if e.interrupts { "⚠ " } else { "" }, e.text));
                    json!({
                        "action": action(change.action),
                        "object": cell(&change.object),
                        "details": cell(&fields.chain(effects).collect::<Vec<_>>().join("\n")),
                    })
                })
                .collect();
            let text = side.text.as_ref().filter(|text| !text.is_empty());
            json!({
                "name": cell(&side.side),
                "rows": rows,
                "text": text.map(|text| json!({ "name": text.name(), "lines": fenced(&text.unified(context)) })),
            })
        })
        .collect()
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Add => "add",
        Action::Change => "change",
        Action::Adopt => "take over",
        Action::Remove => "remove",
    }
}

/// Text that cannot end its fence.
fn fenced(text: &str) -> String {
    text.replace("```", "'''")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::difference::tests::sample;

    #[test]
    fn a_table_for_each_side() {
        insta::assert_snapshot!(render(&sample(), 1).expect("the template fits"), @r#"
        **network homelab: 1 added and 1 changed in the cluster, 1 removed on router pfsense; 1 change interrupts sessions or services**

        ### cluster

        | action | object | details |
        | --- | --- | --- |
        | add | IPAddressPool metallb-system/web | spec.addresses: 192.168.32.0/24 |
        | change | BGPPeer metallb-system/pfsense | spec.peerASN: 64501 → 64502<br>spec.password: (secret before) → (secret after)<br>⚠ resets the sessions of k8snode1, k8snode2 |

        ### router pfsense

        | action | object | details |
        | --- | --- | --- |
        | remove | neighbor 192.168.4.99 |  |

        <details><summary>frr.conf</summary>

        ```diff
        --- live/frr.conf
        +++ declared/frr.conf
        @@ -1,5 +1,4 @@
        -router bgp 64501
        +router bgp 64502
          neighbor 192.168.4.10 remote-as 64500
        - neighbor 192.168.4.10 password (secret before)
        - neighbor 192.168.4.99 remote-as 64500
        + neighbor 192.168.4.10 password (secret after)
         !
        ```

        </details>

        1 to add, 1 to change, 1 to remove
        "#);
    }
}
