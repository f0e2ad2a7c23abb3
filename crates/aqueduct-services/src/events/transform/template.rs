//! Input templates: text with variables in angle brackets.
//!
//! Sources: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html>, and what LocalStack's
//! AWS-validated tests of `TestInputTransformer` recorded.

use std::borrow::Cow;

use aqueduct_topology::Arn;
use serde_json::{Value, json};

use super::path::Path;
use crate::events::api::InputTransformer;
use crate::events::event::{Event, time};

/// Variables that every template may use.
const PREDEFINED: [&str; 5] = [
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event.ingestion-time",
    "aws.events.event",
    "aws.events.event.json",
];

/// The variables of a template, and whether each has a meaning.
pub(in crate::events) fn placeholders(transformer: &InputTransformer) -> impl Iterator<Item = (&str, bool)> {
    let pieces = pieces(&transformer.input_template);
    pieces.filter_map(|piece| match piece {
        Piece::Variable { name, .. } => {
            Some((name, PREDEFINED.contains(&name) || transformer.input_paths_map.contains_key(name)))
        }
        Piece::Text(_) => None,
    })
}

/// A template filled in; an error says why it gives nothing to send.
///
/// A template that starts with a brace must give JSON. What gives none is not sent, as the AWS-validated test
/// `test_input_transformer_nested_keys_replacement_not_valid` recorded.
pub(super) fn fill(transformer: &InputTransformer, rule: &Arn, event: &Event) -> Result<String, String> {
    let template = &transformer.input_template;
    let is_object = template.trim_start().starts_with('{');
    let mut filled = String::with_capacity(template.len());
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Variable { name, quoted } => {
                push(&mut filled, value(transformer, rule, event, name).as_deref(), quoted, is_object);
            }
        }
    }
    match serde_json::from_str::<Value>(&filled) {
        Ok(json) if is_object => Ok(json.to_string()),
        Err(error) if is_object => Err(format!("the filled-in InputTemplate is not JSON: {error}")),
        _ => Ok(filled),
    }
}

/// What a variable stands for.
fn value<'e>(transformer: &InputTransformer, rule: &Arn, event: &'e Event, name: &str) -> Option<Cow<'e, Value>> {
    Some(match name {
        "aws.events.rule-arn" => Cow::Owned(Value::from(rule.as_str())),
        "aws.events.rule-name" => Cow::Owned(Value::from(rule.name())),
        "aws.events.event.ingestion-time" => Cow::Owned(Value::from(time(event.ingested))),
        "aws.events.event" => Cow::Owned(without_detail(&event.json)),
        "aws.events.event.json" => Cow::Borrowed(&event.json),
        name => Cow::Borrowed(Path::parse(transformer.input_paths_map.get(name)?)?.find(&event.json)?),
    })
}

/// The event as `aws.events.event` has it: other names, in another order.
///
/// Recorded by LocalStack's AWS-validated test `test_input_transformer_predefined_variables`.
fn without_detail(event: &Value) -> Value {
    json!({
        "id": event["id"],
        "account": event["account"],
        "detailType": event["detail-type"],
        "time": event["time"],
        "source": event["source"],
        "region": event["region"],
        "resources": event["resources"],
        "version": event["version"],
    })
}

/// Writes a value in the place of its variable. Text goes between quotes as it is, and elsewhere as JSON; objects and
/// arrays are JSON, whose quotes are dropped in the text of a template that is no object.
fn push(filled: &mut String, value: Option<&Value>, quoted: bool, is_object: bool) {
    match value {
        None if quoted => {}
        None => filled.push_str("\"\""),
        Some(Value::String(text)) if quoted => filled.push_str(text),
        Some(value) if quoted && !is_object => filled.push_str(&value.to_string().replace('"', "")),
        Some(value) => filled.push_str(&value.to_string()),
    }
}

/// A part of a template.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Variable { name: &'a str, quoted: bool },
}

/// Splits a template into text and variables.
fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let (mut quoted, mut escaped, mut rest) = (false, false, template);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((name, behind)) = variable(rest) {
            rest = behind;
            return Some(Piece::Variable { name, quoted });
        }
        let mut end = rest.len();
        for (at, char) in rest.char_indices() {
            if at > 0 && variable(&rest[at..]).is_some() {
                end = at;
                break;
            }
            quoted ^= char == '"' && !escaped;
            escaped = char == '\\' && !escaped;
        }
        let (text, behind) = rest.split_at(end);
        rest = behind;
        Some(Piece::Text(text))
    })
}

/// The variable that a text starts with, and what follows it.
fn variable(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('<')?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let length = inside.bytes().take_while(|byte| is_name(*byte)).count();
    let behind = inside[length..].strip_prefix('>')?;
    (length > 0).then_some((&inside[..length], behind))
}
