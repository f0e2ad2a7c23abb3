//! Fixes do what they promise: the finding goes, no other mistake comes, and the rest of the text stays.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use aqueduct_check::{Evidence, Finding, Outcome, Settings, apply, check_with, registry};
use aqueduct_contract::Contracts;
use aqueduct_topology::{Deployment, Diagnostic, Lines, Severity, Topology};

struct Checked {
    topology: Topology,
    errors: Vec<Diagnostic>,
    outcome: Outcome,
}

fn checked(text: &str, contracts: Option<&Contracts>) -> Checked {
    let (topology, diagnostics) = aqueduct_topology::read(text, &Deployment::default());
    let outcome = check_with(&topology, Evidence { contracts, ..Evidence::default() }, &Settings::default());
    let errors = diagnostics.into_iter().filter(|it| it.severity == Severity::Error).collect();
    Checked { topology, errors, outcome }
}

/// How many findings a rule has.
fn count(outcome: &Outcome, rule: &str) -> usize {
    outcome.findings.iter().filter(|it| it.rule == rule).count()
}

/// Makes the fix of each finding by itself; says what went wrong, and how many were made.
fn fix_each(name: &str, text: &str, contracts: Option<&Contracts>, wrong: &mut String) -> usize {
    let before = checked(text, contracts);
    let mut made = 0;
    for finding in &before.outcome.findings {
        let Some(fix) = &finding.fix else { continue };
        let Ok(edits) = fix.plan(&before.topology, finding.span.file, text, &Lines::new(text)) else { continue };
        let edited = apply(text, &edits);
        let after = checked(&edited, contracts);
        made += 1;
        let Finding { rule, message, .. } = finding;
        if after.errors.len() > before.errors.len() {
            writeln!(wrong, "{name}: the fix of {rule} breaks the template: {:?}\n{edited}", after.errors).unwrap();
        }
        if after.outcome.findings.iter().any(|it| it.rule == *rule && it.message == *message) {
            writeln!(wrong, "{name}: the fix of {rule} leaves it: {message}").unwrap();
        }
        let worse = registry().iter().find(|it| count(&after.outcome, it.id) > count(&before.outcome, it.id));
        if let Some(other) = worse {
            writeln!(wrong, "{name}: the fix of {rule} makes a finding of {}", other.id).unwrap();
        }
        // Nothing but the edited places is different.
        let kept: usize = edits.iter().map(|edit| edit.range.len()).sum();
        let added: usize = edits.iter().map(|edit| edit.text.len()).sum();
        assert_eq!(edited.len(), text.len() - kept + added, "{name}: {rule}");
    }
    made
}

#[test]
fn fixes_of_bad_templates_put_them_right() {
    let mut wrong = String::new();
    let mut made = 0;
    for rule in registry() {
        let contracts = rule.contracts.map(|text| Contracts::read(text).unwrap());
        made += fix_each(rule.id, rule.bad, contracts.as_ref(), &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(made >= 15, "{made}");
}

fn real_templates() -> Vec<(String, String)> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../aqueduct-topology/tests/templates"));
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "yaml" || it == "yml"));
    paths.sort();
    assert!(paths.len() > 50);
    paths.iter().map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn fixes_of_peoples_templates_put_them_right() {
    let mut wrong = String::new();
    let made: usize = real_templates().iter().map(|(name, text)| fix_each(name, text, None, &mut wrong)).sum();
    assert!(wrong.is_empty(), "{wrong}");
    assert!(made >= 8, "{made}");
}

/// A small generator of numbers, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// No template makes a rule or the planning of a fix panic: lines that are missing, doubled, moved or cut.
#[test]
fn broken_templates_are_checked_without_a_panic() {
    let mut numbers = Numbers(7);
    for (name, text) in real_templates() {
        let lines: Vec<&str> = text.lines().collect();
        for round in 0..8 {
            let mut broken = lines.clone();
            for _ in 0..=round {
                let (from, to) = (numbers.below(broken.len()), numbers.below(broken.len()));
                match numbers.below(4) {
                    0 => drop(broken.remove(from)),
                    1 => broken.insert(to, broken[from]),
                    2 => broken.swap(from, to),
                    _ => broken[from] = broken[from].get(..broken[from].len() / 2).unwrap_or_default(),
                }
            }
            let broken = broken.join("\n");
            let checked = checked(&broken, None);
            for finding in &checked.outcome.findings {
                assert!(!finding.message.is_empty(), "{name}");
                if let Some(fix) = &finding.fix {
                    let _ = fix.plan(&checked.topology, finding.span.file, &broken, &Lines::new(&broken));
                }
            }
        }
    }
}
