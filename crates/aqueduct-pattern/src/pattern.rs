//! A pattern that its dialect accepts.

use serde_json::Value;

use crate::event::{self, Condition};
use crate::{Dialect, Explanation, PatternError, parse};

/// A pattern that its dialect accepts.
///
/// Matching neither allocates nor reads the pattern again, so that one `Pattern` serves any number of events; it may be
/// shared between threads.
#[derive(Clone, Debug)]
pub struct Pattern {
    dialect: Dialect,
    branches: Box<[Branch]>,
}

/// One way to match: the wanted values of each path, sorted by path. A pattern without `$or` is a single branch.
pub(crate) type Branch = Box<[Condition]>;

impl Pattern {
    /// Reads a pattern.
    pub fn parse(dialect: Dialect, pattern: &Value) -> Result<Self, PatternError> {
        Ok(Self { dialect, branches: parse::value(dialect, pattern)? })
    }

    /// Reads a pattern from JSON text, as APIs take it: of two lists under one name the later one counts, while objects
    /// of one name add up.
    pub fn parse_text(dialect: Dialect, pattern: &str) -> Result<Self, PatternError> {
        Ok(Self { dialect, branches: parse::text(dialect, pattern)? })
    }

    /// The dialect that the pattern was read in.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether `event` matches. An event that is not a JSON object matches only the empty policy, which SNS accepts and
    /// which filters nothing.
    pub fn matches(&self, event: &Value) -> bool {
        if self.is_empty() {
            return true;
        }
        // "exists: false" needs at least one attribute.
        // Source: <https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html>
        let empty =
            event.as_object().is_none_or(|members| self.dialect == Dialect::SnsAttributes && members.is_empty());
        !empty && self.branches.iter().any(|branch| event::holds(event, branch))
    }

    /// Why `event` matches or does not: each condition that fails, where, what it wants and what the event has.
    pub fn explain(&self, event: &Value) -> Explanation {
        Explanation::new(self, event)
    }

    /// The ways to match.
    pub(crate) fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// Whether this is SNS's empty policy, which filters nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.branches.iter().all(|branch| branch.is_empty())
    }
}
