//! Running the rules.

use aqueduct_contract::Contracts;
use aqueduct_topology::Topology;

use crate::rules::REGISTRY;
use crate::wiring::Wiring;
use crate::{Finding, Level, Rule, Settings};

/// What a check comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// What is wrong, sorted by place, then by rule.
    pub findings: Vec<Finding>,
}

/// Takes one rule's findings.
pub(crate) struct Report<'a> {
    rule: &'static Rule,
    level: Level,
    findings: &'a mut Vec<Finding>,
}

impl Report<'_> {
    /// Adds a finding, which gets the rule's name and level.
    pub(crate) fn add(&mut self, finding: Finding) {
        self.findings.push(Finding { rule: self.rule.id, level: self.level, ..finding });
    }
}

/// What all rules find in `topology` by itself.
pub fn check(topology: &Topology) -> Vec<Finding> {
    check_with(topology, None, &Settings::default()).findings
}

/// What the rules that `settings` leaves on find in `topology`, given what the code declares.
pub fn check_with(topology: &Topology, contracts: Option<&Contracts>, settings: &Settings) -> Outcome {
    let wiring = Wiring::new(topology, contracts);
    let mut findings = Vec::new();
    for rule in REGISTRY {
        if let Some(level) = settings.level(rule) {
            (rule.check)(&wiring, &mut Report { rule, level, findings: &mut findings });
        }
    }
    findings
        .sort_by(|left, right| (left.span, left.rule, &left.message).cmp(&(right.span, right.rule, &right.message)));
    findings.dedup();
    Outcome { findings }
}
