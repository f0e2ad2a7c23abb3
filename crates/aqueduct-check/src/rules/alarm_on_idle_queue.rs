//! Alarms that go off because nothing happens.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "alarm-on-idle-queue",
    summary: "an alarm on a queue that takes missing data for a breach",
    level: Level::Advice,
    why: "SQS stops sending metrics of a queue that nobody used for six hours: the alarm goes off over a quiet night.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-monitoring-using-cloudwatch.html",
    bad: include_str!("../../rules/alarm-on-idle-queue/bad.yaml"),
    good: include_str!("../../rules/alarm-on-idle-queue/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in &wiring.topology.queues {
        for alarm in wiring.alarms_on(queue).filter(|it| it.treat_missing_data.as_deref() == Some("breaching")) {
            report.add(
                Finding::at(
                    wiring.place(&alarm.id, "TreatMissingData", alarm.span),
                    format!("{} goes off when {} was idle for six hours", alarm.id, queue.id),
                    "set TreatMissingData to notBreaching",
                )
                .fix(Fix::set(&alarm.id, "TreatMissingData", "notBreaching")),
            );
        }
    }
}
