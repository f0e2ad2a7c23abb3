//! FIFO where the other end is not.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "fifo-mixed-subscription",
    summary: "a FIFO queue subscribed to a standard topic, or anything but a queue to a FIFO topic",
    level: Level::Error,
    why: "SNS refuses the subscription: nothing is delivered.",
    source_url: "https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html",
    bad: include_str!("../../rules/fifo-mixed-subscription/bad.yaml"),
    good: include_str!("../../rules/fifo-mixed-subscription/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for subscription in &wiring.topology.subscriptions {
        let fifo_topic = subscription.topic.name().ends_with(".fifo");
        let queue = subscription.protocol == "sqs";
        let fifo_queue = queue && subscription.endpoint.ends_with(".fifo");
        let (message, help) = match (fifo_topic, queue, fifo_queue) {
            (false, _, true) => ("a FIFO queue, and its topic is standard", "set FifoTopic of the topic to true"),
            (true, false, _) => {
                ("no queue, and its topic is FIFO", "subscribe a queue, and let that feed the endpoint")
            }
            _ => continue,
        };
        let finding = Finding::at(
            wiring.place(&subscription.id, "Endpoint", subscription.span),
            format!("the endpoint of {} is {message}", subscription.id),
            help,
        );
        let topic = wiring.topology.topics.iter().find(|it| it.arn == subscription.topic);
        report.add(match topic {
            Some(topic) => finding.and(topic.span, if fifo_topic { "is FIFO" } else { "is standard" }),
            None => finding,
        });
    }
}
