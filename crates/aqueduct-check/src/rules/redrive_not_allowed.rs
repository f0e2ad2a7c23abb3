//! Dead-letter queues that do not take their source's messages.

use aqueduct_topology::Queue;
use serde_json::Value;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "redrive-not-allowed",
    summary: "a dead-letter queue whose RedriveAllowPolicy excludes the queue that uses it",
    level: Level::Error,
    why: "SQS refuses the redrive policy, so the deployment fails or the queue stays without a dead-letter queue.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue.html",
    bad: include_str!("../../rules/redrive-not-allowed/bad.yaml"),
    good: include_str!("../../rules/redrive-not-allowed/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in &wiring.topology.queues {
        let Some(redrive) = &queue.redrive else { continue };
        let Some(dead_letters) = wiring.queue(redrive.target.as_str()) else { continue };
        let Some(reason) = dead_letters.redrive_allow.as_ref().and_then(|policy| refusal(policy, queue)) else {
            continue;
        };
        report.add(
            Finding::at(
                wiring.place(&dead_letters.id, "RedriveAllowPolicy", dead_letters.span),
                format!("{} does not take the dead letters of {}: {reason}", dead_letters.id, queue.id),
                format!(
                    "set redrivePermission to byQueue with {}'s ARN among at most {SOURCES_MAX} sourceQueueArns, or to allowAll",
                    queue.id
                ),
            )
            .and(wiring.place(&queue.id, "RedrivePolicy", queue.span), "sends its dead letters there"),
        );
    }
}

/// How many source queues a policy may name.
const SOURCES_MAX: usize = 10;

/// Why a `RedriveAllowPolicy` excludes `queue`.
fn refusal(policy: &Value, queue: &Queue) -> Option<String> {
    match policy["redrivePermission"].as_str()? {
        "denyAll" => Some("it denies all sources".to_owned()),
        "byQueue" => {
            let sources = policy["sourceQueueArns"].as_array()?;
            if sources.len() > SOURCES_MAX {
                return Some(format!("it names {} sources, and SQS takes {SOURCES_MAX}", sources.len()));
            }
            // A source that is not a text is known to the deployment only.
            let named = sources.iter().any(|arn| arn.as_str().is_none_or(|arn| arn == queue.arn.as_str()));
            (!named).then(|| "it names other sources".to_owned())
        }
        _ => None,
    }
}
