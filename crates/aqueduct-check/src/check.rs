//! Running the rules.

use std::cmp::Ordering;

use aqueduct_contract::Contracts;
use aqueduct_topology::{Span, Topology};

use crate::rules::REGISTRY;
use crate::wiring::Wiring;
use crate::{Finding, Ignored, Level, Rule, Sample, Settings, ignore};

/// What a check comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// What is wrong, sorted by place, then by rule.
    pub findings: Vec<Finding>,
    /// What is wrong and accepted.
    pub ignored: Vec<Ignored>,
}

impl Outcome {
    /// How many findings are of `level` or worse.
    pub fn reach(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level >= level).count()
    }
}

/// Takes one rule's findings.
pub(crate) struct Report<'a> {
    rule: &'static Rule,
    level: Level,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Report<'a> {
    pub(crate) const fn new(rule: &'static Rule, level: Level, findings: &'a mut Vec<Finding>) -> Self {
        Self { rule, level, findings }
    }

    /// Adds a finding, which gets the rule's name and level.
    pub(crate) fn add(&mut self, finding: Finding) {
        self.findings.push(Finding { rule: self.rule.id, level: self.level, ..finding });
    }
}

/// Rules that have nothing to add where another says more of the same place.
const OUTDONE: &[(&str, &str)] = &[
    ("filter-deletes-messages", "filter-deletes-every-event"),
    ("filter-deletes-messages", "filter-on-wrapped-body"),
    ("filter-deletes-messages", "rejected-filter"),
    ("filter-without-sample", "filter-deletes-every-event"),
    ("filter-without-sample", "filter-matches-nothing"),
    ("filter-without-sample", "sample-without-consumer"),
    ("async-function-without-failure-destination", "single-attempt-function"),
    ("batch-without-partial-responses", "generated-subscription-queue"),
    ("consumed-queue-without-redrive", "generated-subscription-queue"),
    ("visibility-without-retry-room", "generated-subscription-queue"),
];

/// What is known beside the templates.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// What the code declares.
    pub contracts: Option<&'a Contracts>,
    /// Events that functions are shown to get.
    pub samples: &'a [Sample],
}

/// What all rules find in `topology` by itself.
pub fn check(topology: &Topology) -> Vec<Finding> {
    check_with(topology, Evidence::default(), &Settings::default()).findings
}

/// What the rules that `settings` leaves on find in `topology`, given what else is known.
pub fn check_with(topology: &Topology, evidence: Evidence<'_>, settings: &Settings) -> Outcome {
    let wiring = Wiring::new(topology, evidence);
    let mut findings = Vec::new();
    for rule in REGISTRY {
        if let Some(level) = settings.level(rule) {
            (rule.check)(&wiring, &mut Report::new(rule, level, &mut findings));
        }
    }
    drop_outdone(&mut findings);
    let mut ignores = ignore::ignores(topology, settings);
    let mut accepted = ignore::apply(&mut ignores, &mut findings);
    ignore::judge(&ignores, settings, &mut findings);
    findings.sort_by(order);
    findings.dedup();
    accepted.sort_by(|left, right| order(&left.finding, &right.finding));
    Outcome { findings, ignored: accepted }
}

fn drop_outdone(findings: &mut Vec<Finding>) {
    let outdone: Vec<(&str, Span)> = OUTDONE
        .iter()
        .flat_map(|(less, more)| findings.iter().filter(|it| it.rule == *more).map(|it| (*less, it.span)))
        .collect();
    findings.retain(|finding| !outdone.contains(&(finding.rule, finding.span)));
}

/// By place, then by rule.
fn order(left: &Finding, right: &Finding) -> Ordering {
    (left.span, left.rule, &left.message).cmp(&(right.span, right.rule, &right.message))
}
