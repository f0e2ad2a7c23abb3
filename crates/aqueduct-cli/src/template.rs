//! Templates read from files, and what is wrong with them shown at the place.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use aqueduct_topology::{Deployment, Diagnostic, Severity, Topology};

use crate::excerpt::Excerpt;
use crate::failure::Failure;
use crate::screen;
use crate::source::{Source, Sources};

/// A template's text and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    source: Source,
    parameters: BTreeMap<String, String>,
}

impl Template {
    /// Reads the file.
    pub(crate) fn open(path: &Path, parameters: &[(String, String)]) -> Result<Self, Failure> {
        Ok(Self { source: read(path)?, parameters: parameters.iter().cloned().collect() })
    }

    /// The folder that relative paths in the template start from.
    pub(crate) fn folder(&self) -> PathBuf {
        self.source
            .path
            .parent()
            .map(Path::to_path_buf)
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or_else(|| ".".into())
    }

    /// As the user wrote it.
    pub(crate) fn path(&self) -> std::path::Display<'_> {
        self.source.shown_path()
    }

    /// What to resolve it for, but for addresses.
    pub(crate) fn deployment(&self) -> Deployment {
        Deployment { parameters: self.parameters.clone(), ..Deployment::default() }
    }

    /// Its topology; fails when a part of it cannot be read, and shows warnings.
    pub(crate) fn topology(&self, deployment: &Deployment) -> Result<Topology, Failure> {
        let (topology, diagnostics) = aqueduct_topology::read(&self.source.text, deployment);
        let (errors, warnings): (Vec<_>, Vec<_>) =
            diagnostics.iter().partition(|diagnostic| diagnostic.severity == Severity::Error);
        let Some((last, before)) = errors.split_last() else {
            for warning in warnings {
                screen::warning(self.shown(warning));
            }
            return Ok(topology);
        };
        for error in before {
            screen::error(self.shown(error));
        }
        Err(Failure::setup(self.shown(last)))
    }

    /// The same topology for other addresses, which was read before.
    pub(crate) fn again(&self, deployment: &Deployment) -> Topology {
        aqueduct_topology::read(&self.source.text, deployment).0
    }

    fn shown(&self, diagnostic: &Diagnostic) -> String {
        Excerpt::of(diagnostic).unnamed().shown(&Sources::new([&self.source], None))
    }
}

/// Reads a template's file.
pub(crate) fn read(path: &Path) -> Result<Source, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let way_out = match error.kind() {
            ErrorKind::NotFound => "; run the command in the folder that holds it, or name another template",
            ErrorKind::InvalidData => "; a template is text in UTF-8",
            _ => "",
        };
        Failure::setup(format!("cannot read the template {}: {error}{way_out}", path.display()))
    })?;
    Ok(Source::new(path, text))
}
