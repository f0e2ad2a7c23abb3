//! `cargo xtask test`: one command from a fresh machine to a verdict.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::command::{program, run as start, say};
use crate::{browser, docs, python};

/// Linted as AWS would read it, with no finding tolerated.
const TEMPLATE: &str = "infra/template.yaml";

fn run_all(tools: &Path) -> Result<()> {
    start(program(tools.join("cfn-lint")).arg(TEMPLATE)).context("cfn-lint has findings")?;
    docs::run(true)?;
    start(program("cargo").args(["test", "--workspace", "--all-features"]).env("AQUEDUCT_TOOLS", tools))
        .context("tests failed")?;
    start(program("cargo").args(["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))
        .context("the documentation has warnings")
}

pub(crate) fn run() -> Result<()> {
    let tools = python::environment()?;
    browser::ensure()?;
    run_all(&tools)?;
    say("all tests passed");
    Ok(())
}
