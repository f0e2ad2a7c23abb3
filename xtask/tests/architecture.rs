//! The house is as ARCHITECTURE.md says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A row of the table: who may be seen, and who must not be, at any depth.
#[derive(Debug)]
struct Row {
    may: BTreeSet<String>,
    never: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn table(members: &BTreeSet<String>) -> BTreeMap<String, Row> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, name, _, may, never, _] = cells[..] else { continue };
        let names = |cell: &str| cell.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let may: BTreeSet<String> = names(may);
        let may: BTreeSet<_> = may.into_iter().map(|name| full(&name, members)).collect();
        let first = name.trim_start_matches('`').split('`').next().unwrap();
        let rows_of = if name.contains("other functions") { functions(members) } else { vec![first.to_owned()] };
        for crate_name in rows_of {
            rows.insert(crate_name, Row { may: may.clone(), never: names(never) });
        }
    }
    rows
}

/// The table says `message` for `aqueduct-message`.
fn full(name: &str, members: &BTreeSet<String>) -> String {
    if members.contains(name) { name.to_owned() } else { format!("aqueduct-{name}") }
}

fn functions(members: &BTreeSet<String>) -> Vec<String> {
    members.iter().filter(|name| root().join("functions").join(name).is_dir() && *name != "orders").cloned().collect()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn members() -> BTreeSet<String> {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--no-deps", "--locked"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|package| package["name"].as_str().unwrap().to_owned()).collect()
}

/// What a crate sees when it is built alone, since features are turned on by whoever builds.
fn seen(name: &str, depth: &str) -> BTreeSet<String> {
    let tree = cargo(&[
        "tree",
        "--locked",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--depth",
        depth,
        "--package",
        name,
    ]);
    tree.lines().skip(1).filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_arrows_are_those_of_the_table() {
    let members = members();
    let table = table(&members);
    for name in members.iter().filter(|name| !["xtask", "pipeline-tests"].contains(&name.as_str())) {
        let row = table.get(name).unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for {name}"));
        for dependency in seen(name, "1").intersection(&members) {
            assert!(
                row.may.contains(dependency),
                "{name} depends on {dependency}, which ARCHITECTURE.md does not allow"
            );
        }
    }
    let strangers: Vec<_> = table.keys().filter(|name| !members.contains(*name)).collect();
    assert!(strangers.is_empty(), "ARCHITECTURE.md speaks of crates that are not there: {strangers:?}");
}

#[test]
fn what_must_never_be_seen_is_not_seen() {
    for (name, row) in table(&members()) {
        let seen = seen(&name, "999");
        for never in &row.never {
            assert!(!seen.contains(never), "{name} sees {never}, which ARCHITECTURE.md forbids");
        }
    }
}
