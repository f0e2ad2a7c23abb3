//! Properties by name: set, unknown or not set, and where they stand.

use aqueduct_topology::{Deployment, Setting, Span, Topology, read};

const TEMPLATE: &str = "\
Parameters:
  Timeout: {Type: Number}
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    DeletionPolicy: Retain
    Metadata:
      aws:cdk:path: Shop/Jobs/Resource
    Properties:
      VisibilityTimeout: !Ref Timeout
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt Dead.Arn
        maxReceiveCount: 5
      Tags: [{Key: a, Value: b}]
  Dead:
    Type: AWS::SQS::Queue
";

fn topology() -> Topology {
    read(TEMPLATE, &Deployment::default()).0
}

fn span(line: u32, column: u32, end_line: u32, end_column: u32) -> Span {
    Span { line, column, end_line, end_column, ..Span::default() }
}

#[test]
fn what_is_not_set_is_told_from_what_is_not_known() {
    let topology = topology();
    assert_eq!(topology.property("Jobs", "DelaySeconds"), Setting::NotSet);
    assert_eq!(topology.property("Nobody", "DelaySeconds"), Setting::NotSet);
    let unknown = topology.property("Jobs", "VisibilityTimeout");
    assert!(
        matches!(unknown, Setting::Unknown(unknown) if unknown.reason == "parameter `Timeout` has no value"),
        "{unknown:?}"
    );
    assert_eq!(topology.property("Jobs", "RedrivePolicy.maxReceiveCount").text().as_deref(), Some("5"));
    assert_eq!(topology.property("Jobs", "Tags.0.Value").text().as_deref(), Some("b"));
    assert_eq!(topology.property("Jobs", "Tags.1.Value"), Setting::NotSet);
}

#[test]
fn places() {
    let topology = topology();
    let cases = [
        ("Jobs", "VisibilityTimeout", span(10, 7, 10, 38)),
        ("Jobs", "RedrivePolicy.maxReceiveCount", span(13, 9, 13, 27)),
        ("Jobs", "RedrivePolicy.other", span(11, 7, 13, 27)),
        ("Jobs", "DelaySeconds", span(4, 3, 4, 7)),
        ("Dead", "DelaySeconds", span(15, 3, 15, 7)),
    ];
    for (id, path, expected) in cases {
        assert_eq!(topology.span_of(id, path), expected, "{id} {path}");
    }
    let jobs = topology.resource("Jobs").expect("the queue");
    assert_eq!(jobs.shown_name(), "Shop/Jobs");
    assert_eq!(jobs.deletion_policy.as_deref(), Some("Retain"));
    assert_eq!((jobs.body.line, jobs.body.end_line), (4, 14));
    assert!(jobs.has_properties);
    assert!(!topology.resource("Dead").expect("the other queue").has_properties);
}
