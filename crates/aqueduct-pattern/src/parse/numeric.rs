//! Reading `numeric`. Errors are reasons in AWS's words.

use serde_json::{Number, Value};

use crate::matcher::{Comparison, comparable};

pub(super) const TOO_MANY: &str = "Too many elements in numeric expression";

/// Reads `["<", 5]` or `[">", 0, "<=", 5]`.
///
/// The words are recorded by LocalStack's AWS-validated test `test_validate_policy_numeric_operator`.
pub(super) fn comparisons(value: &Value) -> Result<Vec<(Comparison, Number)>, String> {
    let elements = value.as_array().ok_or("Value of numeric must be an array.")?;
    let mut elements = elements.iter();
    let operator = match elements.next() {
        Some(Value::String(operator)) => operator,
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
    let first = bound(comparison, elements.next())?;
    let Some(next) = elements.next() else { return Ok(vec![(comparison, first)]) };
    if !matches!(comparison, Comparison::Greater | Comparison::GreaterOrEqual) {
        return Err(TOO_MANY.to_owned());
    }
    let top = match next {
        Value::String(operator) if operator == "<" => Comparison::Less,
        Value::String(operator) if operator == "<=" => Comparison::LessOrEqual,
        Value::String(operator) => return Err(format!("Bad numeric range operator: {operator}")),
        other => return Err(format!("Bad value in numeric range: {}", token(Some(other)))),
    };
    let second = bound(top, elements.next())?;
    if elements.next().is_some() {
        return Err("Too many terms in numeric range expression".to_owned());
    }
    if comparable(&first) >= comparable(&second) {
        return Err("Bottom must be less than top".to_owned());
    }
    Ok(vec![(comparison, first), (top, second)])
}

fn bound(comparison: Comparison, value: Option<&Value>) -> Result<Number, String> {
    let name = if comparison == Comparison::Equal { "equals" } else { comparison.symbol() };
    let Some(Value::Number(number)) = value else { return Err(format!("Value of {name} must be numeric")) };
    if comparable(number).is_none() {
        return Err("Value must be between -5.0E9 and 5.0E9, inclusive".to_owned());
    }
    Ok(number.clone())
}

/// A JSON token as AWS's parser names it.
fn token(value: Option<&Value>) -> String {
    match value {
        None => "]".to_owned(),
        Some(Value::Array(_)) => "[".to_owned(),
        Some(Value::Object(_)) => "{".to_owned(),
        Some(other) => other.to_string(),
    }
}
