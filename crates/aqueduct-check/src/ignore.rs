//! Findings that a project accepts, with its reasons.
//!
//! A template says so in its `Metadata`, or a resource in its own:
//!
//! ```yaml
//! Metadata:
//!   Aqueduct:
//!     Ignore:
//!       - Rule: subscription-without-dead-letter-queue
//!         Reason: The audit log is rebuilt from the table every night.
//! ```

use aqueduct_topology::{Property, Resolved, Span, Topology, nearest};

use crate::check::Report;
use crate::rules::{self, REGISTRY};
use crate::{Finding, Settings};

/// A wish to ignore a rule's findings.
#[derive(Debug)]
pub(crate) struct Ignore {
    rule: String,
    reason: String,
    scope: Scope,
    /// Where the wish stands: its rule.
    span: Span,
    in_template: bool,
    used: bool,
}

/// Where findings are ignored.
#[derive(Debug)]
enum Scope {
    /// In a whole template.
    File(u16),
    /// Between two places: in a resource.
    Within(Span),
    /// In a resource that no template has.
    Nowhere(String),
}

/// A finding that is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ignored {
    /// What was found.
    pub finding: Finding,
    /// Why it is accepted.
    pub reason: String,
    /// Whether the template says so rather than `aqueduct.toml`.
    pub in_template: bool,
}

/// Every wish of templates and settings.
pub(crate) fn ignores(topology: &Topology, settings: &Settings) -> Vec<Ignore> {
    let mut ignores = Vec::new();
    for metadata in &topology.metadata {
        let file = metadata.span.file;
        ignores.extend(entries(metadata).map(|entry| Ignore::read(entry, Scope::File(file))));
    }
    // What SAM generates shares the function's metadata or has none.
    for resource in topology.resources.values().filter(|resource| resource.generated_by.is_none()) {
        let metadata = resource.metadata.iter();
        ignores.extend(metadata.flat_map(entries).map(|entry| Ignore::read(entry, Scope::Within(resource.body))));
    }
    ignores.extend(settings.ignores.iter().map(|ignore| {
        let id = ignore.resource.get_ref();
        Ignore {
            rule: ignore.rule.get_ref().clone(),
            reason: ignore.reason.trim().to_owned(),
            scope: match topology.resource(id) {
                Some(resource) => Scope::Within(resource.body),
                None => Scope::Nowhere(id.clone()),
            },
            span: settings.span(&ignore.rule),
            in_template: false,
            used: false,
        }
    }));
    ignores
}

/// The items of `Aqueduct.Ignore`; a single one counts as a list of one.
fn entries(metadata: &Property) -> impl Iterator<Item = &Property> {
    let ignore = metadata.get("Aqueduct").and_then(|settings| settings.get("Ignore"));
    let (one, list) = match ignore {
        Some(Property { value: Resolved::List(items), .. }) => (None, items.as_slice()),
        one => (one, [].as_slice()),
    };
    one.into_iter().chain(list)
}

impl Ignore {
    fn read(entry: &Property, scope: Scope) -> Self {
        let text = |key: &str| entry.get(key).and_then(|property| property.value.text());
        // `- subscription-without-dead-letter-queue` names a rule, too, and lacks the reason.
        let rule = text("Rule").or_else(|| entry.value.text()).unwrap_or_default();
        Self {
            rule,
            reason: text("Reason").unwrap_or_default().trim().to_owned(),
            scope,
            span: entry.get("Rule").map_or(entry.span, |rule| rule.span),
            in_template: true,
            used: false,
        }
    }

    fn takes(&self, finding: &Finding) -> bool {
        self.rule == finding.rule
            && !self.reason.is_empty()
            && match self.scope {
                Scope::File(file) => finding.span.file == file,
                Scope::Within(body) => lies_in(finding.span, body),
                Scope::Nowhere(_) => false,
            }
    }
}

fn lies_in(span: Span, body: Span) -> bool {
    let place = (span.line, span.column);
    span.file == body.file
        && place >= (body.line, body.column)
        && place < (body.end_line, body.end_column.max(body.column + 1))
}

/// Takes the findings that are to be ignored out of `findings`.
pub(crate) fn apply(ignores: &mut [Ignore], findings: &mut Vec<Finding>) -> Vec<Ignored> {
    let mut accepted = Vec::new();
    findings.retain(|finding| {
        let Some(ignore) = ignores.iter_mut().find(|ignore| ignore.takes(finding)) else { return true };
        ignore.used = true;
        let Ignore { reason, in_template, .. } = ignore;
        accepted.push(Ignored { finding: finding.clone(), reason: reason.clone(), in_template: *in_template });
        false
    });
    accepted
}

/// Tells of wishes that come to nothing.
pub(crate) fn judge(ignores: &[Ignore], settings: &Settings, findings: &mut Vec<Finding>) {
    let mut report = |rule, finding| {
        if let Some(level) = settings.level(rule) {
            Report::new(rule, level, findings).add(finding);
        }
    };
    for (id, _) in &settings.rules {
        if rules::find(id.get_ref()).is_none() {
            report(&rules::UNKNOWN_RULE, unknown(id.get_ref(), settings.span(id)));
        }
    }
    for Ignore { rule, reason, scope, span, used, .. } in ignores {
        if rules::find(rule).is_none() {
            report(&rules::UNKNOWN_RULE, unknown(rule, *span));
        } else if reason.is_empty() {
            report(
                &rules::IGNORE_WITHOUT_REASON,
                Finding::at(
                    *span,
                    format!("{rule} is to be ignored without a reason, so it is not"),
                    "set Reason to why the finding may be accepted here",
                ),
            );
        } else if !used {
            let message = match scope {
                Scope::Nowhere(id) => format!("{rule} is to be ignored in {id}, which no template has"),
                _ => format!("{rule} is to be ignored, but finds nothing here"),
            };
            report(&rules::UNUSED_IGNORE, Finding::at(*span, message, "remove it"));
        }
    }
}

fn unknown(id: &str, span: Span) -> Finding {
    let help = match nearest(id, REGISTRY.iter().map(|rule| rule.id)) {
        Some(near) => format!("did you mean {near}?"),
        None => "`aqueduct rules` lists the rules".to_owned(),
    };
    Finding::at(span, format!("there is no rule `{id}`"), help)
}
