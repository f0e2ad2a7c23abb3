//! `cargo xtask conformance`: the conformance suite against a backend, and its report.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::command::{program, run as run_program, say};
use crate::localstack;

/// The backend that is started here when no endpoint says where it is.
const LOCALSTACK: &str = "localstack";

#[derive(Args)]
pub(crate) struct Arguments {
    /// `embedded` (as without), `virtual` or `localstack`; with --endpoint, whose table of known divergences counts
    #[arg(long)]
    backend: Option<String>,
    /// Any endpoint; `{service}` in it stands for the service's name, as of `https://{service}.eu-central-1.amazonaws.com`
    #[arg(long)]
    endpoint: Option<String>,
    /// Only cases whose file or name has this part
    #[arg(long)]
    only: Option<String>,
    /// How many cases run at a time
    #[arg(long)]
    at_once: Option<usize>,
    /// Write the report as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    match (arguments.backend.as_deref(), &arguments.endpoint) {
        (Some(LOCALSTACK), None) => {
            let mut code = ExitCode::FAILURE;
            localstack::with_localstack(|endpoint| {
                code = held(arguments, Some(endpoint))?;
                Ok(())
            })?;
            Ok(code)
        }
        (_, endpoint) => held(arguments, endpoint.as_deref()),
    }
}

/// Runs the suite; what it says of the backend is its exit code.
fn held(arguments: &Arguments, endpoint: Option<&str>) -> Result<ExitCode> {
    let package = ["--quiet", "--package", "pipeline-tests"];
    say("building what runs the suite");
    // All of them: one is the function that cases make.
    run_program(program("cargo").arg("build").args(package).arg("--bins"))?;
    let mut suite = program("cargo");
    suite.arg("run").args(package).args(["--bin", "conformance", "--"]);
    let options =
        [("--backend", arguments.backend.as_deref()), ("--endpoint", endpoint), ("--only", arguments.only.as_deref())];
    for (name, value) in options {
        suite.args(value.into_iter().flat_map(|value| [name, value]));
    }
    if let Some(at_once) = arguments.at_once {
        suite.args(["--at-once", &at_once.to_string()]);
    }
    if arguments.json {
        suite.arg("--json");
    }
    let status = suite.status().context("cargo cannot be started")?;
    match status.code() {
        Some(0) => Ok(ExitCode::SUCCESS),
        Some(1) => Ok(ExitCode::FAILURE),
        _ => bail!("the suite ended before its time ({status})"),
    }
}
