//! Reading `anything-but`. Errors are reasons in AWS's words.

use serde_json::Value;

use crate::Dialect;
use crate::dialect::Operator;
use crate::matcher::Matcher;
use crate::wildcard::Wildcard;

const VALUE: &str = "Value of anything-but must be an array or single string/number value.";

/// Reads values that are not wanted, or an operator that applies to them.
pub(super) fn matcher(dialect: Dialect, value: &Value) -> Result<Matcher, String> {
    let unwanted = match value {
        Value::String(_) | Value::Number(_) => vec![Matcher::Exactly(value.clone())],
        Value::Array(values) => self::values(values)?,
        Value::Object(members) => {
            let (name, inner) = members.iter().next().ok_or("Anything-But expression name not found")?;
            let operator = Operator::named(name)
                .filter(|operator| dialect.negates(*operator))
                .ok_or_else(|| format!("Unsupported anything-but pattern: {name}"))?;
            let unwanted = operands(operator, inner)?;
            if members.len() > 1 {
                return Err(super::numeric::TOO_MANY.to_owned());
            }
            unwanted
        }
        Value::Null | Value::Bool(_) => return Err(VALUE.to_owned()),
    };
    Ok(Matcher::AnythingBut(unwanted))
}

fn values(values: &[Value]) -> Result<Vec<Matcher>, String> {
    if !values.iter().all(|value| value.is_string() || value.is_number()) {
        return Err("Inside anything but list, start|null|boolean is not supported.".to_owned());
    }
    let all_texts = values.iter().all(Value::is_string);
    let all_numbers = values.iter().all(Value::is_number);
    if values.is_empty() || !(all_texts || all_numbers) {
        return Err(
            "Inside anything but list, either all values are number or string, mixed type is not supported".to_owned()
        );
    }
    Ok(values.iter().cloned().map(Matcher::Exactly).collect())
}

fn operands(operator: Operator, value: &Value) -> Result<Vec<Matcher>, String> {
    match value {
        Value::Array(values) if values.is_empty() => Err("Empty arrays are not allowed".to_owned()),
        Value::Array(values) => values.iter().map(|value| operand(operator, value)).collect(),
        Value::String(_) | Value::Number(_) => Ok(vec![operand(operator, value)?]),
        _ => Err(VALUE.to_owned()),
    }
}

fn operand(operator: Operator, value: &Value) -> Result<Matcher, String> {
    let Some(text) = value.as_str() else {
        return Err(match operator {
            Operator::EqualsIgnoreCase => {
                "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
            }
            Operator::Wildcard => "wildcard match pattern must be a string",
            _ => "prefix/suffix match pattern must be a string",
        }
        .to_owned());
    };
    let text = text.to_owned();
    match operator {
        Operator::EqualsIgnoreCase => Ok(Matcher::EqualsIgnoreCase(text)),
        Operator::Wildcard => Ok(Matcher::Wildcard(Wildcard::parse(&text)?)),
        _ if text.is_empty() => Err("Null prefix/suffix not allowed".to_owned()),
        Operator::Suffix => Ok(Matcher::Suffix { text, ignore_case: false }),
        _ => Ok(Matcher::Prefix { text, ignore_case: false }),
    }
}
