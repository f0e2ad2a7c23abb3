//! The command lines of `check`, `explain` and `rules`.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::values::Values;

/// Prove the wiring of templates right, or say what is wrong with it.
///
/// Several templates are checked together: what one exports and another imports joins them.
#[derive(Clone, Debug, Parser)]
#[command(after_help = "\
Exit codes:
  0  nothing reaches the denied level
  1  something does
  2  a template, the settings or the contracts cannot be read

aqueduct.toml, here or in a folder above, has the project's settings in its [check] table: templates, contracts, events, \
deny, parameters, levels of rules, findings to ignore. A template says itself what to ignore with a Metadata of
{ Aqueduct: { Ignore: [{ Rule: ID, Reason: WORDS }] } }, at the top or at a resource.

Standard output has the findings, standard error has everything else. NO_COLOR turns colours off.

Examples:
  aqueduct check
  aqueduct check infra/template.yaml --deny warnings
  aqueduct check infra/template.yaml --format sarif > findings.sarif
  aqueduct check --diff infra/template.yaml")]
pub(crate) struct Check {
    /// The CloudFormation or SAM templates [default: those of aqueduct.toml, else infra/template.yaml].
    #[arg(value_name = "TEMPLATE")]
    pub(crate) templates: Vec<PathBuf>,
    /// The contracts that the code exported, as `aqueduct contracts` writes them [default: those of aqueduct.toml].
    #[arg(long, value_name = "FILE")]
    pub(crate) contracts: Option<PathBuf>,
    /// The folder of sample events, as functions get them [default: that of aqueduct.toml, else events/ beside a template or in
    /// its project].
    #[arg(long, value_name = "DIR")]
    pub(crate) events: Option<PathBuf>,
    /// The settings [default: aqueduct.toml here or in a folder above].
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) values: Values,
    /// From which level on findings fail the check [default: that of aqueduct.toml, else errors].
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) deny: Option<Deny>,
    /// How findings are written.
    #[arg(long, value_enum, default_value_t = Format::Full)]
    pub(crate) format: Format,
    /// Make the edits that findings propose, then check again.
    #[arg(long)]
    pub(crate) fix: bool,
    /// Show the edits that --fix would make, as a diff, and make none.
    #[arg(long, conflicts_with_all = ["fix", "format"])]
    pub(crate) diff: bool,
}

/// Levels that can be denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    /// Findings of level error.
    Errors,
    /// Warnings and errors.
    Warnings,
    /// Every finding.
    Advice,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// With the lines of the template that they speak of.
    Full,
    /// One line each.
    Concise,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, which code scanning services read.
    Sarif,
    /// Commands of GitHub Actions, which become annotations of a pull request.
    Github,
}

/// Explain a rule: why it matters, a bad and a good template, and what other linters say.
#[derive(Clone, Debug, Parser)]
#[command(after_help = "\
Exit codes:
  0  explained
  2  there is no such rule

Examples:
  aqueduct explain subscription-without-queue-policy")]
pub(crate) struct Explain {
    /// The rule's id.
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,
}

/// List the rules of `aqueduct check`.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Rules {
    /// How they are listed.
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
}

/// How rules are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// One line each.
    Table,
    /// One JSON document.
    Json,
}
