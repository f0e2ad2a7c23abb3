//! Running other programs, and talking about it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Cargo's target folder: `CARGO_TARGET_DIR`, or `target` in the root.
#[expect(clippy::disallowed_methods, reason = "a chore reads its environment here and nowhere else")]
pub(crate) fn target() -> PathBuf {
    std::env::var("CARGO_TARGET_DIR").map_or_else(|_| root().join("target"), |folder| root().join(folder))
}

/// Says what is going on, on stderr.
#[expect(clippy::print_stderr, reason = "the one place where chores talk")]
pub(crate) fn say(words: &str) {
    eprintln!("{words}");
}

/// A program to be run in the workspace's root.
pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    command
}

/// Runs a program whose output goes where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = format!("{} {}", command.get_program().display(), arguments(command));
    say(&format!("$ {}", line.trim_end()));
    let status =
        command.status().with_context(|| format!("`{}` cannot be started", command.get_program().display()))?;
    if !status.success() {
        bail!("`{}` failed ({status})", line.trim_end());
    }
    Ok(())
}

/// Whether a program is there and answers to `--version`.
pub(crate) fn exists(name: &str) -> bool {
    Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
}

fn arguments(command: &Command) -> String {
    command.get_args().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
