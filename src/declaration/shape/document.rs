//! Is this document ours? `apiVersion` and `kind`, and what to say about everything else.

use crate::declaration::faults::Faults;
use crate::declaration::{
    types::API_VERSION,
    yaml::{Kind, NodeId, Tree, parse::shorten},
};
use crate::finding::{Finding, Layer, Place};

use super::suggest;

const GROUP: &str = "metalsense.dev/";
const KIND: &str = "Network";
/// Kinds that later versions will have.
const RESERVED_KINDS: &[&str] = &["Router"];

/// Whether the document is a network as far as its head goes. A head that is merely incomplete is a
/// network with missing keys; the schema says so better.
pub(super) fn is_network(tree: &Tree, faults: &mut Faults) -> bool {
    let root = tree.root();
    if tree.cut(root) && !matches!(tree.node(root).kind, Kind::Mapping { .. }) {
        return false;
    }
    if !matches!(tree.node(root).kind, Kind::Mapping { .. }) {
        faults.push(
            error("not-a-document", "a declaration is a mapping with apiVersion, kind, metadata and spec")
                .at(tree.node(root).place)
                .hint(format!("begin with `apiVersion: {API_VERSION}` and `kind: {KIND}`")),
        );
        return false;
    }
    let version = head(tree, root, "apiVersion");
    let kind = head(tree, root, "kind");
    match (version, kind) {
        (Some((version, at)), kind) if version != API_VERSION => {
            faults.push(wrong_version(version, at, kind.map(|(kind, _)| kind)));
            false
        }
        (_, Some((kind, at))) if kind != KIND => {
            faults.push(wrong_kind(kind, at, version.is_some()));
            false
        }
        _ => true,
    }
}

fn head<'t>(tree: &'t Tree, root: NodeId, key: &str) -> Option<(&'t str, Place)> {
    let value = tree.entry(root, key)?.value;
    Some((&*tree.scalar(value)?.text, tree.node(value).place))
}

fn wrong_version(version: &str, at: Place, kind: Option<&str>) -> Finding {
    let shown = shorten(version);
    let ours = version.starts_with(GROUP) || kind == Some(KIND) || suggest::close(version, API_VERSION);
    if ours {
        return error("unknown-api-version", format!("this build does not know {shown}"))
            .at(at)
            .hint(format!("write {API_VERSION}, or use the release that the file was written for"));
    }
    let what = kind.map_or_else(|| "a document".to_owned(), |kind| format!("{} document", shorten(kind)));
    let finding = error("foreign-document", format!("{what} of {shown} is not a declaration")).at(at);
    if version.starts_with("metallb.io/") {
        return finding.hint(
            "declare pools and peers under spec; metalsense writes the MetalLB objects itself. To compare with \
             existing ones, put them into the cluster folder of a snapshot",
        );
    }
    finding.hint("keep other manifests in another folder, or name the declaration's files one by one with -f")
}

fn wrong_kind(kind: &str, at: Place, ours: bool) -> Finding {
    let shown = shorten(kind);
    if RESERVED_KINDS.contains(&kind) {
        return error("reserved-kind", format!("kind {shown} is reserved for a later version"))
            .at(at)
            .hint(format!("describe the router under spec.peers of a {KIND}"));
    }
    let finding = error("unknown-kind", format!("there is no kind {shown} in {API_VERSION}")).at(at);
    if suggest::close(kind, KIND) {
        return finding.hint(format!("write {KIND}"));
    }
    if ours {
        return finding.hint(format!("the only kind is {KIND}"));
    }
    finding.hint("keep other manifests in another folder, or name the declaration's files one by one with -f")
}

fn error(rule: &'static str, message: impl Into<String>) -> Finding {
    Finding::error(Layer::Declaration, rule, message)
}
