//! Licences and sources of the dependencies.

use anyhow::{Result, bail};

use crate::command::{program, run};

/// Checks what can be checked without a network: the advisory database would have to be fetched.
pub(crate) fn run_checks() -> Result<()> {
    let installed = program("cargo").args(["deny", "--version"]).output().is_ok_and(|output| output.status.success());
    if !installed {
        bail!("cargo-deny is not installed; `cargo install --locked cargo-deny` does it");
    }
    run(program("cargo").args(["deny", "--all-features", "check", "licenses", "bans", "sources"]))
}
