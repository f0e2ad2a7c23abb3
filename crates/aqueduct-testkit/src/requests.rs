//! API calls that tests make often, with resources by logical id or physical name.

use aqueduct_services::cloud::{Request, Response};
use aqueduct_services::lambda::Invoke;
use aqueduct_services::{ApiError, Arn, events, lambda, sns, sqs};
use aqueduct_topology::{Deployment, Topology};

use crate::template::{ENDPOINT, site};

type Answer = Result<Response, ApiError>;

/// Sends a message to a queue.
pub(crate) fn send(topology: &Topology, queue: &str, body: &str) -> sqs::SendMessage {
    sqs::SendMessage {
        queue_url: queue_url(topology, queue),
        message_body: body.to_owned(),
        ..sqs::SendMessage::default()
    }
}

/// The id of a message that was sent.
pub(crate) fn sent(answer: Answer) -> Result<String, ApiError> {
    match answer {
        Ok(Response::Sqs(sqs::Response::Sent(sent))) => Ok(sent.message_id),
        other => Err(unexpected(other)),
    }
}

/// Publishes a message on a topic.
pub(crate) fn publish(topology: &Topology, topic: &str, message: sns::Outgoing) -> Request {
    Request::Sns(sns::Request::Publish(sns::Publish { topic_arn: topic_arn(topology, topic), message }))
}

/// The id of a message that was published.
pub(crate) fn published(answer: Answer) -> Result<String, ApiError> {
    match answer {
        Ok(Response::Sns(sns::Response::Publish(published))) => Ok(published.message_id),
        other => Err(unexpected(other)),
    }
}

/// Puts an event on a bus.
pub(crate) fn put_event(topology: &Topology, bus: &str, source: &str, detail_type: &str, detail: &str) -> Request {
    let bus = topology.buses.iter().find(|candidate| candidate.id == bus).map_or(bus, |bus| &bus.name);
    let entry = events::Entry {
        source: Some(source.to_owned()),
        detail_type: Some(detail_type.to_owned()),
        detail: Some(detail.to_owned()),
        event_bus_name: Some(bus.to_owned()),
        ..events::Entry::default()
    };
    Request::Events(events::Request::PutEvents(events::PutEvents { entries: vec![entry], endpoint_id: None }))
}

/// Asks for a bus: one that is not there takes events without a word.
pub(crate) fn describe_bus(topology: &Topology, bus: &str) -> Request {
    let name = topology.buses.iter().find(|candidate| candidate.id == bus).map_or(bus, |bus| &bus.name);
    Request::Events(events::Request::DescribeEventBus(events::NamedBus { name: Some(name.to_owned()) }))
}

/// Queues an event for a function.
pub(crate) fn invoke_later(topology: &Topology, function: &str, event: &str) -> Request {
    Request::Lambda(lambda::Request::Invoke(Invoke::asynchronous(function_name(topology, function), event)))
}

/// Starts to move the messages of a dead-letter queue to another queue, or back to the queues that they came from.
pub(crate) fn redrive(topology: &Topology, queue: &str, to: Option<&str>, per_second: Option<i64>) -> Request {
    let arn = |queue| site().arn("sqs", &queue_name(topology, queue)).to_string();
    let start = sqs::StartMessageMoveTask {
        source_arn: arn(queue),
        destination_arn: to.map(arn),
        max_number_of_messages_per_second: per_second,
    };
    Request::Sqs(sqs::Request::StartMessageMoveTask(start))
}

/// A queue's URL.
pub(crate) fn queue_url(topology: &Topology, queue: &str) -> String {
    format!("{ENDPOINT}/{}/{}", Deployment::default().account, queue_name(topology, queue))
}

/// A queue's physical name.
pub(crate) fn queue_name(topology: &Topology, queue: &str) -> String {
    let known = topology.queues.iter().find(|candidate| candidate.id == queue);
    known.map_or(queue, |queue| &queue.name).to_owned()
}

/// A function's physical name.
pub(crate) fn function_name(topology: &Topology, function: &str) -> String {
    let known = topology.functions.iter().find(|candidate| candidate.id == function);
    known.map_or(function, |function| &function.name).to_owned()
}

fn topic_arn(topology: &Topology, topic: &str) -> Arn {
    let known = topology.topics.iter().find(|candidate| candidate.id == topic || candidate.name == topic);
    known.map_or_else(|| Arn::new(topic), |topic| topic.arn.clone())
}

/// The error of an answer, or the error that it is another call's.
pub(crate) fn unexpected(answer: Answer) -> ApiError {
    match answer {
        Err(error) => error,
        Ok(_) => ApiError::sender("UnexpectedAnswer", "the call was answered with another call's answer"),
    }
}
