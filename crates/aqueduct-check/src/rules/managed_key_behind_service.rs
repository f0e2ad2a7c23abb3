//! A key that no service may use.

use crate::check::Report;
use crate::rule::{Misleading, Rule};
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "managed-key-behind-service",
    summary: "a queue that a service sends to, encrypted with the key that AWS manages",
    level: Level::Error,
    why: "The policy of alias/aws/sqs admits the account's users only and cannot be changed: SNS, EventBridge and S3 are refused with KMS.AccessDenied, and do not try again.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
    bad: include_str!("../../rules/managed-key-behind-service/bad.yaml"),
    good: include_str!("../../rules/managed-key-behind-service/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[
        Misleading {
            linter_rule: "checkov CKV_AWS_27",
            says: "asks every queue for a KmsMasterKeyId, and takes alias/aws/sqs for one; SSE-SQS, which works here, does not pass",
        },
        Misleading {
            linter_rule: "cdk-nag AwsSolutions-SQS2",
            says: "asks for server-side encryption, and takes the managed key for it",
        },
    ],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in wiring.topology.queues.iter().filter(|queue| is_managed(queue.kms_key.as_deref())) {
        let Some(sender) = wiring.senders(&queue.arn).next() else { continue };
        report.add(
            Finding::at(
                wiring.place(&queue.id, "KmsMasterKeyId", queue.span),
                format!(
                    "{} {} cannot deliver to {}: {} may not use the key alias/aws/sqs",
                    sender.noun, sender.id, queue.id, sender.principal
                ),
                "remove KmsMasterKeyId and set SqsManagedSseEnabled to true, or use a key of your own whose policy allows \
                 the service kms:GenerateDataKey* and kms:Decrypt",
            )
            .and(sender.span, "sends to it"),
        );
    }
}

/// Whether the key is the one that AWS manages for SQS.
fn is_managed(key: Option<&str>) -> bool {
    key.is_some_and(|key| key == "alias/aws/sqs" || key.ends_with(":alias/aws/sqs"))
}
