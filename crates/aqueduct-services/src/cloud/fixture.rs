//! A cloud made from a template's text, for the tests of this crate.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::{Arn, Deployment};
use serde_json::Value;

use super::virtual_time::{Execution, Functions, VirtualTime};
use super::{Cloud, QueueCensus, Request, Response};
use crate::lambda::{self, Invocation};
use crate::{ApiError, CallId, Note, Site, Timestamp, events, sns, sqs};

/// When every test starts.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// Beyond this, a test that waits for rest has failed.
pub(crate) const LIMIT: Duration = Duration::from_hours(48);

type Handler = Box<dyn FnMut(&Invocation) -> Execution>;

/// Functions by name, and what they were invoked with.
#[derive(Default)]
pub(crate) struct Handlers {
    by_name: BTreeMap<String, Handler>,
    pub(crate) seen: Vec<(Timestamp, Invocation)>,
}

impl Functions for Handlers {
    fn run(&mut self, now: Timestamp, invocation: &Invocation) -> Execution {
        self.seen.push((now, invocation.clone()));
        match self.by_name.get_mut(&invocation.function) {
            Some(handler) => handler(invocation),
            None => Execution::answered("null", Duration::from_millis(100)),
        }
    }
}

pub(crate) type World = VirtualTime<Handlers>;

/// The cloud that a template describes.
pub(crate) fn world(template: &str) -> World {
    let mut cloud = empty();
    cloud.provision(START, &topology(template)).expect("the template can be provisioned");
    VirtualTime::new(cloud, Handlers::default(), START)
}

pub(crate) fn empty() -> Cloud {
    let site = Site {
        account: "000000000000".to_owned(),
        region: "us-east-1".to_owned(),
        endpoint: "http://127.0.0.1:4566".to_owned(),
    };
    Cloud::new(site, 7)
}

pub(crate) fn topology(template: &str) -> aqueduct_topology::Topology {
    let deployment = Deployment { endpoint: Some("http://127.0.0.1:4566".to_owned()), ..Deployment::default() };
    let (topology, diagnostics) = aqueduct_topology::read(template, &deployment);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    topology
}

pub(crate) fn failed() -> Execution {
    let ended = lambda::failed("Error", "it broke".to_owned());
    Execution { ended, took: Duration::from_secs(1), calls: Vec::new() }
}

pub(crate) fn answered(payload: &str) -> Execution {
    Execution::answered(payload, Duration::from_secs(1))
}

/// The message ids of a batch.
pub(crate) fn message_ids(event: &str) -> Vec<String> {
    records(event).iter().map(|record| record["messageId"].as_str().unwrap().to_owned()).collect()
}

/// The bodies of a batch.
pub(crate) fn bodies(event: &str) -> Vec<String> {
    records(event).iter().map(|record| record["body"].as_str().unwrap().to_owned()).collect()
}

fn records(event: &str) -> Vec<Value> {
    let event: Value = serde_json::from_str(event).unwrap();
    event["Records"].as_array().unwrap().clone()
}

/// A message for the queue of this name.
pub(crate) fn message(queue: &str, body: &str) -> sqs::SendMessage {
    sqs::SendMessage {
        queue_url: format!("http://127.0.0.1:4566/000000000000/{queue}"),
        message_body: body.to_owned(),
        ..sqs::SendMessage::default()
    }
}

pub(crate) fn publish(topic: &Arn, message: &str) -> Request {
    let message = sns::Outgoing { message: message.to_owned(), ..sns::Outgoing::default() };
    Request::Sns(sns::Request::Publish(sns::Publish { topic_arn: topic.clone(), message }))
}

pub(crate) fn put_event(bus: &str, detail: &str) -> Request {
    let entry = events::Entry {
        source: Some("shop".to_owned()),
        detail_type: Some("Done".to_owned()),
        detail: Some(detail.to_owned()),
        event_bus_name: Some(bus.to_owned()),
        ..events::Entry::default()
    };
    Request::Events(events::Request::PutEvents(events::PutEvents { entries: vec![entry], endpoint_id: None }))
}

impl World {
    pub(crate) fn on(&mut self, function: &str, mut handler: impl FnMut(&str) -> Execution + 'static) {
        self.on_invocation(function, move |invocation| handler(&invocation.payload));
    }

    pub(crate) fn on_invocation(&mut self, function: &str, handler: impl FnMut(&Invocation) -> Execution + 'static) {
        self.functions_mut().by_name.insert(function.to_owned(), Box::new(handler));
    }

    /// Sends a message and answers with its id.
    pub(crate) fn send(&mut self, queue: &str, body: &str) -> String {
        self.send_message(message(queue, body))
    }

    pub(crate) fn send_message(&mut self, message: sqs::SendMessage) -> String {
        let call = self.call(Request::Sqs(sqs::Request::SendMessage(message)));
        match self.answer(call) {
            Some(Ok(Response::Sqs(sqs::Response::Sent(sent)))) => sent.message_id,
            other => panic!("not sent: {other:?}"),
        }
    }

    pub(crate) fn lambda(&mut self, request: lambda::Request) -> CallId {
        self.call(Request::Lambda(request))
    }

    pub(crate) fn lambda_answer(&mut self, call: CallId) -> Option<Result<lambda::Response, ApiError>> {
        self.answer(call).map(|answer| match answer {
            Ok(Response::Lambda(response)) => Ok(response),
            Ok(other) => panic!("another service's answer: {other:?}"),
            Err(error) => Err(error),
        })
    }

    /// Queues an event for a function.
    pub(crate) fn invoke_later(&mut self, function: &str, payload: &str) {
        let invoke = lambda::Invoke::asynchronous(function, payload);
        let call = self.lambda(lambda::Request::Invoke(invoke));
        assert!(matches!(self.lambda_answer(call), Some(Ok(_))));
    }

    pub(crate) fn rest(&mut self) {
        self.run_until_idle(START + LIMIT).unwrap();
    }

    pub(crate) fn run_for(&mut self, duration: Duration) {
        let until = self.now() + duration;
        self.run_until(until);
    }

    pub(crate) fn queue(&mut self, name: &str) -> QueueCensus {
        let now = self.now();
        self.cloud_mut().queue(now, name).unwrap()
    }

    /// Takes up to ten messages out of a queue.
    pub(crate) fn receive(&mut self, queue: &str) -> Vec<sqs::Received> {
        let call = self.call(Request::Sqs(sqs::Request::ReceiveMessage(sqs::ReceiveMessage {
            queue_url: format!("http://127.0.0.1:4566/000000000000/{queue}"),
            message_system_attribute_names: vec!["All".to_owned()],
            message_attribute_names: vec!["All".to_owned()],
            max_number_of_messages: Some(10),
            ..sqs::ReceiveMessage::default()
        })));
        match self.answer(call) {
            Some(Ok(Response::Sqs(sqs::Response::Messages(messages)))) => messages.messages,
            other => panic!("not received: {other:?}"),
        }
    }

    /// Seconds since the start at which each invocation of a function began.
    pub(crate) fn invoked_at(&mut self, function: &str) -> Vec<u64> {
        let seen = self.functions_mut().seen.iter();
        seen.filter(|(_, invocation)| invocation.function == function)
            .map(|(at, _)| at.since(START).as_secs())
            .collect()
    }

    /// The events that a function was invoked with.
    pub(crate) fn events_of(&mut self, function: &str) -> Vec<String> {
        let seen = self.functions_mut().seen.iter();
        let seen = seen.filter(|(_, invocation)| invocation.function == function);
        seen.map(|(_, invocation)| invocation.payload.clone()).collect()
    }
}

/// What happened to one message or invocation.
pub(crate) fn notes_about<'a>(notes: &'a [Note], id: &str) -> Vec<&'a Note> {
    notes.iter().filter(|note| note.id == id).collect()
}
