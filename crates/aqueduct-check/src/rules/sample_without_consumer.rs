//! Sample events that no function would get.

use aqueduct_contract::ChannelKind;
use aqueduct_message::Trigger;
use aqueduct_topology::Queue;

use crate::check::Report;
use crate::evidence::Verdict;
use crate::gates::Gate;
use crate::rule::{Rule, ShownSample};
use crate::samples::SampleMessage;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "sample-without-consumer",
    summary: "a sample event that no rule, subscription or mapping of its trigger lets through",
    level: Level::Warning,
    why: "The sample stands for what the function is to get; as the filters are, it would be dropped, and with filter criteria on a queue deleted, without a trace.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html",
    bad: include_str!("../../rules/sample-without-consumer/bad.yaml"),
    good: include_str!("../../rules/sample-without-consumer/good.yaml"),
    contracts: None,
    samples: &[ShownSample {
        name: "events/eventbridge/dispatched.json",
        text: include_str!("../../rules/sample-without-consumer/dispatched.json"),
        only_good: false,
    }],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for sample in wiring.samples {
        let mut records = sample.messages.iter().zip(1..);
        let refused = records.find_map(|(it, number)| Some((number, refusal(wiring, it)?)));
        let Some((number, refusal)) = refused else { continue };
        let Refusal { gate, what, why } = refusal;
        let record = if sample.messages.len() > 1 { format!("record {number} of ") } else { String::new() };
        report.add(Finding::at(
            wiring.place(gate.id, gate.property, gate.span),
            format!("no {what} lets {record}the sample event {} through; nearest is {}: {why}", sample.name, gate.id),
            format!("write its {} for the event, add a {what} that takes it, or remove the sample", gate.property),
        ));
    }
}

/// A filter that stops a message, the nearest of all that do.
struct Refusal<'a> {
    gate: Gate<'a>,
    what: &'static str,
    why: String,
}

/// What stops a message on every way to a function; none where there is a way, or may be.
fn refusal<'a>(wiring: &Wiring<'a>, message: &'a SampleMessage) -> Option<Refusal<'a>> {
    let rules = || {
        let rules = wiring.rules_for(message).into_iter();
        nearest(wiring, "rule", message, rules.map(|it| wiring.gate_of(&it.id)))
    };
    let subscriptions = || {
        let subscriptions = wiring.subscriptions_for(message).into_iter();
        nearest(wiring, "subscription", message, subscriptions.map(|it| wiring.gate_of(&it.id)))
    };
    match message.trigger {
        Trigger::EventBridge => rules(),
        Trigger::Sns => subscriptions(),
        Trigger::DynamoDb | Trigger::Kinesis | Trigger::Kafka => {
            let mappings = wiring.stream_mappings().filter(|it| wiring.may_come_of(it, message));
            nearest(wiring, "mapping", message, mappings.map(|it| wiring.gate_of(&it.id)))
        }
        Trigger::Sqs => {
            let (named, _) = message.queue.as_ref()?;
            let queue = wiring.named_queue(named);
            deleted(wiring, named, message).or_else(|| match &message.topic {
                Some(topic) if topic.arn.is_some() => subscriptions(),
                _ if message.event.is_some() => rules(),
                _ if queue.is_some_and(|queue| is_fed_by_subscriptions(wiring, queue)) => subscriptions(),
                _ => None,
            })
        }
        _ => None,
    }
}

/// The mapping that would delete the message.
fn deleted<'a>(wiring: &Wiring<'a>, named: &str, message: &'a SampleMessage) -> Option<Refusal<'a>> {
    let is_piped = wiring.topology.pipes.iter().any(|pipe| wiring.may_mean_queue(named, pipe.source.as_str()));
    if is_piped {
        return None;
    }
    let mappings = wiring.mappings().filter(|(it, ..)| it.enabled && wiring.may_mean_queue(named, it.queue.as_str()));
    nearest(wiring, "mapping", message, mappings.map(|(it, ..)| wiring.gate_of(&it.id)))
}

/// The filter that fails for the fewest conditions, if each way has one that fails.
fn nearest<'a>(
    wiring: &Wiring<'a>,
    what: &'static str,
    message: &SampleMessage,
    ways: impl Iterator<Item = Option<Gate<'a>>>,
) -> Option<Refusal<'a>> {
    let mut nearest: Option<(usize, Refusal<'a>)> = None;
    for gate in ways {
        let gate = gate?;
        let Some(Verdict::Fails(count, why)) = wiring.verdict(&gate, message) else { return None };
        if nearest.as_ref().is_none_or(|(fewest, _)| count < *fewest) {
            nearest = Some((count, Refusal { gate, what, why }));
        }
    }
    nearest.map(|(_, refusal)| refusal)
}

/// Whether nothing but subscriptions sends to the queue, as far as contracts and template tell.
fn is_fed_by_subscriptions(wiring: &Wiring<'_>, queue: &Queue) -> bool {
    let topology = wiring.topology;
    let Some(contracts) = wiring.contracts else { return false };
    let to_queues = |it: &&aqueduct_contract::Publishes| it.to.kind == ChannelKind::Queue;
    let declared = contracts.functions.iter().flat_map(|it| &it.publishes).filter(to_queues).count();
    let sent = wiring.sent();
    let mut known = sent.iter().filter(|it| it.to.kind == ChannelKind::Queue);
    let elsewhere = known.clone().count() == declared && known.all(|it| it.to.arn != &queue.arn);
    let others = |it: &crate::senders::Sender<'_>| it.noun != "subscription";
    let results = topology.functions.iter().any(|it| it.asynchronous.on_success.as_ref() == Some(&queue.arn));
    let piped = topology.pipes.iter().any(|it| it.target == queue.arn);
    elsewhere
        && !results
        && !piped
        && topology.state_machines.is_empty()
        && wiring.dead_letter_edges_to(queue).next().is_none()
        && !wiring.senders(&queue.arn).any(|it| others(&it))
        && !wiring.is_shown_outside(&[queue.arn.as_str(), &queue.url, &queue.name])
}
