//! Findings as SARIF 2.1.0, which code scanning services read.
//!
//! Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::fmt::Write;

use aqueduct_check::{Finding, Level, Rule};
use aqueduct_topology::{Diagnostic, Severity, Span};
use serde_json::{Value, json};

use super::Shown;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

impl Shown<'_> {
    pub(super) fn sarif(&self) -> Value {
        let outcome = self.outcome;
        let findings = outcome.findings.iter().map(|finding| self.result(finding));
        let ignored = outcome.ignored.iter().map(|it| {
            let mut result = self.result(&it.finding);
            let kind = if it.in_template { "inSource" } else { "external" };
            result["suppressions"] = json!([{ "kind": kind, "justification": it.reason }]);
            result
        });
        let successful = self.diagnostics.iter().all(|it| it.severity != Severity::Error);
        json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "aqueduct",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": aqueduct_check::registry().iter().map(|rule| description(rule)).collect::<Vec<_>>(),
                } },
                "invocations": [{
                    "executionSuccessful": successful,
                    "toolExecutionNotifications":
                        self.diagnostics.iter().map(|it| self.notification(it)).collect::<Vec<_>>(),
                }],
                "columnKind": "unicodeCodePoints",
                "results": findings.chain(ignored).collect::<Vec<_>>(),
            }],
        })
    }

    fn result(&self, finding: &Finding) -> Value {
        let index = aqueduct_check::registry().iter().position(|rule| rule.id == finding.rule);
        let mut result = json!({
            "ruleId": finding.rule,
            "level": level(finding.level),
            "message": { "text": format!("{}. Help: {}.", finding.message, finding.help) },
            "locations": [self.location(finding.span)],
        });
        if let Some(index) = index {
            result["ruleIndex"] = index.into();
        }
        if !finding.related.is_empty() {
            let related = finding.related.iter().zip(0..).map(|(related, id): (_, u64)| {
                let mut location = self.location(related.span);
                location["id"] = id.into();
                location["message"] = json!({ "text": related.label });
                location
            });
            result["relatedLocations"] = related.collect();
        }
        let replacements = self.replacements(finding);
        if !replacements.is_empty() {
            result["fixes"] = json!([{
                "description": { "text": finding.help },
                "artifactChanges": [{
                    "artifactLocation": { "uri": uri(&self.path(finding.span)) },
                    "replacements": replacements,
                }],
            }]);
        }
        result
    }

    fn replacements(&self, finding: &Finding) -> Vec<Value> {
        let Some((_, lines)) = self.sources.of(finding.span) else { return Vec::new() };
        let replaced = self.edits(finding).into_iter().map(|edit| {
            let deleted = lines.span(edit.range, finding.span.file);
            json!({ "deletedRegion": region(deleted), "insertedContent": { "text": edit.text } })
        });
        replaced.collect()
    }

    fn notification(&self, diagnostic: &Diagnostic) -> Value {
        let text = match &diagnostic.help {
            Some(help) => format!("{}. Help: {help}.", diagnostic.message),
            None => diagnostic.message.clone(),
        };
        json!({
            "level": if diagnostic.severity == Severity::Error { "error" } else { "warning" },
            "message": { "text": text },
            "locations": [self.location(diagnostic.span)],
        })
    }

    fn location(&self, span: Span) -> Value {
        let mut place = json!({ "artifactLocation": { "uri": uri(&self.path(span)) } });
        if span.line > 0 {
            place["region"] = region(span);
        }
        json!({ "physicalLocation": place })
    }
}

fn description(rule: &Rule) -> Value {
    let mut help = rule.why.to_owned();
    for misleading in rule.misled_by {
        let _ = write!(help, "\n\n{} {}.", misleading.linter_rule, misleading.says);
    }
    json!({
        "id": rule.id,
        "shortDescription": { "text": format!("{}.", rule.summary) },
        "fullDescription": { "text": rule.why },
        "help": { "text": help },
        "helpUri": rule.source_url,
        "defaultConfiguration": { "level": level(rule.level) },
    })
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Advice => "note",
    }
}

fn region(span: Span) -> Value {
    let Span { line, column, end_line, end_column, .. } = span;
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

/// A path as a relative URI; an absolute one gets its scheme.
fn uri(path: &str) -> String {
    let mut uri = if path.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("infra/my template.yaml"), "infra/my%20template.yaml");
        assert_eq!(uri("/tmp/ü:1.yaml"), "file:///tmp/%C3%BC%3A1.yaml");
    }
}
