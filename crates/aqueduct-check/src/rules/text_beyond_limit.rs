//! Texts that are longer than their service takes.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "text-beyond-limit",
    summary: "a detail type, source or message group of a schedule or pipe that is too long",
    level: Level::Error,
    why: "The service rejects the schedule or pipe, or every message of it.",
    source_url: "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_EventBridgeParameters.html",
    bad: include_str!("../../rules/text-beyond-limit/bad.yaml"),
    good: include_str!("../../rules/text-beyond-limit/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// Where a text stands in a schedule or pipe, and how many characters it may have.
///
/// Sources: <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_EventBridgeParameters.html>,
/// <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_SqsParameters.html>,
/// <https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeTargetEventBridgeEventBusParameters.html>,
/// <https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeTargetSqsQueueParameters.html>
const LIMITS: &[(&str, &str, usize)] = &[
    ("AWS::Scheduler::Schedule", "Target.EventBridgeParameters.DetailType", 128),
    ("AWS::Scheduler::Schedule", "Target.EventBridgeParameters.Source", 256),
    ("AWS::Scheduler::Schedule", "Target.SqsParameters.MessageGroupId", 128),
    ("AWS::Pipes::Pipe", "TargetParameters.EventBridgeEventBusParameters.DetailType", 128),
    ("AWS::Pipes::Pipe", "TargetParameters.EventBridgeEventBusParameters.Source", 256),
    ("AWS::Pipes::Pipe", "TargetParameters.SqsQueueParameters.MessageGroupId", 100),
];

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for resource in wiring.topology.resources.values() {
        for (_, path, characters_max) in LIMITS.iter().filter(|(kind, ..)| resource.kind == *kind) {
            let Some(text) = resource.property(path).text() else { continue };
            let characters = text.chars().count();
            // A path into the event becomes another text for each.
            if characters <= *characters_max || text.starts_with('$') {
                continue;
            }
            let property = path.rsplit('.').next().unwrap_or(path);
            report.add(Finding::at(
                resource.span_of(path),
                format!(
                    "{property} of {} has {characters} characters, and at most {characters_max} are taken",
                    resource.id
                ),
                format!("shorten {property}"),
            ));
        }
    }
}
