//! A template's cloud in virtual time, with closures for its functions.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use aqueduct_services::cloud::virtual_time::{Execution, Functions, StillBusy, VirtualTime};
use aqueduct_services::cloud::{Cloud, QueueCensus, Request, Response};
use aqueduct_services::lambda::{Ended, Invocation};
use aqueduct_services::{ApiError, Note, Timestamp, events, sns, sqs};
use aqueduct_topology::Topology;

use crate::explore::World;
use crate::names::{Kind, expect, explained};
use crate::requests;
use crate::template::{Refused, START, read, site};

/// How long a function takes unless its closure says.
const TOOK: Duration = Duration::from_millis(100);

type Handler = Box<dyn FnMut(&Invocation) -> Execution>;

/// A template's queues, topics, buses and functions in virtual time.
///
/// Resources are named by logical id or by physical name. A function without a closure answers `null`.
#[derive(Debug)]
pub struct TestCloud {
    time: VirtualTime<Handlers>,
    topology: Topology,
}

#[derive(Default)]
struct Handlers {
    by_name: BTreeMap<String, Handler>,
    seen: Vec<(Timestamp, Invocation)>,
}

impl fmt::Debug for Handlers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Handlers").field("by_name", &self.by_name.keys()).finish_non_exhaustive()
    }
}

impl Functions for Handlers {
    fn run(&mut self, now: Timestamp, invocation: &Invocation) -> Execution {
        self.seen.push((now, invocation.clone()));
        match self.by_name.get_mut(&invocation.function) {
            Some(handler) => handler(invocation),
            None => Execution::answered("null", TOOK),
        }
    }
}

impl TestCloud {
    /// Deploys a SAM or CloudFormation template, YAML or JSON.
    pub fn new(template: &str) -> Result<Self, Refused> {
        Self::with_seed(template, 1)
    }

    /// As [`Self::new`], with identifiers from `seed`.
    pub fn with_seed(template: &str, seed: u64) -> Result<Self, Refused> {
        let topology = read(template)?;
        let mut cloud = Cloud::new(site(), seed);
        cloud.provision(START, &topology).map_err(Refused::Deployment)?;
        Ok(Self { time: VirtualTime::new(cloud, Handlers::default(), START), topology })
    }

    /// Says what a function does with each event; it takes 100 ms.
    ///
    /// # Panics
    ///
    /// Where the template has no function of this name.
    #[track_caller]
    pub fn on(&mut self, function: &str, mut handler: impl FnMut(&str) -> Ended + 'static) {
        self.on_invocation(function, move |invocation| Execution {
            ended: handler(&invocation.payload),
            took: TOOK,
            calls: Vec::new(),
        });
    }

    /// Says what a function does with each invocation, how long it takes and which API calls it makes.
    ///
    /// # Panics
    ///
    /// Where the template has no function of this name.
    #[track_caller]
    pub fn on_invocation(&mut self, function: &str, handler: impl FnMut(&Invocation) -> Execution + 'static) {
        expect(&self.topology, Kind::Function, function, || false);
        let name = requests::function_name(&self.topology, function);
        self.time.functions_mut().by_name.insert(name, Box::new(handler));
    }

    /// Says what answers the requests that SNS sends to a URL; to any other there is no connection.
    pub fn on_post(&mut self, url: &str, mut answer: impl FnMut(&sns::Post) -> sns::Posted + 'static) {
        self.time.on_post(url, move |_, post| answer(post));
    }

    /// What the template describes.
    pub const fn topology(&self) -> &Topology {
        &self.topology
    }

    /// What time it is.
    pub const fn now(&self) -> Timestamp {
        self.time.now()
    }

    /// How long it is since the start.
    pub const fn elapsed(&self) -> Duration {
        self.time.now().since(START)
    }

    /// Makes an API call; `None` when its answer waits, for a function or for messages.
    pub fn call(&mut self, request: Request) -> Option<Result<Response, ApiError>> {
        let call = self.time.call(request);
        self.time.answer(call)
    }

    /// Sends a message to a queue and answers with its id.
    pub fn send(&mut self, queue: &str, body: &str) -> Result<String, ApiError> {
        let message = requests::send(&self.topology, queue, body);
        let sent = self.send_message(message);
        explained(sent, &self.topology, Kind::Queue, queue)
    }

    /// Sends a message with all its settings and answers with its id.
    pub fn send_message(&mut self, message: sqs::SendMessage) -> Result<String, ApiError> {
        requests::sent(self.answered(Request::Sqs(sqs::Request::SendMessage(message))))
    }

    /// Publishes a message on a topic and answers with its id.
    pub fn publish(&mut self, topic: &str, message: sns::Outgoing) -> Result<String, ApiError> {
        let request = requests::publish(&self.topology, topic, message);
        let answer = self.answered(request);
        explained(requests::published(answer), &self.topology, Kind::Topic, topic)
    }

    /// Puts an event on a bus.
    pub fn put_event(&mut self, bus: &str, source: &str, detail_type: &str, detail: &str) -> Result<(), ApiError> {
        let known = self.answered(requests::describe_bus(&self.topology, bus));
        explained(known, &self.topology, Kind::Bus, bus)?;
        let request = requests::put_event(&self.topology, bus, source, detail_type, detail);
        self.answered(request).map(drop)
    }

    /// Starts to move the messages of a dead-letter queue back to the queues that they came from.
    pub fn redrive(&mut self, queue: &str, per_second: Option<i64>) -> Result<(), ApiError> {
        let request = requests::redrive(&self.topology, queue, None, per_second);
        let answer = self.answered(request).map(drop);
        explained(answer, &self.topology, Kind::Queue, queue)
    }

    /// Starts to send once more what an archive keeps of the time between `from` and `until`, counted from the start,
    /// to all rules of its bus.
    pub fn replay(&mut self, archive: &str, from: Duration, until: Duration) -> Result<(), ApiError> {
        let known = self.topology.archives.iter().find(|candidate| candidate.id == archive);
        let name = known.map_or(archive, |archive| &archive.name);
        let destination =
            events::ReplayDestination { arn: known.map(|archive| archive.bus.clone()), filter_arns: Vec::new() };
        let start = events::StartReplay {
            replay_name: format!("{name}-{}", self.time.now().as_millis()),
            description: None,
            event_source_arn: Some(site().arn("events", &format!("archive/{name}"))),
            event_start_time: Some(START + from),
            event_end_time: Some(START + until),
            destination: Some(destination),
        };
        let answer = self.answered(Request::Events(events::Request::StartReplay(start))).map(drop);
        explained(answer, &self.topology, Kind::Archive, archive)
    }

    /// Queues an event for a function.
    pub fn invoke(&mut self, function: &str, event: &str) -> Result<(), ApiError> {
        let request = requests::invoke_later(&self.topology, function, event);
        let answer = self.answered(request).map(drop);
        explained(answer, &self.topology, Kind::Function, function)
    }

    /// Takes messages out of a queue, with all their attributes.
    pub fn receive(&mut self, receive: sqs::ReceiveMessage) -> Result<Vec<sqs::Received>, ApiError> {
        let receive = sqs::ReceiveMessage {
            message_system_attribute_names: vec!["All".to_owned()],
            message_attribute_names: vec!["All".to_owned()],
            wait_time_seconds: Some(0),
            ..receive
        };
        match self.answered(Request::Sqs(sqs::Request::ReceiveMessage(receive))) {
            Ok(Response::Sqs(sqs::Response::Messages(messages))) => Ok(messages.messages),
            other => Err(requests::unexpected(other)),
        }
    }

    /// Lets `duration` pass.
    pub fn run_for(&mut self, duration: Duration) {
        let until = self.time.now() + duration;
        self.time.run_until(until);
    }

    /// Lets time pass until `elapsed` since the start.
    pub fn run_until(&mut self, elapsed: Duration) {
        self.time.run_until(START + elapsed);
    }

    /// Lets time pass until nothing waits, runs or is to be tried again, but not more than 30 days.
    pub fn run_until_idle(&mut self) -> Result<(), StillBusy> {
        let limit = self.time.now() + Duration::from_hours(30 * 24);
        self.time.run_until_idle(limit)
    }

    /// What happened since the last time this was asked.
    pub fn take_notes(&mut self) -> Vec<Note> {
        self.time.take_notes()
    }

    /// Every invocation so far of a function: how long after the start, and the event.
    ///
    /// # Panics
    ///
    /// Where neither the template nor the cloud has a function of this name: a test that finds none would find it for the wrong
    /// reason.
    #[track_caller]
    pub fn invocations(&mut self, function: &str) -> Vec<(Duration, String)> {
        let now = self.time.now();
        let cloud = self.time.cloud_mut();
        expect(&self.topology, Kind::Function, function, || {
            cloud.functions(now).iter().any(|made| made.name == function)
        });
        let name = requests::function_name(&self.topology, function);
        let seen = self.time.functions_mut().seen.iter();
        let of_function = seen.filter(|(_, invocation)| invocation.function == name);
        of_function.map(|(at, invocation)| (at.since(START), invocation.payload.clone())).collect()
    }

    /// How many messages a queue has; `None` when it was deleted.
    ///
    /// # Panics
    ///
    /// Where neither the template nor the cloud has a queue of this name: a test that finds nothing there would find it for the
    /// wrong reason.
    #[track_caller]
    pub fn queue(&mut self, queue: &str) -> Option<QueueCensus> {
        let (now, name) = (self.time.now(), requests::queue_name(&self.topology, queue));
        let census = self.time.cloud_mut().queue(now, &name);
        expect(&self.topology, Kind::Queue, queue, || census.is_some());
        census
    }

    /// A queue's URL.
    pub fn queue_url(&self, queue: &str) -> String {
        requests::queue_url(&self.topology, queue)
    }

    /// The answer to a call that is answered at once.
    fn answered(&mut self, request: Request) -> Result<Response, ApiError> {
        self.call(request).unwrap_or_else(|| Err(ApiError::sender("NoAnswer", "the call waits for its answer")))
    }
}

impl World for TestCloud {
    fn now(&self) -> Timestamp {
        self.now()
    }

    fn step(&mut self) -> bool {
        World::step(&mut self.time)
    }

    fn take_notes(&mut self) -> Vec<Note> {
        self.take_notes()
    }
}
