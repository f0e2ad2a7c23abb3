//! Parts of the template with their intrinsic functions worked out.

use serde_json::Number;

use crate::Span;

/// A resolved part and where it was written.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) value: Resolved,
    pub(crate) span: Span,
}

/// What a part comes to.
#[derive(Clone, Debug)]
pub(crate) enum Resolved {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    List(Vec<Item>),
    Map(Vec<(String, Item)>),
    Unknown(Unknown),
    /// `AWS::NoValue`: as if it had not been written.
    Absent,
}

/// What only the deployment will tell.
#[derive(Clone, Debug)]
pub(crate) struct Unknown {
    /// Why it is unknown, to follow "because".
    pub(crate) reason: String,
    /// The intrinsic function as JSON, which stands for the value in policies.
    pub(crate) source: serde_json::Value,
}

impl Resolved {
    pub(crate) fn unknown(reason: impl Into<String>, source: serde_json::Value) -> Self {
        Self::Unknown(Unknown { reason: reason.into(), source })
    }

    /// A scalar as the text that CloudFormation makes of it.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Bool(flag) => Some(flag.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::String(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// The first unknown in it.
    pub(crate) fn first_unknown(&self) -> Option<&Unknown> {
        match self {
            Self::Unknown(unknown) => Some(unknown),
            Self::List(items) => items.iter().find_map(|item| item.value.first_unknown()),
            Self::Map(entries) => entries.iter().find_map(|(_, item)| item.value.first_unknown()),
            _ => None,
        }
    }

    /// It as JSON; what is unknown stays the intrinsic function that it is.
    pub(crate) fn to_json(&self) -> serde_json::Value {
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

impl Item {
    pub(crate) fn list(&self) -> &[Item] {
        match &self.value {
            Resolved::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Item> {
        match &self.value {
            Resolved::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, item)| item),
            _ => None,
        }
    }
}
