//! What this machine has: Python 3.13.

use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Result, bail};

use crate::command::program;

/// Finds a Python 3.13 that runs. A name on the `PATH` is not enough: pyenv's stand-ins are there for every version and
/// refuse to work.
pub(crate) fn python() -> Result<PathBuf> {
    let names = ["python3.13", "python3"].map(PathBuf::from);
    let Some(python) = names.into_iter().chain(of_pyenv()).find_map(|candidate| executable(&candidate)) else {
        bail!(
            "LocalStack needs Python 3.13, which was not found, or a Docker engine with compose, which does not answer; \
             for Python: `pyenv install 3.13`, `uv python install 3.13`, or python3.13 and python3.13-venv of your system"
        );
    };
    Ok(python)
}

/// The interpreter behind a name, if it is a Python 3.13.
fn executable(candidate: &PathBuf) -> Option<PathBuf> {
    let ask = "import sys; print(*sys.version_info[:2], sys.executable, sep='\\n')";
    let output = program(candidate).args(["-c", ask]).output().ok().filter(|output| output.status.success())?;
    let answer = String::from_utf8(output.stdout).ok()?;
    let mut lines = answer.lines();
    (lines.next()? == "3" && lines.next()? == "13").then(|| lines.next().map(PathBuf::from)).flatten()
}

/// Interpreters that pyenv and uv keep apart from the `PATH`.
fn of_pyenv() -> Vec<PathBuf> {
    let Some(home) = env::home_dir() else { return Vec::new() };
    let mut found = Vec::new();
    for (folder, prefix) in [(".pyenv/versions", "3.13"), (".local/share/uv/python", "cpython-3.13")] {
        let Ok(entries) = fs::read_dir(home.join(folder)) else { continue };
        let versions =
            entries.filter_map(Result::ok).filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
        found.extend(versions.map(|entry| entry.path().join("bin/python3.13")));
    }
    found.sort();
    found
}
