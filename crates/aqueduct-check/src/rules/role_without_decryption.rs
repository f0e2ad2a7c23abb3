//! Consumers that cannot read.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "role-without-decryption",
    summary: "a function whose role may not decrypt the messages of its queue",
    level: Level::Error,
    why: "Lambda receives as the function's role, and SQS refuses without kms:Decrypt: messages wait until they expire.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    bad: include_str!("../../rules/role-without-decryption/bad.yaml"),
    good: include_str!("../../rules/role-without-decryption/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings() {
        let Some(key) = queue.kms_key.as_deref().and_then(|name| wiring.topology.key(name)) else { continue };
        let Some(role) = wiring.role_of(function) else { continue };
        // A key whose policy is not known may name the role.
        if key.policy.is_none() || wiring.missing_actions(role, &["kms:Decrypt"], &key.arn).is_empty() {
            continue;
        }
        report.add(
            Finding::at(
                role.span,
                format!(
                    "{} does not allow kms:Decrypt with {}, which encrypts {}",
                    wiring.shown_role(role, function),
                    key.id,
                    queue.id
                ),
                wiring.way_to_grant(role, &wiring.shown_role(role, function), &["kms:Decrypt"], &key.arn, &key.id),
            )
            .and(wiring.place(&queue.id, "KmsMasterKeyId", queue.span), "encrypts the messages")
            .and(wiring.mapping_place(mapping), format!("{} consumes them", function.id)),
        );
    }
}
