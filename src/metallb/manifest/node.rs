//! The tree of values with places.

use serde_json::{Map, Value};

use crate::finding::Place;

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where: a scalar's own text; for lists and mappings all of it.
    pub place: Place,
    /// What.
    pub data: Data,
}

/// The three shapes.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Text, number, boolean or null.
    Scalar(Value),
    /// Items in order.
    List(Vec<Node>),
    /// Fields in order, each name once.
    Map(Vec<Field>),
}

/// One field of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Where the name is written.
    pub key: Place,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// Whether it is null, or nothing at all.
    pub fn is_null(&self) -> bool {
        self.data == Data::Scalar(Value::Null)
    }

    /// The text of a text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar(value) => value.as_str(),
            _ => None,
        }
    }

    /// A field of a mapping.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.field(name).map(|field| &field.node)
    }

    fn field(&self, name: &str) -> Option<&Field> {
        match &self.data {
            Data::Map(fields) => fields.iter().find(|field| field.name == name),
            _ => None,
        }
    }

    /// The fields of a mapping; none for anything else.
    pub fn into_fields(self) -> impl Iterator<Item = (String, Node)> {
        let fields = match self.data {
            Data::Map(fields) => fields,
            _ => Vec::new(),
        };
        fields.into_iter().map(|field| (field.name, field.node))
    }

    /// The items of a list.
    pub fn into_items(self) -> Option<Vec<Node>> {
        match self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    /// Sets a text field of a mapping that is not there.
    pub fn complete(&mut self, name: &str, text: &str) {
        let place = self.start();
        if let Data::Map(fields) = &mut self.data
            && !fields.iter().any(|field| field.name == name)
        {
            let node = Node { place, data: Data::Scalar(text.into()) };
            fields.push(Field { name: name.to_owned(), key: place, node });
        }
    }

    /// Takes the unquoted letters `y` and `n` for themselves, in values and in names of fields. `text`
    /// is what the tree was read from.
    pub(super) fn keep_letters(&mut self, text: &str) {
        let letter =
            |place: Place| text.get(place.range()).filter(|word| matches!(*word, "y" | "Y" | "n" | "N"));
        match &mut self.data {
            Data::Scalar(value) => {
                if let (Value::Bool(_), Some(word)) = (&*value, letter(self.place)) {
                    *value = word.into();
                }
            }
            Data::List(items) => items.iter_mut().for_each(|item| item.keep_letters(text)),
            Data::Map(fields) => {
                for field in fields {
                    if let Some(word) = letter(field.key) {
                        word.clone_into(&mut field.name);
                    }
                    field.node.keep_letters(text);
                }
            }
        }
    }

    /// Its first character: what to point at when the whole is too much.
    pub fn start(&self) -> Place {
        match &self.data {
            Data::Scalar(_) => self.place,
            _ => Place { end: self.place.end.min(self.place.start.saturating_add(1)), ..self.place },
        }
    }

    /// The value without places.
    pub fn to_value(&self) -> Value {
        match &self.data {
            Data::Scalar(value) => value.clone(),
            Data::List(items) => items.iter().map(Node::to_value).collect(),
            Data::Map(fields) => {
                let pairs = fields.iter().map(|field| (field.name.clone(), field.node.to_value()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// The place of the value behind a JSON pointer, or of the nearest one around it: a scalar's text,
    /// otherwise the name of the field. For an object that is its kind.
    pub fn nearest(&self, pointer: &str) -> Place {
        let mut node = self;
        let mut place = self.field("kind").map_or_else(|| self.start(), |field| field.node.start());
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let below = match &node.data {
                Data::Map(_) => node.field(&step).map(|field| {
                    let scalar = matches!(field.node.data, Data::Scalar(_)) && !field.node.is_null();
                    (&field.node, if scalar { field.node.place } else { field.key })
                }),
                Data::List(items) => {
                    let item = step.parse::<usize>().ok().and_then(|index| items.get(index));
                    item.map(|item| (item, item.first()))
                }
                Data::Scalar(_) => None,
            };
            let Some((next, next_place)) = below else { break };
            (node, place) = (next, next_place);
        }
        place
    }

    /// The first field's name for a mapping: the whole would be many lines.
    fn first(&self) -> Place {
        match &self.data {
            Data::Map(fields) => fields.first().map_or_else(|| self.start(), |field| field.key),
            _ => self.start(),
        }
    }
}

/// Spells one step of a JSON pointer.
pub fn step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
