//! Queues that stall unseen.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "queue-without-age-alarm",
    summary: "a consumed queue without an alarm on the age of its oldest message",
    level: Level::Advice,
    why: "When consumers stop or are too slow, messages wait until their retention ends, and no alarm tells of it.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
    bad: include_str!("../../rules/queue-without-age-alarm/bad.yaml"),
    good: include_str!("../../rules/queue-without-age-alarm/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in &wiring.topology.queues {
        let mapping = wiring.mappings_of(queue).next().map(|(mapping, ..)| wiring.mapping_place(mapping));
        let Some(span) = mapping.or_else(|| Some(wiring.consumer_of(queue)?.1)) else { continue };
        let watched = wiring.alarms_on(queue).any(|alarm| alarm.metric == "ApproximateAgeOfOldestMessage");
        let dead_letters = wiring.dead_letter_edges_to(queue).next().is_some();
        if watched || dead_letters || wiring.index.hides_alarms {
            continue;
        }
        report.add(
            Finding::at(
                queue.span,
                format!("no alarm watches how long messages wait in {}", queue.id),
                "add an AWS::CloudWatch::Alarm on ApproximateAgeOfOldestMessage, and one on ApproximateNumberOfMessagesVisible \
                 of its dead-letter queue: a message that failed three times no longer counts for the age",
            )
            .and(span, "consumes it"),
        );
    }
}
