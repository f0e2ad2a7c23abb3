//! One call of `cargo build`, its progress and its outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};

use super::{BuildError, Progress, Settings};

/// What to build.
pub(crate) struct Order<'a> {
    pub(crate) manifest: &'a Path,
    /// The packages, or none for the default ones of the workspace.
    pub(crate) packages: BTreeSet<&'a str>,
    pub(crate) binaries: BTreeSet<&'a str>,
}

/// A build that the compiler or cargo ended.
#[derive(Debug, Default)]
pub(crate) struct Failure {
    /// The crates that could not be compiled.
    pub(crate) crates: BTreeSet<String>,
    /// The messages.
    pub(crate) rendered: String,
}

/// Executables by package and binary.
type Built = BTreeMap<(String, String), PathBuf>;

#[derive(Debug, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerArtifact {
        package_id: String,
        target: Target,
        executable: Option<PathBuf>,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
}

/// A cargo that ends, with the compilers it started, when the build is given up.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // A child that was waited for has no id any more.
        let id = self.0.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::TERM);
        }
    }
}

/// Runs cargo; the inner result is the compiler's verdict.
pub(crate) async fn build(
    settings: &Settings,
    order: &Order<'_>,
    progress: &mut impl FnMut(Progress),
) -> Result<Result<Built, Failure>, BuildError> {
    let no_cargo = |source| BuildError::NoCargo { cargo: settings.cargo.clone(), source };
    let mut cargo = Running(command(settings, order).spawn().map_err(no_cargo)?);
    let mut messages = lines(cargo.0.stdout.take());
    let mut talk = lines(cargo.0.stderr.take());
    let (mut built, mut failure, mut units) = (Built::new(), Failure::default(), 0);
    let (mut hears_messages, mut hears_talk) = (true, true);
    while hears_messages || hears_talk {
        tokio::select! {
            line = next(&mut messages), if hears_messages => match line {
                Some(line) => {
                    if let Ok(Message::CompilerArtifact { package_id, target, executable }) = serde_json::from_str(&line) {
                        units += 1;
                        progress(Progress::Done { units });
                        if let Some(executable) = executable {
                            built.insert((package_name(&package_id), target.name), executable);
                        }
                    }
                }
                None => hears_messages = false,
            },
            line = next(&mut talk), if hears_talk => match line {
                Some(line) => hear(&line, &mut failure, progress),
                None => hears_talk = false,
            },
        }
    }
    let status = cargo.0.wait().await.map_err(no_cargo)?;
    Ok(if status.success() { Ok(built) } else { Err(failure) })
}

fn command(settings: &Settings, order: &Order<'_>) -> Command {
    let mut command = Command::new(&settings.cargo);
    command.args(["build", "--message-format=json-render-diagnostics", "--manifest-path"]).arg(order.manifest);
    command.arg(if settings.color { "--color=always" } else { "--color=never" });
    if settings.release {
        command.arg("--release");
    }
    for package in &order.packages {
        command.args(["--package", package]);
    }
    for binary in &order.binaries {
        command.args(["--bin", binary]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    command
}

/// Sorts a line of cargo's standard error into progress and messages.
fn hear(line: &str, failure: &mut Failure, progress: &mut impl FnMut(Progress)) {
    let plain = without_escapes(line);
    let words = plain.trim_start();
    if let Some(name) = words.strip_prefix("Compiling ") {
        let crate_name = name.split(" (").next().unwrap_or(name).to_owned();
        return progress(Progress::Compiling { crate_name });
    }
    if words.starts_with("Blocking ") || words.starts_with("Downloading ") {
        return progress(Progress::Says(words.to_owned()));
    }
    if words.starts_with("Finished ") || words.starts_with("Downloaded ") {
        return;
    }
    if let Some(name) = words.strip_prefix("error: could not compile `").and_then(|rest| rest.split('`').next()) {
        failure.crates.insert(name.to_owned());
    }
    failure.rendered.push_str(line);
    failure.rendered.push('\n');
}

/// `path+file:///…/order-intake#0.1.0` or `path+file:///…/folder#order-intake@0.1.0`: the package's name.
///
/// Source: <https://doc.rust-lang.org/cargo/reference/pkgid-spec.html>
fn package_name(id: &str) -> String {
    let (url, fragment) = id.rsplit_once('#').unwrap_or((id, ""));
    match fragment.split_once('@') {
        Some((name, _)) => name.to_owned(),
        None => url.rsplit('/').next().unwrap_or(url).to_owned(),
    }
}

fn without_escapes(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(letter) = rest.next() {
        if letter == '\u{1b}' {
            rest.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(letter);
        }
    }
    plain
}

fn lines<T: AsyncRead + Unpin>(stream: Option<T>) -> Option<Lines<BufReader<T>>> {
    stream.map(|stream| BufReader::new(stream).lines())
}

async fn next<T: AsyncRead + Unpin>(lines: &mut Option<Lines<BufReader<T>>>) -> Option<String> {
    lines.as_mut()?.next_line().await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_names_are_read_from_both_forms() {
        assert_eq!(package_name("path+file:///work/functions/order-intake#0.1.0"), "order-intake");
        assert_eq!(package_name("path+file:///work/functions/intake#order-intake@0.1.0"), "order-intake");
    }

    #[test]
    fn a_failed_crate_is_found_in_coloured_lines() {
        let mut failure = Failure::default();
        let mut seen = Vec::new();
        for line in [
            "\u{1b}[1m\u{1b}[92m   Compiling\u{1b}[0m orders v0.1.0 (/work/functions/orders)",
            "\u{1b}[1m\u{1b}[91merror\u{1b}[0m: could not compile `orders` (lib) due to 1 previous error",
        ] {
            hear(line, &mut failure, &mut |progress| seen.push(progress));
        }
        assert_eq!(seen, [Progress::Compiling { crate_name: "orders v0.1.0".to_owned() }]);
        assert_eq!(failure.crates.into_iter().collect::<Vec<_>>(), ["orders"]);
    }
}
