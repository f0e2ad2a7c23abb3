//! `cargo xtask test`: one command from a fresh machine to a verdict.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::command::{program, run as start, say};
use crate::{browser, docs, explore, features, localstack, python};

/// Linted as AWS would read it, with no finding tolerated.
const TEMPLATE: &str = "infra/template.yaml";

fn run_all(tools: &Path) -> Result<()> {
    start(program(tools.join("cfn-lint")).arg(TEMPLATE)).context("cfn-lint has findings")?;
    docs::run(true)?;
    start(program("cargo").args(["test", "--workspace", "--all-features"]).env("AQUEDUCT_TOOLS", tools))
        .context("tests failed")?;
    features::run_checks()?;
    explore::run(&explore::Arguments::default())?;
    // The digests that the debug build was held against: a report has the same bytes in every build. Optimizing across crates takes
    // minutes and changes no arithmetic.
    let release = ["test", "--release", "--package", "aqueduct-simulate", "--test", "scenarios"];
    let quick = [("CARGO_PROFILE_RELEASE_LTO", "off"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")];
    start(program("cargo").args(release).envs(quick)).context("the release build simulates something else")?;
    start(program("cargo").args(["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))
        .context("the documentation has warnings")
}

/// The same pipeline, the stores' cases and the conformance suite on LocalStack, and our package for it.
fn on_localstack() -> Result<()> {
    localstack::with_pipeline(|stack, endpoint| {
        localstack::test_package().context("tests of tests/localstack failed")?;
        // All features of the whole workspace, as above: otherwise cargo compiles the AWS SDKs once more.
        let agreement = localstack::deploy(&localstack::AGREEMENT)?;
        let arguments =
            ["test", "--workspace", "--all-features", "--test", "pipeline", "--", "anywhere::", "agreement::what_runs"];
        let stacks = [("AQUEDUCT_STACK", stack), ("AQUEDUCT_AGREEMENT_STACK", &agreement)];
        start(program("cargo").args(arguments).envs(stacks)).context("tests on LocalStack failed")?;
        let arguments = ["test", "--workspace", "--all-features", "--test", "stores"];
        start(program("cargo").args(arguments).env("AQUEDUCT_STORES_ENDPOINT", endpoint))
            .context("stores do otherwise on LocalStack's DynamoDB")?;
        let arguments = ["test", "--workspace", "--all-features", "--test", "conformance", "--", "elsewhere"];
        let suite = [("AQUEDUCT_CONFORMANCE_ENDPOINT", endpoint), ("AQUEDUCT_CONFORMANCE_BACKEND", "localstack")];
        start(program("cargo").args(arguments).envs(suite))
            .context("LocalStack does otherwise than the table of its known divergences says")
    })
}

pub(crate) fn run(require_localstack: bool) -> Result<()> {
    let available = localstack::available();
    if require_localstack && let Err(reason) = available {
        return Err(reason.context("LocalStack is required"));
    }
    let tools = python::environment()?;
    browser::ensure()?;
    run_all(&tools)?;
    match available {
        Ok(()) => {
            on_localstack()?;
            say("all tests passed, those on LocalStack too");
        }
        Err(reason) => {
            say("all tests passed that ran");
            say(&format!("skipped: nothing ran on LocalStack, because {reason}"));
        }
    }
    Ok(())
}
