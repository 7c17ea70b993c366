//! Shape: does a document have the keys and types of the format, and which typed value does it give?
//!
//! The tree is checked against the generated schema; every fault is reported at its place in one
//! run. Then what is faulty is taken out of the tree, as often as that makes a container faulty in
//! turn, and the rest is read into the types. What an address or a name means is not judged here.
//! Read next: [`explain`] for the wording, [`words`] for YAML 1.1, [`document`] for kinds.

mod document;
mod explain;
mod secret;
pub(crate) mod suggest;
mod value;
mod words;

use std::{collections::HashSet, sync::LazyLock};

use jsonschema::Validator;

use crate::finding::{Finding, Layer};

use super::{
    faults::Faults,
    schema,
    types::Network,
    yaml::{Kind, NodeId, Tree, parse::MAX_DEPTH},
};

pub(crate) use secret::find_secrets;
pub(crate) use suggest::nearest as nearest_word;

/// What became of a document.
pub(crate) enum Shaped {
    /// A network, without its faulty parts.
    Network {
        /// The typed declaration.
        network: Box<Network>,
        /// The tree it was read from, equally without its faulty parts.
        tree: Tree,
        /// Something was left out.
        partial: bool,
    },
    /// Nothing that could be used; the findings say why.
    Nothing,
}

/// Looks for faults in what was read of a document before it broke off.
pub(crate) fn report(mut tree: Tree, faults: &mut Faults) {
    if !document::is_network(&tree, faults) {
        return;
    }
    let mut refused = refused_nodes(&tree);
    refused.extend(secret::refuse_clear_text(&tree, faults));
    if take_out(&mut tree, &refused) {
        let faulty = explain::explain(&tree, &value::to_json(&tree), validator(), faults);
        words::check(&tree, &faulty, faults);
    }
}

/// Checks a document and reads what is sound.
pub(crate) fn shape(mut tree: Tree, faults: &mut Faults) -> Shaped {
    if !document::is_network(&tree, faults) {
        return Shaped::Nothing;
    }
    let mut faulty = refused_nodes(&tree);
    faulty.extend(secret::refuse_clear_text(&tree, faults));
    // Parts that were refused already are taken out first: what they are is known.
    if !take_out(&mut tree, &faulty) {
        return Shaped::Nothing;
    }
    let mut value = value::to_json(&tree);
    let mut faulty = explain::explain(&tree, &value, validator(), faults);
    words::check(&tree, &faulty, faults);
    // From here on every error follows from what was taken out before it and is not told. Each round takes out
    // something further up, so there are no more rounds than levels.
    for _ in 0..2 * MAX_DEPTH {
        if faulty.is_empty() {
            return read(tree, value, faults);
        }
        // A head without its keys is filled in; a top node that is no mapping did not come this far.
        faulty.remove(&tree.root());
        faulty.remove(&metadata(&tree));
        take_out(&mut tree, &faulty);
        tree.mark_incomplete(tree.root());
        value = value::to_json(&tree);
        value::fill_in_head(&mut value);
        faulty = explain::explain(&tree, &value, validator(), &mut Faults::default());
    }
    Shaped::Nothing
}

/// The mapping under `metadata`, or the top node where there is none.
fn metadata(tree: &Tree) -> NodeId {
    match tree.entry(tree.root(), "metadata") {
        Some(entry) if matches!(tree.node(entry.value).kind, Kind::Mapping { .. }) => entry.value,
        _ => tree.root(),
    }
}

fn read(tree: Tree, value: serde_json::Value, faults: &mut Faults) -> Shaped {
    match serde_path_to_error::deserialize(value) {
        Ok(network) => {
            let partial = tree.incomplete(tree.root());
            Shaped::Network { network: Box::new(network), tree, partial }
        }
        Err(e) => {
            // The schema is made from the types, so whatever it lets through they take. Should they
            // ever differ, the user still gets a place.
            let (path, node) = value::walk_serde_path(&tree, e.path());
            let place = tree.node(node).place;
            faults.push(
                Finding::error(
                    Layer::Declaration,
                    "wrong-type",
                    format!("{path} cannot be read: {}", e.inner()),
                )
                .at(place)
                .hint("compare it with the schema (`metalsense schema`)"),
            );
            Shaped::Nothing
        }
    }
}

fn take_out(tree: &mut Tree, faulty: &HashSet<NodeId>) -> bool {
    faulty.is_empty() || tree.prune(|id| faulty.contains(&id))
}

/// What the reader refused, such as aliases.
fn refused_nodes(tree: &Tree) -> HashSet<NodeId> {
    tree.ids().filter(|id| matches!(tree.node(*id).kind, Kind::Faulty)).collect()
}

fn validator() -> &'static Validator {
    #[expect(clippy::expect_used, reason = "the schema is fixed at build time and compiled in a test")]
    static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
        jsonschema::draft202012::new(schema::shapes()).expect("the generated schema is valid")
    });
    &VALIDATOR
}
