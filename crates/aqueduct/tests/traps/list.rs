//! `README.md` lists every trap with its tests, and they are there.

use std::path::{Path, PathBuf};

/// Where the repository begins.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// What a last cell names: `file: name`, between backticks.
fn tests(cell: &str) -> Vec<(&str, &str)> {
    cell.split('`').skip(1).step_by(2).map(|test| test.split_once(": ").unwrap_or_else(|| panic!("{test}"))).collect()
}

/// Whether a file has a test, a rule or a case with this name.
fn has(file: &str, text: &str, name: &str) -> bool {
    if file.ends_with(".rs") {
        return text.contains(&format!("fn {name}(")) || text.contains(&format!("\"{name}\""));
    }
    text.contains(&format!("\"name\": \"{name}\""))
}

#[test]
fn every_trap_has_tests_that_are_there() {
    let readme = include_str!("README.md");
    let rows: Vec<_> = readme.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| trap")).collect();
    assert!(rows.len() > 40, "the table lists them all: {}", rows.len());
    for row in rows {
        let tests = tests(row.trim_end_matches('|').rsplit('|').next().unwrap());
        assert!(!tests.is_empty(), "a trap without a test: {row}");
        for (file, name) in tests {
            let text =
                std::fs::read_to_string(Path::new(ROOT).join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(has(file, &text, name), "{file} has no test `{name}`");
        }
    }
}

#[test]
fn every_test_here_is_listed() {
    let readme = include_str!("README.md");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traps");
    for file in ["batches.rs", "idempotency.rs", "outcomes.rs", "publishing.rs"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        for (attribute, line) in text.lines().zip(text.lines().skip(1)) {
            if !attribute.starts_with("#[tokio::test") && attribute != "#[test]" {
                continue;
            }
            let name = line.trim_start_matches("async ").trim_start_matches("fn ").split('(').next().unwrap();
            assert!(readme.contains(&format!("{file}: {name}`")), "{file}: {name} is not in README.md");
        }
    }
}

/// Every file of Rust below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_test_that_calls_itself_a_traps_is_listed() {
    let readme = include_str!("README.md");
    let mut files = Vec::new();
    for folder in ["crates", "functions", "tests"] {
        sources(&Path::new(ROOT).join(folder), &mut files);
    }
    let mut count = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let tests =
            text.lines().filter_map(|line| line.trim_start().trim_start_matches("async ").strip_prefix("fn trap_"));
        for name in tests.filter_map(|rest| Some(rest.split_once('(')?.0)) {
            assert!(readme.contains(&format!(": trap_{name}`")), "{}: trap_{name} is not in README.md", file.display());
            count += 1;
        }
    }
    assert!(count > 20, "there are {count}");
}
