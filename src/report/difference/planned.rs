//! From a plan's difference to what can be shown of it.

use serde_json::Value;

use super::{Action, Change, Effect, Field, GENERATED, SECRET_AFTER, SECRET_BEFORE, Side, TextChange, View};
use crate::plan;
use crate::plan::change;

impl From<&plan::Difference> for View {
    fn from(difference: &plan::Difference) -> View {
        let cluster = Side {
            side: "cluster".to_owned(),
            changes: difference.cluster.changes().map(change).collect(),
            ..Side::default()
        };
        let routers = difference.routers.iter().map(|router| Side {
            side: format!("router {}", router.path),
            changes: router.changes.iter().map(change).collect(),
            text: Some(TextChange::new("frr.conf", &router.conf.before, &router.conf.after)),
            is_all_text: matches!(router.write, plan::RouterChange::Frr(_)),
        });
        View { network: difference.network.clone(), sides: std::iter::once(cluster).chain(routers).collect() }
    }
}

fn change(change: &plan::Change) -> Change {
    let action = match (change.action, change.adoption) {
        (_, true) => Action::Adopt,
        (change::Action::Create, false) => Action::Add,
        (change::Action::Update, false) => Action::Change,
        (change::Action::Delete, false) => Action::Remove,
    };
    let mut effects: Vec<Effect> = change.effects.iter().map(effect).collect();
    effects.sort_by_key(|effect| !effect.interrupts);
    // What the title of a new object says already is not repeated as fields.
    let told = |field: &&plan::FieldChange| action == Action::Add && is_identity(&field.path);
    let fields = change.fields.iter().filter(|field| !told(field)).map(self::field).collect();
    Change { action, object: change.object.clone(), fields, effects }
}

/// Fields that a new object of ours has by being that object, and being ours.
fn is_identity(path: &str) -> bool {
    matches!(path, "apiVersion" | "kind" | "metadata.name" | "metadata.namespace" | "peer")
        || path.starts_with("metadata.labels[")
}

fn field(field: &plan::FieldChange) -> Field {
    let shown = |shown: &Option<plan::Shown>, secret: &str| match shown {
        None => Value::Null,
        Some(plan::Shown::Value(value)) => value.clone(),
        Some(plan::Shown::Generated) => Value::from(GENERATED),
        Some(plan::Shown::Secret) => Value::from(secret),
    };
    Field {
        path: field.path.clone(),
        before: shown(&field.old, SECRET_BEFORE),
        after: shown(&field.new, SECRET_AFTER),
    }
}

fn effect(effect: &plan::Effect) -> Effect {
    let (interrupts, text) = match effect {
        plan::Effect::SoftRefresh => (false, "routes are evaluated again, sessions stay up".to_owned()),
        plan::Effect::Gap { sessions } => {
            (true, format!("no routes for some seconds over {}", sessions.join(", ")))
        }
        plan::Effect::NeedsReset { sessions } => {
            (false, format!("takes effect when these sessions are reset: {}", sessions.join(", ")))
        }
        plan::Effect::SessionReset { sessions, reason } => {
            (true, format!("resets {}: {reason}", sessions.join(", ")))
        }
        plan::Effect::DaemonRestart { reason } => {
            (true, format!("restarts the routing daemons, every session of the router drops: {reason}"))
        }
        plan::Effect::NextSession => (false, "takes effect when the session comes up again".to_owned()),
        plan::Effect::AddressLost { services } => {
            (true, format!("takes the address away from {}", services.join(", ")))
        }
    };
    Effect { interrupts, text }
}
