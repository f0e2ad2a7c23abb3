//! What the rules find in templates as people write them: a reviewed list.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use aqueduct_check::{Finding, Level, check};
use aqueduct_topology::{Deployment, read};

/// The findings at level error, each with its review: why it is right.
const REVIEWED: &str = include_str!("real_templates.txt");

/// How many findings of the other levels there are by rule, each rule with its review.
const REVIEWED_BY_RULE: &str = include_str!("real_templates_by_rule.txt");

/// What is found in templates: their names, with the findings.
fn found() -> Vec<(String, Vec<Finding>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../aqueduct-topology/tests/templates");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension != "md"));
    paths.sort();
    assert_eq!(paths.len(), 73);
    let found = |path: &PathBuf| {
        let (topology, _) = read(&fs::read_to_string(path).unwrap(), &Deployment::default());
        (path.file_name().unwrap().to_string_lossy().into_owned(), check(&topology))
    };
    paths.iter().map(found).collect()
}

/// The lines of a review without its comments.
fn lines(review: &'static str) -> impl Iterator<Item = &'static str> {
    review.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// An error in somebody's template is either right, and has its line here, or a bug in the rule.
#[test]
fn every_error_is_reviewed() {
    let mut errors = Vec::new();
    for (name, findings) in found() {
        let of_template = findings.iter().filter(|finding| finding.level == Level::Error);
        errors.extend(of_template.map(|finding| format!("{name} | {} | {}", finding.rule, finding.message)));
    }
    let reviewed: Vec<&str> = lines(REVIEWED).filter(|line| !line.starts_with("  ")).collect();
    let reasons = lines(REVIEWED).filter(|line| line.starts_with("  right: ")).count();
    let mut text = String::new();
    for error in errors.iter().filter(|error| !reviewed.contains(&error.as_str())) {
        writeln!(text, "not reviewed: {error}").unwrap();
    }
    for line in reviewed.iter().filter(|line| !errors.iter().any(|error| error == *line)) {
        writeln!(text, "no longer found: {line}").unwrap();
    }
    assert_eq!(text, "");
    assert_eq!(reasons, reviewed.len(), "each line is followed by its review");
}

/// A rule that finds more or less than before is reviewed again: of its templates at least five are read, or all.
#[test]
fn every_rule_that_warns_is_reviewed() {
    let mut by_rule: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, findings) in found() {
        for finding in findings.iter().filter(|finding| finding.level != Level::Error) {
            by_rule.entry(format!("{} | {}", finding.rule, finding.level)).or_default().push(name.clone());
        }
    }
    let mut reviewed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut rule = "";
    for line in lines(REVIEWED_BY_RULE) {
        match line.strip_prefix("  ") {
            Some(review) => reviewed.entry(rule).or_default().push(review),
            None => rule = line,
        }
    }
    let counted = by_rule.iter().map(|(rule, names)| format!("{rule} | {}", names.len()));
    assert_eq!(reviewed.keys().copied().collect::<Vec<_>>(), counted.collect::<Vec<_>>());
    for (names, (rule, review)) in by_rule.values().zip(reviewed) {
        assert!(review[0].starts_with("right: "), "{rule}");
        let read: BTreeSet<&str> = review.iter().filter_map(|line| line.strip_prefix("read: ")).collect();
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        assert!(read.is_subset(&names), "{rule}: what was read has no such finding: {read:?}");
        assert!(read.len() >= names.len().min(5), "{rule}: {read:?}");
    }
}
