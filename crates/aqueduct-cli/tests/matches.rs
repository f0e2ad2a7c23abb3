//! `aqueduct match`: its answer, and the exit code that says the same.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

fn asked(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aqueduct"));
    command.arg("match").args(args).stdin(Stdio::null()).output().unwrap()
}

/// Exit code and standard output.
fn answer(args: &[&str]) -> (i32, String) {
    let output = asked(args);
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

const MATCHES: &str = "the event matches\n";

#[test]
fn the_exit_code_is_the_answer() {
    let pattern = r#"{"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}}"#;
    let matching = r#"{"source": "shop", "detail": {"total": 101}}"#;
    assert_eq!(answer(&[pattern, matching]), (0, MATCHES.to_owned()));
    let other = r#"{"source": "shop", "detail": {"total": 12}}"#;
    let why = "the event does not match:\n  detail.total: wanted a number > 100, found 12\n";
    assert_eq!(answer(&[pattern, other]), (1, why.to_owned()));
}

#[test]
fn declared_events_can_match_or_not() {
    let contracts = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/contracts.json");
    let ask = |pattern: &str, more: &[&str]| answer(&[&[pattern, "--contracts", contracts], more].concat());
    let (code, said) = ask(r#"{"detail-type": ["OrderDispatched"]}"#, &[]);
    assert!(code == 0 && said.starts_with("OrderDispatched of order-fulfilment: can match, such as {"), "{said}");
    let (code, said) = ask(r#"{"detail": {"order": ["ord_1"]}}"#, &[]);
    assert_eq!(code, 1);
    assert!(
        said.contains("there is no detail.order: detail has data, metadata; did you mean detail.data.order?"),
        "{said}"
    );
    // One of two is enough.
    let (code, said) = ask(r#"{"type": ["OrderConfirmed"]}"#, &["--dialect", "sns"]);
    assert_eq!((code, said.lines().filter(|line| line.contains("can match,")).count()), (0, 1), "{said}");
    assert!(said.contains("OrderDeclined of order-processor: no event can match:"), "{said}");
    let (code, said) = ask(r#"{"body": {"data": {"posting": ["invoices"]}}}"#, &["--dialect", "lambda", "--json"]);
    assert_eq!(code, 1);
    let lines: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let entry = lines.iter().find(|line| line["event"] == "LedgerEntry").unwrap();
    assert_eq!((&entry["possible"], &entry["impediments"][0]["suggestion"]), (&false.into(), &r#""invoice""#.into()));

    let output = asked(&[r#"{"a": ["b"]}"#]);
    assert_eq!(output.status.code(), Some(2), "neither event nor contracts");
    let output = asked(&[r#"{"a": ["b"]}"#, "--contracts", "no.json"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("cannot read the contracts no.json"), "{said}");
}

#[test]
fn files_and_standard_input_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let pattern = folder.path().join("pattern.json");
    std::fs::write(&pattern, r#"{"source": ["shop"]}"#).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_aqueduct"))
        .args(["match", pattern.to_str().unwrap(), "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(br#"{"source": "shop"}"#).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), MATCHES.as_bytes()));
}

#[test]
fn what_cannot_be_asked_is_two() {
    let event = r#"{"a": 1}"#;
    for (args, words) in [
        (&[r#"{"a": []}"#, event][..], "Event pattern is not valid. Reason: Empty arrays are not allowed"),
        (&[r#"{"a": [}"#, event], "the pattern is not valid"),
        (&["no-such-file.json", event], "cannot read the pattern no-such-file.json"),
        (&[r#"{"a": [1]}"#, "no-such-file.json"], "cannot read the event no-such-file.json"),
        (&[r#"{"a": [1]}"#, "{"], "the event is not JSON"),
        (&["-", "-"], "standard input cannot be both"),
        (&[r#"{"a": [1]}"#, event, "--scope", "body"], "--scope is for --dialect sns"),
        (&[r#"{"a": [{"wildcard": "a*"}]}"#, event, "--dialect", "lambda"], "wildcard is not among the operators"),
        (&[r#"{"a": {"b": [1]}}"#, event, "--dialect", "sns", "--scope", "attributes"], "does not support nested"),
        (&[r#"{"a": [1]}"#, event, "--dialect", "kafka"], "invalid value 'kafka'"),
    ] {
        let output = asked(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(output.stdout.is_empty() && said.contains(words), "{args:?}: {said}");
    }
}

#[test]
fn an_sns_policy_looks_where_the_event_fits() {
    let sns =
        |policy: &str, event: &str, more: &[&str]| answer(&[&[policy, event, "--dialect", "sns"], more].concat()).0;
    let price = r#"{"price": [{"numeric": [">=", 100]}]}"#;
    // Values, attributes of a notification, and attributes of a call.
    assert_eq!(sns(price, r#"{"price": 100}"#, &[]), 0);
    assert_eq!(sns(price, r#"{"price": {"Type": "Number", "Value": "100"}}"#, &[]), 0);
    assert_eq!(sns(price, r#"{"price": {"DataType": "Number", "StringValue": "99"}}"#, &[]), 1);
    assert_eq!(sns(r#"{"tags": ["b"]}"#, r#"{"tags": {"Type": "String.Array", "Value": "[\"a\", \"b\"]"}}"#, &[]), 0);
    assert_eq!(sns(r#"{"raw": [{"exists": true}]}"#, r#"{"raw": {"Type": "Binary", "Value": "AQI="}}"#, &[]), 1);
    // A nested policy and a nested event are of the body.
    assert_eq!(sns(r#"{"order": {"total": [1]}}"#, r#"{"order": {"total": 1}}"#, &[]), 0);
    assert_eq!(sns(r#"{"order.total": [1]}"#, r#"{"order": {"total": 1}}"#, &[]), 0);
    // Without an attribute nothing is absent; in a body it is.
    let absent = r#"{"store": [{"exists": false}]}"#;
    assert_eq!(sns(absent, "{}", &["--scope", "attributes"]), 1);
    assert_eq!(sns(absent, "{}", &["--scope", "body"]), 0);
}

#[test]
fn the_answer_is_json_when_asked() {
    let (code, json) = answer(&[r#"{"a": [1, 2], "b": [{"exists": true}]}"#, r#"{"a": 3}"#, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(code, 1);
    assert_eq!(
        json,
        serde_json::json!({
            "matched": false,
            "dialect": "bus",
            "alternatives": 1,
            "failures": [
                { "paths": ["a"], "wanted": "1 or 2", "found": [3], "hint": null },
                { "paths": ["b"], "wanted": "any value", "found": "nothing", "hint": "the event has a" },
            ],
        })
    );
    let (code, json) = answer(&[r#"{"a": [1]}"#, r#"{"a": 1}"#, "--json", "--dialect", "pipes"]);
    assert_eq!((code, json.contains(r#""matched":true"#), json.contains(r#""dialect":"pipes""#)), (0, true, true));
}
