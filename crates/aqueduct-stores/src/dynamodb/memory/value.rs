//! Attribute values and items.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::number::Number;

/// How deep lists and maps go at most in this engine; DynamoDB's 32 are left to the other one.
pub(super) const DEPTH_MAX: usize = 16;

/// How many bytes an item has at most, with its names.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
pub(super) const ITEM_BYTES_MAX: usize = 400 * 1024;

/// The attributes of an item, by name.
pub(super) type Item = BTreeMap<String, Value>;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    S(String),
    N(Number),
    B(Vec<u8>),
    Bool(bool),
    Null,
    Ss(BTreeSet<String>),
    Ns(BTreeSet<Number>),
    Bs(BTreeSet<Vec<u8>>),
    L(Vec<Value>),
    M(Item),
}

impl Value {
    /// The name of its type, as `attribute_type` takes it.
    pub(super) const fn type_name(&self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Bool(_) => "BOOL",
            Self::Null => "NULL",
            Self::Ss(_) => "SS",
            Self::Ns(_) => "NS",
            Self::Bs(_) => "BS",
            Self::L(_) => "L",
            Self::M(_) => "M",
        }
    }

    /// The order of two strings, numbers or binaries. Nothing else has one.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::S(left), Self::S(right)) => Some(left.cmp(right)),
            (Self::N(left), Self::N(right)) => Some(left.cmp(right)),
            (Self::B(left), Self::B(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }

    /// How many levels of lists and maps it has: a scalar none.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::L(list) => 1 + list.iter().map(Self::depth).max().unwrap_or(0),
            Self::M(map) => 1 + map.values().map(Self::depth).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// The bytes that it counts for in an item.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::S(text) => text.len(),
            Self::N(number) => number.size(),
            Self::B(bytes) => bytes.len(),
            Self::Bool(_) | Self::Null => 1,
            Self::Ss(set) => set.iter().map(String::len).sum(),
            Self::Ns(set) => set.iter().map(Number::size).sum(),
            Self::Bs(set) => set.iter().map(Vec::len).sum(),
            Self::L(list) => 3 + list.iter().map(|value| 1 + value.size()).sum::<usize>(),
            Self::M(map) => 3 + map.iter().map(|(name, value)| name.len() + 1 + value.size()).sum::<usize>(),
        }
    }

    /// Whether a set of several numbers is in it. Some answers of the other engine have them in an order of their own.
    pub(super) fn has_numbers(&self) -> bool {
        match self {
            Self::Ns(set) => set.len() > 1,
            Self::L(list) => list.iter().any(Self::has_numbers),
            Self::M(map) => map.values().any(Self::has_numbers),
            _ => false,
        }
    }
}

/// The bytes of an item, with its names.
pub(super) fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value.size()).sum()
}

/// Whether every name says something and no value lies too deep.
pub(super) fn is_sound(item: &Item) -> bool {
    item.iter().all(|(name, value)| !name.is_empty() && value.depth() <= DEPTH_MAX)
}
