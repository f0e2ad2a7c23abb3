//! The command line of `simulate`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use aqueduct_simulate::Vary;
use clap::{Parser, ValueEnum};

use crate::values::Values;

/// Run a template in virtual time under load and faults, and say whether it survives.
///
/// A scenario says what arrives, what functions do with it, what goes wrong and what is promised. Queues, topics, buses and
/// Lambda's triggers behave as in the embedded cloud, with the template's own timeouts, receives and dead-letter queues.
#[derive(Clone, Debug, Parser)]
#[command(after_help = "\
Exit codes:
  0  it survives: no item is dead, lost or still under way, and every goal is kept; with --runs, in every run
  1  it does not
  2  it cannot be run: arguments, template, scenario, prices

The same template, scenario and seed give the same bytes. The report goes to standard output, or to the file of --out; \
standard error has everything else. NO_COLOR turns colours off.

A remedy in the report was tried in a run of its own and seen to help. The cost of a month takes the scenario for all of \
the month, at the prices of the Region or of the file of --prices; free tiers and discounts are not subtracted. Where \
a price of the Region is not known, that of us-east-1 is taken, and the report says so.

Examples:
  aqueduct simulate template.yaml --sketch --out first.toml
  aqueduct simulate --scenario infra/scenarios/payment-outage.toml
  aqueduct simulate infra/template.yaml --scenario infra/scenarios/black-friday.toml --format html --out report.html
  aqueduct simulate --scenario infra/scenarios/black-friday.toml --vary OrderProcessorOrders.MaximumConcurrency=5..20
  aqueduct simulate --scenario infra/scenarios/black-friday.toml --runs 50")]
pub(crate) struct Simulate {
    /// The CloudFormation or SAM template.
    #[arg(value_name = "TEMPLATE", default_value = "infra/template.yaml")]
    pub(crate) template: PathBuf,
    /// The scenario.
    #[arg(long, value_name = "FILE", required_unless_present = "sketch")]
    pub(crate) scenario: Option<PathBuf>,
    /// Write a scenario to begin with, made of the template's wiring, and run nothing.
    #[arg(long, conflicts_with_all = ["scenario", "format", "seed", "runs", "vary", "prices"])]
    pub(crate) sketch: bool,
    #[command(flatten)]
    pub(crate) values: Values,
    /// How the report is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Where chance starts from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Run it from so many seeds, and say how much runs differ and how likely it survives.
    #[arg(long, value_name = "N", default_value_t = NonZeroUsize::MIN)]
    pub(crate) runs: NonZeroUsize,
    /// Try the values of a setting, and find the smallest change that survives.
    ///
    /// The resource may be left out where only one has the setting and matters; B may be left out to go on until
    /// something survives. Up to 32 values are all tried; of more, a grid is, which becomes finer where survival begins.
    #[arg(long, value_name = "[RESOURCE.]SETTING=A..B[:STEP]")]
    pub(crate) vary: Option<Vary>,
    /// The Region that the template is deployed to, and whose prices count; us-east-1 where nothing is said.
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The contracts that the code exported: they say how a function tries again that the scenario says nothing of
    /// [default: those of aqueduct.toml].
    #[arg(long, value_name = "FILE")]
    pub(crate) contracts: Option<PathBuf>,
    /// Take prices from this file instead of those that come with the command.
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
    /// Write the report to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// How the report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people at a terminal.
    Text,
    /// One JSON document, for programs.
    Json,
    /// One page that stands alone, to be sent around.
    Html,
}
