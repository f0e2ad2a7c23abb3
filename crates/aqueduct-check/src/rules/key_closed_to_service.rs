//! Keys that the sending service may not use.

use crate::check::Report;
use crate::rule::Rule;
use crate::senders::{Sender, closed_to};
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "key-closed-to-service",
    summary: "an encrypted queue whose key does not admit the service that sends to it",
    level: Level::Error,
    why: "The service is refused with KMS.AccessDenied and does not try again: the message is lost, or dead-lettered at once.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
    bad: include_str!("../../rules/key-closed-to-service/bad.yaml"),
    good: include_str!("../../rules/key-closed-to-service/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in &wiring.topology.queues {
        let Some(key) = queue.kms_key.as_deref().and_then(|name| wiring.topology.key(name)) else { continue };
        let closed = |sender: Sender<'_>| Some((sender.id.to_owned(), closed_to(key, sender, NEEDED)?, sender.span));
        let found =
            wiring.senders(&queue.arn).find_map(|sender| Some((sender.principal, sender.noun, closed(sender)?)));
        let Some((principal, noun, (id, action, span))) = found else { continue };
        report.add(
            Finding::at(
                wiring.place(&key.id, "KeyPolicy", key.span),
                format!("{noun} {id} cannot deliver to {}: {} does not allow {principal} {action}", queue.id, key.id),
                format!(
                    "add a statement to its KeyPolicy that allows {principal} kms:GenerateDataKey* and kms:Decrypt"
                ),
            )
            .and(span, "sends to the queue")
            .and(wiring.place(&queue.id, "KmsMasterKeyId", queue.span), "is encrypted with the key"),
        );
    }
}

/// What a service needs to send to an encrypted queue.
const NEEDED: &[&str] = &["kms:GenerateDataKey", "kms:Decrypt"];
