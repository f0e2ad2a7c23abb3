//! Running other programs, and talking about it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

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
    let line = announced(command);
    let status = command.status().with_context(|| not_started(command))?;
    judged(&line, status)
}

/// The same, with each line of its output being listened to.
pub(crate) fn run_listening(command: &mut Command, mut listen: impl FnMut(&str)) -> Result<()> {
    let line = announced(command);
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| not_started(command))?;
    for heard in child.stdout.take().into_iter().flat_map(|output| BufReader::new(output).lines()) {
        let heard = heard?;
        writeln!(std::io::stdout(), "{heard}")?;
        listen(&heard);
    }
    judged(&line, child.wait()?)
}

/// Says what is run.
fn announced(command: &Command) -> String {
    let line = format!("{} {}", command.get_program().display(), arguments(command));
    let line = line.trim_end().to_owned();
    say(&format!("$ {line}"));
    line
}

fn not_started(command: &Command) -> String {
    format!("`{}` cannot be started", command.get_program().display())
}

fn judged(line: &str, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{line}` failed ({status})");
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
