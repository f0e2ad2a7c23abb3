//! What tests ask of a cloud, without an SDK client.

use std::time::Duration;

use aqueduct_services::cloud::{QueueCensus, Request};
use aqueduct_services::{ApiError, Note, sns, sqs};

use super::Cloud;
use crate::names::{Kind, expect, explained};
use crate::requests;
use crate::template::START;

/// Calls that take no time, and what is known without any.
impl Cloud {
    /// Sends a message to a queue and answers with its id.
    pub fn send(&self, queue: &str, body: &str) -> Result<String, ApiError> {
        let sent = self.send_message(requests::send(self.topology(), queue, body));
        explained(sent, self.topology(), Kind::Queue, queue)
    }

    /// Sends a message with all its settings and answers with its id.
    pub fn send_message(&self, message: sqs::SendMessage) -> Result<String, ApiError> {
        requests::sent(self.shared.call_now(Request::Sqs(sqs::Request::SendMessage(message))))
    }

    /// Publishes a message on a topic and answers with its id.
    pub fn publish(&self, topic: &str, message: sns::Outgoing) -> Result<String, ApiError> {
        let answer = self.shared.call_now(requests::publish(self.topology(), topic, message));
        explained(requests::published(answer), self.topology(), Kind::Topic, topic)
    }

    /// Puts an event on a bus.
    pub fn put_event(&self, bus: &str, source: &str, detail_type: &str, detail: &str) -> Result<(), ApiError> {
        let known = self.shared.call_now(requests::describe_bus(self.topology(), bus));
        explained(known, self.topology(), Kind::Bus, bus)?;
        self.shared.call_now(requests::put_event(self.topology(), bus, source, detail_type, detail)).map(drop)
    }

    /// Queues an event for a function.
    pub fn invoke(&self, function: &str, event: &str) -> Result<(), ApiError> {
        let answer = self.shared.call_now(requests::invoke_later(self.topology(), function, event));
        explained(answer.map(drop), self.topology(), Kind::Function, function)
    }

    /// Starts to move the messages of a dead-letter queue to another queue. Without one, those that SQS itself moved go back to
    /// where they came from; those that a consumer rejected came from nowhere, as far as SQS knows.
    pub fn redrive(&self, queue: &str, to: Option<&str>) -> Result<(), ApiError> {
        let answer = self.shared.call_now(requests::redrive(self.topology(), queue, to, None));
        explained(answer.map(drop), self.topology(), Kind::Queue, queue)
    }

    /// A queue's URL.
    ///
    /// # Panics
    ///
    /// Where neither the template nor the cloud has a queue of this name.
    #[track_caller]
    pub fn queue_url(&self, queue: &str) -> String {
        let _ = self.queue(queue);
        requests::queue_url(self.topology(), queue)
    }

    /// How many messages a queue has; `None` when it was deleted.
    ///
    /// # Panics
    ///
    /// Where neither the template nor the cloud has a queue of this name: a test that finds nothing there would find it for the
    /// wrong reason.
    #[track_caller]
    pub fn queue(&self, queue: &str) -> Option<QueueCensus> {
        let name = requests::queue_name(self.topology(), queue);
        let census = self.shared.services(|services, now| services.queue(now, &name));
        expect(self.topology(), Kind::Queue, queue, || census.is_some());
        census
    }

    /// Whether all requests to DynamoDB were such as are answered in memory. The first other one has moved all tables to a database, where
    /// each takes about twelve times as long: worth knowing in a test that explores many schedules.
    pub fn is_dynamodb_in_memory(&self) -> bool {
        self.dynamodb.is_in_memory()
    }

    /// What happened since the last time this was asked.
    pub fn take_notes(&self) -> Vec<Note> {
        self.shared.take_notes()
    }

    /// Every invocation so far of a function: how long after the start, and the event.
    ///
    /// # Panics
    ///
    /// Where neither the template nor the cloud has a function of this name: a test that finds none would find it for the wrong
    /// reason.
    #[track_caller]
    pub fn invocations(&self, function: &str) -> Vec<(Duration, String)> {
        expect(self.topology(), Kind::Function, function, || {
            let made = self.shared.services(|services, now| services.functions(now));
            made.iter().any(|made| made.name == function)
        });
        let seen = self.cast.seen(&requests::function_name(self.topology(), function));
        seen.into_iter().map(|(at, event)| (at.since(START), event)).collect()
    }
}
