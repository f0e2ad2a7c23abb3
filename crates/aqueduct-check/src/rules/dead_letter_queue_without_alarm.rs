//! Dead letters that nobody hears of.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "dead-letter-queue-without-alarm",
    summary: "a dead-letter queue without an alarm",
    level: Level::Warning,
    why: "Nobody sees the messages in it before their retention ends and they are gone.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/dead-letter-queues-alarms-cloudwatch.html",
    bad: include_str!("../../rules/dead-letter-queue-without-alarm/bad.yaml"),
    good: include_str!("../../rules/dead-letter-queue-without-alarm/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (queue, edge) in wiring.dead_letter_queues() {
        let watched = wiring.alarms_on(queue).any(|alarm| {
            // An alarm on what is sent is right where others than SQS send; where SQS does, `alarm-on-dead-letter-sends` speaks.
            matches!(
                alarm.metric.as_str(),
                "ApproximateNumberOfMessagesVisible" | "ApproximateAgeOfOldestMessage" | "NumberOfMessagesSent"
            )
        });
        if !watched && !wiring.index.hides_alarms {
            report.add(Finding::at(
                queue.span,
                format!("no alarm watches {}, the dead-letter queue of {}", queue.id, edge.from),
                "add an AWS::CloudWatch::Alarm on its ApproximateNumberOfMessagesVisible over 0",
            ));
        }
    }
}
