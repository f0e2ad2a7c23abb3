//! The pipeline's own template, deployed into the running LocalStack.

use std::env::consts::ARCH;

use anyhow::{Context as _, Result, bail};

use super::bootstraps::{TEMPLATE, build};
use super::{NOT_RUNNING, endpoint, folder, install, running};
use crate::command::{program, run};
use crate::python;

/// What came of the deployment, in LocalStack's folder: the resources' physical ids, and where the function URLs are.
pub(crate) const STACK: &str = "stack.json";

pub(crate) fn deploy() -> Result<()> {
    let Some(record) = running() else { bail!("{NOT_RUNNING}") };
    let tools = python::environment()?;
    let zips = build(&tools)?;
    let architecture = match ARCH {
        "aarch64" => "arm64",
        "x86_64" => "x86_64",
        other => bail!("Lambda has no functions for {other}"),
    };
    run(program(tools.join("python"))
        .arg(format!("{}/deploy.py", install::PACKAGE))
        .args(["--endpoint", &endpoint(record.port), "--template", TEMPLATE])
        .args(["--parameter", &format!("Architecture={architecture}"), "--zips"])
        .arg(zips)
        .arg("--output")
        .arg(folder().join(STACK)))
    .context("the pipeline is not deployed")
}
