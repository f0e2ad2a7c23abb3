//! Findings as commands of GitHub Actions, which become annotations beside the changed lines.
//!
//! Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::fmt::Write;

use aqueduct_check::Level;
use aqueduct_topology::{Severity, Span};

use super::Shown;
use crate::screen;

impl Shown<'_> {
    pub(super) fn github(&self) {
        for diagnostic in self.diagnostics {
            let command = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
            let help = diagnostic.help.as_deref();
            self.command(command, diagnostic.span, "aqueduct check", &diagnostic.message, help);
        }
        for finding in &self.outcome.findings {
            let command = match finding.level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Advice => "notice",
            };
            self.command(command, finding.span, finding.rule, &finding.message, Some(&finding.help));
        }
    }

    fn command(&self, command: &str, span: Span, title: &str, message: &str, help: Option<&str>) {
        let Span { line, column, end_line, end_column, .. } = span;
        let mut properties = format!("file={}", property(&self.path(span)));
        if line > 0 {
            let _ = write!(properties, ",line={line},endLine={end_line}");
            // GitHub refuses columns of a place that has several lines.
            if end_line == line {
                let _ = write!(properties, ",col={column},endColumn={}", end_column.saturating_sub(1).max(column));
            }
        }
        let _ = write!(properties, ",title={}", property(title));
        let text = help.map_or_else(|| message.to_owned(), |help| format!("{message}\nhelp: {help}"));
        screen::data(format_args!("::{command} {properties}::{}", data(&text)));
    }
}

/// Escapes what a command says.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(data("100% sure: a, b\r\nnext"), "100%25 sure: a, b%0D%0Anext");
        assert_eq!(property("a:b,c%3A"), "a%3Ab%2Cc%253A");
    }
}
