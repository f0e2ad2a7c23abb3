//! Why a function was not built.

use std::fmt;
use std::io;
use std::path::PathBuf;

use aqueduct_topology::{Function, Span};
use thiserror::Error;

/// A function and its place in the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Logical id.
    pub function: String,
    /// Where it stands.
    pub span: Span,
}

impl Place {
    pub(crate) fn of(function: &Function) -> Self {
        Self { function: function.id.clone(), span: function.span }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "function {} (template line {})", self.function, self.span.line)
    }
}

/// Functions that were not built.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The template does not say where the code is.
    #[error("{place} has no CodeUri; set it to the folder of its Cargo.toml, relative to the template")]
    NoCode {
        /// The function.
        place: Place,
    },
    /// `CodeUri` leads nowhere.
    #[error("{place}: CodeUri {code_uri} leads to {path}, which does not exist; correct CodeUri or create the folder", path = path.display())]
    NoFolder {
        /// The function.
        place: Place,
        /// As written.
        code_uri: String,
        /// Where it leads.
        path: PathBuf,
    },
    /// The folder holds no crate.
    #[error("{place}: {path} has no Cargo.toml; CodeUri must be the folder of a crate", path = path.display())]
    NoManifest {
        /// The function.
        place: Place,
        /// The folder.
        path: PathBuf,
    },
    /// The manifest is one of a workspace without a package.
    #[error("{place}: {manifest} describes no package; CodeUri must be the folder of a crate, not of a workspace", manifest = manifest.display())]
    NoPackage {
        /// The function.
        place: Place,
        /// The manifest.
        manifest: PathBuf,
    },
    /// The crate lacks the binary.
    #[error(
        "{place}: crate {package} has no binary {binary:?}, only {available:?}; correct Metadata.BuildProperties.Binary"
    )]
    NoBinary {
        /// The function.
        place: Place,
        /// The crate.
        package: String,
        /// The binary looked for.
        binary: String,
        /// Those that it has.
        available: Vec<String>,
    },
    /// Another language.
    #[error("{place} runs on {runtime}, which is not built here; Rust functions have the runtime provided.al2023")]
    Runtime {
        /// The function.
        place: Place,
        /// `Runtime`.
        runtime: String,
    },
    /// Cargo cannot read a manifest.
    #[error("{place}: cargo cannot read its manifest\n{rendered}")]
    Metadata {
        /// The function.
        place: Place,
        /// What cargo says.
        rendered: String,
    },
    /// Cargo cannot be run.
    #[error("cannot run {cargo}: {source}; install Rust from https://rustup.rs", cargo = cargo.display())]
    NoCargo {
        /// What was tried.
        cargo: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The compiler refuses.
    #[error("{} did not build\n{rendered}", names(functions))]
    Failed {
        /// The functions whose crates failed, or all when it was a crate that they share.
        functions: Vec<Place>,
        /// The crates that failed.
        crates: Vec<String>,
        /// The compiler's messages.
        rendered: String,
    },
    /// Cargo built without telling where.
    #[error("{place}: cargo built no executable {binary}")]
    NoExecutable {
        /// The function.
        place: Place,
        /// The binary.
        binary: String,
    },
}

fn names(functions: &[Place]) -> String {
    let places: Vec<String> = functions.iter().map(Place::to_string).collect();
    places.join(", ")
}
