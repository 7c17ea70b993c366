//! Sinks for the difference between what is declared and what is live.
//!
//! A [`View`] is what can be shown of a plan: sides, objects, fields, effects, and the text that will
//! change. It holds no secret: a value that must not be shown is replaced when the view is made, so
//! that no sink can show it by mistake.
//!
//! | file | for |
//! | --- | --- |
//! | `planned` | the view of a plan |
//! | [`human`] | a terminal |
//! | [`text`] | the lines of a file that change, with the words marked that do |
//! | [`markdown`] | a comment on a pull request, from a template |
//! | [`json()`] | programs |

pub mod human;
pub mod markdown;
mod planned;
pub mod text;

use serde::Serialize;
use serde_json::{Value, json};

use crate::finding::{Finding, Sources};
use crate::report::{FORMAT_VERSION, findings};

pub use text::TextChange;

/// Stands for a secret that is there before the change.
pub const SECRET_BEFORE: &str = "(secret before)";
/// Stands for a secret that will be there after it.
pub const SECRET_AFTER: &str = "(secret after)";
/// Stands for a secret that is made when it is written.
pub const GENERATED: &str = "<generated>";

/// What can be shown of a difference.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct View {
    /// Name of the network.
    pub network: String,
    /// The sides: the cluster, then each router. Sides without a change are there as well.
    pub sides: Vec<Side>,
}

/// One side of the sessions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Side {
    /// `cluster`, or `router NAME`.
    pub side: String,
    /// What would change, in the order it would be done.
    pub changes: Vec<Change>,
    /// The file that follows from it, where there is one.
    pub text: Option<TextChange>,
    /// The file is all there is: its changes have no fields.
    #[serde(skip)]
    pub is_all_text: bool,
}

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is made.
    Add,
    /// It becomes different.
    Change,
    /// It is there by hand and becomes ours.
    Adopt,
    /// It goes.
    Remove,
}

/// One object that changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// What happens to it.
    pub action: Action,
    /// Which: kind and name.
    pub object: String,
    /// What is different about it.
    pub fields: Vec<Field>,
    /// What it does to sessions and services, worst first; empty for nothing.
    pub effects: Vec<Effect>,
}

/// One field that changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    /// The path in the object, for example `spec.localPref`.
    pub path: String,
    /// The value that is there; null for none.
    pub before: Value,
    /// The value that will be there; null for none.
    pub after: Value,
}

/// What a change does beside changing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// Whether traffic or a session is interrupted.
    pub interrupts: bool,
    /// What happens and to whom.
    pub text: String,
}

/// How many objects change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Made.
    pub add: usize,
    /// Changed.
    pub change: usize,
    /// Removed.
    pub remove: usize,
    /// Taken over.
    pub adopt: usize,
}

impl Summary {
    fn count<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Self {
        let mut summary = Summary::default();
        for change in changes {
            match change.action {
                Action::Add => summary.add += 1,
                Action::Change => summary.change += 1,
                Action::Remove => summary.remove += 1,
                Action::Adopt => summary.adopt += 1,
            }
        }
        summary
    }

    /// `3 to add, 1 to change, 0 to remove`, and what else there is.
    pub fn line(self) -> String {
        let mut line = format!("{} to add, {} to change, {} to remove", self.add, self.change, self.remove);
        if self.adopt > 0 {
            line.push_str(&format!(", {} to take over", self.adopt));
        }
        line
    }

    /// `3 added and 1 changed`; nothing for no change at all.
    fn words(self) -> String {
        let parts: Vec<String> = [
            (self.add, "added"),
            (self.change, "changed"),
            (self.adopt, "taken over"),
            (self.remove, "removed"),
        ]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
        match parts.split_last() {
            None => String::new(),
            Some((last, [])) => last.clone(),
            Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        }
    }
}

impl View {
    /// Whether nothing would be done.
    pub fn is_empty(&self) -> bool {
        self.changes().next().is_none()
    }

    /// All changes of all sides.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.sides.iter().flat_map(|side| &side.changes)
    }

    /// The number of changes of all sides.
    pub fn summary(&self) -> Summary {
        Summary::count(self.changes())
    }

    /// One sentence that says what an apply would do.
    pub fn sentence(&self) -> String {
        let sides: Vec<String> = self
            .sides
            .iter()
            .map(|side| (side, Summary::count(&side.changes).words()))
            .filter(|(_, words)| !words.is_empty())
            .map(|(side, words)| match side.side.strip_prefix("router ") {
                Some(router) => format!("{words} on router {router}"),
                None => format!("{words} in the {}", side.side),
            })
            .collect();
        if sides.is_empty() {
            return format!("network {}: no changes", self.network);
        }
        let interruptions = self.changes().filter(|c| c.effects.iter().any(|e| e.interrupts)).count();
        let effect = match interruptions {
            0 => "no session is reset".to_owned(),
            1 => "1 change interrupts sessions or services".to_owned(),
            n => format!("{n} changes interrupt sessions or services"),
        };
        format!("network {}: {}; {effect}", self.network, sides.join(", "))
    }
}

/// The differences of all networks for programs. `findings` are those of the declaration and of the
/// live state, `refusals` say why an apply would be refused.
pub fn json(views: &[View], found: &[Finding], refusals: &[Finding], sources: &Sources) -> Value {
    let networks = views.iter().map(|view| {
        json!({
            "network": view.network,
            "changed": !view.is_empty(),
            "summary": view.summary(),
            "sides": view.sides,
        })
    });
    json!({
        "format_version": FORMAT_VERSION,
        "changed": views.iter().any(|view| !view.is_empty()),
        "summary": Summary::count(views.iter().flat_map(View::changes)),
        "networks": networks.collect::<Vec<_>>(),
        "refusals": findings::json::list(refusals, sources),
        "findings": findings::json::list(found, sources),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample() -> View {
        let field = |path: &str, before: Value, after: Value| Field { path: path.to_owned(), before, after };
        View {
            network: "homelab".to_owned(),
            sides: vec![
                Side {
                    side: "cluster".to_owned(),
                    changes: vec![
                        Change {
                            action: Action::Add,
                            object: "IPAddressPool metallb-system/web".to_owned(),
                            fields: vec![field("spec.addresses", Value::Null, json!(["192.168.32.0/24"]))],
                            effects: vec![],
                        },
                        Change {
                            action: Action::Change,
                            object: "BGPPeer metallb-system/pfsense".to_owned(),
                            fields: vec![
                                field("spec.peerASN", json!(64501), json!(64502)),
                                field("spec.password", json!(SECRET_BEFORE), json!(SECRET_AFTER)),
                            ],
                            effects: vec![Effect {
                                interrupts: true,
                                text: "resets the sessions of k8snode1, k8snode2".to_owned(),
                            }],
                        },
                    ],
                    text: None,
                    is_all_text: false,
                },
                Side {
                    side: "router pfsense".to_owned(),
                    changes: vec![Change {
                        action: Action::Remove,
                        object: "neighbor 192.168.4.99".to_owned(),
                        fields: vec![],
                        effects: vec![],
                    }],
                    text: Some(TextChange::new(
                        "frr.conf",
                        "router bgp 64501\n neighbor 192.168.4.10 remote-as 64500\n neighbor 192.168.4.10 password old-marker\n neighbor 192.168.4.99 remote-as 64500\n!\n",
                        "router bgp 64502\n neighbor 192.168.4.10 remote-as 64500\n neighbor 192.168.4.10 password new-marker\n!\n",
                    )),
                    is_all_text: false,
                },
            ],
        }
    }

    #[test]
    fn sentences() {
        let view = sample();
        assert_eq!(
            view.sentence(),
            "network homelab: 1 added and 1 changed in the cluster, 1 removed on router pfsense; 1 change interrupts sessions or services"
        );
        assert_eq!(view.summary().line(), "1 to add, 1 to change, 1 to remove");
        assert_eq!(View { network: "a".into(), sides: vec![] }.sentence(), "network a: no changes");
    }

    #[test]
    fn no_sink_has_the_secrets() {
        let view = sample();
        let json = json(std::slice::from_ref(&view), &[], &[], &Sources::default()).to_string();
        let human = human::render(&view, 3);
        let markdown = markdown::render(&view, 3).expect("the template fits");
        for text in [json, human, markdown] {
            assert!(!text.contains("old-marker") && !text.contains("new-marker"), "{text}");
            assert!(text.contains(SECRET_BEFORE) && text.contains(SECRET_AFTER), "{text}");
        }
    }
}
