//! The Python tools that the tests use, in a virtual environment under `target/`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::command::{exists, program, root, run, say, target};

/// Pinned versions; the environment is made anew when they change.
const REQUIREMENTS: &str = "tests/requirements.txt";

/// Makes the environment unless it is there, and answers its `bin` folder.
pub(crate) fn environment() -> Result<PathBuf> {
    let folder = target().join("venv");
    let wanted =
        fs::read_to_string(root().join(REQUIREMENTS)).with_context(|| format!("{REQUIREMENTS} cannot be read"))?;
    keep(&folder, &wanted, || {
        if !exists("python3") {
            bail!(
                "python3 is not installed; the tests need it for cfn-lint and boto3 (Debian: apt-get install python3-venv)"
            );
        }
        say("installing the Python tools of the tests into target/venv");
        make("python3", &folder)?;
        run(pip(&folder).args(["install", "--quiet", "--requirement", REQUIREMENTS]))
    })?;
    Ok(folder.join("bin"))
}

/// Calls `make` unless the environment in `folder` was made, to its end, for the same `wanted`.
pub(crate) fn keep(folder: &Path, wanted: &str, make: impl FnOnce() -> Result<()>) -> Result<()> {
    // Written last, so that a half-made environment is made again.
    let marker = folder.join("made-for.txt");
    if fs::read_to_string(&marker).is_ok_and(|made| made == wanted) {
        return Ok(());
    }
    make()?;
    fs::write(&marker, wanted).with_context(|| format!("{} cannot be written", marker.display()))
}

/// Makes an empty environment; what was there before is removed.
pub(crate) fn make(python: impl AsRef<OsStr>, folder: &Path) -> Result<()> {
    run(program(python).args(["-m", "venv", "--clear"]).arg(folder))
        .context("no virtual environment could be made (Debian keeps venv apart: apt-get install python3-venv)")
}

/// The environment's own pip.
pub(crate) fn pip(folder: &Path) -> std::process::Command {
    let mut pip = program(folder.join("bin/pip"));
    pip.env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    pip
}
