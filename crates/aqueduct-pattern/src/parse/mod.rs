//! Reading a pattern: its structure of keys and `$or`, within bounds that hold on hostile input.

mod anything_but;
mod condition;
mod numeric;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::event::Condition;
use crate::matcher::Matcher;
use crate::node::Node;
use crate::pattern::Branch;
use crate::{Dialect, PatternError, policy, set};

/// Deeper patterns are rejected before anything recurses into them.
const DEPTH_MAX: usize = 100;

/// The most alternatives that `$or` may multiply to.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>
const ALTERNATIVES_MAX: usize = 1000;

/// The most conditions of all alternatives together; the longest pattern that is not hostile stays far below.
const CONDITIONS_MAX: usize = 50_000;

/// Names that may not be fields inside `$or`.
///
/// Source: <https://github.com/aws/event-ruler/blob/main/src/main/software/amazon/event/ruler/Constants.java>
const RESERVED_IN_OR: [&str; 24] = [
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
    "ip-address-not-in-range",
];

/// The alternatives of a pattern's text.
pub(crate) fn text(dialect: Dialect, text: &str) -> Result<Box<[Branch]>, PatternError> {
    within_length(dialect, text)?;
    let node: Node = serde_json::from_str(text).map_err(|error| {
        // SNS's words are recorded by LocalStack's AWS-validated test `test_set_subscription_attributes`.
        let reason = if dialect.is_sns() { "failed to parse JSON.".to_owned() } else { error.to_string() };
        PatternError::new(dialect, reason)
    })?;
    if node.is_deeper(DEPTH_MAX) {
        return Err(too_deep(dialect));
    }
    alternatives(dialect, &node)
}

/// The alternatives of a pattern.
pub(crate) fn value(dialect: Dialect, pattern: &Value) -> Result<Box<[Branch]>, PatternError> {
    let node = Node::of(pattern, DEPTH_MAX).ok_or_else(|| too_deep(dialect))?;
    within_length(dialect, &pattern.to_string())?;
    alternatives(dialect, &node)
}

fn alternatives(dialect: Dialect, pattern: &Node) -> Result<Box<[Branch]>, PatternError> {
    let reject = |reason: &str| PatternError::new(dialect, reason);
    let members = pattern.as_object().ok_or_else(|| reject("Filter is not an object"))?;
    if members.is_empty() && dialect.is_sns() {
        // An empty policy is how a filter is taken away.
        return Ok(Box::new([Branch::default()]));
    }
    let mut reader = Reader { dialect, drafts: vec![Draft::new()], path: Vec::new() };
    reader.object(members, false).map_err(|reason| reject(&reason))?;
    let branches: Box<[Branch]> = reader.drafts.into_iter().map(branch).collect();
    if branches.iter().any(|branch| branch.len() > set::SIZE_MAX) {
        let reason = format!("more than {} conditions must hold together", set::SIZE_MAX);
        return Err(reject(&reason));
    }
    if dialect.is_sns() {
        policy::check(dialect, pattern, &branches)?;
    }
    Ok(branches)
}

fn too_deep(dialect: Dialect) -> PatternError {
    PatternError::new(dialect, format!("nested deeper than {DEPTH_MAX} levels"))
}

fn within_length(dialect: Dialect, text: &str) -> Result<(), PatternError> {
    let (max, unit) = dialect.length_max();
    let length = unit.length(text);
    if length <= max {
        return Ok(());
    }
    Err(PatternError::new(dialect, format!("{length} {unit} long, where at most {max} are allowed")))
}

/// One way to match under construction; a map from path to wanted values.
type Draft = BTreeMap<String, Arc<[Matcher]>>;

fn branch(draft: Draft) -> Branch {
    draft.into_iter().map(|(path, matchers)| Condition::new(path, matchers)).collect()
}

/// Reads objects into alternatives. Errors are reasons in AWS's words.
struct Reader<'a> {
    dialect: Dialect,
    drafts: Vec<Draft>,
    path: Vec<&'a str>,
}

impl<'a> Reader<'a> {
    fn object(&mut self, members: &'a [(String, Node)], in_or: bool) -> Result<(), String> {
        if members.is_empty() {
            return Err("Empty objects are not allowed".to_owned());
        }
        for (key, value) in members {
            if key == "$or" {
                self.alternatives(value)?;
                continue;
            }
            if in_or && RESERVED_IN_OR.contains(&key.as_str()) {
                return Err(format!("{key} is Ruler reserved fieldName which cannot be used inside $or."));
            }
            self.path.push(key);
            match value {
                Node::Object(members) => self.object(members, in_or)?,
                Node::Array(wanted) => self.condition(wanted)?,
                Node::Leaf(_) => return Err(format!("\"{key}\" must be an object or an array")),
            }
            self.path.pop();
        }
        Ok(())
    }

    /// `$or`: every alternative so far continues with each of these.
    fn alternatives(&mut self, value: &'a Node) -> Result<(), String> {
        let choices = value.as_array().ok_or("It must be an Array followed with $or.")?;
        self.within_bounds(choices.len())?;
        let before = std::mem::take(&mut self.drafts);
        let mut all = Vec::new();
        for choice in choices {
            let members = choice.as_object().ok_or("Only JSON object is allowed in array of $or relationship.")?;
            self.drafts.clone_from(&before);
            self.object(members, true)?;
            all.append(&mut self.drafts);
            self.check_alternatives(all.len())?;
        }
        if choices.len() < 2 {
            return Err("There must have at least 2 Objects in $or relationship.".to_owned());
        }
        self.drafts = all;
        Ok(())
    }

    fn condition(&mut self, wanted: &[Node]) -> Result<(), String> {
        if wanted.is_empty() {
            return Err("Empty arrays are not allowed".to_owned());
        }
        let matchers: Arc<[Matcher]> =
            wanted.iter().map(|value| condition::matcher(self.dialect, value)).collect::<Result<_, _>>()?;
        let path = self.path.join(".");
        for draft in &mut self.drafts {
            draft.insert(path.clone(), Arc::clone(&matchers));
        }
        self.within_bounds(1)
    }

    /// Whether the alternatives so far may be multiplied by `factor`.
    fn within_bounds(&self, factor: usize) -> Result<(), String> {
        self.check_alternatives(self.drafts.len().saturating_mul(factor))?;
        let conditions: usize = self.drafts.iter().map(Draft::len).sum();
        if conditions.saturating_mul(factor) > CONDITIONS_MAX {
            return Err(self.too_complex());
        }
        Ok(())
    }

    fn check_alternatives(&self, count: usize) -> Result<(), String> {
        let max = if self.dialect.is_sns() { policy::COMBINATIONS_MAX } else { ALTERNATIVES_MAX };
        if count > max { Err(self.too_complex()) } else { Ok(()) }
    }

    fn too_complex(&self) -> String {
        if self.dialect.is_sns() {
            return policy::TOO_COMPLEX.to_owned();
        }
        format!("$or makes more than {ALTERNATIVES_MAX} combinations")
    }
}
