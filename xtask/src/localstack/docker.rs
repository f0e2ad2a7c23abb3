//! LocalStack in Docker, by the compose file.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::health;
use super::record::Record;
use crate::command::{program, run};

const FILE: &str = "tests/localstack/compose.yaml";
/// Seconds until it must answer, once its image is there.
const START: u32 = 120;

/// Whether an engine answers, and compose is there to speak to it.
pub(crate) fn reachable() -> bool {
    let answers =
        |arguments: &[&str]| program("docker").args(arguments).output().is_ok_and(|output| output.status.success());
    answers(&["info"]) && answers(&["compose", "version"])
}

pub(crate) fn start(port: u16) -> Result<()> {
    let record = Record::of_docker(port);
    record.write()?;
    let port_setting = port.to_string();
    run(compose(&["up", "--detach"]).env("AQUEDUCT_LOCALSTACK_PORT", port_setting))
        .context("LocalStack cannot be started")?;
    if !health::wait(port, START, || !runs()) {
        bail!("LocalStack does not answer; `docker logs aqueduct-localstack-1` says why");
    }
    Ok(())
}

pub(crate) fn stop() -> Result<()> {
    run(&mut compose(&["down", "--volumes"])).context("LocalStack cannot be ended")
}

pub(crate) fn runs() -> bool {
    compose(&["ps", "--quiet", "--status", "running"]).output().is_ok_and(|output| !output.stdout.is_empty())
}

fn compose(arguments: &[&str]) -> Command {
    let mut command = program("docker");
    command.args(["compose", "--file", FILE]).args(arguments);
    command
}
