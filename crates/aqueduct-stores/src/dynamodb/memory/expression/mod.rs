//! Expressions: read once for each text, and bound to the names and values of a request.

mod cache;
mod condition;
mod evaluate;
mod key;
mod path;
mod projection;
mod reserved;
mod token;
mod update;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use super::Beyond;
use super::value::{DEPTH_MAX, Value};

pub(super) use self::cache::{condition, projection, update};
pub(super) use self::condition::Condition;
pub(super) use self::key::Clause;
pub(super) use self::path::{Step, Steps};
pub(super) use self::projection::{Projection, project};
pub(super) use self::update::Update;
pub(super) use self::write::part;

/// An expression and the placeholders in it.
#[derive(Debug)]
pub(super) struct Expression<T> {
    pub(super) parsed: T,
    uses: Uses,
}

/// Placeholders of names and of values.
#[derive(Debug, Default)]
struct Uses {
    names: BTreeSet<String>,
    values: BTreeSet<String>,
}

impl Uses {
    fn path(&mut self, path: &path::Path) {
        for name in path.placeholders() {
            if !self.names.contains(name) {
                self.names.insert(name.to_owned());
            }
        }
    }

    fn value(&mut self, name: &str) {
        if !self.values.contains(name) {
            self.values.insert(name.to_owned());
        }
    }
}

/// What tells which placeholders are in it.
trait Placeholders {
    fn uses(&self, uses: &mut Uses);
}

/// What the placeholders of a request stand for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bindings<'a> {
    names: Option<&'a BTreeMap<String, String>>,
    values: Option<&'a BTreeMap<String, Value>>,
}

impl<'a> Bindings<'a> {
    pub(super) fn new(
        names: Option<&'a BTreeMap<String, String>>,
        values: Option<&'a BTreeMap<String, Value>>,
    ) -> Self {
        Self { names, values }
    }

    /// The bytes of all names and of all values.
    pub(super) fn sizes(&self) -> (usize, usize) {
        let names = self.names.into_iter().flat_map(BTreeMap::values).map(String::len).sum();
        (names, self.values.into_iter().flat_map(BTreeMap::values).map(Value::size).sum())
    }

    /// The bytes of values at least as often as a text names them.
    pub(super) fn value_sizes_in(&self, text: &str) -> usize {
        let used = |(name, value): (&String, &Value)| text.matches(name.as_str()).count() * value.size();
        self.values.into_iter().flatten().map(used).sum()
    }

    fn name(&self, placeholder: &str) -> Result<&'a str, Beyond> {
        self.names.and_then(|names| names.get(placeholder)).map(String::as_str).ok_or(Beyond)
    }

    fn value(&self, placeholder: &str) -> Result<&'a Value, Beyond> {
        self.values.and_then(|values| values.get(placeholder)).ok_or(Beyond)
    }
}

/// The placeholders that the expressions of a request use.
#[derive(Debug, Default)]
pub(super) struct Used<'a>(Vec<&'a Uses>);

impl<'a> Used<'a> {
    pub(super) fn by<T>(mut self, expression: Option<&'a Expression<T>>) -> Self {
        self.0.extend(expression.map(|expression| &expression.uses));
        self
    }

    /// Each placeholder that is used stands for something, and each that stands for something is used.
    pub(super) fn check(&self, bindings: &Bindings<'_>) -> Result<(), Beyond> {
        let names = bindings.names.is_none_or(|names| {
            let is_used = |name: &str| self.0.iter().any(|uses| uses.names.contains(name));
            !names.is_empty() && names.iter().all(|(name, of)| is_used(name) && !of.is_empty())
        });
        let values = bindings.values.is_none_or(|values| {
            let is_used = |name: &str| self.0.iter().any(|uses| uses.values.contains(name));
            !values.is_empty() && values.iter().all(|(name, value)| is_used(name) && value.depth() <= DEPTH_MAX)
        });
        let bound = self.0.iter().all(|uses| {
            uses.names.iter().all(|name| bindings.name(name).is_ok())
                && uses.values.iter().all(|name| bindings.value(name).is_ok())
        });
        if names && values && bound { Ok(()) } else { Err(Beyond) }
    }
}
