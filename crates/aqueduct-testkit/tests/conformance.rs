//! The embedded cloud in virtual time, held against what AWS does.

use std::collections::BTreeSet;

use aqueduct_testkit::conformance::{self, Call, Case, Expected, Failure, SqsProtocol, Step};

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

/// The suite grows; it does not shrink.
const CASES_MIN: usize = 500;

/// What trips people up on AWS, each as a case.
const EDGES: [&str; 16] = [
    "the receive that would exceed maxReceiveCount moves a message to the dead-letter queue, and the end of its visibility does not",
    "the group of a FIFO queue opens again with its first visible message, while the next one is still in flight",
    "after the visibility timeout a handle deletes on a standard queue and is refused on a FIFO queue",
    "an empty list of failures is a complete success",
    "a null identifier fails the whole batch",
    "without ReportBatchItemFailures the answer is ignored and every message deleted",
    "a message that no filter lets through is deleted and reaches no dead-letter queue",
    "a batch that finds no concurrency costs its messages a receive per visibility timeout",
    "a topic without permission on its queue does not try again, and the message is lost",
    "a rule without permission on its target does not try again",
    "a topic is done when the function's asynchronous queue has the message; retries are the queue's",
    "a message that was received three times and not deleted goes behind the others of a standard queue",
    "a message keeps its sent timestamp in a standard dead-letter queue and gets a new one in a FIFO dead-letter queue",
    "a message that a move task brings back starts anew, with a new id and a new sent timestamp",
    "a deduplication id is remembered after its message is deleted, and what is sent with it disappears",
    "a replay sends the events of its time range to the rules of their bus once more, and no archive keeps them again",
];

#[test]
fn the_well_known_edges_are_among_the_cases() {
    let cases = conformance::cases().unwrap();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    for edge in EDGES {
        assert!(names.contains(edge), "no case says that {edge}");
    }
    assert!(cases.len() >= CASES_MIN, "{} cases", cases.len());
}

/// Cases of one run share an endpoint: what they make is their own.
#[test]
fn what_a_case_makes_has_a_name_of_its_run() {
    for case in conformance::cases().unwrap().iter().filter(|case| case.template.is_none()) {
        for step in &case.steps {
            let Step::Call(Call { action, with, expected: Expected::Success(_), .. }) = step else { continue };
            let made = match action.as_str() {
                "CreateQueue" => &with["QueueName"],
                "CreateFunction" => &with["FunctionName"],
                "CreateArchive" => &with["ArchiveName"],
                "StartReplay" => &with["ReplayName"],
                "CreateTopic" | "CreateEventBus" | "PutRule" | "CreateSchedule" | "CreateScheduleGroup" => {
                    &with["Name"]
                }
                _ => continue,
            };
            let name = made.as_str().unwrap_or_default();
            assert!(name.contains("${"), "{}: {}: {action} of {name:?}: put ${{run}} in it", case.file, case.name);
        }
    }
}
