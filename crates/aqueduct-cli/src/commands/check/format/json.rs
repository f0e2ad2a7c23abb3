//! Findings as one JSON document, for programs.

use aqueduct_check::{Finding, Related};
use aqueduct_topology::{Diagnostic, Span};
use serde_json::{Value, json};

use super::Shown;

impl Shown<'_> {
    pub(super) fn json(&self) -> Value {
        json!({
            "findings": self.outcome.findings.iter().map(|it| self.finding(it)).collect::<Vec<_>>(),
            "ignored": self.outcome.ignored.iter().map(|it| {
                let mut ignored = self.finding(&it.finding);
                ignored["reason"] = it.reason.as_str().into();
                ignored
            }).collect::<Vec<_>>(),
            "diagnostics": self.diagnostics.iter().map(|it| self.diagnostic(it)).collect::<Vec<_>>(),
        })
    }

    fn finding(&self, finding: &Finding) -> Value {
        json!({
            "rule": finding.rule,
            "level": finding.level,
            "message": finding.message,
            "help": finding.help,
            "place": self.placed(finding.span),
            "related": finding.related.iter().map(|Related { span, label, .. }| {
                let mut related = self.placed(*span);
                related["label"] = label.as_str().into();
                related
            }).collect::<Vec<_>>(),
            "fix": finding.fix,
            "source": aqueduct_check::rule(finding.rule).map(|rule| rule.source_url),
        })
    }

    fn diagnostic(&self, diagnostic: &Diagnostic) -> Value {
        json!({
            "severity": diagnostic.severity,
            "message": diagnostic.message,
            "help": diagnostic.help,
            "place": self.placed(diagnostic.span),
        })
    }

    fn placed(&self, span: Span) -> Value {
        let Span { line, column, end_line, end_column, .. } = span;
        json!({
            "file": self.path(span), "line": line, "column": column, "endLine": end_line, "endColumn": end_column,
        })
    }
}
