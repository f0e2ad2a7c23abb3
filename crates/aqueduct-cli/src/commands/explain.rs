//! `aqueduct explain`: what a rule is about, with a template that breaks it and one that does not.

use std::path::Path;
use std::process::ExitCode;

use aqueduct_check::{Evidence, Rule, Sample, Settings, check_with, registry, rule};
use aqueduct_contract::Contracts;
use aqueduct_topology::{Deployment, nearest};

use super::check::args::Explain;
use crate::excerpt::Excerpt;
use crate::failure::Failure;
use crate::screen::{self, BOLD, CYAN, DIM};
use crate::source::{Source, Sources};

/// How many rules are suggested for a part of their names.
const SUGGESTED_MAX: usize = 5;

/// Runs the command.
pub(crate) fn run(args: &Explain) -> Result<ExitCode, Failure> {
    let Some(rule) = rule(&args.rule) else {
        let ids = || registry().iter().map(|rule| rule.id);
        let holding: Vec<&str> = ids().filter(|id| id.contains(&args.rule)).collect();
        let way_out = match nearest(&args.rule, ids()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if (1..=SUGGESTED_MAX).contains(&holding.len()) => {
                format!("did you mean `{}`?", holding.join("` or `"))
            }
            None => "`aqueduct rules` lists the rules".to_owned(),
        };
        return Err(Failure::setup(format!("there is no rule `{}`; {way_out}", args.rule)));
    };
    screen::data(format_args!("{BOLD}{}{BOLD:#} ({})", rule.id, rule.level));
    screen::data(format_args!("  {}\n", rule.summary));
    screen::data(rule.why);
    screen::data(format_args!("{DIM}Source:{DIM:#} {CYAN}{}{CYAN:#}\n", rule.source_url));
    let found = found(rule);
    screen::data(format_args!("{BOLD}Bad{BOLD:#}\n{}", indented(rule.bad)));
    if let Some(contracts) = rule.contracts {
        screen::data(format_args!("{BOLD}With the contracts{BOLD:#}\n{}", indented(contracts)));
    }
    for sample in rule.samples_of(false) {
        screen::data(format_args!("{BOLD}With the sample event {}{BOLD:#}\n{}", sample.name, indented(sample.text)));
    }
    if let Some(found) = found {
        screen::data(format_args!("{BOLD}What is said of it{BOLD:#}\n{}\n", indented(&found)));
    }
    screen::data(format_args!("{BOLD}Good{BOLD:#}\n{}", indented(rule.good)));
    for sample in rule.samples.iter().filter(|sample| sample.only_good) {
        screen::data(format_args!("{BOLD}And the sample event {}{BOLD:#}\n{}", sample.name, indented(sample.text)));
    }
    if !rule.misled_by.is_empty() {
        screen::data(format_args!("{BOLD}Rules of other linters that mislead here{BOLD:#}"));
        for misleading in rule.misled_by {
            screen::data(format_args!("  {}: {}.", misleading.linter_rule, misleading.says));
        }
        screen::data("");
    }
    screen::data(format_args!(
        "{BOLD}To accept a finding{BOLD:#}\n  Metadata:\n    Aqueduct:\n      Ignore:\n        - Rule: {}\n          Reason: why it may be accepted here",
        rule.id
    ));
    Ok(ExitCode::SUCCESS)
}

/// The first finding in the bad template, shown as `aqueduct check` shows it.
fn found(rule: &Rule) -> Option<String> {
    let contracts = rule.contracts.and_then(|text| Contracts::read(text).ok());
    let (topology, _) = aqueduct_topology::read(rule.bad, &Deployment::default());
    let samples: Vec<Sample> = rule.samples_of(false).filter_map(|it| Sample::read(it.name, it.text).ok()).collect();
    let evidence = Evidence { contracts: contracts.as_ref(), samples: &samples };
    let outcome = check_with(&topology, evidence, &Settings::default());
    let finding = outcome.findings.iter().find(|finding| finding.rule == rule.id)?;
    let source = Source::new(Path::new("bad.yaml"), rule.bad.to_owned());
    let sources = Sources::new([&source], None);
    let edits = finding
        .fix
        .as_ref()
        .zip(sources.of(finding.span))
        .and_then(|(fix, (_, lines))| fix.plan(&topology, finding.span.file, rule.bad, lines).ok());
    let edits = edits.unwrap_or_default();
    Some(Excerpt::of_finding(finding, &edits).shown(&sources))
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") }).collect()
}
