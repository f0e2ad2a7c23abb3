//! Delays that FIFO queues do not take.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "message-delay-on-fifo-queue",
    summary: "a publisher that delays single messages to a FIFO queue",
    level: Level::Error,
    why: "SQS refuses the message: a FIFO queue delays all messages alike or none.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html",
    bad: include_str!("../../rules/message-delay-on-fifo-queue/bad.yaml"),
    good: include_str!("../../rules/message-delay-on-fifo-queue/good.yaml"),
    contracts: Some(include_str!("../../rules/message-delay-on-fifo-queue/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for sent in wiring.sent() {
        let Some(queue) = wiring.queue(sent.to.arn.as_str()).filter(|queue| queue.fifo) else { continue };
        let Some(delay) = sent.publishes.delay_seconds_max.filter(|delay| *delay > 0) else { continue };
        report.add(
            Finding::at(
                sent.function.span,
                format!(
                    "{} delays {} by up to {delay} s, and {} is FIFO",
                    sent.function.id, sent.publishes.event, queue.id
                ),
                "set DelaySeconds of the queue, or send to a standard queue",
            )
            .and(queue.span, "takes no delay of single messages"),
        );
    }
}
