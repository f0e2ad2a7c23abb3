//! Reading `anything-but`. Errors are reasons in AWS's words.

use serde_json::Value;

use super::condition::first;
use crate::Dialect;
use crate::dialect::Operator;
use crate::matcher::Matcher;
use crate::node::Node;
use crate::wildcard::Wildcard;

const VALUE: &str = "Value of anything-but must be an array or single string/number value.";

/// Reads values that are not wanted, or an operator that applies to them.
pub(super) fn matcher(dialect: Dialect, value: &Node) -> Result<Matcher, String> {
    let unwanted = match value {
        Node::Leaf(value) => vec![unwanted(value).ok_or(VALUE)?],
        Node::Array(values) => self::values(values)?,
        Node::Object(members) => {
            let (name, inner) = first(members).ok_or("Anything-But expression name not found")?;
            let operator = Operator::named(name)
                .filter(|operator| dialect.negates(*operator))
                .ok_or_else(|| format!("Unsupported anything-but pattern: {name}"))?;
            // SNS takes one text: recorded by LocalStack's AWS-validated test
            // `test_validate_policy_nested_anything_but_operator`.
            if dialect.is_sns() && inner.as_str().is_none() {
                return Err("prefix match pattern must be a string".to_owned());
            }
            let unwanted = operands(operator, inner)?;
            if members.len() > 1 {
                return Err(super::numeric::TOO_MANY.to_owned());
            }
            unwanted
        }
    };
    Ok(Matcher::AnythingBut(unwanted))
}

/// A text or a number. The engine takes a text as it is spelled here, even one that spells an IP address.
fn unwanted(value: &Value) -> Option<Matcher> {
    match value {
        Value::String(text) => Some(Matcher::Text(text.clone())),
        Value::Number(_) => Matcher::exactly(value),
        _ => None,
    }
}

fn values(values: &[Node]) -> Result<Vec<Matcher>, String> {
    let matcher = |node: &Node| if let Node::Leaf(value) = node { unwanted(value) } else { None };
    let matchers: Option<Vec<_>> = values.iter().map(matcher).collect();
    let matchers = matchers.ok_or("Inside anything but list, start|null|boolean is not supported.")?;
    let texts = matchers.iter().filter(|matcher| matches!(matcher, Matcher::Text(_))).count();
    if matchers.is_empty() || (texts > 0 && texts < matchers.len()) {
        return Err(
            "Inside anything but list, either all values are number or string, mixed type is not supported".to_owned()
        );
    }
    Ok(matchers)
}

fn operands(operator: Operator, value: &Node) -> Result<Vec<Matcher>, String> {
    match value {
        Node::Array(values) if values.is_empty() => Err("Empty arrays are not allowed".to_owned()),
        Node::Array(values) => values.iter().map(|value| operand(operator, value)).collect(),
        Node::Leaf(Value::String(_) | Value::Number(_)) => Ok(vec![operand(operator, value)?]),
        _ => Err(VALUE.to_owned()),
    }
}

fn operand(operator: Operator, value: &Node) -> Result<Matcher, String> {
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
