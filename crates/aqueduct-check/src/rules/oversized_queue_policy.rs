//! Queue policies that SQS does not take.

use crate::check::Report;
use crate::policy::holds_intrinsic;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "oversized-queue-policy",
    summary: "a queue policy with more statements or bytes than SQS takes",
    level: Level::Error,
    why: "SQS rejects the policy: the deployment fails, and with it every permission that it was to give.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html",
    bad: include_str!("../../rules/oversized-queue-policy/bad.yaml"),
    good: include_str!("../../rules/oversized-queue-policy/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

const STATEMENTS_MAX: usize = 20;
const BYTES_MAX: usize = 8_192;

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for policy in &wiring.topology.policies {
        let Some(queue) = policy.resources.iter().find_map(|arn| wiring.queue(arn.as_str())) else { continue };
        let statements = policy.document["Statement"].as_array().map_or(1, Vec::len);
        let bytes = policy.document.to_string().len();
        let what = if statements > STATEMENTS_MAX {
            format!("{statements} statements, and SQS takes {STATEMENTS_MAX}")
        } else if bytes > BYTES_MAX && !holds_intrinsic(&policy.document) {
            format!("{bytes} bytes, and SQS takes {BYTES_MAX}")
        } else {
            continue;
        };
        report.add(Finding::at(
            wiring.place(&policy.id, "PolicyDocument", policy.span),
            format!("{}, the policy of {}, has {what}", policy.id, queue.id),
            "join statements: lists of principals and of source ARNs, or patterns of ARNs",
        ));
    }
}
