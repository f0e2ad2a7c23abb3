//! Messages that are too large for their queue.

use aqueduct_topology::Arn;

use crate::check::Report;
use crate::publishing::Passing;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "payload-over-queue-limit",
    summary: "a queue whose MaximumMessageSize is below what is sent to it",
    level: Level::Error,
    why: "SQS refuses the message, and for SNS and EventBridge that is an error that they do not retry: it is lost or dead-lettered at once.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html",
    bad: include_str!("../../rules/payload-over-queue-limit/bad.yaml"),
    good: include_str!("../../rules/payload-over-queue-limit/good.yaml"),
    contracts: Some(include_str!("../../rules/payload-over-queue-limit/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let mut told: Vec<&Arn> = Vec::new();
    for sent in wiring.sent() {
        let Some(bytes) = wiring.contract(sent.function).and_then(|it| it.payload_bytes_max) else { continue };
        let direct = wiring.queue(sent.to.arn.as_str());
        let behind =
            wiring.feeds(sent.to).into_iter().filter(|feed| !matches!(wiring.arrives(&sent, feed), Passing::No(_)));
        let behind: Vec<_> = behind.filter(|it| !it.transformed).filter_map(|it| Some(it.mapping?.1)).collect();
        for queue in direct.into_iter().chain(behind) {
            let known = wiring.knows(&queue.id, &["MaximumMessageSize"]);
            if !known || bytes <= u64::from(queue.message_bytes_max) || told.contains(&&queue.arn) {
                continue;
            }
            told.push(&queue.arn);
            report.add(
                Finding::at(
                    wiring.place(&queue.id, "MaximumMessageSize", queue.span),
                    format!(
                        "{} publishes up to {bytes} bytes of {}, and {} takes {}",
                        sent.function.id, sent.publishes.event, queue.id, queue.message_bytes_max
                    ),
                    "raise MaximumMessageSize, up to 1048576, or put large payloads into S3 (a claim check)",
                )
                .and(sent.function.span, "publishes it"),
            );
        }
    }
}
