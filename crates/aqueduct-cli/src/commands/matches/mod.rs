//! `aqueduct match`: whether an event matches a pattern, and why not.

mod declared;

use std::io::Read;
use std::process::ExitCode;

use aqueduct_pattern::{Dialect, Explanation, Found, Pattern, view};
use serde_json::{Value, json};

use crate::args::{self, Match, Scope};
use crate::failure::Failure;
use crate::screen;

/// Runs the command.
pub(crate) fn run(args: &Match) -> Result<ExitCode, Failure> {
    if args.pattern == "-" && args.event.as_deref() == Some("-") {
        return Err(Failure::setup("standard input cannot be both pattern and event; name a file for one of them"));
    }
    if args.scope.is_some() && args.dialect != args::Dialect::Sns {
        return Err(Failure::setup("--scope is for --dialect sns: only SNS looks at attributes or at the body"));
    }
    let text = text("pattern", &args.pattern)?;
    let event = match (&args.event, &args.contracts) {
        (Some(argument), _) => event(argument)?,
        (None, Some(file)) => return declared::run(args, &text, file),
        (None, None) => return Err(Failure::setup("name an event, or contracts with --contracts")),
    };
    let dialect = dialect(args, &text, &event);
    let pattern = Pattern::parse_text(dialect, &text)
        .map_err(|error| Failure::setup(format!("the pattern is not valid: {error}")))?;
    let event = if dialect == Dialect::SnsAttributes { attributes(event) } else { event };
    let explanation = pattern.explain(&event);
    if args.json {
        screen::data(as_json(dialect, &explanation));
    } else {
        screen::data(&explanation);
    }
    Ok(if explanation.matched { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn text(what: &str, argument: &str) -> Result<String, Failure> {
    if argument.trim_start().starts_with(['{', '[']) {
        return Ok(argument.to_owned());
    }
    if argument == "-" {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        return read
            .map(|_| text)
            .map_err(|error| Failure::setup(format!("cannot read the {what} from standard input: {error}")));
    }
    std::fs::read_to_string(argument)
        .map_err(|error| Failure::setup(format!("cannot read the {what} {argument}: {error}")))
}

fn event(argument: &str) -> Result<Value, Failure> {
    serde_json::from_str(&text("event", argument)?)
        .map_err(|error| Failure::setup(format!("the event is not JSON: {error}")))
}

fn dialect(args: &Match, pattern: &str, event: &Value) -> Dialect {
    match (args.dialect, args.scope) {
        (args::Dialect::Bus, _) => Dialect::Bus,
        (args::Dialect::Pipes, _) => Dialect::Pipes,
        (args::Dialect::Lambda, _) => Dialect::Lambda,
        (args::Dialect::Sns, Some(Scope::Attributes)) => Dialect::SnsAttributes,
        (args::Dialect::Sns, Some(Scope::Body)) => Dialect::SnsBody,
        (args::Dialect::Sns, None) => {
            let fits = Pattern::parse_text(Dialect::SnsAttributes, pattern).is_ok() && are_attributes(event);
            if fits { Dialect::SnsAttributes } else { Dialect::SnsBody }
        }
    }
}

/// Whether an event is an object of attributes, or of their values.
fn are_attributes(event: &Value) -> bool {
    let is_value = |value: &Value| match value {
        Value::Object(_) => typed(value).is_some(),
        Value::Array(elements) => elements.iter().all(|it| !it.is_object() && !it.is_array()),
        Value::Null | Value::Bool(_) => false,
        Value::Number(_) | Value::String(_) => true,
    };
    event.as_object().is_some_and(|members| members.values().all(is_value))
}

/// Type and text of an attribute as SNS's notifications (`Type`, `Value`) and its API (`DataType`, `StringValue`) show it.
fn typed(attribute: &Value) -> Option<(&str, Option<&str>)> {
    let members = attribute.as_object()?;
    let member = |names: [&str; 2]| names.into_iter().find_map(|name| members.get(name)?.as_str());
    Some((member(["Type", "DataType"])?, member(["Value", "StringValue"])))
}

/// The values that a filter policy sees; those without a type are seen as they are.
fn attributes(event: Value) -> Value {
    let Value::Object(members) = event else { return event };
    let mut seen = view::attributes(members.iter().filter_map(|(name, value)| {
        let (kind, text) = typed(value)?;
        Some((name.as_str(), kind, text))
    }));
    if let Some(seen) = seen.as_object_mut() {
        seen.extend(
            members.iter().filter(|(_, value)| typed(value).is_none()).map(|(name, it)| (name.clone(), it.clone())),
        );
    }
    seen
}

fn as_json(dialect: Dialect, explanation: &Explanation) -> Value {
    let failures: Vec<Value> = explanation
        .failures
        .iter()
        .map(|failure| {
            let found = match &failure.found {
                Found::Values(values) => json!(values),
                other => json!(other.to_string()),
            };
            json!({ "paths": failure.paths, "wanted": failure.wanted, "found": found, "hint": failure.hint })
        })
        .collect();
    json!({
        "matched": explanation.matched,
        "dialect": name(dialect),
        "alternatives": explanation.alternatives,
        "failures": failures,
    })
}

const fn name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Bus => "bus",
        Dialect::Pipes => "pipes",
        Dialect::Lambda => "lambda",
        Dialect::SnsAttributes => "sns-attributes",
        Dialect::SnsBody => "sns-body",
    }
}
