//! A pattern's JSON with every member that it spells, those of the same name too.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// JSON whose objects keep members of the same name: the engine reads a pattern member by member, so that a later
/// list replaces an earlier one, while objects of the same name add up.
///
/// Recorded by LocalStack's AWS-validated test `test_event_pattern_with_multi_key`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    /// Anything else.
    Leaf(Value),
}

impl Node {
    /// The value, unless it is nested deeper than `levels`.
    pub(crate) fn of(value: &Value, levels: usize) -> Option<Self> {
        let below = |value: &Value| Self::of(value, levels.checked_sub(1)?);
        Some(match value {
            Value::Object(members) => Self::Object(
                members.iter().map(|(key, value)| Some((key.clone(), below(value)?))).collect::<Option<_>>()?,
            ),
            Value::Array(elements) => Self::Array(elements.iter().map(below).collect::<Option<_>>()?),
            leaf => Self::Leaf(leaf.clone()),
        })
    }

    /// Whether this is nested deeper than `levels`.
    pub(crate) fn is_deeper(&self, levels: usize) -> bool {
        let inner = |node: &Self| levels == 0 || node.is_deeper(levels - 1);
        match self {
            Self::Object(members) => members.iter().any(|(_, node)| inner(node)),
            Self::Array(elements) => elements.iter().any(inner),
            Self::Leaf(_) => false,
        }
    }

    pub(crate) fn as_object(&self) -> Option<&[(String, Self)]> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    pub(crate) fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(elements) = self { Some(elements) } else { None }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::Leaf(Value::String(text)) = self { Some(text) } else { None }
    }

    pub(crate) fn as_number(&self) -> Option<&Number> {
        if let Self::Leaf(Value::Number(number)) = self { Some(number) } else { None }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Node::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = elements.next_element()? {
            nodes.push(node);
        }
        Ok(Node::Array(nodes))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Leaf(text.into()))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::Leaf(text.into()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Leaf(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Leaf(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Leaf(number.into()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf(Value::Null))
    }
}
