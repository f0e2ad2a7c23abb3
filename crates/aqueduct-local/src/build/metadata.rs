//! What cargo knows of a workspace.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use aqueduct_topology::Function;
use serde::Deserialize;

use super::{BuildError, Place, Settings};

/// A workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    packages: Vec<Package>,
    #[serde(rename = "workspace_root")]
    root: PathBuf,
    #[serde(rename = "workspace_default_members")]
    default_members: Vec<String>,
}

/// A package of a workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    id: String,
    pub(crate) name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Workspace {
    /// The manifest at its root.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.root.join("Cargo.toml")
    }

    /// The package of a manifest.
    pub(crate) fn package(&self, manifest: &Path) -> Option<&Package> {
        self.packages.iter().find(|package| package.manifest_path == manifest)
    }

    /// Whether a plain `cargo build` in the workspace builds the package.
    pub(crate) fn builds_by_default(&self, package: &Package) -> bool {
        self.default_members.contains(&package.id)
    }
}

impl Package {
    /// The binary that a function runs: the one that the template names, else the only one.
    pub(crate) fn binary(&self, function: &Function) -> Result<String, BuildError> {
        let binaries = self.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "bin"));
        let available: Vec<String> = binaries.map(|target| target.name.clone()).collect();
        match (&function.binary, available.as_slice()) {
            (Some(binary), _) if available.contains(binary) => Ok(binary.clone()),
            (None, [only]) => Ok(only.clone()),
            (binary, _) => Err(BuildError::NoBinary {
                place: Place::of(function),
                package: self.name.clone(),
                binary: binary.clone().unwrap_or_default(),
                available,
            }),
        }
    }
}

/// Asks cargo for the workspace of a manifest. Which members are the default ones it says at the root alone: elsewhere
/// it names the package that it is asked at.
pub(crate) async fn read(settings: &Settings, manifest: &Path, function: &Function) -> Result<Workspace, BuildError> {
    let workspace = ask(settings, manifest, function).await?;
    if workspace.manifest() == manifest {
        return Ok(workspace);
    }
    ask(settings, &workspace.manifest(), function).await
}

async fn ask(settings: &Settings, manifest: &Path, function: &Function) -> Result<Workspace, BuildError> {
    let mut command = tokio::process::Command::new(&settings.cargo);
    command.args(["metadata", "--no-deps", "--format-version=1", "--manifest-path"]).arg(manifest);
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = output.map_err(|source| BuildError::NoCargo { cargo: settings.cargo.clone(), source })?;
    let unreadable = |rendered: String| BuildError::Metadata { place: Place::of(function), rendered };
    if !output.status.success() {
        return Err(unreadable(String::from_utf8_lossy(&output.stderr).trim_end().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| unreadable(error.to_string()))
}
