//! `aqueduct rules`: the rules of `aqueduct check`.

use std::process::ExitCode;

use aqueduct_check::{Level, registry};
use serde_json::{Value, json};

use super::check::args::{ListFormat, Rules};
use crate::screen::{self, BOLD, DIM, RED, YELLOW};

/// Runs the command.
pub(crate) fn run(args: &Rules) -> ExitCode {
    match args.format {
        ListFormat::Table => table(),
        ListFormat::Json => screen::data(as_json()),
    }
    ExitCode::SUCCESS
}

fn table() {
    let width = registry().iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    for rule in registry() {
        let style = match rule.level {
            Level::Error => RED,
            Level::Warning => YELLOW,
            Level::Advice => DIM,
        };
        let level = rule.level.name();
        screen::data(format_args!("{BOLD}{:width$}{BOLD:#}  {style}{level:7}{style:#}  {}", rule.id, rule.summary));
    }
}

fn as_json() -> Value {
    let rules = registry().iter().map(|rule| {
        let misled_by = rule.misled_by.iter().map(|it| json!({ "rule": it.linter_rule, "says": it.says }));
        json!({
            "id": rule.id,
            "level": rule.level,
            "summary": rule.summary,
            "why": rule.why,
            "source": rule.source_url,
            "bad": rule.bad,
            "good": rule.good,
            "contracts": rule.contracts,
            "misledBy": misled_by.collect::<Vec<_>>(),
        })
    });
    json!({ "rules": rules.collect::<Vec<_>>() })
}
