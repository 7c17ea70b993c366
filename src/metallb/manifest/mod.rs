//! Manifests: ordinary Kubernetes files, read the way kubectl reads them, with the place of every field.
//!
//! Several documents, `List`s, anchors, merge keys and the YAML 1.1 words for true and false are all
//! accepted, because kubectl accepts them. What kubectl refuses (duplicate keys, foreign tags) is
//! refused here, and what would never end is cut off. This room opens no files: callers bring the text.
//!
//! | file | for |
//! | --- | --- |
//! | [`node`] | the tree of values with places |
//! | `yaml` | text to tree |
//! | `scalar` | what an unquoted word means |

pub mod node;
mod scalar;
mod yaml;

use serde_json::Value;

use super::kinds::{AnyObject, Kind, WrongShape};
use crate::finding::{Finding, Layer, Place, SourceId};
pub use node::Node;

/// One object, as a value and with the places of its fields where it was read from a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    value: Value,
    node: Option<Node>,
}

impl Manifest {
    /// An object that nobody wrote: compiled, or read from a cluster.
    pub fn new(value: Value) -> Self {
        Manifest { value, node: None }
    }

    /// An object from a text.
    pub fn from_node(node: Node) -> Self {
        Manifest { value: node.to_value(), node: Some(node) }
    }

    /// The object as read.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The tree with places; `None` for an object without a text.
    pub fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }

    /// Where a field is written, by JSON pointer (`/spec/addresses/0`). A field that is not there has
    /// the place of the nearest one around it; objects without a text have no places.
    pub fn place(&self, pointer: &str) -> Option<Place> {
        self.node.as_ref().map(|node| node.nearest(pointer))
    }

    /// The typed view.
    ///
    /// # Errors
    /// If a field of a known kind has another type than on the wire.
    pub fn object(&self) -> Result<AnyObject, WrongShape> {
        AnyObject::from_value(&self.value)
    }

    /// Which kind it says it is; `None` for kinds that this room does not know.
    pub fn kind(&self) -> Option<Kind> {
        Kind::of(self.text("/apiVersion"), self.text("/kind"))
    }

    /// `metadata.name`, empty where absent.
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// `metadata.namespace`, if set.
    pub fn namespace(&self) -> Option<&str> {
        Some(self.text("/metadata/namespace")).filter(|namespace| !namespace.is_empty())
    }

    /// As findings name it: `IPAddressPool metallb-system/web`.
    pub fn title(&self) -> String {
        let (kind, name) = (self.text("/kind"), self.name());
        match self.namespace() {
            Some(namespace) => format!("{kind} {namespace}/{name}"),
            None => format!("{kind} {name}"),
        }
    }

    fn text(&self, pointer: &str) -> &str {
        self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

/// What a question to the admission webhooks is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operation {
    /// New objects.
    #[default]
    Create,
    /// New versions of objects.
    Update,
    /// Objects that go.
    Delete,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// An object.
    Manifest(Manifest),
    /// A question: may these objects be written, given that those exist?
    Case(Case),
}

/// The case form: `{before: […], objects: […], operation: create|update|delete}`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// What exists.
    pub before: Vec<Manifest>,
    /// What is written.
    pub objects: Vec<Manifest>,
    /// How.
    pub operation: Operation,
}

/// Reads all documents of a text.
///
/// # Errors
/// The first thing that makes the text unreadable: syntax, a duplicate key, a tag, a limit, or a
/// document that is no object.
pub fn read(source: SourceId, text: &str) -> Result<Vec<Input>, Box<Finding>> {
    let mut inputs = Vec::new();
    for mut document in yaml::parse(source, text)? {
        if document.is_null() {
            continue;
        }
        if document.get("kind").is_none() && document.get("objects").is_some() {
            // This form is ours and goes to no kubectl, so it need not share the oldest trap of YAML 1.1.
            document.keep_letters(text);
            inputs.push(Input::Case(case(document)?));
        } else {
            objects(document, &mut |manifest| inputs.push(Input::Manifest(manifest)))?;
        }
    }
    Ok(inputs)
}

fn case(document: Node) -> Result<Case, Box<Finding>> {
    let mut case = Case::default();
    if let Some(operation) = document.get("operation") {
        case.operation = match operation.as_text() {
            Some("create") => Operation::Create,
            Some("update") => Operation::Update,
            Some("delete") => Operation::Delete,
            _ => {
                return Err(unreadable("manifest-operation", "operation is not create, update or delete")
                    .at(operation.place)
                    .into());
            }
        };
    }
    for (name, node) in document.into_fields() {
        let list = match name.as_str() {
            "before" => &mut case.before,
            "objects" => &mut case.objects,
            _ => continue,
        };
        if node.is_null() {
            continue;
        }
        let place = node.place;
        let Some(items) = node.into_items() else {
            return Err(unreadable("manifest-shape", format!("{name} is not a list of objects"))
                .at(place)
                .into());
        };
        for item in items {
            objects(item, &mut |manifest| list.push(manifest))?;
        }
    }
    Ok(case)
}

/// Hands over the object, or each object of a list.
fn objects(node: Node, take: &mut dyn FnMut(Manifest)) -> Result<(), Box<Finding>> {
    let text = |name: &str| node.get(name).and_then(Node::as_text);
    let (Some(version), Some(kind)) = (text("apiVersion"), text("kind")) else {
        return Err(unreadable("manifest-shape", "expected an object with apiVersion and kind")
            .at(node.start())
            .hint("give ordinary Kubernetes manifests, or one document with before, objects and operation")
            .into());
    };
    let Some(item_kind) = kind.strip_suffix("List").filter(|_| node.get("items").is_some()) else {
        take(Manifest::from_node(node));
        return Ok(());
    };
    // Items of a typed list leave out what the list says for all of them.
    let (version, item_kind) = (version.to_owned(), item_kind.to_owned());
    for (name, items) in node.into_fields() {
        if name != "items" || items.is_null() {
            continue;
        }
        let place = items.place;
        let Some(items) = items.into_items() else {
            return Err(unreadable("manifest-shape", "items is not a list").at(place).into());
        };
        for mut item in items {
            if !item_kind.is_empty() {
                item.complete("apiVersion", &version);
                item.complete("kind", &item_kind);
            }
            objects(item, take)?;
        }
    }
    Ok(())
}

/// A text that cannot be read as manifests.
fn unreadable(rule: &'static str, message: impl Into<String>) -> Finding {
    Finding::error(Layer::Declaration, rule, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Sources;
    use serde_json::json;

    fn manifests(text: &str) -> Vec<Manifest> {
        let inputs = read(SourceId(0), text).unwrap_or_else(|finding| panic!("{finding:?}"));
        inputs
            .into_iter()
            .map(|input| match input {
                Input::Manifest(manifest) => manifest,
                Input::Case(case) => panic!("{case:?}"),
            })
            .collect()
    }

    const POOL: &str = "\
# the pools
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: web, namespace: metallb-system}
spec:
  addresses:
    - 10.0.0.0/24
    - 10.0.1.0/24
---
---
apiVersion: v1
kind: Node
metadata:
  name: ember
";

    #[test]
    fn documents_are_read_with_the_place_of_each_field() {
        let mut sources = Sources::default();
        let id = sources.add("pools.yaml", POOL);
        let Ok(inputs) = read(id, POOL) else { panic!("unreadable") };
        let [Input::Manifest(pool), Input::Manifest(node)] = &inputs[..] else { panic!("{inputs:?}") };
        assert_eq!(pool.title(), "IPAddressPool metallb-system/web");
        assert_eq!(node.title(), "Node ember");
        assert_eq!((pool.kind(), node.kind()), (Some(Kind::IpAddressPool), Some(Kind::Node)));
        let at = |pointer: &str| {
            let place = pool.place(pointer).expect("has places");
            let (_, start, _) = sources.resolve(place).expect("known source");
            (start.line, start.column, &POOL[place.range()])
        };
        assert_eq!(at("/spec/addresses/1"), (9, 7, "10.0.1.0/24"));
        assert_eq!(at("/spec/addresses"), (7, 3, "addresses"));
        assert_eq!(at("/spec/autoAssign"), (6, 1, "spec"));
        assert_eq!(at("/nothing"), (4, 7, "IPAddressPool"));
        assert_eq!(at("/metadata/name"), (5, 18, "web"));
    }

    #[test]
    fn lists_are_taken_apart() {
        let all = manifests(
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Node, metadata: {name: a}}\n\
             - apiVersion: metallb.io/v1beta1\n  kind: CommunityList\n  items: [{metadata: {name: b}}]\n",
        );
        let titles: Vec<_> = all.iter().map(Manifest::title).collect();
        assert_eq!(titles, ["Node a", "Community b"]);
        assert_eq!(all[1].kind(), Some(Kind::Community));
    }

    #[test]
    fn the_case_form_is_told_by_its_keys() {
        let text = "case: x\noperation: delete\nbefore: []\nobjects:\n- {apiVersion: v1, kind: Node, metadata: {name: a}}\n";
        let inputs = read(SourceId(0), text).expect("readable");
        let [Input::Case(case)] = &inputs[..] else { panic!("{inputs:?}") };
        assert_eq!((case.before.len(), case.objects.len(), case.operation), (0, 1, Operation::Delete));
        for text in ["objects: 3", "objects: []\noperation: patch", "objects: [3]"] {
            assert!(read(SourceId(0), text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_letter_is_a_truth_value_to_kubectl_and_a_letter_in_the_case_form() {
        let object = "{apiVersion: v1, kind: Node, metadata: {name: y, labels: {n: N}}}";
        let read = |text: &str| match &read(SourceId(0), text).expect("readable")[..] {
            [Input::Manifest(manifest)] => manifest.value()["metadata"].clone(),
            [Input::Case(case)] => case.objects[0].value()["metadata"].clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(read(object), json!({"name": true, "labels": {"false": false}}));
        assert_eq!(read(&format!("objects: [{object}]")), json!({"name": "y", "labels": {"n": "N"}}));
    }

    #[test]
    fn json_is_read_too() {
        let all = manifests(
            "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"Node\",\n\t\"metadata\": {\"name\": \"a\\u00e4\\/\"}\n}\n",
        );
        assert_eq!(all[0].value()["metadata"], json!({"name": "aä/"}));
    }

    #[test]
    fn what_is_no_object_is_refused_with_its_place() {
        for (text, rule) in [
            ("just text", "manifest-shape"),
            ("- 1", "manifest-shape"),
            ("kind: Node", "manifest-shape"),
            ("a: [", "yaml-syntax"),
            ("kind: a\nkind: b", "yaml-duplicate-key"),
        ] {
            let finding = read(SourceId(0), text).expect_err(text);
            assert_eq!(finding.rule, rule, "{text}");
            assert!(finding.place.is_some(), "{text}");
        }
        assert_eq!(read(SourceId(0), ""), Ok(Vec::new()));
        assert_eq!(read(SourceId(0), "# nothing\n---\n"), Ok(Vec::new()));
    }
}
