//! Dead letters that nobody hears of.

use super::alarms_on;
use crate::Level;
use crate::rule::{Report, Rule};
use crate::wiring::Wiring;

pub(super) static RULE: Rule = Rule {
    id: "dead-letter-queue-without-alarm",
    summary: "a dead-letter queue without an alarm",
    level: Level::Warning,
    why: "Nobody sees the messages in it before their retention ends and they are gone.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/dead-letter-queues-alarms-cloudwatch.html",
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (queue, edge) in wiring.dead_letter_queues() {
        let watched = alarms_on(wiring.topology, queue).any(|alarm| {
            matches!(alarm.metric.as_str(), "ApproximateNumberOfMessagesVisible" | "ApproximateAgeOfOldestMessage")
        });
        if !watched {
            report.add(
                queue.span,
                format!("no alarm watches {}, the dead-letter queue of {}", queue.id, edge.from),
                "add an AWS::CloudWatch::Alarm on its ApproximateNumberOfMessagesVisible over 0",
            );
        }
    }
}
