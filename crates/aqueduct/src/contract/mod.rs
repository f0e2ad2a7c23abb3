//! Contracts: what a function consumes, publishes and relies on, taken from its code.
//!
//! `aqueduct contracts` builds the functions of a template, asks each for its contract, and writes one document;
//! `aqueduct check` holds the template against it. Most of a contract is what the code says anyway:
//!
//! | the contract's | comes from |
//! |---|---|
//! | consumed events, with their JSON Schema | the consumer's handlers and [`Payload::schema`] |
//! | sources and layouts | [`Consumer::triggers`] and [`Consumer::layouts`], which are enforced |
//! | published events | [`Publisher::sends`](crate::Publisher::sends), which is enforced |
//! | where to | the publisher's channel, and the [`setting`](crate::lambda::setting) that named it |
//! | dead-letter queue | the consumer's [`Redelivery`](crate::consume::Redelivery) |
//! | idempotency | the layer [`Idempotent`](crate::consume::layers::Idempotent), or [`Needs`] |
//! | attempts and waits | [`Consumer::attempts`] and [`Consumer::backoff`], which are carried out |
//! | ordering, outage tolerance, durations, sizes | [`Needs`] |
//!
//! ```
//! use aqueduct::{Consumer, Failure, Message, Payload};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize, JsonSchema, Payload)]
//! #[payload(schema, subject = order, group = customer)]
//! struct OrderConfirmed {
//!     order: String,
//!     customer: String,
//! }
//!
//! async fn dispatch(order: Message<OrderConfirmed>) -> Result<(), Failure> {
//!     Ok(())
//! }
//!
//! let contracts = aqueduct::contract::of("order-fulfilment", &Consumer::new(dispatch));
//! assert_eq!(contracts.functions[0].consumes[0].event, "OrderConfirmed");
//! assert_eq!(contracts.events[0].schema["required"], serde_json::json!(["order", "customer"]));
//! ```

#[cfg(feature = "lambda")]
pub(crate) mod export;

use std::time::Duration;

use aqueduct_contract::{
    BatchResponse, ChannelKind, Consumes, Contracts, Destination, EventContract, Form, FunctionContract, Idempotency,
    Layout, Ordering, Retries, Source, Wrapping,
};
use aqueduct_message::{Payload, Tick, Trigger};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use crate::Consumer;
use crate::consume::{self, HOLD_MAX, Needs, Order, Remembers};
#[cfg(feature = "lambda")]
use crate::publish::DestinationKind;

/// A JSON Schema.
pub type Schema = serde_json::Value;

/// The JSON Schema of a type as messages are read: for [`Payload::schema`].
///
/// Fields that may be missing are not required, and what a type does not know of may be there, as serde has it.
pub fn schema_of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value()
}

/// The contract of a consumer by itself: for tests, and for functions that do not run by
/// [`lambda::run`](crate::lambda::run). What it publishes is not part of it.
pub fn of(name: &str, consumer: &Consumer) -> Contracts {
    let events: Vec<EventContract> = consumer.events().collect();
    let function = FunctionContract {
        consumes: events.iter().map(|event| consumes(event, consumer)).collect(),
        idempotency: idempotency(consumer),
        retries: retries(consumer),
        batch_response: answers_batches(consumer).then_some(BatchResponse::PartialInOrder),
        dead_letters: consumer
            .redelivery
            .as_ref()
            .and_then(|redelivery| redelivery.dead_letter_queue())
            .map(|url| Destination { kind: ChannelKind::Queue, environment: None, name: Some(url.to_owned()) }),
        ..needed(name, &consumer.needs)
    };
    Contracts { events, functions: vec![function] }
}

fn needed(name: &str, needs: &Needs) -> FunctionContract {
    FunctionContract {
        description: Some(needs.description.clone()).filter(|description| !description.is_empty()),
        ordering: match needs.order {
            Order::None => Ordering::None,
            Order::Groups => Ordering::Group,
            Order::Strict => Ordering::Strict,
        },
        outage_tolerance_seconds: needs.outage_tolerance.map(|outage| outage.as_secs()),
        p99_millis: needs.p99.map(|p99| u64::try_from(p99.as_millis()).unwrap_or(u64::MAX)),
        latency_seconds_max: needs.latency.map(|latency| latency.as_secs()),
        one_at_a_time: needs.one_at_a_time,
        payload_bytes_max: needs.payload_max,
        loop_guard: needs.loop_guard.clone(),
        ..FunctionContract::new(name)
    }
}

/// Whether an event source mapping may hand batches over.
fn answers_batches(consumer: &Consumer) -> bool {
    consumer.triggers.is_empty() || consumer.triggers.iter().any(|trigger| trigger.is_batch())
}

/// How messages of queues are tried again. It takes somebody who holds them back and rejects them.
fn retries(consumer: &Consumer) -> Option<Retries> {
    let reads_queues = consumer.triggers.is_empty() || consumer.triggers.contains(&Trigger::Sqs);
    let _ = consumer.redelivery.as_ref().filter(|_| reads_queues)?;
    Some(Retries::new(consumer.attempts, Some(backoff(&consumer.backoff))))
}

fn backoff(backoff: &consume::Backoff) -> aqueduct_contract::Backoff {
    let millis = |wait: Duration| u64::try_from(wait.min(HOLD_MAX).as_millis()).unwrap_or(u64::MAX);
    aqueduct_contract::Backoff {
        first_millis: millis(backoff.first),
        factor: if backoff.factor.is_nan() { 1.0 } else { backoff.factor.clamp(1.0, f64::MAX) },
        longest_millis: millis(backoff.longest),
        jitter: match backoff.jitter {
            consume::Jitter::None => aqueduct_contract::Jitter::None,
            consume::Jitter::Half => aqueduct_contract::Jitter::Half,
            consume::Jitter::Full => aqueduct_contract::Jitter::Full,
        },
    }
}

fn idempotency(consumer: &Consumer) -> Option<Idempotency> {
    let of_layers = consumer.layers.iter().find_map(|layer| layer.remembers()).map(Remembers::For);
    let remembers = of_layers.or(consumer.needs.remembers)?;
    let remembers_seconds = if let Remembers::For(time) = remembers { Some(time.as_secs()) } else { None };
    Some(Idempotency { remembers_seconds })
}

fn consumes(event: &EventContract, consumer: &Consumer) -> Consumes {
    let mut from: Vec<Source> = consumer.triggers.iter().filter_map(|trigger| source(*trigger, &event.kind)).collect();
    from.sort_unstable();
    from.dedup();
    Consumes {
        event: event.kind.clone(),
        version: event.version.clone(),
        from,
        layouts: consumer.layouts.iter().map(layout).collect(),
    }
}

/// Schedules come as events of EventBridge, and are told by their type.
fn source(trigger: Trigger, kind: &str) -> Option<Source> {
    Some(match trigger {
        Trigger::Sqs => Source::Queue,
        Trigger::Sns => Source::Topic,
        Trigger::EventBridge if kind == Tick::TYPE => Source::Schedule,
        Trigger::EventBridge => Source::Bus,
        Trigger::Kinesis | Trigger::DynamoDb | Trigger::Kafka => Source::Stream,
        Trigger::Destination => Source::Destination,
        Trigger::Direct => Source::Direct,
        _ => return None,
    })
}

fn layout(layout: &consume::Layout) -> Layout {
    Layout {
        form: match layout.form {
            consume::Form::CloudEvents => Form::CloudEvents,
            consume::Form::EventBridge => Form::EventBridge,
            consume::Form::Raw => Form::Raw,
        },
        inside: layout
            .wrappings
            .iter()
            .map(|wrapping| match wrapping {
                consume::Wrapping::Notification => Wrapping::Notification,
                consume::Wrapping::Event => Wrapping::Event,
                consume::Wrapping::Destination => Wrapping::Destination,
                consume::Wrapping::Invocation => Wrapping::Invocation,
            })
            .collect(),
    }
}

/// An event type; its schema describes it.
pub(crate) fn event(kind: &str, version: &str, schema: Option<Schema>) -> EventContract {
    let mut event = EventContract::new(kind);
    version.clone_into(&mut event.version);
    if let Some(schema) = schema {
        event.schema = schema;
    }
    event
}

#[cfg(feature = "lambda")]
fn kind(kind: DestinationKind) -> ChannelKind {
    match kind {
        DestinationKind::Queue => ChannelKind::Queue,
        DestinationKind::Topic => ChannelKind::Topic,
        DestinationKind::Bus => ChannelKind::Bus,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consume::tests::{Log, delivery};
    use crate::consume::{Backoff, Jitter};
    use crate::{Failure, Message};

    async fn tick(_: Message<Tick>) -> Result<(), Failure> {
        Ok(())
    }

    /// What the contract says of the waits holds for every message.
    #[test]
    fn no_message_is_given_up_sooner_than_told() {
        for jitter in [Jitter::None, Jitter::Half, Jitter::Full] {
            let backoff = Backoff { longest: Duration::from_secs(20), jitter, ..Backoff::default() };
            let consumer = Consumer::new(tick).redelivery(Log::default()).attempts(7).backoff(backoff);
            let retries = of("ticker", &consumer).functions[0].retries.expect("it tries again");
            assert_eq!(retries.attempts, Some(7));
            let told = retries.backoff.expect("it holds back");
            let spans = (0..200).map(|id| {
                let waits = (1..7).map(|receives| backoff.wait(&delivery(&format!("m-{id}"), receives)));
                waits.sum::<Duration>()
            });
            let (least, most) = (told.least(7), told.most(7));
            let spans: Vec<Duration> = spans.collect();
            assert!(
                spans.iter().all(|span| (least..=most).contains(span)),
                "{jitter:?}: {least:?}, {most:?}, {spans:?}"
            );
            assert_eq!(retries.patience_seconds, Some(least.as_secs()));
        }
    }

    #[test]
    fn who_cannot_hold_messages_back_leaves_them_to_the_queue() {
        for consumer in [
            Consumer::new(tick).attempts(7),
            Consumer::new(tick).redelivery(Log::default()).triggers([Trigger::EventBridge]),
        ] {
            assert_eq!(of("ticker", &consumer).functions[0].retries, None);
        }
        let consumer = Consumer::new(tick).redelivery(Log::default()).triggers([Trigger::Sqs]);
        let retries = of("ticker", &consumer).functions[0].retries.expect("it holds back");
        assert_eq!((retries.attempts, retries.patience_seconds), (None, None));
    }
}
