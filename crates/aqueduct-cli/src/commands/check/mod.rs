//! `aqueduct check`: findings about the wiring of templates.

pub(crate) mod args;
mod fixes;
mod format;
mod inputs;
mod samples;

use std::process::ExitCode;

use aqueduct_check::{Evidence, Level, Outcome, check_with};
use aqueduct_topology::{Deployment, Diagnostic, Severity, Topology};

use args::{Check, Deny, Format};
use format::Shown;
use inputs::Inputs;
pub(crate) use inputs::contracts;

use crate::failure::Failure;
use crate::screen;
use crate::source::Source;
use crate::stacks::Reading;

/// What reading and checking came to.
struct Checked {
    topology: Topology,
    diagnostics: Vec<Diagnostic>,
    outcome: Outcome,
    /// The files that the templates name.
    beside: Vec<Source>,
}

/// Runs the command.
pub(crate) fn run(args: &Check) -> Result<ExitCode, Failure> {
    let mut inputs = Inputs::read(args)?;
    let mut checked = check(&inputs)?;
    if args.diff {
        return Ok(fixes::diff(&inputs, &checked));
    }
    if args.fix {
        checked = fixes::make_all(&mut inputs, checked)?;
    }
    let Checked { topology, diagnostics, outcome, beside } = &checked;
    Shown { sources: &inputs.stacks.sources(beside), topology, diagnostics, outcome }.write(args.format);
    if checked.cannot_be_read() {
        let what = if inputs.stacks.templates.len() == 1 { "the template" } else { "a template" };
        return Err(Failure::setup(format!("{what} cannot be read; what is wrong with it is told above")));
    }
    let denied = outcome.reach(deny(args, &inputs));
    summarise(&inputs, outcome, denied);
    if args.format == Format::Full && !outcome.findings.is_empty() {
        screen::talk("`aqueduct explain RULE` says why, with a bad and a good template");
    }
    Ok(if denied == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn check(inputs: &Inputs) -> Result<Checked, Failure> {
    let Reading { topology, diagnostics, beside } = inputs.stacks.read(&Deployment::default())?;
    let mut outcome = Outcome::default();
    // A topology that lacks a part has findings that the template has not.
    if diagnostics.iter().all(|it| it.severity != Severity::Error) {
        let evidence = Evidence { contracts: inputs.contracts.as_ref(), samples: &inputs.samples };
        outcome = check_with(&topology, evidence, &inputs.stacks.settings);
    }
    Ok(Checked { topology, diagnostics, outcome, beside })
}

impl Checked {
    fn cannot_be_read(&self) -> bool {
        self.diagnostics.iter().any(|it| it.severity == Severity::Error)
    }
}

/// From which level on findings fail the check.
fn deny(args: &Check, inputs: &Inputs) -> Level {
    match args.deny {
        Some(Deny::Errors) => Level::Error,
        Some(Deny::Warnings) => Level::Warning,
        Some(Deny::Advice) => Level::Advice,
        None => inputs.stacks.settings.deny.unwrap_or(Level::Error),
    }
}

/// One line to standard error: how many findings there are, and how many of them fail the check.
fn summarise(inputs: &Inputs, outcome: &Outcome, denied: usize) {
    let templates = match inputs.stacks.templates.as_slice() {
        [one] => one.shown_path().to_string(),
        many => format!("{} templates", many.len()),
    };
    let exact = |level| outcome.findings.iter().filter(|it| it.level == level).count();
    let count = |level, one: &str, several: &str| match exact(level) {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{number} {several}")),
    };
    let counts = [
        count(Level::Error, "error", "errors"),
        count(Level::Warning, "warning", "warnings"),
        count(Level::Advice, "piece of advice", "pieces of advice"),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    let ignored = match outcome.ignored.len() {
        0 => String::new(),
        number => format!(", {number} ignored"),
    };
    if counts.is_empty() {
        screen::talk(format_args!("{templates}: no findings{ignored}"));
        return;
    }
    let fails = if denied == 0 { "; none of them fails the check" } else { "" };
    screen::talk(format_args!("{templates}: {}{ignored}{fails}", counts.join(", ")));
}
