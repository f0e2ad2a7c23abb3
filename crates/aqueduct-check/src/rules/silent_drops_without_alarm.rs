//! Messages that are dropped where nobody looks.

use aqueduct_topology::{Alarm, Span};

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "silent-drops-without-alarm",
    summary: "a template with alarms, and none on what SNS, EventBridge or Lambda drop",
    level: Level::Advice,
    why: "What cannot even be put into a dead-letter queue, for a policy or key that keeps the service out, is dropped: a metric is the only trace of it.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html",
    bad: include_str!("../../rules/silent-drops-without-alarm/bad.yaml"),
    good: include_str!("../../rules/silent-drops-without-alarm/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// A kind of edge that drops in silence.
struct Edge<'a> {
    /// The first of its kind.
    id: &'a str,
    span: Span,
    what: &'static str,
    namespace: &'static str,
    /// The metrics that tell of it; one of them is enough, and the first is proposed.
    metrics: &'static [&'static str],
}

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let topology = wiring.topology;
    // Who has no alarms at all watches in another way, or not at all, which other rules tell.
    if topology.alarms.is_empty() || wiring.may_hide(&["AWS::CloudWatch::Alarm"]) {
        return;
    }
    for edge in edges(wiring).into_iter().flatten() {
        let tells = |alarm: &Alarm| alarm.namespace == edge.namespace && edge.metrics.contains(&alarm.metric.as_str());
        if topology.alarms.iter().any(tells) {
            continue;
        }
        report.add(Finding::at(
            edge.span,
            format!("no alarm tells what {} drop, such as {}", edge.what, edge.id),
            format!("add an AWS::CloudWatch::Alarm on {} of {}", edge.metrics.first().unwrap_or(&""), edge.namespace),
        ));
    }
}

/// Sources: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html>,
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>
fn edges<'a>(wiring: &Wiring<'a>) -> [Option<Edge<'a>>; 3] {
    let topology = wiring.topology;
    let rule = topology.rules.iter().find(|rule| rule.enabled && !rule.targets.is_empty());
    let subscription = topology.subscriptions.first();
    let function = topology.functions.iter().find(|function| wiring.triggers_of(function).next().is_some());
    [
        rule.map(|it| Edge {
            id: &it.id,
            span: it.span,
            what: "rules",
            namespace: "AWS/Events",
            metrics: &["InvocationsFailedToBeSentToDlq", "FailedInvocations", "InvocationsSentToDlq"],
        }),
        subscription.map(|it| Edge {
            id: &it.id,
            span: it.span,
            what: "subscriptions",
            namespace: "AWS/SNS",
            metrics: &[
                "NumberOfNotificationsFailedToRedriveToDlq",
                "NumberOfNotificationsFailed",
                "NumberOfNotificationsRedrivenToDlq",
            ],
        }),
        function.map(|it| Edge {
            id: &it.id,
            span: it.span,
            what: "asynchronous invocations",
            namespace: "AWS/Lambda",
            metrics: &["DestinationDeliveryFailures", "DeadLetterErrors", "AsyncEventsDropped"],
        }),
    ]
}
