//! The embedded cloud in virtual time, held against what AWS does.

use std::collections::BTreeSet;

use aqueduct_testkit::conformance::{self, Case, Failure, SqsProtocol};

fn assert_held<'a>(cases: impl Iterator<Item = &'a Case>, sqs: SqsProtocol) {
    let (mut count, mut failures) = (0, Vec::new());
    for case in cases {
        count += 1;
        failures.extend(case.run_in_virtual_time(sqs).err().map(|failure| failure.to_string()));
    }
    assert!(failures.is_empty(), "{} of {count} cases:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_embedded_cloud_does_what_aws_does() {
    assert_held(conformance::cases().unwrap().iter(), SqsProtocol::Json);
}

#[test]
fn sqs_does_so_over_its_query_protocol_too() {
    let cases = conformance::cases().unwrap();
    assert_held(cases.iter().filter(|case| case.calls(conformance::Service::Sqs)), SqsProtocol::Query);
}

/// Where AWS says what it does.
const SOURCES: [&str; 4] =
    ["https://docs.aws.amazon.com/", "https://aws.amazon.com/", "https://github.com/aws/", "https://github.com/boto/"];

#[test]
fn every_case_has_a_name_of_its_own_and_a_source() {
    let cases = conformance::cases().unwrap();
    let mut names = BTreeSet::new();
    for case in &cases {
        assert!(names.insert(&case.name), "two cases are called {:?}", case.name);
        let source = &case.source;
        assert!(
            SOURCES.iter().any(|start| source.starts_with(start)) || source.contains("AWS-validated test"),
            "{}: {}: {source}",
            case.file,
            case.name
        );
        assert!(case.refused.is_some() || !case.steps.is_empty(), "{} looks at nothing", case.name);
    }
}

#[test]
fn a_case_that_does_not_hold_says_where() {
    let case: Case = serde_json::from_value(serde_json::json!({
        "name": "a queue that was never made is there",
        "source": "none",
        "steps": [
            { "call": "sqs:ListQueues", "with": {}, "gives": { "QueueUrls": null } },
            { "call": "sqs:ListQueues", "with": {}, "gives": { "QueueUrls": [{ "$contains": "here" }] } }
        ]
    }))
    .unwrap();
    let Failure { step, call, what, .. } = case.run_in_virtual_time(SqsProtocol::Json).unwrap_err();
    assert_eq!((step, call.as_deref()), (2, Some("sqs:ListQueues")));
    assert!(what.starts_with("at $.QueueUrls: expected [{\"$contains\":\"here\"}], saw nothing"), "{what}");
}

#[test]
fn a_member_that_the_format_does_not_know_is_refused() {
    let read = |step: serde_json::Value| {
        serde_json::from_value::<Case>(serde_json::json!({ "name": "n", "source": "s", "steps": [step] }))
            .map(drop)
            .map_err(|error| error.to_string())
    };
    assert!(read(serde_json::json!({ "call": "sqs:ListQueues", "give": {} })).unwrap_err().contains("`give`"));
    assert!(read(serde_json::json!({ "call": "ses:SendEmail" })).unwrap_err().contains("\"ses\""));
    assert!(read(serde_json::json!({ "call": "sqs:ListQueues", "wait": 1 })).unwrap_err().contains("exactly one"));
    assert!(read(serde_json::json!({ "lost": null })).is_ok());
}
