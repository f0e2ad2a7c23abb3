//! Chores of the workspace: `cargo xtask test`, `cargo xtask conformance`, `cargo xtask explore`, `cargo xtask localstack`,
//! `cargo xtask docs`, `cargo xtask features`, `cargo xtask deny`.
//!
//! Exit codes: 0 when all went well, 1 when something did not, 2 for a wrong command line.

mod browser;
mod command;
mod conformance;
mod deny;
mod docs;
mod explore;
mod features;
mod localstack;
mod python;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the workspace")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run all tests, after installing what they need into `target/`, or saying what to install
    Test {
        /// Fail where the pipeline cannot be tested on LocalStack
        #[arg(long)]
        require_localstack: bool,
    },
    /// Hold the conformance suite against the embedded cloud, LocalStack or any endpoint, and report
    Conformance(conformance::Arguments),
    /// Explore ten thousand schedules of faults of the pipeline
    Explore(explore::Arguments),
    /// Run LocalStack, with Docker or without, and deploy the pipeline into it
    #[command(subcommand)]
    Localstack(localstack::Chore),
    /// Draw the pictures of README.md anew from `infra/template.yaml`
    Docs {
        /// Only say whether they are true
        #[arg(long)]
        check: bool,
    },
    /// Check that the toolkit compiles without warnings with each of its features, and with each two
    Features,
    /// Check licences and sources of all dependencies with cargo-deny
    Deny,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::Test { require_localstack } => test::run(require_localstack),
        Chore::Conformance(arguments) => match conformance::run(&arguments) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
        Chore::Explore(wanted) => explore::run(&wanted),
        Chore::Localstack(chore) => localstack::run(&chore),
        Chore::Docs { check } => docs::run(check),
        Chore::Features => features::run_checks(),
        Chore::Deny => deny::run_checks(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            command::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
