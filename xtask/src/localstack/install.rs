//! LocalStack from the Python package index, in a virtual environment under `target/localstack`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{VERSION, folder};
use crate::command::{program, root, run, say};
use crate::python::{keep, make, pip};

/// Our package: the process executor.
pub(crate) const PACKAGE: &str = "tests/localstack";
const CONSTRAINTS: &str = "tests/localstack/constraints-4.14.0.txt";
const PROJECT: &str = "tests/localstack/pyproject.toml";

pub(crate) fn environment() -> PathBuf {
    folder().join("venv")
}

/// Installs LocalStack and our package unless both are there as they should be.
pub(crate) fn ensure(python: &Path) -> Result<()> {
    let read = |path: &str| fs::read_to_string(root().join(path)).with_context(|| format!("{path} cannot be read"));
    let project = read(PROJECT)?;
    let wanted = format!("{}\n{}\n{}{project}", python.display(), root().display(), read(CONSTRAINTS)?);
    let folder = environment();
    keep(&folder, &wanted, || {
        say(&format!("installing LocalStack {VERSION} into {} (a minute or two, 500 MB)", folder.display()));
        make(python, &folder)?;
        let package = format!("localstack-core[runtime]=={VERSION}");
        // Compiling all of it takes longer than compiling what LocalStack loads, when it loads it.
        let install = ["install", "--quiet", "--no-compile"];
        run(pip(&folder).args(install).args(["--constraint", CONSTRAINTS, &package]))
            .context("LocalStack cannot be installed; the next try starts from the beginning")?;
        // Editable, so that a change of our package needs no installation.
        run(pip(&folder).args(install).args(["--no-deps", "--editable", PACKAGE]))?;
        run(program(folder.join("bin/python")).args(["-c", "import localstack_process.executor"]))
            .context("LocalStack was installed and cannot be imported")
    })
}

/// Runs the tests of our package, where it is installed.
pub(crate) fn test_package() -> Result<()> {
    let python = environment().join("bin/python");
    if !python.exists() {
        return Ok(());
    }
    let folder = ["--start-directory", PACKAGE, "--top-level-directory", PACKAGE];
    run(program(python).args(["-m", "unittest", "discover"]).args(folder))
}
