//! FIFO queues where the service takes standard ones only.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "fifo-dead-letter-queue",
    summary: "a FIFO queue or topic as dead-letter queue of a rule or schedule, or as a function's failure destination",
    level: Level::Error,
    why: "EventBridge, Scheduler and Lambda do not send to FIFO queues and topics there: what they give up is lost.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
    bad: include_str!("../../rules/fifo-dead-letter-queue/bad.yaml"),
    good: include_str!("../../rules/fifo-dead-letter-queue/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let targets = wiring.targets().filter_map(|(from, target)| Some((from, target.dead_letter.as_ref()?, target.span)));
    let functions = wiring.topology.functions.iter().flat_map(|function| {
        let own = &function.asynchronous;
        [&own.dead_letter, &own.on_failure, &own.on_success]
            .into_iter()
            .filter_map(|to| Some((function.id.as_str(), to.as_ref()?, function.span)))
    });
    for (from, to, span) in targets.chain(functions).filter(|(_, to, _)| to.name().ends_with(".fifo")) {
        let end = wiring.queue(to.as_str()).map(|queue| queue.span);
        let end = end.or_else(|| wiring.topology.topics.iter().find(|topic| topic.arn == *to).map(|topic| topic.span));
        let finding = Finding::at(
            span,
            format!("{from} gives up to {}, which is FIFO", wiring.shown(to)),
            "use a standard queue there",
        );
        report.add(match end {
            Some(end) => finding.and(end, "is FIFO"),
            None => finding,
        });
    }
}
