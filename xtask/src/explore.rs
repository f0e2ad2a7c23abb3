//! `cargo xtask explore`: thousands of schedules of faults, with optimized code.

use anyhow::{Context as _, Result};

use crate::command::{program, run};

/// Explores the order pipeline, and has well-known mistakes found.
pub(crate) fn run_all() -> Result<()> {
    // All features of the whole workspace, so that cargo compiles the AWS SDKs once for this profile.
    let arguments = ["test", "--profile", "explore", "--workspace", "--all-features", "--test", "explore"];
    run(program("cargo").args(arguments)).context("a schedule of faults breaks an invariant")
}
