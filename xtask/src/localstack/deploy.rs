//! Templates, deployed into the running LocalStack.

use std::env::consts::ARCH;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use super::bootstraps::build;
use super::{NOT_RUNNING, endpoint, folder, install, running};
use crate::command::{program, run};
use crate::python;

/// A template as a stack.
pub(crate) struct Stack {
    pub(super) template: &'static str,
    name: &'static str,
    /// What came of the deployment, in LocalStack's folder: the resources' physical ids, and where the function URLs are.
    pub(super) outcome: &'static str,
}

/// The order pipeline.
pub(crate) const PIPELINE: Stack = Stack { template: "infra/template.yaml", name: "aqueduct", outcome: "stack.json" };

/// What a simulation and virtual time are held against.
pub(crate) const AGREEMENT: Stack =
    Stack { template: "tests/agreement/template.yaml", name: "agreement", outcome: "agreement.json" };

/// Builds the functions and deploys them; the file says where they are.
pub(crate) fn deploy(stack: &Stack) -> Result<PathBuf> {
    let Some(record) = running() else { bail!("{NOT_RUNNING}") };
    let tools = python::environment()?;
    let zips = build(&tools, stack.template)?;
    let outcome = folder().join(stack.outcome);
    let architecture = match ARCH {
        "aarch64" => "arm64",
        "x86_64" => "x86_64",
        other => bail!("Lambda has no functions for {other}"),
    };
    run(program(tools.join("python"))
        .arg(format!("{}/deploy.py", install::PACKAGE))
        .args(["--endpoint", &endpoint(record.port), "--template", stack.template, "--stack", stack.name])
        .args(["--parameter", &format!("Architecture={architecture}"), "--zips"])
        .arg(zips)
        .arg("--output")
        .arg(&outcome))
    .with_context(|| format!("{} is not deployed", stack.template))?;
    Ok(outcome)
}
