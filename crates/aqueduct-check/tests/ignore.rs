//! Findings that are accepted, and wishes to accept some that come to nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use aqueduct_check::{Evidence, Outcome, SETTINGS_FILE, Settings, check_with};
use aqueduct_topology::Deployment;

const TEMPLATE: &str = "HEAD
Resources:
  Events:
    Type: AWS::SNS::Topic
  Audit:
    Type: AWS::SNS::Subscription
    BODY
    Properties: { TopicArn: !Ref Events, Protocol: firehose, Endpoint: 'arn:aws:firehose:eu-central-1:111122223333:deliverystream/audit' }
  Billing:
    Type: AWS::SNS::Subscription
    Properties: { TopicArn: !Ref Events, Protocol: firehose, Endpoint: 'arn:aws:firehose:eu-central-1:111122223333:deliverystream/billing' }
";

const RULE: &str = "subscription-without-dead-letter-queue";

fn outcome(head: &str, body: &str, settings: &str) -> Outcome {
    let text = TEMPLATE.replace("HEAD", head).replace("BODY", body);
    let (topology, diagnostics) = aqueduct_topology::read(&text, &Deployment::default());
    assert_eq!(diagnostics, []);
    check_with(&topology, Evidence::default(), &Settings::parse(settings).unwrap())
}

/// Findings as `line rule: message`, of the settings' file as `settings rule: message`.
fn told(outcome: &Outcome) -> Vec<String> {
    let told = outcome.findings.iter().map(|it| {
        let place = if it.span.file == SETTINGS_FILE { "settings".to_owned() } else { it.span.line.to_string() };
        format!("{place} {}: {}", it.rule, it.message)
    });
    told.collect()
}

const BILLING: &str = "9 subscription-without-dead-letter-queue: subscription Billing has no dead-letter queue";
const AUDIT: &str = "5 subscription-without-dead-letter-queue: subscription Audit has no dead-letter queue";

#[test]
fn without_wishes_everything_is_told() {
    assert_eq!(told(&outcome("", "", "")), [AUDIT, BILLING]);
}

#[test]
fn a_resource_says_what_it_accepts() {
    let body = "Metadata: { Aqueduct: { Ignore: [{ Rule: RULE, Reason: It is rebuilt. }] } }".replace("RULE", RULE);
    let outcome = outcome("", &body, "");
    assert_eq!(told(&outcome), [BILLING]);
    assert_eq!(outcome.ignored.len(), 1);
    assert_eq!(outcome.ignored[0].reason, "It is rebuilt.");
    assert!(outcome.ignored[0].in_template);
}

#[test]
fn a_template_says_what_it_accepts() {
    let head = "Metadata: { Aqueduct: { Ignore: { Rule: RULE, Reason: All are rebuilt. } } }".replace("RULE", RULE);
    assert_eq!(told(&outcome(&head, "", "")), [""; 0]);
}

#[test]
fn settings_accept_findings_turn_rules_off_and_change_levels() {
    let ignore =
        "[[check.ignore]]\nrule = \"RULE\"\nresource = \"Audit\"\nreason = \"It is rebuilt.\"".replace("RULE", RULE);
    let accepted = outcome("", "", &ignore);
    assert_eq!(told(&accepted), [BILLING]);
    assert!(!accepted.ignored[0].in_template);

    let off = "[check.rules]\nRULE = \"off\"".replace("RULE", RULE);
    assert_eq!(told(&outcome("", "", &off)), [""; 0]);

    let error = "[check.rules]\nRULE = \"error\"".replace("RULE", RULE);
    assert_eq!(outcome("", "", &error).reach(aqueduct_check::Level::Error), 2);
    assert_eq!(outcome("", "", "").reach(aqueduct_check::Level::Error), 0);
}

#[test]
fn a_wish_needs_a_reason() {
    for ignore in ["[{ Rule: RULE }]", "[RULE]", "[{ Rule: RULE, Reason: ' ' }]"] {
        let body = format!("Metadata: {{ Aqueduct: {{ Ignore: {} }} }}", ignore.replace("RULE", RULE));
        let expected = format!("7 ignore-without-reason: {RULE} is to be ignored without a reason, so it is not");
        assert_eq!(told(&outcome("", &body, "")), [AUDIT, &expected, BILLING], "{ignore}");
    }
}

#[test]
fn wishes_that_come_to_nothing_are_told() {
    let body = "Metadata: { Aqueduct: { Ignore: [{ Rule: dead-letter-cycle, Reason: Never. }, { Rule: dead-leter-cycle, Reason: Never. }] } }";
    let settings = "[check.rules]
rejected-filtre = \"off\"
[[check.ignore]]
rule = \"dead-letter-cycle\"
resource = \"Gone\"
reason = \"Never.\"";
    let outcome = outcome("", body, settings);
    assert_eq!(
        told(&outcome),
        [
            AUDIT,
            "7 unused-ignore: dead-letter-cycle is to be ignored, but finds nothing here",
            "7 unknown-rule: there is no rule `dead-leter-cycle`",
            BILLING,
            "settings unknown-rule: there is no rule `rejected-filtre`",
            "settings unused-ignore: dead-letter-cycle is to be ignored in Gone, which no template has",
        ]
    );
    assert_eq!(outcome.findings[2].help, "did you mean dead-letter-cycle?");
}
