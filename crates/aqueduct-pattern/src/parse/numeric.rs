//! Reading `numeric`. Errors are reasons in AWS's words.

use serde_json::Value;

use crate::Dialect;
use crate::matcher::{Bound, Comparison};
use crate::node::Node;
use crate::number::{Incomparable, Millionths};

pub(super) const TOO_MANY: &str = "Too many elements in numeric expression";

/// Reads `["<", 5]` or `[">", 0, "<=", 5]`.
///
/// The words are recorded by LocalStack's AWS-validated test `test_validate_policy_numeric_operator`.
pub(super) fn bounds(dialect: Dialect, value: &Node) -> Result<Vec<Bound>, String> {
    let elements = value.as_array().ok_or("Value of numeric must be an array.")?;
    let mut elements = elements.iter();
    let operator = match elements.next() {
        Some(Node::Leaf(Value::String(operator))) => operator,
        other => return Err(format!("Invalid member in numeric match: {}", token(other))),
    };
    let comparison = match operator.as_str() {
        "=" => Comparison::Equal,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        other => return Err(format!("Unrecognized numeric range operator: {other}")),
    };
    let first = bound(dialect, comparison, elements.next())?;
    let Some(next) = elements.next() else { return Ok(vec![first]) };
    if !matches!(comparison, Comparison::Greater | Comparison::GreaterOrEqual) {
        return Err(TOO_MANY.to_owned());
    }
    let top = match next {
        Node::Leaf(Value::String(operator)) if operator == "<" => Comparison::Less,
        Node::Leaf(Value::String(operator)) if operator == "<=" => Comparison::LessOrEqual,
        Node::Leaf(Value::String(operator)) => return Err(format!("Bad numeric range operator: {operator}")),
        other => return Err(format!("Bad value in numeric range: {}", token(Some(other)))),
    };
    let second = bound(dialect, top, elements.next())?;
    if elements.next().is_some() {
        return Err("Too many terms in numeric range expression".to_owned());
    }
    if first.value >= second.value {
        return Err("Bottom must be less than top".to_owned());
    }
    Ok(vec![first, second])
}

/// Reads a bound. The words for numbers that are not compared are the engine's; SNS's own, for its narrower bounds, are
/// not known.
fn bound(dialect: Dialect, comparison: Comparison, value: Option<&Node>) -> Result<Bound, String> {
    let name = if comparison == Comparison::Equal { "equals" } else { comparison.symbol() };
    let Some(number) = value.and_then(Node::as_number) else { return Err(format!("Value of {name} must be numeric")) };
    let value = Millionths::of(number).map_err(|why| incomparable(why, "5.0E9", 6))?;
    if dialect.is_sns() {
        value.is_within_bounds_of_sns().map_err(|why| incomparable(why, "1.0E9", 5))?;
    }
    Ok(Bound { comparison, value, number: number.clone() })
}

fn incomparable(why: Incomparable, farest: &str, decimals: u32) -> String {
    match why {
        Incomparable::TooFar => format!("Value must be between -{farest} and {farest}, inclusive"),
        Incomparable::TooFine => format!("Only values upto {decimals} decimals are supported"),
    }
}

/// A JSON token as AWS's parser names it.
fn token(value: Option<&Node>) -> String {
    match value {
        None => "]".to_owned(),
        Some(Node::Array(_)) => "[".to_owned(),
        Some(Node::Object(_)) => "{".to_owned(),
        Some(Node::Leaf(other)) => other.to_string(),
    }
}
