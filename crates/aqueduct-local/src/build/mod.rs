//! Builds the functions of a topology with cargo, as `sam build` would have cargo-lambda do.

mod cargo;
mod error;
mod metadata;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aqueduct_topology::{Function, Topology};

pub use error::{BuildError, Place};

/// How to build.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The cargo to run: what the variable `CARGO` names inside `cargo run`, else `cargo`.
    pub cargo: PathBuf,
    /// Whether to build with optimisations.
    pub release: bool,
    /// Whether compiler messages are for a terminal with colours.
    pub color: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { cargo: PathBuf::from("cargo"), release: false, color: false }
    }
}

/// How far a build is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// Compilation of a crate began.
    Compiling {
        /// Name and version.
        crate_name: String,
    },
    /// Compilation of a crate ended, or there was nothing to do for it.
    Done {
        /// How many ended so far.
        units: usize,
    },
    /// Cargo says something else worth showing, such as that it waits for another cargo.
    Says(String),
}

/// One function's place in its workspace.
struct Part<'a> {
    function: &'a Function,
    package: String,
    is_default: bool,
    binary: String,
}

/// Builds all functions of `topology`, whose template is in `folder`; answers their executables by logical id.
///
/// One call of cargo builds the functions of one workspace.
pub async fn functions(
    topology: &Topology,
    folder: &Path,
    settings: &Settings,
    mut progress: impl FnMut(Progress),
) -> Result<BTreeMap<String, PathBuf>, BuildError> {
    let mut executables = BTreeMap::new();
    for (workspace, parts) in workspaces(topology, folder, settings).await? {
        // Cargo resolves features for the packages that it is asked to build. Where the default ones will do, asking for
        // no others shares what `cargo run` and `cargo build` have compiled.
        let packages: BTreeSet<&str> = if parts.iter().all(|part| part.is_default) {
            BTreeSet::new()
        } else {
            parts.iter().map(|part| part.package.as_str()).collect()
        };
        let binaries: BTreeSet<&str> = parts.iter().map(|part| part.binary.as_str()).collect();
        let order = cargo::Order { manifest: &workspace, packages, binaries };
        let built = match cargo::build(settings, &order, &mut progress).await? {
            Ok(built) => built,
            Err(failure) => return Err(blame(&parts, failure)),
        };
        for part in parts {
            let executable = built.get(&(part.package.clone(), part.binary.clone())).ok_or_else(|| {
                BuildError::NoExecutable { place: Place::of(part.function), binary: part.binary.clone() }
            })?;
            executables.insert(part.function.id.clone(), executable.clone());
        }
    }
    Ok(executables)
}

/// The functions by the manifest of their workspace.
async fn workspaces<'a>(
    topology: &'a Topology,
    folder: &Path,
    settings: &Settings,
) -> Result<BTreeMap<PathBuf, Vec<Part<'a>>>, BuildError> {
    let mut known: Vec<metadata::Workspace> = Vec::new();
    let mut workspaces: BTreeMap<PathBuf, Vec<Part<'a>>> = BTreeMap::new();
    for function in &topology.functions {
        let manifest = manifest_of(function, folder)?;
        if !known.iter().any(|workspace| workspace.package(&manifest).is_some()) {
            known.push(metadata::read(settings, &manifest, function).await?);
        }
        let mut found = known.iter().filter_map(|workspace| Some((workspace, workspace.package(&manifest)?)));
        let (workspace, package) = found
            .next()
            .ok_or_else(|| BuildError::NoPackage { place: Place::of(function), manifest: manifest.clone() })?;
        let binary = package.binary(function)?;
        let is_default = workspace.builds_by_default(package);
        let part = Part { function, package: package.name.clone(), is_default, binary };
        workspaces.entry(workspace.manifest()).or_default().push(part);
    }
    Ok(workspaces)
}

fn manifest_of(function: &Function, folder: &Path) -> Result<PathBuf, BuildError> {
    let place = || Place::of(function);
    if let Some(runtime) = function.runtime.as_deref().filter(|runtime| !runtime.starts_with("provided")) {
        return Err(BuildError::Runtime { place: place(), runtime: runtime.to_owned() });
    }
    let code_uri = function.code_uri.as_deref().ok_or_else(|| BuildError::NoCode { place: place() })?;
    let code = folder.join(code_uri);
    let Ok(code) = code.canonicalize() else {
        return Err(BuildError::NoFolder { place: place(), code_uri: code_uri.to_owned(), path: code });
    };
    let manifest = code.join("Cargo.toml");
    if manifest.is_file() { Ok(manifest) } else { Err(BuildError::NoManifest { place: place(), path: code }) }
}

/// Names the functions that a failed crate belongs to.
fn blame(parts: &[Part<'_>], failure: cargo::Failure) -> BuildError {
    let own = parts.iter().filter(|part| failure.crates.contains(&part.package));
    let mut functions: Vec<Place> = own.map(|part| Place::of(part.function)).collect();
    if functions.is_empty() {
        functions = parts.iter().map(|part| Place::of(part.function)).collect();
    }
    BuildError::Failed { functions, crates: failure.crates.into_iter().collect(), rendered: failure.rendered }
}
