//! The toolkit with some of its features, as its users have it.
//!
//! For most lists of features cargo would compile the AWS SDKs once more. So the dependencies are those that the tests of the
//! whole workspace have, and rustc reads the toolkit alone: with the features of a list, and with the dependencies that these bring.
//! What is not noticed so is a feature of a dependency that only another package turns on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use serde_json::{Deserializer, Value};

use crate::command::{program, say, target};

const PACKAGE: &str = "aqueduct";

/// A list of features.
type List = BTreeSet<String>;

/// Who has a dependency.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder {
    Everybody,
    /// Those whose features bring it.
    Some,
    Tests,
}

/// A dependency, compiled.
struct Dependency {
    /// Its name in the manifest.
    package: String,
    /// `name=file`, as rustc takes it.
    external: String,
    holder: Holder,
}

/// What is checked.
struct Toolkit {
    edition: String,
    /// What each feature turns on.
    features: BTreeMap<String, Vec<String>>,
    dependencies: Vec<Dependency>,
}

/// Where rustc writes what nobody reads.
fn folder() -> PathBuf {
    target().join("features")
}

/// Checks the toolkit without features, with each alone, and with each two.
pub(crate) fn run_checks() -> Result<()> {
    let toolkit = Toolkit::read()?;
    let lists = toolkit.lists();
    say(&format!("{PACKAGE} with {} lists of features", lists.len()));
    let (rest, findings) = (Mutex::new(lists.into_iter()), Mutex::new(Vec::new()));
    let next = || rest.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((list, with_tests)) = next() {
                    if let Err(finding) = toolkit.check(&list, with_tests) {
                        findings.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
                    }
                }
            });
        }
    });
    let _ = std::fs::remove_dir_all(folder());
    let findings = findings.into_inner().unwrap_or_else(PoisonError::into_inner);
    if findings.is_empty() {
        return Ok(());
    }
    for finding in &findings {
        say(&format!("{finding:#}"));
    }
    bail!("{PACKAGE} has findings with {} lists of features", findings.len())
}

impl Toolkit {
    fn read() -> Result<Self> {
        let metadata = metadata()?;
        let named = |id: &str| metadata["packages"].as_array()?.iter().find(|package| package["id"] == id);
        let nodes = metadata["resolve"]["nodes"].as_array().into_iter().flatten();
        let (package, node) = nodes
            .filter_map(|node| Some((named(text(&node["id"]))?, node)))
            .find(|(package, _)| package["name"] == PACKAGE)
            .context("the workspace has no toolkit")?;
        let compiled = compiled()?;
        let mut dependencies = Vec::new();
        for one in node["deps"].as_array().into_iter().flatten() {
            let (name, id) = (text(&one["name"]), text(&one["pkg"]));
            let file = compiled.get(id).with_context(|| format!("{name} was not compiled"))?;
            let package_name = named(id).map_or("", |package| text(&package["name"]));
            let declared = package["dependencies"].as_array().into_iter().flatten();
            for declared in declared.filter(|declared| declared["name"] == package_name) {
                let holder = match (declared["kind"].as_str(), declared["optional"] == true) {
                    (None, true) => Holder::Some,
                    (None, false) => Holder::Everybody,
                    (Some(_), _) => Holder::Tests,
                };
                dependencies.push(Dependency {
                    package: package_name.to_owned(),
                    external: format!("{name}={file}"),
                    holder,
                });
            }
        }
        let features = serde_json::from_value(package["features"].clone())?;
        Ok(Self { edition: text(&package["edition"]).to_owned(), features, dependencies })
    }

    /// Each list once, with whether unit tests are read with it: they have few conditions, and cost more than the rest.
    fn lists(&self) -> BTreeMap<List, bool> {
        let names: Vec<&str> = self.features.keys().map(String::as_str).filter(|name| *name != "default").collect();
        let pairs = names.iter().flat_map(|first| names.iter().map(|second| [*first, *second]));
        let mut lists: BTreeMap<List, bool> = pairs.map(|pair| (self.closure(pair), false)).collect();
        lists.extend(names.iter().map(|name| (self.closure([*name]), true)));
        lists.insert(List::new(), true);
        lists
    }

    /// Features with those that they turn on, and as `dep:name` the dependencies that they bring.
    fn closure<'a>(&self, features: impl IntoIterator<Item = &'a str>) -> List {
        let mut all = List::new();
        let mut open: Vec<String> = features.into_iter().map(str::to_owned).collect();
        while let Some(feature) = open.pop() {
            // A feature of a dependency, such as `tokio/rt`: the whole workspace has it.
            if !feature.contains('/') && all.insert(feature.clone()) {
                open.extend(self.features.get(&feature).into_iter().flatten().cloned());
            }
        }
        all
    }

    fn check(&self, list: &List, with_tests: bool) -> Result<()> {
        let names: Vec<&str> = list.iter().map(String::as_str).filter(|name| !name.starts_with("dep:")).collect();
        for tests in [false, true].into_iter().filter(|tests| with_tests || !tests) {
            let read = self.rustc(list, &names, tests).output().context("rustc cannot be started")?;
            if !read.status.success() {
                let what = if tests { "unit tests" } else { "library" };
                bail!("the {what} with [{}]:\n{}", names.join(", "), String::from_utf8_lossy(&read.stderr));
            }
        }
        Ok(())
    }

    fn rustc(&self, list: &List, names: &[&str], tests: bool) -> Command {
        let has = |dependency: &&Dependency| match dependency.holder {
            Holder::Everybody => true,
            Holder::Some => list.contains(&format!("dep:{}", dependency.package)),
            Holder::Tests => tests,
        };
        let source = Path::new("crates").join(PACKAGE);
        let mut rustc = program("rustc");
        rustc.args(["--crate-name", PACKAGE, "--edition", &self.edition, "--emit", "metadata", "--deny", "warnings"]);
        rustc.arg("--out-dir").arg(folder().join(names.join("-")));
        rustc.arg("-L").arg(format!("dependency={}", target().join("debug/deps").display()));
        rustc.args(if tests { ["--test"].as_slice() } else { &["--crate-type", "lib"] });
        rustc.args(names.iter().flat_map(|name| ["--cfg".to_owned(), format!("feature=\"{name}\"")]));
        let externals = self.dependencies.iter().filter(has).map(|dependency| dependency.external.as_str());
        rustc.args(externals.flat_map(|external| ["--extern", external]));
        rustc.arg(source.join("src/lib.rs")).env("CARGO_MANIFEST_DIR", source);
        rustc
    }
}

/// What cargo says on its standard output: JSON values.
fn answers(command: &mut Command) -> Result<Vec<Value>> {
    let answer = command.stderr(Stdio::inherit()).output().context("cargo cannot be started")?;
    if !answer.status.success() {
        bail!("cargo failed ({})", answer.status);
    }
    Ok(Deserializer::from_slice(&answer.stdout).into_iter().collect::<Result<_, _>>()?)
}

/// What cargo knows of the workspace on this machine: for all others it would have to fetch their packages.
fn metadata() -> Result<Value> {
    let host = program("rustc").args(["--print", "host-tuple"]).output().context("rustc cannot be started")?;
    let mut metadata = program("cargo");
    metadata.args(["metadata", "--all-features", "--format-version", "1", "--filter-platform"]);
    metadata.arg(String::from_utf8_lossy(&host.stdout).trim());
    answers(&mut metadata)?.into_iter().next().context("cargo says nothing of the workspace")
}

/// The library of each package that the toolkit's tests need, by the package's id.
fn compiled() -> Result<BTreeMap<String, String>> {
    // All features of the whole workspace, as its tests have them: otherwise cargo compiles the AWS SDKs once more.
    let test = ["test", "--workspace", "--all-features", "--test", "traps", "--no-run", "--message-format", "json"];
    let mut libraries = BTreeMap::new();
    for said in answers(program("cargo").args(test))? {
        let files = said["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let is_library =
            |file: &&str| ["rlib", "so", "dylib", "dll"].iter().any(|end| file.ends_with(&format!(".{end}")));
        if let Some(file) = files.filter(|_| said["reason"] == "compiler-artifact").find(is_library) {
            libraries.insert(text(&said["package_id"]).to_owned(), file.to_owned());
        }
    }
    Ok(libraries)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
