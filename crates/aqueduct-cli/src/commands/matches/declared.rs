//! Which declared events a pattern can match at all.

use std::path::Path;
use std::process::ExitCode;

use aqueduct_contract::{Carrier, ChannelKind, Contracts, Publishes, View};
use aqueduct_pattern::{Dialect, Impediment, Pattern, Satisfiability};
use serde_json::{Value, json};

use super::name;
use crate::args::{self, Match, Scope};
use crate::commands::contracts;
use crate::failure::Failure;
use crate::screen::{self, DIM, GREEN};

/// Asks for every event that a function of the contracts publishes to where such a pattern looks.
pub(super) fn run(args: &Match, text: &str, file: &Path) -> Result<ExitCode, Failure> {
    let contracts = contracts::read(file)?;
    let dialect = dialect(args, text);
    let pattern = Pattern::parse_text(dialect, text)
        .map_err(|error| Failure::setup(format!("the pattern is not valid: {error}")))?;
    let answers = answers(&contracts, &pattern);
    if answers.is_empty() {
        return Err(Failure::setup(format!("no function of {} publishes to {}", file.display(), places(dialect))));
    }
    for (function, publishes, answer) in &answers {
        if args.json {
            screen::data(as_json(dialect, function, publishes, answer));
        } else {
            screen::data(words(function, publishes, answer));
        }
    }
    let none = answers.iter().all(|(.., answer)| answer.is_impossible());
    Ok(if none { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// A filter policy looks at attributes when it can.
fn dialect(args: &Match, text: &str) -> Dialect {
    match (args.dialect, args.scope) {
        (args::Dialect::Bus, _) => Dialect::Bus,
        (args::Dialect::Pipes, _) => Dialect::Pipes,
        (args::Dialect::Lambda, _) => Dialect::Lambda,
        (args::Dialect::Sns, Some(Scope::Attributes)) => Dialect::SnsAttributes,
        (args::Dialect::Sns, None) if Pattern::parse_text(Dialect::SnsAttributes, text).is_ok() => {
            Dialect::SnsAttributes
        }
        (args::Dialect::Sns, _) => Dialect::SnsBody,
    }
}

fn answers<'a>(contracts: &'a Contracts, pattern: &Pattern) -> Vec<(&'a str, &'a Publishes, Satisfiability)> {
    let published = contracts
        .functions
        .iter()
        .flat_map(|function| function.publishes.iter().map(move |publishes| (function.name.as_str(), publishes)));
    let asked = published.filter_map(|(function, publishes)| {
        let view = view(pattern.dialect(), publishes.to.kind)?;
        Some((function, publishes, pattern.satisfiable(&contracts.seen(publishes, view))))
    });
    asked.collect()
}

/// What a pattern sees of what is sent there; `None` where it does not look.
fn view(dialect: Dialect, kind: ChannelKind) -> Option<View> {
    match (dialect, kind) {
        (Dialect::Bus, ChannelKind::Bus) => Some(View::Bus),
        (Dialect::SnsAttributes, ChannelKind::Topic) => Some(View::TopicAttributes),
        (Dialect::SnsBody, ChannelKind::Topic) => Some(View::TopicBody),
        // A topic's messages reach a queue as they are by raw message delivery.
        (Dialect::Lambda | Dialect::Pipes, ChannelKind::Queue | ChannelKind::Topic) => {
            Some(View::Queue(Carrier::Itself))
        }
        (Dialect::Lambda, ChannelKind::Bus) => Some(View::Queue(Carrier::Rule)),
        _ => None,
    }
}

const fn places(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Bus => "a bus",
        Dialect::SnsAttributes | Dialect::SnsBody => "a topic",
        Dialect::Pipes => "a queue or a topic",
        Dialect::Lambda => "a queue, a topic or a bus",
    }
}

fn words(function: &str, publishes: &Publishes, answer: &Satisfiability) -> String {
    let who = format!("{} of {function}", publishes.event);
    match answer {
        Satisfiability::Possible { witness } => {
            format!("{who}: {GREEN}can match{GREEN:#}, such as {DIM}{witness}{DIM:#}")
        }
        other => format!("{who}: {other}"),
    }
}

fn as_json(dialect: Dialect, function: &str, publishes: &Publishes, answer: &Satisfiability) -> Value {
    let (possible, impediments): (Option<bool>, &[Impediment]) = match answer {
        Satisfiability::Possible { .. } => (Some(true), &[]),
        Satisfiability::Impossible { impediments, .. } => (Some(false), impediments),
        _ => (None, &[]),
    };
    let impediments: Vec<Value> = impediments
        .iter()
        .map(|it| json!({ "paths": it.paths, "wanted": it.wanted, "why": it.why.to_string(), "suggestion": it.suggestion }))
        .collect();
    json!({
        "function": function,
        "event": publishes.event,
        "version": publishes.version,
        "dialect": name(dialect),
        "possible": possible,
        "witness": answer.witness(),
        "impediments": impediments,
    })
}
