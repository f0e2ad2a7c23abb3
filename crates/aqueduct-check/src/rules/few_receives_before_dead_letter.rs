//! A queue that gives up on messages after a few throttles.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "few-receives-before-dead-letter",
    summary: "a queue consumed by a function with a maxReceiveCount under 5",
    level: Level::Warning,
    why: "A throttled invocation counts as a receive, so messages reach the dead-letter queue that no function has seen.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    bad: include_str!("../../rules/few-receives-before-dead-letter/bad.yaml"),
    good: include_str!("../../rules/few-receives-before-dead-letter/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// The least that AWS advises.
const RECEIVES_MIN: u32 = 5;

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in &wiring.topology.queues {
        let Some(redrive) = queue.redrive.as_ref().filter(|redrive| (2..RECEIVES_MIN).contains(&redrive.receives_max))
        else {
            continue;
        };
        if wiring.mappings_of(queue).next().is_some() {
            report.add(
                Finding::at(
                    wiring.place(&queue.id, "RedrivePolicy.maxReceiveCount", queue.span),
                    format!(
                        "{} moves messages to its dead-letter queue after {} receives",
                        queue.id, redrive.receives_max
                    ),
                    format!("set maxReceiveCount to at least {RECEIVES_MIN}"),
                )
                .fix(Fix::set(&queue.id, "RedrivePolicy.maxReceiveCount", RECEIVES_MIN)),
            );
        }
    }
}
