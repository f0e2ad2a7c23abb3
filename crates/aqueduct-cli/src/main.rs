//! The aqueduct command.

mod args;
mod commands;
mod excerpt;
mod failure;
mod http;
mod loaded;
mod screen;
mod source;
mod stacks;
mod template;
mod values;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Up(up) => commands::up::run(&up),
        Command::Serve(serve) => commands::serve::run(&serve),
        Command::Check(check) => commands::check::run(&check),
        Command::Explain(explain) => commands::explain::run(&explain),
        Command::Rules(rules) => Ok(commands::rules::run(&rules)),
        Command::Contracts(contracts) => commands::contracts::run(&contracts),
        Command::Graph(graph) => commands::graph::run(&graph),
        Command::Match(matches) => commands::matches::run(&matches),
        Command::Simulate(simulate) => commands::simulate::run(&simulate),
    };
    outcome.unwrap_or_else(|failure| {
        screen::error(&failure.message);
        failure.code()
    })
}
