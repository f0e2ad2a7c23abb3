//! Templates read from files, and what is wrong with them shown at the place.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use aqueduct_topology::{Deployment, Diagnostic, Severity, Span, Topology};

use crate::failure::Failure;
use crate::screen::{self, BOLD, CYAN, DIM, RED, YELLOW};

/// A template's text and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    path: PathBuf,
    text: String,
    parameters: BTreeMap<String, String>,
}

impl Template {
    /// Reads the file.
    pub(crate) fn open(path: &Path, parameters: &[(String, String)]) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let way_out = match error.kind() {
                ErrorKind::NotFound => "; run the command in the folder that holds it, or name another template",
                ErrorKind::InvalidData => "; a template is text in UTF-8",
                _ => "",
            };
            Failure::setup(format!("cannot read the template {}: {error}{way_out}", path.display()))
        })?;
        Ok(Self { path: path.to_owned(), text, parameters: parameters.iter().cloned().collect() })
    }

    /// The folder that relative paths in the template start from.
    pub(crate) fn folder(&self) -> PathBuf {
        self.path
            .parent()
            .map(Path::to_path_buf)
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or_else(|| ".".into())
    }

    /// As the user wrote it.
    pub(crate) fn path(&self) -> std::path::Display<'_> {
        self.path.display()
    }

    /// What to resolve it for, but for addresses.
    pub(crate) fn deployment(&self) -> Deployment {
        Deployment { parameters: self.parameters.clone(), ..Deployment::default() }
    }

    /// Its topology; fails when a part of it cannot be read, and shows warnings.
    pub(crate) fn topology(&self, deployment: &Deployment) -> Result<Topology, Failure> {
        let (topology, diagnostics) = aqueduct_topology::read(&self.text, deployment);
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
        aqueduct_topology::read(&self.text, deployment).0
    }

    /// A message with its place: file, line and column, the line itself, and a caret under it.
    pub(crate) fn shown_at(&self, message: &str, help: Option<&str>, span: Span, severity: Severity) -> String {
        let span = self.inside(span);
        let mark = if severity == Severity::Error { RED } else { YELLOW };
        let mut shown = format!("{BOLD}{message}{BOLD:#}");
        let number = span.line.to_string();
        let pad = " ".repeat(number.len());
        let _ = write!(shown, "\n{pad}{CYAN}-->{CYAN:#} {}:{}:{}", self.path(), span.line, span.column);
        if let Some(line) = self.line(span.line) {
            let width = if span.end_line == span.line { span.end_column.saturating_sub(span.column) } else { 1 };
            let indent = " ".repeat(span.column.saturating_sub(1) as usize);
            let carets = "^".repeat(width.max(1) as usize);
            let _ = write!(shown, "\n{pad} {DIM}|{DIM:#}\n{number} {DIM}|{DIM:#} {line}");
            let _ = write!(shown, "\n{pad} {DIM}|{DIM:#} {indent}{mark}{carets}{mark:#}");
        }
        if let Some(help) = help {
            let _ = write!(shown, "\n{pad} {DIM}={DIM:#} help: {help}");
        }
        shown
    }

    fn shown(&self, diagnostic: &Diagnostic) -> String {
        self.shown_at(&diagnostic.message, diagnostic.help.as_deref(), diagnostic.span, diagnostic.severity)
    }

    /// A place behind the last line, where a parser misses something, is the end of that line.
    fn inside(&self, span: Span) -> Span {
        let lines = u32::try_from(self.text.lines().count()).unwrap_or(u32::MAX);
        if span.line <= lines {
            return span;
        }
        let width = self.text.lines().last().map_or(0, |line| line.chars().count());
        let column = u32::try_from(width).unwrap_or(u32::MAX).saturating_add(1);
        Span { file: span.file, line: lines, column, end_line: lines, end_column: column + 1 }
    }

    fn line(&self, number: u32) -> Option<String> {
        let line = self.text.lines().nth(number.checked_sub(1)? as usize)?;
        // A tab would put the caret elsewhere; YAML forbids it in indentation anyway.
        Some(line.replace('\t', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_place() {
        let template = Template {
            path: "t.yaml".into(),
            text: "Resources:\n  Queue: oops\n".to_owned(),
            parameters: BTreeMap::new(),
        };
        let span = Span { file: 0, line: 2, column: 10, end_line: 2, end_column: 14 };
        let shown = template.shown_at("Queue is text", Some("make it an object"), span, Severity::Error);
        let plain = anstream::adapter::strip_str(&shown).to_string();
        assert_eq!(
            plain,
            "Queue is text\n --> t.yaml:2:10\n  |\n2 |   Queue: oops\n  |          ^^^^\n  = help: make it an object"
        );
    }
}
