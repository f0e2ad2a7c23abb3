//! The ways to write findings.

mod full;
mod github;
mod json;
mod sarif;

use aqueduct_check::{Finding, Outcome, TextEdit};
use aqueduct_topology::{Diagnostic, Severity, Span, Topology};

use super::args::Format;
use crate::screen;
use crate::source::Sources;

/// What a check has to show.
pub(crate) struct Shown<'a> {
    pub(crate) sources: &'a Sources<'a>,
    pub(crate) topology: &'a Topology,
    /// What reading the files had to say.
    pub(crate) diagnostics: &'a [Diagnostic],
    pub(crate) outcome: &'a Outcome,
}

impl Shown<'_> {
    /// Writes everything to standard output; in formats for people, what reading had to say goes to standard error.
    pub(crate) fn write(&self, format: Format) {
        match format {
            Format::Full => self.full(),
            Format::Concise => self.concise(),
            Format::Json => screen::data(self.json()),
            Format::Sarif => screen::data(self.sarif()),
            Format::Github => self.github(),
        }
    }

    fn concise(&self) {
        for diagnostic in self.diagnostics {
            let level = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
            screen::talk(format_args!("{}: {level}: {}", self.place(diagnostic.span), diagnostic.message));
        }
        for finding in &self.outcome.findings {
            let Finding { level, rule, message, .. } = finding;
            screen::data(format_args!("{}: {level}[{rule}]: {message}", self.place(finding.span)));
        }
    }

    /// `file:line:column`, as editors and terminals make links of.
    fn place(&self, span: Span) -> String {
        let path = self.path(span);
        if span.line == 0 { path } else { format!("{path}:{}:{}", span.line, span.column) }
    }

    fn path(&self, span: Span) -> String {
        self.sources.of(span).map(|(source, _)| source.uri_path()).unwrap_or_default()
    }

    /// The edits of the template's text that a finding proposes, where they can be made.
    fn edits(&self, finding: &Finding) -> Vec<TextEdit> {
        let planned = finding.fix.as_ref().zip(self.sources.of(finding.span));
        let plan = planned
            .and_then(|(fix, (source, lines))| fix.plan(self.topology, finding.span.file, &source.text, lines).ok());
        plan.unwrap_or_default()
    }
}
