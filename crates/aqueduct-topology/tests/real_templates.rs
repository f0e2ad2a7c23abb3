//! Templates as people write them are read, whatever they hold.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use aqueduct_topology::{Deployment, Diagnostic, Property, Resolved, Severity, Topology, graph, read};

fn templates() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates");
    let files = fs::read_dir(folder).expect("the folder of templates").map(|file| file.expect("a file").path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension != "md"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("UTF-8"))
        })
        .collect()
}

fn read_all() -> BTreeMap<String, (Topology, Vec<Diagnostic>)> {
    templates().into_iter().map(|(name, text)| (name, read(&text, &Deployment::default()))).collect()
}

#[test]
fn only_the_broken_template_has_errors() {
    let read = read_all();
    assert_eq!(read.len(), 73);
    let errors: Vec<String> = read
        .iter()
        .flat_map(|(name, (_, diagnostics))| diagnostics.iter().map(move |diagnostic| (name, diagnostic)))
        .filter(|(_, diagnostic)| diagnostic.severity == Severity::Error)
        .map(|(name, diagnostic)| format!("{name}:{}:{}", diagnostic.span.line, diagnostic.message))
        .collect();
    let broken = "rds-sns-event-notification.yaml:3:the template is not valid YAML or JSON: \
                  invalid trailing content after double-quoted scalar";
    assert_eq!(errors, [broken]);
}

#[test]
fn warnings_are_about_what_is_unknown_or_not_read() {
    for (name, (_, diagnostics)) in read_all() {
        for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Warning) {
            let message = &diagnostic.message;
            let explained = message.contains("is not known: ") || message.contains("is passed over: ");
            assert!(explained, "{name}: {diagnostic}");
            assert!(diagnostic.span.line > 0, "{name}: {diagnostic}");
        }
    }
}

#[test]
fn wiring_of_some_known_templates() {
    let read = read_all();
    // name, functions, mappings, queues, topics, subscriptions, rules, schedules, policies
    let expected = [
        ("apigw-rest-api-eventbridge-sqs-sam.yml", [1, 1, 2, 0, 0, 1, 0, 1]),
        ("eventbridge-schedule-to-lambda-dlq-sam-python.yaml", [1, 0, 2, 0, 0, 0, 1, 1]),
        ("eventbridge-sns-lambda.yaml", [1, 0, 0, 1, 1, 1, 0, 1]),
        ("lambda-esm-sqs-filters-sam.yaml", [6, 6, 6, 1, 6, 0, 0, 6]),
        ("lambda-eventbridge-sns-sam.yaml", [1, 0, 4, 4, 0, 6, 0, 4]),
        ("sns-sqs-lambda-xray.yaml", [2, 1, 1, 1, 1, 0, 0, 1]),
        ("sqs-lambda-python-sam.yaml", [1, 1, 2, 0, 0, 0, 0, 0]),
    ];
    for (name, counts) in expected {
        let (topology, _) = &read[name];
        let found = [
            topology.functions.len(),
            topology.mappings.len(),
            topology.queues.len(),
            topology.topics.len(),
            topology.subscriptions.len(),
            topology.rules.len(),
            topology.schedules.len(),
            topology.policies.len(),
        ];
        assert_eq!(found, counts, "{name}");
    }
}

#[test]
fn every_template_can_be_drawn_and_is_read_the_same_each_time() {
    let (first, second) = (read_all(), read_all());
    assert_eq!(first, second);
    for (name, (topology, _)) in first {
        assert!(graph::mermaid(&topology).starts_with("flowchart LR\n"), "{name}");
    }
}

/// Why a value may be unknown, and in how many places of all templates it is.
const REASONS: [(&str, usize); 6] = [
    ("parameter `", 33),
    ("what `Ref` gives for `", 73),
    (" is not known before the stack is deployed", 12),
    (" is a secret of Secrets Manager", 6),
    ("a transform includes it from elsewhere", 4),
    (" is made by SAM and not read", 1),
];

fn unknowns(property: &Property, found: &mut Vec<String>) {
    if let Resolved::Unknown(unknown) = &property.value {
        found.push(unknown.reason.clone());
    }
    property.list().iter().for_each(|item| unknowns(item, found));
    property.entries().iter().for_each(|(_, item)| unknowns(item, found));
}

#[test]
fn whatever_is_unknown_has_a_reason_that_is_expected() {
    let mut found = Vec::new();
    for (topology, _) in read_all().values() {
        topology.resources.values().for_each(|resource| unknowns(&resource.properties, &mut found));
    }
    let of = |part: &str| found.iter().filter(|reason| reason.contains(part)).count();
    let counted = REASONS.map(|(part, _)| (part, of(part)));
    assert_eq!(counted, REASONS);
    assert_eq!(found.len(), REASONS.iter().map(|(_, count)| count).sum::<usize>());
}

#[test]
fn what_is_left_out_is_told() {
    let left_out: Vec<(String, String)> = read_all()
        .into_iter()
        .flat_map(|(name, (topology, _))| topology.undecided.into_keys().map(move |id| (name.clone(), id)))
        .collect();
    let left_out: Vec<_> = left_out.iter().map(|(name, id)| (name.as_str(), id.as_str())).collect();
    let expected = [
        ("cloudtrail-eventbridge-lambda-dynamodb-sam.yaml", "SNSTopicSubscription1"),
        ("cloudwatch-account-subscription-Lambda-sns-notification.yaml", "CloudWatchLogSubscriptionLambdaPermission"),
        ("cloudwatch-account-subscription-Lambda-sns-notification.yaml", "EmailSubscription"),
        ("cloudwatch-account-subscription-Lambda-sns-notification.yaml", "NotificationLambda"),
        ("eventbridge-stepfunction-lambda-getfunctionstatus.yaml", "MySNSSubscription"),
        ("s3-sns.yaml", "SourceBucket"),
        ("sns-kinesis-data-firehose-sam.yaml", "DestinationBucket"),
        ("stepfunctions-sns-apigw-human-review.yaml", "SNSNotificationTopicSubscription1"),
    ];
    assert_eq!(left_out, expected);
}
