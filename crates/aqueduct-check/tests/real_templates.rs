//! What the rules find in templates as people write them: a reviewed list.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use aqueduct_check::{Level, check};
use aqueduct_topology::{Deployment, read};

/// The findings at level error, each with its review: why it is right.
const REVIEWED: &str = include_str!("real_templates.txt");

/// `template | rule | message` of every error, and how many findings of the other levels there are by rule.
fn found() -> (Vec<String>, BTreeMap<&'static str, usize>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../aqueduct-topology/tests/templates");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension != "md"));
    paths.sort();
    assert_eq!(paths.len(), 73);
    let mut errors = Vec::new();
    let mut others = BTreeMap::new();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy();
        let (topology, _) = read(&fs::read_to_string(&path).unwrap(), &Deployment::default());
        for finding in check(&topology) {
            if finding.level == Level::Error {
                errors.push(format!("{name} | {} | {}", finding.rule, finding.message));
            } else {
                *others.entry(finding.rule).or_insert(0) += 1;
            }
        }
    }
    (errors, others)
}

/// An error in somebody's template is either right, and has its line here, or a bug in the rule.
#[test]
fn every_error_is_reviewed() {
    let (errors, others) = found();
    let reviewed: Vec<_> = REVIEWED.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let lines: Vec<&str> = reviewed.iter().copied().filter(|line| !line.starts_with("  ")).collect();
    let reasons = reviewed.iter().filter(|line| line.starts_with("  right: ")).count();
    let mut text = String::new();
    for error in errors.iter().filter(|error| !lines.contains(&error.as_str())) {
        writeln!(text, "not reviewed: {error}").unwrap();
    }
    for line in lines.iter().filter(|line| !errors.iter().any(|error| error == *line)) {
        writeln!(text, "no longer found: {line}").unwrap();
    }
    assert_eq!(text, "", "other findings: {others:#?}");
    assert_eq!(reasons, lines.len(), "each line is followed by its review");
}
