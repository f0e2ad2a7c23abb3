//! Attempts that the queue does not allow.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "attempts-over-receives",
    summary: "a consumer that is to reject messages itself, on a queue that gives them up before",
    level: Level::Warning,
    why: "SQS moves a message at its next receive and says nothing: the reason of the failure is not on it, and nobody whom the consumer tells of rejections is told. A throttle or an attempt that is killed uses a receive up too.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    bad: include_str!("../../rules/attempts-over-receives/bad.yaml"),
    good: include_str!("../../rules/attempts-over-receives/good.yaml"),
    contracts: Some(include_str!("../../rules/attempts-over-receives/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

/// How many receives are left for throttles and attempts that are killed.
const RECEIVES_LEFT: u32 = 3;

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    const PATH: &str = "RedrivePolicy.maxReceiveCount";
    for (mapping, queue, function) in wiring.mappings() {
        let Some(attempts) = wiring.contract(function).and_then(|it| it.retries?.attempts) else { continue };
        let Some(redrive) = &queue.redrive else { continue };
        if attempts < redrive.receives_max || !wiring.knows(&queue.id, &[PATH]) {
            continue;
        }
        let receives = redrive.receives_max;
        let message = if attempts > receives {
            format!("{} rejects a message after {attempts} attempts, and {} allows {receives}", function.id, queue.id)
        } else {
            format!("{} rejects a message after {attempts} attempts, and {} allows no more", function.id, queue.id)
        };
        let enough = attempts.saturating_add(RECEIVES_LEFT);
        report.add(
            Finding::at(
                wiring.place(&queue.id, PATH, queue.span),
                message,
                format!("set maxReceiveCount to {enough}, or let the function make fewer attempts"),
            )
            .and(wiring.mapping_place(mapping), "consumes it")
            .fix(Fix::set(&queue.id, PATH, enough)),
        );
    }
}
