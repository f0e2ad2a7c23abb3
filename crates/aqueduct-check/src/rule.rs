//! What a rule is, and running all of them.

use std::fmt;

use aqueduct_topology::{Span, Topology};

use crate::rules::REGISTRY;
use crate::wiring::Wiring;
use crate::{Finding, Level};

/// A pattern of wiring that loses, delays or repeats messages.
#[non_exhaustive]
pub struct Rule {
    /// Kebab-case name of the bad pattern; it does not change.
    pub id: &'static str,
    /// What the rule finds, in one line.
    pub summary: &'static str,
    /// How bad a finding is unless the user says otherwise.
    pub level: Level,
    /// What happens to messages because of it.
    pub why: &'static str,
    /// Where AWS documents the behaviour behind it.
    pub source_url: &'static str,
    pub(crate) check: fn(&Wiring<'_>, &mut Report<'_>),
}

impl fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rule").field("id", &self.id).field("level", &self.level).finish_non_exhaustive()
    }
}

/// Takes one rule's findings.
pub(crate) struct Report<'a> {
    rule: &'static Rule,
    findings: &'a mut Vec<Finding>,
}

impl Report<'_> {
    pub(crate) fn add(&mut self, span: Span, message: String, help: impl Into<String>) {
        let Rule { id, level, .. } = *self.rule;
        self.findings.push(Finding { rule: id, level, message, help: help.into(), span });
    }
}

/// Every rule, sorted by id.
pub fn registry() -> &'static [&'static Rule] {
    REGISTRY
}

/// The rule called `id`.
pub fn rule(id: &str) -> Option<&'static Rule> {
    REGISTRY.iter().copied().find(|rule| rule.id == id)
}

/// What all rules find in `topology`, sorted by place, then by rule.
pub fn check(topology: &Topology) -> Vec<Finding> {
    let wiring = Wiring::new(topology);
    let mut findings = Vec::new();
    for rule in REGISTRY {
        (rule.check)(&wiring, &mut Report { rule, findings: &mut findings });
    }
    findings
        .sort_by(|left, right| (left.span, left.rule, &left.message).cmp(&(right.span, right.rule, &right.message)));
    findings
}
