//! Whether there is an event of a schema that a pattern matches.

mod fit;
mod leaf;
mod numbers;
mod schema;
mod shape;
mod solve;
mod texts;
mod types;
mod why;
mod words;

use serde_json::{Map, Value};

use crate::pattern::{Branch, Pattern};
use crate::{Dialect, event};
use schema::Schemas;
use solve::{Search, Solver, Wanted};
pub use why::{Impediment, Why};

/// Whether there is an event of a schema that a pattern matches.
///
/// A schema is read as that of a producer: an object has the members that its schema declares, and others only where
/// `additionalProperties` says so. An object schema without members, and `additionalProperties: true`, say nothing of what
/// is there, and what a pattern wants of it cannot be told.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Satisfiability {
    /// There is one.
    Possible {
        /// An event of the schema that matches.
        witness: Value,
    },
    /// There is none.
    Impossible {
        /// The conditions that no event can meet; of a pattern with `$or`, those of the alternative with the fewest.
        impediments: Vec<Impediment>,
        /// How many alternatives the pattern has: 1 without `$or`.
        alternatives: usize,
    },
    /// There is no telling.
    Unknown {
        /// An event that matches and that the schema does not forbid, if one was found.
        witness: Option<Value>,
        /// The paths of which the schema says nothing; empty when the schema or the pattern says more than is understood.
        open: Vec<String>,
    },
}

impl Satisfiability {
    /// Whether it is certain that no event matches.
    pub const fn is_impossible(&self) -> bool {
        matches!(self, Self::Impossible { .. })
    }

    /// An event that matches, if one was found.
    pub const fn witness(&self) -> Option<&Value> {
        match self {
            Self::Possible { witness } => Some(witness),
            Self::Unknown { witness, .. } => witness.as_ref(),
            Self::Impossible { .. } => None,
        }
    }
}

impl Pattern {
    /// Whether there is an event of this JSON Schema that the pattern matches.
    ///
    /// The schema is that of the whole event, as the service shows it to the pattern: with `detail` for a bus, the attributes
    /// as members for [`Dialect::SnsAttributes`], with `body` for [`Dialect::Lambda`]. References lead into the same document.
    ///
    /// ```
    /// use aqueduct_pattern::{Dialect, Pattern};
    /// use serde_json::json;
    ///
    /// let schema = json!({ "properties": { "detail": { "properties": { "total": { "type": "integer" } } } } });
    /// let pattern = Pattern::parse(Dialect::Bus, &json!({ "detail": { "totals": [1] } }))?;
    /// let answer = pattern.satisfiable(&schema);
    /// assert!(answer.is_impossible());
    /// assert!(answer.to_string().contains("did you mean detail.total?"));
    /// # Ok::<(), aqueduct_pattern::PatternError>(())
    /// ```
    pub fn satisfiable(&self, schema: &Value) -> Satisfiability {
        let question = Question { patterns: &[self], schemas: &Schemas::new(schema) };
        question.answer(&self.branches().iter().map(|branch| vec![branch]).collect::<Vec<_>>())
    }

    /// Whether there is an event of this JSON Schema that both patterns match; `true` is the schema of which nothing is
    /// known.
    ///
    /// Patterns of two dialects look at events in two ways, so that there is no telling.
    pub fn overlaps(&self, other: &Self, schema: &Value) -> Satisfiability {
        const PAIRS_MAX: usize = 10_000;
        let (ours, theirs) = (self.branches(), other.branches());
        if self.dialect() != other.dialect() || ours.len() * theirs.len() > PAIRS_MAX {
            return Satisfiability::Unknown { witness: None, open: Vec::new() };
        }
        let question = Question { patterns: &[self, other], schemas: &Schemas::new(schema) };
        let pairs = ours.iter().flat_map(|one| theirs.iter().map(move |other| vec![one, other]));
        question.answer(&pairs.collect::<Vec<_>>())
    }
}

/// Ways to match whose impediments are looked for, to tell those of the closest.
const EXPLAINED: usize = 32;

/// Patterns that are to match one event.
#[derive(Debug)]
struct Question<'a, 's> {
    patterns: &'a [&'a Pattern],
    schemas: &'a Schemas<'s>,
}

impl Question<'_, '_> {
    /// The answer from all the ways in which the patterns can match, a branch of each.
    fn answer(&self, ways: &[Vec<&Branch>]) -> Satisfiability {
        let alternatives = ways.len();
        let mut answer = Search::None;
        for way in ways {
            answer = answer.or(|| self.verified(self.search(&wanted(way))));
            if matches!(&answer, Search::Found { open, .. } if open.is_empty()) {
                break;
            }
        }
        match answer {
            Search::Found { value, open } if open.is_empty() => Satisfiability::Possible { witness: value },
            Search::Found { value, mut open } => {
                open.sort();
                open.dedup();
                Satisfiability::Unknown { witness: Some(value), open }
            }
            Search::Unknown => Satisfiability::Unknown { witness: None, open: Vec::new() },
            Search::None => {
                let explained = ways.iter().take(EXPLAINED);
                let impediments = explained.map(|way| why::impediments(&self.afresh(), &wanted(way)));
                let impediments = impediments.min_by_key(Vec::len).unwrap_or_default();
                Satisfiability::Impossible { impediments, alternatives }
            }
        }
    }

    /// The same schemas, with patience of their own.
    fn afresh(&self) -> Schemas<'_> {
        Schemas::new(self.schemas.document())
    }

    fn search(&self, wanted: &[Wanted<'_>]) -> Search {
        Solver::new(self.schemas).document(wanted)
    }

    /// A witness is one only when the matcher and the schema say so.
    fn verified(&self, found: Search) -> Search {
        let Search::Found { value, open } = found else { return found };
        let value = if self.patterns.iter().any(|it| it.dialect() == Dialect::SnsAttributes) {
            self.with_an_attribute(value)
        } else {
            value
        };
        let matches = self.patterns.iter().all(|pattern| pattern.matches(&value));
        match self.afresh().fits_root(&value) {
            Some(true) if matches => Search::Found { value, open },
            _ => Search::Unknown,
        }
    }

    /// Without any attribute SNS matches nothing, so that one is added that no condition looks at.
    fn with_an_attribute(&self, event: Value) -> Value {
        if event.as_object().is_none_or(|members| !members.is_empty()) {
            return event;
        }
        self.schemas
            .members_of_root()
            .into_iter()
            .map(|(name, value)| Value::Object(Map::from_iter([(name.to_owned(), value)])))
            .find(|event| self.patterns.iter().all(|pattern| pattern.matches(event)))
            .unwrap_or(event)
    }
}

/// The conditions of one way to match.
fn wanted<'a>(way: &[&'a Branch]) -> Vec<Wanted<'a>> {
    way.iter()
        .enumerate()
        .flat_map(|(pattern, branch)| branch.iter().map(move |it: &'a event::Condition| Wanted::new(it, pattern)))
        .collect()
}
