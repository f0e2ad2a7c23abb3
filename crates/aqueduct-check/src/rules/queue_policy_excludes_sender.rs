//! Queue policies that are meant for the sender and keep it out.

use crate::check::Report;
use crate::policy::{Access, DENY};
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "queue-policy-excludes-sender",
    summary: "a queue policy for SNS or EventBridge that names another topic, rule or queue",
    level: Level::Error,
    why: "The statement looks right and does not apply: the service is refused and does not try again, and the message is lost or dead-lettered at once.",
    source_url: "https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html",
    bad: include_str!("../../rules/queue-policy-excludes-sender/bad.yaml"),
    good: include_str!("../../rules/queue-policy-excludes-sender/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in &wiring.topology.queues {
        for sender in wiring.senders(&queue.arn) {
            let access = Access {
                principal: sender.principal,
                action: "sqs:SendMessage",
                resource: &queue.arn,
                source: sender.source,
            };
            let Some((policy, obstacle)) = wiring.obstacle(access) else { continue };
            let (message, help) = if obstacle.element == DENY {
                (
                    format!(
                        "{} denies {} to send to {}, which {} {} needs",
                        policy.id, sender.principal, queue.id, sender.noun, sender.id
                    ),
                    format!("narrow {}, which goes before every Allow", obstacle.value),
                )
            } else {
                (
                    format!(
                        "{} lets {} send to {}, but not for {} {}: its {} names {}",
                        policy.id, sender.principal, queue.id, sender.noun, sender.id, obstacle.element, obstacle.value
                    ),
                    format!("set Resource to the queue's ARN and aws:SourceArn to {}", sender.source.as_str()),
                )
            };
            report.add(Finding::at(policy.span, message, help).and(sender.span, "is kept out"));
        }
    }
}
