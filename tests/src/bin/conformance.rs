//! Holds the conformance suite against a backend and reports.
//!
//! Exit codes: 0 when all is as the table of known divergences says, 1 when not, 2 for a wrong command line.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use aqueduct_testkit::conformance::{Options, Place, Report};
use clap::Parser;
use pipeline_tests::conformance::{Caller, embedded};

/// After how many cases progress is told.
const TOLD_EVERY: usize = 50;

#[derive(Parser)]
#[command(name = "cargo xtask conformance", about = "Hold the conformance suite against a backend")]
struct Arguments {
    /// `embedded` or `virtual`; with --endpoint, whose table of known divergences counts
    #[arg(long)]
    backend: Option<String>,
    /// An endpoint; `{service}` in it stands for the service's name, as of `https://{service}.eu-central-1.amazonaws.com`
    #[arg(long, env = "AQUEDUCT_CONFORMANCE_ENDPOINT")]
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

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<bool> {
    let (backend, local, place) = match (arguments.backend.as_deref(), &arguments.endpoint) {
        (backend, Some(url)) => (backend.unwrap_or("endpoint"), None, Caller::of_environment().place(url, true).await?),
        (None | Some("embedded"), None) => {
            let (local, place) = embedded().await?;
            ("embedded", Some(local), place)
        }
        (Some("virtual"), None) => ("virtual", None, Place::Virtual),
        (Some(other), None) => return Err(anyhow!("say with --endpoint where {other} is")),
    };
    let mut options = Options::new(backend);
    options.only = arguments.only;
    options.at_once = arguments.at_once.unwrap_or(options.at_once);
    let report = tokio::task::spawn_blocking(move || Report::make(&place, &options, tell)).await;
    let report = report.context("the suite ended before its time")?.map_err(|error| anyhow!(error))?;
    let text = if arguments.json { serde_json::to_string_pretty(&report)? + "\n" } else { report.to_string() };
    std::io::stdout().write_all(text.as_bytes())?;
    if let Some(local) = local {
        local.shutdown().await;
    }
    Ok(report.is_as_known())
}

fn tell(done: usize, of: usize) {
    if done.is_multiple_of(TOLD_EVERY) || done == of {
        say(&format!("{done} of {of} cases"));
    }
}

#[expect(clippy::print_stderr, reason = "the one place where the command talks")]
fn say(words: &str) {
    eprintln!("{words}");
}
