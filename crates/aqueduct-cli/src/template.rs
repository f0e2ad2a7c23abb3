//! Templates as one topology, what is wrong with them shown at the place.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use aqueduct_topology::{Deployment, Diagnostic, Severity, Span, Topology};

use crate::excerpt::Excerpt;
use crate::failure::Failure;
use crate::screen;
use crate::source::Source;
use crate::stacks::{Reading, Stacks};
use crate::values::Values;

/// One template or several that are deployed together.
#[derive(Debug)]
pub(crate) struct Template {
    stacks: Stacks,
    /// The files that the templates name.
    beside: RefCell<Vec<Source>>,
}

impl Template {
    /// Reads the files: these, else those of `aqueduct.toml`, else the usual one.
    pub(crate) fn open(paths: &[PathBuf], values: &Values) -> Result<Self, Failure> {
        Ok(Self { stacks: Stacks::open(paths, None, values)?, beside: RefCell::default() })
    }

    /// The folder that relative paths in the topology start from.
    pub(crate) fn folder(&self) -> PathBuf {
        let folder = self.stacks.templates[0].path.parent().unwrap_or(Path::new(""));
        if folder.as_os_str().is_empty() { ".".into() } else { folder.to_owned() }
    }

    /// As the user wrote it.
    pub(crate) fn path(&self) -> String {
        let paths: Vec<String> = self.stacks.templates.iter().map(|source| source.shown_path().to_string()).collect();
        paths.join(", ")
    }

    /// How many templates there are, without those that they name.
    pub(crate) fn count(&self) -> usize {
        self.stacks.templates.len()
    }

    /// The file and the line of a place in what was read.
    pub(crate) fn place(&self, span: Span) -> String {
        let beside = self.beside.borrow();
        let source = self.stacks.templates.iter().chain(&*beside).nth(usize::from(span.file));
        source.map_or_else(|| self.path(), |source| format!("{}:{}", source.shown_path(), span.line))
    }

    /// Its topology; fails when a part of it cannot be read, and shows warnings.
    pub(crate) fn topology(&self, deployment: &Deployment) -> Result<Topology, Failure> {
        let Reading { topology, diagnostics, beside } = self.stacks.read(deployment)?;
        self.beside.replace(beside);
        let (errors, warnings): (Vec<_>, Vec<_>) =
            diagnostics.iter().partition(|diagnostic| diagnostic.severity == Severity::Error);
        let Some((last, before)) = errors.split_last() else {
            for warning in warnings {
                screen::warning(self.shown(warning));
            }
            return Ok(self.rebased(topology));
        };
        for error in before {
            screen::error(self.shown(error));
        }
        Err(Failure::setup(self.shown(last)))
    }

    /// The same topology for other addresses, which was read before.
    pub(crate) fn again(&self, deployment: &Deployment) -> Result<Topology, Failure> {
        Ok(self.rebased(self.stacks.read(deployment)?.topology))
    }

    /// Lets relative paths of other files' functions start from the folder of the first template, too.
    fn rebased(&self, mut topology: Topology) -> Topology {
        let beside = self.beside.borrow();
        let sources: Vec<&Source> = self.stacks.templates.iter().chain(&*beside).collect();
        for function in topology.functions.iter_mut().filter(|function| function.span.file > 0) {
            let Some(source) = sources.get(usize::from(function.span.file)) else { continue };
            let folder = source.path.parent().unwrap_or(Path::new(""));
            let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
            let written = function.code_uri.take();
            function.code_uri =
                written.map(|path| folder.join(path.trim_start_matches("./")).to_string_lossy().into_owned());
        }
        topology
    }

    fn shown(&self, diagnostic: &Diagnostic) -> String {
        Excerpt::of(diagnostic).unnamed().shown(&self.stacks.sources(&self.beside.borrow()))
    }
}
