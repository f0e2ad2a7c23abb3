//! The toolkit with some of its features, as its users have it.
//!
//! Cargo would compile its dependencies once more for each list of features, the AWS SDKs among them. So the compiler is called
//! here, as Cargo calls it: with what the ordinary lints of the workspace have compiled, of which it is shown the
//! dependencies that a list turns on, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::command::{program, root, run, say};

const PACKAGE: &str = "aqueduct";

/// What is linted besides each feature by itself: what users have together.
const LISTS: [&[&str]; 5] = [
    &[],
    &["contract", "derive"],
    &["contract", "derive", "lambda"],
    &["derive", "lambda", "sqs", "dynamodb"],
    &["derive", "otel"],
];

/// The lints of `.ci/run`, so that nothing is compiled for them twice.
const LINTS: [&str; 5] = ["clippy", "--workspace", "--all-targets", "--all-features", "--locked"];

/// Lints `aqueduct` and its own tests with each of its features, and with lists of them.
pub(crate) fn run_lints() -> Result<()> {
    run(program("cargo").args(LINTS).args(["--", "--deny", "warnings"]))?;
    let package = Package::read()?;
    let each = package.features.keys().map(|feature| vec![feature.as_str()]);
    let lists: Vec<Vec<&str>> = LISTS.iter().map(|list| list.to_vec()).chain(each).collect();
    for list in &lists {
        for is_test in [false, true] {
            let name = if list.is_empty() { "no features".to_owned() } else { list.join(", ") };
            say(&format!("{PACKAGE} with {name}{}", if is_test { ", tests" } else { "" }));
            let status = package.lint(list, is_test)?.status().context("clippy-driver cannot be started")?;
            ensure!(status.success(), "{PACKAGE} has findings with {name}");
        }
    }
    Ok(())
}

/// The package, as Cargo knows it.
struct Package {
    edition: String,
    version: String,
    source: PathBuf,
    manifest: PathBuf,
    /// What each feature turns on.
    features: BTreeMap<String, Vec<String>>,
    dependencies: Vec<Dependency>,
    /// Where the compiler finds what dependencies depend on.
    folder: PathBuf,
}

struct Dependency {
    /// Its name in the manifest.
    name: String,
    is_optional: bool,
    is_for_tests: bool,
    /// Its name in code, and what was compiled of it.
    library: String,
    compiled: PathBuf,
}

impl Package {
    fn read() -> Result<Self> {
        let metadata =
            program("cargo").args(["metadata", "--format-version=1", "--all-features", "--locked"]).output()?;
        let metadata: Value = serde_json::from_slice(&metadata.stdout).context("`cargo metadata` tells no JSON")?;
        let packages = metadata["packages"].as_array().into_iter().flatten();
        let package = packages.clone().find(|package| package["name"] == PACKAGE).context("there is no `aqueduct`")?;
        let nodes = metadata["resolve"]["nodes"].as_array().into_iter().flatten();
        let node = nodes.clone().find(|node| node["id"] == package["id"]).context("`aqueduct` is not resolved")?;
        let compiled = compiled()?;
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let dependencies = dependencies.map(|dependency| Dependency::read(dependency, node, &compiled));
        let dependencies = dependencies.collect::<Result<Vec<_>>>()?;
        let features = package["features"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, enabled)| (name.clone(), enabled.as_array().into_iter().flatten().map(text).collect()));
        let folder = dependencies.first().and_then(|dependency| dependency.compiled.parent());
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        Ok(Self {
            edition: text(&package["edition"]),
            version: text(&package["version"]),
            source: manifest.with_file_name("src").join("lib.rs"),
            features: features.collect(),
            folder: folder.context("nothing was compiled")?.to_owned(),
            dependencies,
            manifest,
        })
    }

    /// All features that these turn on, and the dependencies with them.
    fn turned_on<'a>(&'a self, list: &[&'a str]) -> (BTreeSet<&'a str>, BTreeSet<&'a str>) {
        let (mut features, mut dependencies) = (BTreeSet::new(), BTreeSet::new());
        let mut rest = list.to_vec();
        while let Some(feature) = rest.pop() {
            if !features.insert(feature) {
                continue;
            }
            for enabled in self.features.get(feature).into_iter().flatten() {
                match (enabled.strip_prefix("dep:"), enabled.split_once('/')) {
                    (Some(dependency), _) => drop(dependencies.insert(dependency)),
                    // A feature of a dependency that is there anyway; what was compiled has it.
                    (None, Some(_)) => {}
                    (None, None) => rest.push(enabled),
                }
            }
        }
        (features, dependencies)
    }

    fn lint(&self, list: &[&str], is_test: bool) -> Result<Command> {
        let (features, optional) = self.turned_on(list);
        let mut command = program("clippy-driver");
        // What Cargo runs is told so, and else takes its first argument for a compiler.
        command.args(["rustc", "--crate-name", PACKAGE, "--edition", &self.edition]).arg(&self.source);
        command.args(if is_test { ["--test", "--emit=metadata"] } else { ["--crate-type=lib", "--emit=metadata"] });
        command.args(["--deny", "warnings", "--check-cfg", "cfg(feature, values(any()))"]);
        command.arg("--out-dir").arg(self.folder.with_file_name("features"));
        command.arg("-L").arg(format!("dependency={}", self.folder.display()));
        for feature in &features {
            command.args(["--cfg", &format!("feature=\"{feature}\"")]);
        }
        let is_on = |dependency: &Dependency| match dependency.is_for_tests {
            true => is_test,
            false => !dependency.is_optional || optional.contains(dependency.name.as_str()),
        };
        for Dependency { library, compiled, .. } in self.dependencies.iter().filter(|dependency| is_on(dependency)) {
            command.args(["--extern", &format!("{library}={}", compiled.display())]);
        }
        command.env("CARGO_PKG_NAME", PACKAGE).env("CARGO_PKG_VERSION", &self.version);
        command.env("CARGO_MANIFEST_DIR", self.manifest.parent().unwrap_or(&root()));
        Ok(command)
    }
}

impl Dependency {
    /// Reads a dependency in the manifest, and which package it was resolved to.
    fn read(dependency: &Value, node: &Value, compiled: &BTreeMap<String, PathBuf>) -> Result<Self> {
        let name = dependency["rename"].as_str().unwrap_or(dependency["name"].as_str().unwrap_or_default());
        let library = name.replace('-', "_");
        let mut resolved = node["deps"].as_array().into_iter().flatten();
        let package = resolved.find(|other| other["name"] == library.as_str());
        let package = package.with_context(|| format!("`{name}` is not resolved"))?["pkg"].as_str().unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            is_optional: dependency["optional"] == true,
            is_for_tests: dependency["kind"] == "dev",
            compiled: compiled.get(package).with_context(|| format!("`{package}` was not compiled"))?.clone(),
            library,
        })
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The libraries that the workspace's lints have compiled, by the id of their package.
fn compiled() -> Result<BTreeMap<String, PathBuf>> {
    let told = program("cargo").args(LINTS).args(["--message-format=json", "--quiet"]).output()?;
    ensure!(told.status.success(), "the workspace cannot be linted: {}", String::from_utf8_lossy(&told.stderr));
    let told = String::from_utf8(told.stdout).context("Cargo tells text")?;
    let messages = told.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let artifacts = messages.filter(|message| message["reason"] == "compiler-artifact");
    Ok(artifacts.filter_map(|artifact| library(&artifact)).collect())
}

/// The package of a library, and its file: what stands beside an `rlib` was compiled for build scripts and macros.
fn library(artifact: &Value) -> Option<(String, PathBuf)> {
    let is = |kind: &str| artifact["target"]["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|is| is == kind));
    let files: Vec<&str> = artifact["filenames"].as_array()?.iter().filter_map(Value::as_str).collect();
    let is_for_host = files.iter().any(|file| file.ends_with(".rlib"));
    let is_library = is("proc-macro") || (is("lib") || is("rlib")) && !is_for_host;
    if !is_library || artifact["profile"]["test"] == true {
        return None;
    }
    Some((text(&artifact["package_id"]), PathBuf::from(files.first()?)))
}
