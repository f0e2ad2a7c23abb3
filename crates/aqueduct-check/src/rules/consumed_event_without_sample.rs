//! Event types that a function handles and that no sample shows.

use aqueduct_message::Trigger;
use aqueduct_topology::Function;

use crate::check::Report;
use crate::rule::{Rule, ShownSample};
use crate::samples::SampleMessage;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "consumed-event-without-sample",
    summary: "an event type that a function consumes and that no sample event shows",
    level: Level::Advice,
    why: "The function is invoked with sample events before it is deployed; a type without one is first seen in production.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/testing-guide.html",
    bad: include_str!("../../rules/consumed-event-without-sample/bad.yaml"),
    good: include_str!("../../rules/consumed-event-without-sample/good.yaml"),
    contracts: Some(include_str!("../../rules/consumed-event-without-sample/contracts.json")),
    samples: &[
        ShownSample {
            name: "events/sns/confirmed.json",
            text: include_str!("../../rules/consumed-event-without-sample/confirmed.json"),
            only_good: false,
        },
        ShownSample {
            name: "events/sns/declined.json",
            text: include_str!("../../rules/consumed-event-without-sample/declined.json"),
            only_good: true,
        },
    ],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    if wiring.sample_messages().next().is_none() {
        return;
    }
    for function in &wiring.topology.functions {
        let Some(contract) = wiring.contract(function) else { continue };
        let shown = |event: &str| {
            wiring.sample_messages().any(|(_, message)| match &message.kind {
                Some(kind) => kind == event,
                // A body without a type is whatever the function takes it for.
                None => may_get(wiring, function, message),
            })
        };
        for consumes in contract.consumes.iter().filter(|it| !shown(&it.event)) {
            report.add(Finding::at(
                function.span,
                format!("{} consumes {}, and no sample event shows one", function.id, consumes.event),
                "add a sample event of it, as its trigger hands it over",
            ));
        }
    }
}

/// Whether the function may be the one that gets the message.
fn may_get(wiring: &Wiring<'_>, function: &Function, message: &SampleMessage) -> bool {
    match (message.trigger, &message.queue) {
        (_, Some((named, _))) => {
            wiring.mappings_to(function).any(|(mapping, ..)| wiring.may_mean_queue(named, mapping.queue.as_str()))
        }
        (Trigger::Sns, None) => {
            let subscriptions = wiring.subscriptions_for(message);
            subscriptions.iter().any(|it| wiring.function(&it.endpoint).is_some_and(|it| it.arn == function.arn))
        }
        (Trigger::Kinesis | Trigger::DynamoDb | Trigger::Kafka, None) => wiring
            .topology
            .streams
            .iter()
            .any(|it| wiring.function(it.function.as_str()).is_some_and(|it| it.arn == function.arn)),
        _ => true,
    }
}
