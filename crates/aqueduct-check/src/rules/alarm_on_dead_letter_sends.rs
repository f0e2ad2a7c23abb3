//! An alarm on a metric that does not count dead letters.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "alarm-on-dead-letter-sends",
    summary: "an alarm on the messages sent to a redrive target",
    level: Level::Error,
    why: "Messages that SQS moves to a dead-letter queue are not counted as sent: the alarm never fires.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    bad: include_str!("../../rules/alarm-on-dead-letter-sends/bad.yaml"),
    good: include_str!("../../rules/alarm-on-dead-letter-sends/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in &wiring.topology.queues {
        let redrives: Vec<_> = wiring.dead_letter_edges_to(queue).filter(|it| it.by_redrive).collect();
        let Some(edge) = redrives.first() else { continue };
        for alarm in wiring.alarms_on(queue).filter(|alarm| alarm.metric == "NumberOfMessagesSent") {
            report.add(
                Finding::at(
                    alarm.span,
                    format!("{} counts messages sent to {}, but {} moves them there", alarm.id, queue.id, edge.from),
                    "watch ApproximateNumberOfMessagesVisible",
                )
                .and(queue.span, "gets its messages by redrive")
                .fix(Fix::set(&alarm.id, "MetricName", "ApproximateNumberOfMessagesVisible")),
            );
        }
    }
}
