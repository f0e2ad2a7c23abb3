//! `aqueduct contracts` as a process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn contracts(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aqueduct")).arg("contracts").args(args).current_dir(root()).output().unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said).into_owned()).concat()
}

/// `aqueduct contracts --out infra` writes them anew.
#[test]
fn what_stands_beside_the_template_is_what_the_code_says() {
    let output = contracts(&["--check", "infra/contracts.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn every_format_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new").display().to_string();
    for format in ["json", "schema", "asyncapi"] {
        let output = contracts(&["--from", "infra/contracts.json", "--format", format, "--out", &out]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    let read = |name: &str| std::fs::read_to_string(Path::new(&out).join(name)).unwrap();
    assert_eq!(read("contracts.json"), std::fs::read_to_string(root().join("infra/contracts.json")).unwrap());
    let schema: Value = serde_json::from_str(&read("OrderConfirmed.schema.json")).unwrap();
    assert_eq!(schema["title"], "OrderConfirmed");
    let document: Value = serde_json::from_str(&read("asyncapi.json")).unwrap();
    assert_eq!(document["asyncapi"], "3.0.0");
    assert_eq!(document["operations"]["order-fulfilment-receive-FulfilmentQueue"]["action"], "receive");
    assert_eq!(document["channels"]["LedgerQueue"]["bindings"]["sqs"]["queue"]["fifoQueue"], true);
}

#[test]
fn what_breaks_is_told_by_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, schema: Value| {
        let path = folder.path().join(name);
        let contracts = json!({ "contracts": 1, "events": [{ "type": "OrderPlaced", "schema": schema }] });
        std::fs::write(&path, contracts.to_string()).unwrap();
        path.display().to_string()
    };
    let old = file("old.json", json!({ "properties": { "a": {} }, "required": ["a"] }));
    let wider = file("wider.json", json!({ "properties": { "a": {}, "b": {} }, "required": ["a"] }));
    let other = file("other.json", json!({ "properties": {} }));
    let diff = |args: &[&str]| contracts(&[&["diff"], args].concat());
    for (new, code, words) in [
        (&old, 0, "nothing changed"),
        (&wider, 0, "1 change, none of them breaking"),
        (&other, 1, "event OrderPlaced: the field a is gone, and readers of before require it"),
    ] {
        let output = diff(&[&old, new]);
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        assert!(said(&output).contains(words), "{}", said(&output));
    }
    let output = diff(&[&old, &other, "--json"]);
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((line["breaking"].as_bool(), line["subject"].as_str()), (Some(true), Some("event OrderPlaced")));
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.json").display().to_string();
    std::fs::write(&bad, r#"{"contracts": 1, "event": []}"#).unwrap();
    for (args, words) in [
        (vec!["diff", "infra/contracts.json", "no.json"], "cannot read the contracts no.json"),
        (vec!["diff", "infra/contracts.json", &bad], "unknown field `event`"),
        (vec!["no.yaml"], "cannot read the template no.yaml"),
        (vec!["--from", &bad], "unknown field `event`"),
    ] {
        let output = contracts(&args);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(words), "{}", said(&output));
    }
}
