//! Asking functions for their contracts: each is built, and run with the wish to tell its contract instead of serving.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use aqueduct_contract::Contracts;
use aqueduct_topology::{Function, Topology};
use tokio::process::Command;

use crate::commands::up::building;
use crate::failure::Failure;
use crate::screen::{self, DIM};
use crate::template::Template;

/// How long a function may take to set itself up.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many of its last lines are shown when it does not tell its contract.
const LINES_SHOWN: usize = 12;

/// The contracts of a template's functions.
pub(super) async fn all(topology: &Topology, template: &Template, release: bool) -> Result<Contracts, Failure> {
    let topology = &in_rust(topology);
    let executables = building::build(topology, template, release).await?;
    let folder = Folder::new()?;
    let mut contracts = Contracts::default();
    let mut asked = BTreeSet::new();
    for function in &topology.functions {
        let Some(executable) = executables.get(&function.id) else { continue };
        let name = name(topology, function);
        if asked.insert(name.clone()) {
            let told = one(function, &name, executable, &folder.0.join("contract.json")).await?;
            contracts.join(told).map_err(|error| Failure::work(format!("{}: {error}", function.id)))?;
        }
    }
    Ok(contracts)
}

/// The functions that can tell a contract: those in other languages have none.
fn in_rust(topology: &Topology) -> Topology {
    let is_rust = |function: &&Function| {
        function.binary.is_some() || function.runtime.as_deref().is_none_or(|runtime| runtime.starts_with("provided"))
    };
    let (functions, others): (Vec<_>, Vec<_>) = topology.functions.iter().partition(is_rust);
    for other in others {
        screen::talk(format_args!("{DIM}{} is not in Rust, and tells no contract{DIM:#}", other.id));
    }
    let mut topology = topology.clone();
    topology.functions = functions.into_iter().cloned().collect();
    topology
}

/// A name that the template knows the function by: its binary, unless it names none or several functions share it.
fn name(topology: &Topology, function: &Function) -> String {
    let is_shared = topology.functions.iter().filter(|other| other.binary == function.binary).count() > 1;
    function.binary.as_ref().filter(|_| !is_shared).unwrap_or(&function.id).clone()
}

async fn one(function: &Function, name: &str, executable: &Path, file: &Path) -> Result<Contracts, Failure> {
    let started = Command::new(executable)
        .env_clear()
        .envs(environment(function, name, file))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let ended = tokio::time::timeout(PATIENCE, started).await;
    let told = std::fs::read_to_string(file).ok();
    let _ = std::fs::remove_file(file);
    let id = &function.id;
    let output = match ended {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(Failure::setup(format!("the function {id} cannot be run: {error}"))),
        Err(_) => {
            return Err(Failure::work(format!(
                "the function {id} told no contract in {} s: its main function must come to aqueduct::lambda::run",
                PATIENCE.as_secs()
            )));
        }
    };
    match told {
        Some(text) if output.status.success() => Contracts::read(&text)
            .map_err(|error| Failure::work(format!("the contract of the function {id} cannot be read: {error}"))),
        _ => Err(silent(id, &output)),
    }
}

fn silent(id: &str, output: &Output) -> Failure {
    let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said).into_owned()).concat();
    let lines: Vec<&str> = said.lines().collect();
    let mut message = format!("the function {id} tells no contract");
    for line in &lines[lines.len().saturating_sub(LINES_SHOWN)..] {
        let _ = write!(message, "\n  {DIM}|{DIM:#} {line}");
    }
    message.push_str(if lines.is_empty() {
        "\na function tells its contract from aqueduct::lambda::run or run_http, with the feature `contract` of `aqueduct`"
    } else {
        "\ncorrect what its last lines say"
    });
    Failure::work(message)
}

/// What the template gives the function, and what an SDK needs to be made. The endpoint is one where nothing listens: a
/// function that tells its contract has nobody to call.
fn environment(function: &Function, name: &str, file: &Path) -> BTreeMap<String, String> {
    let mut environment = function.environment.clone();
    let given = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "contract"),
        ("AWS_SECRET_ACCESS_KEY", "contract"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_LAMBDA_FUNCTION_NAME", name),
    ];
    environment.extend(given.map(|(variable, value)| (variable.to_owned(), value.to_owned())));
    environment.insert("AQUEDUCT_CONTRACT".to_owned(), file.display().to_string());
    environment
}

/// A folder of our own, removed with this.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("aqueduct-contracts-{}", std::process::id()));
        std::fs::create_dir_all(&path)
            .map_err(|error| Failure::setup(format!("cannot make the folder {}: {error}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
