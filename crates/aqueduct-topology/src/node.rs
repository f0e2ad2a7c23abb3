//! A template as a tree that knows where each part stands.

use std::rc::Rc;

use serde_json::Number;

use crate::Span;
use crate::resolved::{Property, Resolved};

/// A part of the template.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

/// What a part holds. Aliases share their anchor's part.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    List(Vec<Rc<Node>>),
    Map(Vec<Entry>),
}

/// One key of a map and what it holds.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) node: Rc<Node>,
}

impl Value {
    /// The part as JSON, intrinsic functions in their long form.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(flag) => (*flag).into(),
            Self::Number(number) => serde_json::Value::Number(number.clone()),
            Self::String(text) => text.as_str().into(),
            Self::List(items) => items.iter().map(|item| item.value.to_json()).collect(),
            Self::Map(entries) => entries.iter().map(|entry| (entry.key.clone(), entry.node.value.to_json())).collect(),
        }
    }
}

impl Node {
    pub(crate) fn new(value: Value, span: Span) -> Rc<Self> {
        Rc::new(Self { value, span })
    }

    pub(crate) fn string(text: impl Into<String>, span: Span) -> Rc<Self> {
        Self::new(Value::String(text.into()), span)
    }

    pub(crate) fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Rc<Self>)>, span: Span) -> Rc<Self> {
        let entries =
            entries.into_iter().map(|(key, node)| Entry { key: key.into(), key_span: node.span, node }).collect();
        Self::new(Value::Map(entries), span)
    }

    /// `{"Ref": id}`.
    pub(crate) fn reference(id: &str, span: Span) -> Rc<Self> {
        Self::map([("Ref", Self::string(id, span))], span)
    }

    /// `{"Fn::GetAtt": [id, attribute]}`.
    pub(crate) fn attribute(id: &str, attribute: &str, span: Span) -> Rc<Self> {
        let parts = vec![Self::string(id, span), Self::string(attribute, span)];
        Self::map([("Fn::GetAtt", Self::new(Value::List(parts), span))], span)
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Rc<Self>]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The map's entries; none when the part is not a map.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// What the map holds under `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&Rc<Self>> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// Where the map's key `key` stands.
    pub(crate) fn key_span(&self, key: &str) -> Option<Span> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| entry.key_span)
    }

    /// The part as it was written, for sections in which intrinsic functions mean nothing.
    pub(crate) fn unresolved(&self) -> Property {
        let value = match &self.value {
            Value::Null => Resolved::Null,
            Value::Bool(flag) => Resolved::Bool(*flag),
            Value::Number(number) => Resolved::Number(number.clone()),
            Value::String(text) => Resolved::String(text.clone()),
            Value::List(items) => Resolved::List(items.iter().map(|item| item.unresolved()).collect()),
            Value::Map(entries) => Resolved::Map(
                entries
                    .iter()
                    .map(|entry| {
                        let property = Property { key_span: entry.key_span, ..entry.node.unresolved() };
                        (entry.key.clone(), property)
                    })
                    .collect(),
            ),
        };
        Property::new(value, self.span)
    }

    /// The name and argument of the intrinsic function that this part is.
    pub(crate) fn intrinsic(&self) -> Option<(&str, &Rc<Self>)> {
        match self.entries() {
            [entry] if entry.key == "Ref" || entry.key.starts_with("Fn::") => Some((&entry.key, &entry.node)),
            _ => None,
        }
    }
}
