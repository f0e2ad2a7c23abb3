//! `cargo xtask explore`: thousands of schedules of faults of the pipeline.

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::command::{program, run_listening};

/// How many schedules are explored, unless it is said otherwise.
const SCHEDULES: u64 = 10_000;

/// The exploration among the tests of `crates/aqueduct-testkit/tests/explore`.
const TEST: &str = "pipeline::the_pipeline_keeps_its_promises_under_thousands_of_schedules";

#[derive(Args)]
pub(crate) struct Arguments {
    /// How many in their place
    #[arg(long, default_value_t = SCHEDULES)]
    schedules: u64,
    /// Compile everything as for deployment: minutes once, and nearly twice as fast then
    #[arg(long)]
    release: bool,
}

impl Default for Arguments {
    fn default() -> Self {
        Self { schedules: SCHEDULES, release: false }
    }
}

/// Explores schedules of the order pipeline, on all cores; the test tells how far it is.
pub(crate) fn run(wanted: &Arguments) -> Result<()> {
    // All features of the whole workspace, as tests have it: otherwise cargo compiles the AWS SDKs once more.
    let arguments = ["--workspace", "--all-features", "--test", "explore", "--", "--exact", TEST];
    let mut explore = program("cargo");
    explore.arg("test").args(wanted.release.then_some("--release"));
    explore.args(arguments).env("AQUEDUCT_SEEDS", wanted.schedules.to_string());
    let mut has_run = false;
    run_listening(&mut explore, |line| has_run |= line.starts_with("test result: ok. 1 passed"))
        .context("the exploration failed")?;
    // A filter that fits nothing is no failure to the test harness.
    if !has_run {
        bail!("there is no test {TEST}");
    }
    Ok(())
}
