//! The Python tools that the tests use, in a virtual environment under `target/`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::command::{exists, program, root, run, say, target};

/// Pinned versions; the environment is made anew when they change.
const REQUIREMENTS: &str = "tests/requirements.txt";

/// Makes the environment unless it is there, and answers its `bin` folder.
pub(crate) fn environment() -> Result<PathBuf> {
    let folder = target().join("venv");
    let (wanted, installed) = (root().join(REQUIREMENTS), folder.join("requirements.txt"));
    let wanted = fs::read_to_string(&wanted).with_context(|| format!("{REQUIREMENTS} cannot be read"))?;
    // The copy is written last, so that a half-made environment is made again.
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(folder.join("bin"));
    }
    if !exists("python3") {
        bail!(
            "python3 is not installed; the tests need it for cfn-lint and boto3 (Debian: apt-get install python3-venv)"
        );
    }
    say("installing the Python tools of the tests into target/venv");
    run(program("python3").args(["-m", "venv", "--clear"]).arg(&folder))
        .context("no virtual environment could be made (Debian: apt-get install python3-venv)")?;
    let pip = folder.join("bin/pip");
    run(program(pip).args(["install", "--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS]))?;
    fs::write(&installed, wanted).with_context(|| format!("{} cannot be written", installed.display()))?;
    Ok(folder.join("bin"))
}
