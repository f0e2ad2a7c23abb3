//! Topics whose key the publishing service may not use.

use crate::check::Report;
use crate::rule::{Misleading, Rule};
use crate::senders::closed_to;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "topic-key-closed-to-service",
    summary: "an encrypted topic whose key does not admit the service that publishes on it",
    level: Level::Error,
    why: "The key that AWS manages for SNS admits no service, and a key of one's own only those that its policy names: nothing is published.",
    source_url: "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
    bad: include_str!("../../rules/topic-key-closed-to-service/bad.yaml"),
    good: include_str!("../../rules/topic-key-closed-to-service/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[
        Misleading {
            linter_rule: "checkov CKV_AWS_26",
            says: "asks every topic for a KmsMasterKeyId, and takes alias/aws/sns for one",
        },
        Misleading {
            linter_rule: "AWS Config SNS_ENCRYPTED_KMS",
            says: "asks every topic for a KMS key, and takes alias/aws/sns for one",
        },
    ],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for topic in &wiring.topology.topics {
        let Some(name) = topic.kms_key.as_deref() else { continue };
        let managed = name == "alias/aws/sns" || name.ends_with(":alias/aws/sns");
        let key = wiring.topology.key(name);
        let alarms = wiring.alarms_of(&topic.arn);
        let closed = wiring
            .senders(&topic.arn)
            .chain(alarms)
            .find(|sender| managed || key.is_some_and(|key| closed_to(key, *sender, NEEDED).is_some()));
        let Some(sender) = closed else { continue };
        report.add(
            Finding::at(
                wiring.place(&topic.id, "KmsMasterKeyId", topic.span),
                format!(
                    "{} {} cannot publish on {}: {} may not use the key {name}",
                    sender.noun, sender.id, topic.id, sender.principal
                ),
                format!(
                    "encrypt the topic with a key of your own whose policy allows {} kms:GenerateDataKey* and kms:Decrypt",
                    sender.principal
                ),
            )
            .and(sender.span, "publishes on it"),
        );
    }
}

/// What a service needs to publish on an encrypted topic.
const NEEDED: &[&str] = &["kms:GenerateDataKey", "kms:Decrypt"];
