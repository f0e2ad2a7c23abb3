//! Templates, and where they are deployed to here.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aqueduct_services::{ApiError, Site, Timestamp};
use aqueduct_topology::{Deployment, Diagnostic, Severity, Topology};

/// 2027-01-15T08:00:00Z, a point in time like any other.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// Where clients and queue URLs point; nothing listens there.
pub(crate) const ENDPOINT: &str = "http://127.0.0.1:4566";

/// A template that cannot be brought into being.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The file cannot be read.
    #[error("the template {} cannot be read; its path is taken from the test's package, or from a folder above it", path.display())]
    File {
        /// The path as it was given.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The template cannot be understood.
    #[error("the template cannot be read: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Template(Vec<Diagnostic>),
    /// A service refuses a resource; the message starts with its logical id.
    #[error("the template cannot be deployed: {0}")]
    Deployment(ApiError),
    /// DynamoDB or S3 refuses a table or bucket; the message names its logical id.
    #[error("the template cannot be deployed: {0}")]
    Store(String),
    /// Time has no runtime of its own.
    #[error(
        "the cloud has a runtime of its own and cannot be made within another: use #[test] and Cloud::run in place of #[tokio::test]"
    )]
    InRuntime,
    /// The system has no more means for a runtime.
    #[error("the cloud has no runtime")]
    Runtime(#[source] std::io::Error),
}

/// In words: `unwrap`, and `?` in a test, show errors so.
impl fmt::Debug for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A SAM or CloudFormation template, YAML or JSON, read once for any number of clouds.
#[derive(Clone)]
pub struct Template {
    topology: Arc<Topology>,
}

impl Template {
    /// Reads a file. A relative path is looked for in the folder of the test's package, then in those above it, so that
    /// `infra/template.yaml` may stand beside the workspace's `Cargo.toml`.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Refused> {
        let path = path.as_ref();
        let refused = |source| Refused::File { path: path.to_owned(), source };
        Self::parse(&std::fs::read_to_string(found(path).map_err(refused)?).map_err(refused)?)
    }

    /// Reads text.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        Ok(Self { topology: Arc::new(read(text)?) })
    }

    /// What it describes.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Template").finish_non_exhaustive()
    }
}

/// Cargo runs tests in the folder of their package.
fn found(path: &Path) -> std::io::Result<PathBuf> {
    let here = std::env::current_dir()?;
    let candidates = here.ancestors().map(|folder| folder.join(path));
    let missing = || std::io::Error::new(std::io::ErrorKind::NotFound, "there is no such file");
    candidates.into_iter().find(|candidate| candidate.is_file()).ok_or_else(missing)
}

/// Where templates are deployed to.
pub(crate) fn site() -> Site {
    let deployment = Deployment::default();
    Site { account: deployment.account, region: deployment.region, endpoint: ENDPOINT.to_owned() }
}

/// Reads a template as it is deployed here.
pub(crate) fn read(template: &str) -> Result<Topology, Refused> {
    let deployment = Deployment { endpoint: Some(ENDPOINT.to_owned()), ..Deployment::default() };
    let (topology, diagnostics) = aqueduct_topology::read(template, &deployment);
    let errors: Vec<Diagnostic> =
        diagnostics.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect();
    if errors.is_empty() { Ok(topology) } else { Err(Refused::Template(errors)) }
}
