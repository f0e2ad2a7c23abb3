//! Why an event does not match, condition by condition.

use std::fmt;

use serde_json::Value;

use crate::Dialect;
use crate::event::{self, Condition};
use crate::matcher::{Matcher, alternatives};
use crate::number::{Incomparable, Millionths};
use crate::pattern::{Branch, Pattern};

/// What [`Pattern::explain`] found out.
///
/// It quotes values of the event: show it to whoever asked, and keep it out of logs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// Whether the event matches.
    pub matched: bool,
    /// The conditions that fail; of a pattern with `$or`, those of the alternative with the fewest.
    pub failures: Vec<Failure>,
    /// How many alternatives the pattern has: 1 without `$or`.
    pub alternatives: usize,
}

/// A condition that an event fails.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Failure {
    /// Where the pattern looks, steps joined by dots; several paths when they fail only together; empty for the event
    /// itself.
    pub paths: Vec<String>,
    /// What the pattern wants, in words.
    pub wanted: String,
    /// What the event has.
    pub found: Found,
    /// A likely mistake behind it.
    pub hint: Option<String>,
}

/// What an event has where a condition looks.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Found {
    /// No value.
    Nothing,
    /// An object or an array of objects, where patterns only see values.
    Object,
    /// One value, or those of an array.
    Values(Vec<Value>),
    /// Fitting values, but in different elements of an array.
    Apart,
}

impl Explanation {
    pub(crate) fn new(pattern: &Pattern, event: &Value) -> Self {
        let alternatives = pattern.branches().len();
        if pattern.matches(event) {
            return Self { matched: true, failures: Vec::new(), alternatives };
        }
        let failures = whole_event(pattern.dialect(), event).map_or_else(
            || pattern.branches().iter().map(|branch| failures(branch, event)).min_by_key(Vec::len).unwrap_or_default(),
            |failure| vec![failure],
        );
        Self { matched: false, failures, alternatives }
    }
}

/// What is wrong with the event as a whole.
fn whole_event(dialect: Dialect, event: &Value) -> Option<Failure> {
    let failure =
        |wanted: &str, found| Some(Failure { paths: Vec::new(), wanted: wanted.to_owned(), found, hint: None });
    match event {
        Value::Object(members) if dialect == Dialect::SnsAttributes && members.is_empty() => {
            failure("at least one message attribute", Found::Nothing)
        }
        Value::Object(_) => None,
        other => failure("a JSON object", Found::Values(vec![other.clone()])),
    }
}

fn failures(branch: &Branch, event: &Value) -> Vec<Failure> {
    let alone: Vec<_> = branch
        .iter()
        .filter(|condition| !event::holds(event, std::slice::from_ref(condition)))
        .map(|condition| failure(event, condition))
        .collect();
    if alone.is_empty() { vec![apart(event, branch)] } else { alone }
}

/// The failure of conditions that each hold alone: the first two that do not hold together, else all.
fn apart(event: &Value, conditions: &[Condition]) -> Failure {
    let pair = conditions.iter().enumerate().take(COMPARED).find_map(|(index, first)| {
        let pairs = conditions[index + 1..].iter().map(|second| [first.clone(), second.clone()]);
        pairs.into_iter().find(|pair| !event::holds(event, pair))
    });
    let together = pair.as_ref().map_or(conditions, <[_; 2]>::as_slice);
    let paths = together.iter().map(|it| it.path().to_owned()).collect();
    Failure { paths, wanted: "values in one element of an array".to_owned(), found: Found::Apart, hint: None }
}

fn failure(event: &Value, condition: &Condition) -> Failure {
    let (path, matchers) = (condition.path(), condition.matchers());
    let mut values = Vec::new();
    event::each_leaf(event, condition, &mut |leaf| values.push(leaf.clone()));
    let (found, hint) = if values.is_empty() {
        let place = Place::find(event, path);
        (if place.is_object() { Found::Object } else { Found::Nothing }, place.hint())
    } else {
        let hint = other_type(matchers, &values).or_else(|| incomparable(matchers, &values));
        (Found::Values(values), hint)
    };
    Failure { paths: vec![path.to_owned()], wanted: alternatives(matchers), found, hint }
}

/// A wanted text where the event has the number that it spells, or the reverse.
fn other_type(matchers: &[Matcher], values: &[Value]) -> Option<String> {
    let spelled = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let other = |text: &str, wanted: &str| {
        let found = values.iter().find(|found| spelled(found) == text)?;
        Some(format!("the pattern wants {wanted}, the event has {}", kind(found)))
    };
    matchers.iter().find_map(|matcher| match matcher {
        Matcher::Text(text) | Matcher::Address { text, .. } => other(text, "a text"),
        Matcher::Number { number, .. } => other(&number.to_string(), "a number"),
        Matcher::Bool(value) => other(&value.to_string(), "a boolean"),
        Matcher::Null => other("null", "null"),
        Matcher::Numeric(_) => {
            let is_number = |found: &&Value| found.as_str().is_some_and(|text| text.parse::<f64>().is_ok());
            let found = values.iter().find(is_number)?;
            Some(format!("the pattern wants a number, the event has {}", kind(found)))
        }
        _ => None,
    })
}

/// A number that the engine takes for a text where a range is wanted.
fn incomparable(matchers: &[Matcher], values: &[Value]) -> Option<String> {
    matchers.iter().find(|matcher| matches!(matcher, Matcher::Numeric(_)))?;
    values.iter().find_map(|found| match Millionths::of(found.as_number()?).err()? {
        Incomparable::TooFar => Some("numbers are compared up to five billion".to_owned()),
        Incomparable::TooFine => Some("numbers are compared when they have at most six decimals".to_owned()),
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) | Value::Object(_) => "a structure",
    }
}

/// How far a path leads into an event that has no value there.
struct Place<'a> {
    node: &'a Value,
    walked: Vec<&'a str>,
    missing: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn find(event: &'a Value, path: &'a str) -> Self {
        let mut place = Self { node: event, walked: Vec::new(), missing: None };
        for step in path.split('.') {
            while let Some(first) = place.node.as_array().and_then(|elements| elements.iter().find(|it| it.is_object()))
            {
                place.node = first;
            }
            let Some(child) = place.node.get(step) else {
                place.missing = Some(step);
                break;
            };
            place.node = child;
            place.walked.push(step);
        }
        place
    }

    fn is_object(&self) -> bool {
        let holds_object = |it: &Value| it.as_array().is_some_and(|elements| elements.iter().any(Value::is_object));
        self.missing.is_none() && (self.node.is_object() || holds_object(self.node))
    }

    fn hint(&self) -> Option<String> {
        let missing = self.missing?;
        let here = if self.walked.is_empty() { "the event".to_owned() } else { self.walked.join(".") };
        match self.node {
            Value::Object(members) => {
                if let Some(key) = members.keys().find(|key| key.to_lowercase() == missing.to_lowercase()) {
                    return Some(format!("{here} has \"{key}\": names are case-sensitive"));
                }
                let keys: Vec<_> = members.keys().take(KEYS_SHOWN).map(String::as_str).collect();
                let more = if members.len() > KEYS_SHOWN { ", …" } else { "" };
                (!keys.is_empty()).then(|| format!("{here} has {}{more}", keys.join(", ")))
            }
            Value::String(text) if matches!(serde_json::from_str(text), Ok(Value::Object(_))) => {
                Some(format!("{here} is a text that holds JSON: patterns do not look into texts"))
            }
            _ => None,
        }
    }
}

/// Conditions that are held against all others to find two that fail together.
const COMPARED: usize = 32;
const KEYS_SHOWN: usize = 8;
const VALUES_SHOWN: usize = 5;

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.matched {
            return formatter.write_str("the event matches");
        }
        match self.alternatives {
            1 => formatter.write_str("the event does not match:")?,
            count => write!(formatter, "the event matches none of the {count} alternatives; closest is the one with:")?,
        }
        self.failures.iter().try_for_each(|failure| write!(formatter, "\n  {failure}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.paths.is_empty() { "the event".to_owned() } else { self.paths.join(" and ") };
        write!(formatter, "{place}: wanted {}, found {}", self.wanted, self.found)?;
        self.hint.iter().try_for_each(|hint| write!(formatter, " ({hint})"))
    }
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => formatter.write_str("nothing"),
            Self::Object => formatter.write_str("an object, where only its values can be wanted"),
            Self::Apart => formatter.write_str("them in different elements"),
            Self::Values(values) => {
                let shown: Vec<_> = values.iter().take(VALUES_SHOWN).map(Value::to_string).collect();
                formatter.write_str(&shown.join(", "))?;
                match values.len().saturating_sub(VALUES_SHOWN) {
                    0 => Ok(()),
                    more => write!(formatter, " and {more} more"),
                }
            }
        }
    }
}
