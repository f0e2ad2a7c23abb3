//! Queues that SAM makes and nobody can set.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "generated-subscription-queue",
    summary: "a SAM SNS event with SqsSubscription: true",
    level: Level::Warning,
    why: "The queue that SAM makes has no dead-letter queue and a visibility timeout of 30 s, and its mapping reports no single failures: one bad message takes its batch with it until it expires.",
    source_url: "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-sns.html",
    bad: include_str!("../../rules/generated-subscription-queue/bad.yaml"),
    good: include_str!("../../rules/generated-subscription-queue/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for subscription in wiring.topology.subscriptions.iter().filter(|it| it.protocol == "sqs") {
        let Some(queue) = wiring.queue(&subscription.endpoint) else { continue };
        let mapping = format!("{}EventSourceMapping", subscription.id);
        let generated = queue.id == format!("{}Queue", subscription.id)
            && wiring.topology.mappings.iter().any(|it| it.id == mapping && it.queue == queue.arn);
        if generated {
            report.add(Finding::at(
                subscription.span,
                format!("{} gets a queue without a dead-letter queue and without partial batch responses", subscription.id),
                "define the queue, and name it under SqsSubscription with QueueArn, QueueUrl and BatchSize, or write the \
                 subscription and an SQS event of your own",
            ));
        }
    }
}
