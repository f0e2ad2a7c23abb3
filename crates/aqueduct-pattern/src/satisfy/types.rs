//! Sets of JSON types.

use std::fmt;

use serde_json::Value;

/// A set of JSON types; `integer` is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Types(u8);

impl Types {
    pub(super) const NONE: Self = Self(0);
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(2);
    pub(super) const NUMBER: Self = Self(4);
    pub(super) const STRING: Self = Self(8);
    pub(super) const ARRAY: Self = Self(16);
    pub(super) const OBJECT: Self = Self(32);
    /// Those of values without parts.
    pub(super) const LEAVES: Self = Self(15);
    pub(super) const ALL: Self = Self(63);

    const NAMED: [(Self, &'static str); 6] = [
        (Self::NULL, "null"),
        (Self::BOOLEAN, "boolean"),
        (Self::NUMBER, "number"),
        (Self::STRING, "string"),
        (Self::ARRAY, "array"),
        (Self::OBJECT, "object"),
    ];

    /// The type that a schema calls so; none for a name that JSON Schema does not have.
    pub(super) fn named(name: &str) -> Self {
        let name = if name == "integer" { "number" } else { name };
        Self::NAMED.iter().find(|(_, known)| *known == name).map_or(Self::NONE, |(types, _)| *types)
    }

    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(_) => Self::NUMBER,
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl fmt::Display for Types {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Self::NAMED.iter().filter(|(types, _)| self.has(*types)).map(|(_, name)| *name).collect();
        formatter.write_str(&names.join(" or "))
    }
}
