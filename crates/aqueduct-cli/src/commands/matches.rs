//! `aqueduct match`: whether an event matches a pattern, and why not.

use std::io::Read;
use std::process::ExitCode;

use aqueduct_pattern::Pattern;
use serde_json::Value;

use crate::args::{Dialect, Match};
use crate::failure::Failure;
use crate::screen;

/// Runs the command.
pub(crate) fn run(args: &Match) -> Result<ExitCode, Failure> {
    if args.pattern == "-" && args.event == "-" {
        return Err(Failure::setup("standard input cannot be both pattern and event; name a file for one of them"));
    }
    let pattern = Pattern::parse(args.dialect.into(), &json("pattern", &args.pattern)?)
        .map_err(|error| Failure::setup(format!("the pattern is not valid: {error}")))?;
    let explanation = pattern.explain(&json("event", &args.event)?);
    screen::data(&explanation);
    Ok(if explanation.matched { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn json(what: &str, argument: &str) -> Result<Value, Failure> {
    let text = if argument.trim_start().starts_with(['{', '[']) {
        argument.to_owned()
    } else if argument == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| Failure::setup(format!("cannot read the {what} from standard input: {error}")))?;
        text
    } else {
        std::fs::read_to_string(argument)
            .map_err(|error| Failure::setup(format!("cannot read the {what} {argument}: {error}")))?
    };
    serde_json::from_str(&text).map_err(|error| Failure::setup(format!("the {what} is not JSON: {error}")))
}

impl From<Dialect> for aqueduct_pattern::Dialect {
    fn from(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Bus => Self::Bus,
            Dialect::Pipes => Self::Pipes,
            Dialect::Lambda => Self::Lambda,
            Dialect::SnsAttributes => Self::SnsAttributes,
            Dialect::SnsBody => Self::SnsBody,
        }
    }
}
