//! Parts of the template with their intrinsic functions worked out.

use serde_json::Number;

use crate::Span;

/// A part of a resource as it was worked out, and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// What it comes to.
    pub value: Resolved,
    /// Where the value stands.
    pub span: Span,
    /// Where its key stands; the value's place for an item of a list.
    pub key_span: Span,
}

/// What a part of the template comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(String),
    /// A list.
    List(Vec<Property>),
    /// A map, in the template's order.
    Map(Vec<(String, Property)>),
    /// What only the deployment will tell.
    Unknown(Box<Unknown>),
    /// `AWS::NoValue`: as if it had not been written. No list or map holds it.
    Absent,
}

/// A value that is not known, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown {
    /// Why it is unknown, to follow "because".
    pub reason: String,
    /// The intrinsic function as JSON, which stands for the value in policies.
    pub source: serde_json::Value,
}

impl Resolved {
    pub(crate) fn unknown(reason: impl Into<String>, source: serde_json::Value) -> Self {
        Self::Unknown(Box::new(Unknown { reason: reason.into(), source }))
    }

    /// A scalar as the text that CloudFormation makes of it.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Bool(flag) => Some(flag.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::String(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// The first unknown in it.
    pub fn first_unknown(&self) -> Option<&Unknown> {
        match self {
            Self::Unknown(unknown) => Some(unknown),
            Self::List(items) => items.iter().find_map(|item| item.value.first_unknown()),
            Self::Map(entries) => entries.iter().find_map(|(_, item)| item.value.first_unknown()),
            _ => None,
        }
    }

    /// It as JSON; what is unknown stays the intrinsic function that it is.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null | Self::Absent => serde_json::Value::Null,
            Self::Bool(flag) => (*flag).into(),
            Self::Number(number) => serde_json::Value::Number(number.clone()),
            Self::String(text) => text.as_str().into(),
            Self::List(items) => items.iter().map(|item| item.value.to_json()).collect(),
            Self::Map(entries) => entries.iter().map(|(key, item)| (key.clone(), item.value.to_json())).collect(),
            Self::Unknown(unknown) => unknown.source.clone(),
        }
    }
}

impl Property {
    pub(crate) fn new(value: Resolved, span: Span) -> Self {
        Self { value, span, key_span: span }
    }

    /// The items of a list; none when it is no list.
    pub fn list(&self) -> &[Self] {
        match &self.value {
            Resolved::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a map; none when it is no map.
    pub fn entries(&self) -> &[(String, Self)] {
        match &self.value {
            Resolved::Map(entries) => entries,
            _ => &[],
        }
    }

    /// What a map holds under `key`.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, item)| item)
    }

    /// From the start of its key to the end of its value.
    pub fn full_span(&self) -> Span {
        let Span { line, column, .. } = self.key_span;
        Span { line, column, ..self.span }
    }
}
