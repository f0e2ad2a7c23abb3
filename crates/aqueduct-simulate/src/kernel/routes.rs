//! Where messages go, found out by sending one: a scratch cloud is provisioned from the topology, the sample is published
//! once, and where its copies arrive is noted. So filter policies, event patterns, resource policies and destinations mean
//! what they mean in `aqueduct_services`.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_services::cloud::virtual_time::{Execution, VirtualTime};
use aqueduct_services::cloud::{Cloud, Request, Response};
use aqueduct_services::lambda::{self, Invocation, InvocationKind, Invoke, failed};
use aqueduct_services::sns::{Outgoing, Posted, Publish};
use aqueduct_services::sqs::{ReceiveMessage, Received, SendMessage};
use aqueduct_services::{ApiError, Ids, MessageAttributeValue, Note, Site, Timestamp, What, events, sns, sqs};
use aqueduct_topology::{Queue, Topology};

use super::outside::Split;
use super::plan::{Grouping, Names, Place, Way};
use super::sample::Sample;

/// 2027-01-15T08:00:00Z, a point in time like any other.
const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// How long a sample may be on its way: the longest delay of a queue, and the retries of an asynchronous event.
const SETTLES_WITHIN: Duration = Duration::from_mins(25);

/// The group that samples are sent with.
const GROUP: &str = "own";

/// What a sample is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Entrance {
    Queue(u32),
    Topic(u32),
    Bus(u32),
    Function(u32),
    /// The records that a function's destinations get when it succeeds, or fails.
    Success(u32),
    Failure(u32),
}

/// What a message holds, as far as filters tell.
#[derive(Clone, Debug, PartialEq)]
struct Content {
    body: String,
    attributes: BTreeMap<String, MessageAttributeValue>,
}

/// Finds out where messages go.
#[derive(Debug)]
pub(super) struct Router<'a> {
    /// Without mappings and schedules, so that messages stay where they arrive and nothing else is under way, and with a queue in
    /// the place of each way out.
    still: Topology,
    topology: &'a Topology,
    queues: Names,
    functions: Names,
    contents: Vec<Content>,
}

impl<'a> Router<'a> {
    pub(super) fn new(split: &'a Split) -> Self {
        let (topology, mut still) = (&split.inside, split.sunk.clone());
        still.mappings.clear();
        still.schedules.clear();
        still.rules.retain(|rule| rule.pattern.is_some());
        for queue in &mut still.queues {
            // A sample must not expire before it is looked for.
            queue.retention = Duration::from_hours(24);
        }
        Self {
            still,
            topology,
            queues: Names::new(topology.queues.iter().map(|queue| &queue.name)),
            functions: Names::new(topology.functions.iter().map(|function| &function.name)),
            contents: Vec::new(),
        }
    }

    /// Whether the topology can be deployed.
    pub(super) fn check(topology: &Topology) -> Result<(), ApiError> {
        cloud(topology).map(drop)
    }

    /// Where the copies of a sample arrive.
    pub(super) fn ways(&mut self, entrance: Entrance, sample: &Sample) -> Result<Vec<Way>, ApiError> {
        let source = match entrance {
            Entrance::Success(function) | Entrance::Failure(function) => {
                Some(&self.topology.functions[function as usize].name)
            }
            _ => None,
        };
        let fails = matches!(entrance, Entrance::Failure(_));
        let mut ran: Vec<String> = Vec::new();
        let functions = |_: Timestamp, invocation: &Invocation| {
            if Some(&invocation.function) != source {
                ran.push(invocation.function.clone());
            } else if fails {
                let ended = failed("Failure", "it fails".to_owned());
                return Execution { ended, took: Duration::from_millis(1), calls: Vec::new() };
            }
            Execution::answered("null", Duration::from_millis(1))
        };
        let mut time = VirtualTime::new(cloud(&self.still)?, functions, START);
        for subscription in &self.still.subscriptions {
            time.on_post(subscription.endpoint.clone(), |_, _| Posted::Answered(200));
        }
        let call = time.call(self.request(entrance, sample));
        if let Some(Err(error)) = time.answer(call) {
            return Err(error);
        }
        time.run_until(START + SETTLES_WITHIN);
        let notes = time.take_notes();
        let mut undelivered: Vec<&str> = match entrance {
            Entrance::Topic(_) | Entrance::Bus(_) => notes.iter().filter_map(dead_letters).collect(),
            _ => Vec::new(),
        };
        let lost = notes.iter().filter(|note| matches!(note.what, What::Lost { .. })).count();
        let mut arrived = Vec::new();
        for (number, queue) in (0..).zip(&self.still.queues) {
            arrived.extend(receive(&mut time, queue).into_iter().map(|message| (number, message)));
        }
        drop(time);
        let mut ways = Vec::new();
        let (inside, outside): (Vec<_>, Vec<_>) =
            arrived.into_iter().partition(|(queue, _)| (*queue as usize) < self.topology.queues.len());
        for (sink, _) in outside {
            let exit = sink as usize - self.topology.queues.len();
            ways.push(without_content(Place::Outside(u32::try_from(exit).unwrap_or(u32::MAX))));
        }
        for (queue, message) in inside {
            let group = grouping(&message);
            let content = self.content(message);
            let dead = undelivered.iter().position(|name| *name == self.still.queues[queue as usize].name);
            if let Some(place) = dead {
                undelivered.swap_remove(place);
            }
            ways.push(Way { to: Place::Queue(queue), group, content, is_undelivered: dead.is_some() });
        }
        for name in ran {
            let Some(function) = self.functions.get(&name) else { continue };
            ways.push(without_content(Place::Function(function)));
        }
        ways.extend((0..lost).map(|_| without_content(Place::Nowhere)));
        Ok(ways)
    }

    /// Which of the contents so far the filters of a mapping let through; none without filters.
    pub(super) fn passes(&self, mapping: usize) -> Result<Option<Vec<bool>>, ApiError> {
        let mapping = &self.topology.mappings[mapping];
        if mapping.filters.is_empty() {
            return Ok(None);
        }
        let mut topology = self.still.clone();
        topology.mappings.push(mapping.clone());
        let queue = self.queues.get(mapping.queue.name()).map(|queue| &self.topology.queues[queue as usize]);
        let Some(queue) = queue else { return Ok(None) };
        let passes = |content: &Content| {
            let functions = |_: Timestamp, _: &Invocation| Execution::answered("null", Duration::from_millis(1));
            let mut time = VirtualTime::new(cloud(&topology)?, functions, START);
            time.call(send(queue, &content.body, &content.attributes));
            time.run_until(START + SETTLES_WITHIN);
            Ok(!time.take_notes().iter().any(|note| matches!(note.what, What::Filtered { .. })))
        };
        self.contents.iter().map(passes).collect::<Result<_, _>>().map(Some)
    }

    /// The number of a content.
    fn content(&mut self, message: Received) -> u8 {
        // Without filters nobody looks.
        if self.topology.mappings.iter().all(|mapping| mapping.filters.is_empty()) {
            return 0;
        }
        let content = Content { body: message.body.to_string(), attributes: message.message_attributes };
        let index = self.contents.iter().position(|known| *known == content).unwrap_or_else(|| {
            self.contents.push(content);
            self.contents.len() - 1
        });
        u8::try_from(index).unwrap_or(u8::MAX)
    }

    fn request(&self, entrance: Entrance, sample: &Sample) -> Request {
        let topology = &self.still;
        match entrance {
            Entrance::Queue(queue) => send(&topology.queues[queue as usize], &sample.body, &sample.attributes),
            Entrance::Topic(topic) => {
                let topic = &topology.topics[topic as usize];
                let message = Outgoing {
                    message: sample.body.clone(),
                    attributes: sample.attributes.clone(),
                    group: Some(GROUP.to_owned()),
                    deduplication_id: topic.fifo.then(|| "1".to_owned()),
                    ..Outgoing::default()
                };
                Request::Sns(sns::Request::Publish(Publish { topic_arn: topic.arn.clone(), message }))
            }
            Entrance::Bus(bus) => {
                let entry = events::Entry {
                    source: Some(sample.source.clone()),
                    detail_type: Some(sample.detail_type.clone()),
                    detail: Some(sample.body.clone()),
                    event_bus_name: Some(topology.buses[bus as usize].name.clone()),
                    ..events::Entry::default()
                };
                Request::Events(events::Request::PutEvents(events::PutEvents {
                    entries: vec![entry],
                    ..events::PutEvents::default()
                }))
            }
            Entrance::Function(function) | Entrance::Success(function) | Entrance::Failure(function) => {
                let name = topology.functions[function as usize].name.clone();
                let invoke =
                    Invoke { kind: InvocationKind::Asynchronous, ..Invoke::synchronous(name, "{}".to_owned()) };
                Request::Lambda(lambda::Request::Invoke(invoke))
            }
        }
    }
}

/// The dead-letter queue that a note says something went to.
fn dead_letters(note: &Note) -> Option<&str> {
    match &note.what {
        What::DeadLettered { to, .. } => Some(to),
        _ => None,
    }
}

/// A way on which nobody looks into what comes.
const fn without_content(to: Place) -> Way {
    Way { to, group: Grouping::None, content: 0, is_undelivered: false }
}

fn send(queue: &Queue, body: &str, attributes: &BTreeMap<String, MessageAttributeValue>) -> Request {
    Request::Sqs(sqs::Request::SendMessage(SendMessage {
        queue_url: queue.url.clone(),
        message_body: body.to_owned(),
        message_attributes: attributes.clone(),
        message_group_id: Some(GROUP.to_owned()),
        message_deduplication_id: queue.fifo.then(|| "1".to_owned()),
        ..SendMessage::default()
    }))
}

/// What arrived in a queue.
fn receive<F: aqueduct_services::cloud::virtual_time::Functions>(
    time: &mut VirtualTime<F>,
    queue: &Queue,
) -> Vec<Received> {
    let call = time.call(Request::Sqs(sqs::Request::ReceiveMessage(ReceiveMessage {
        queue_url: queue.url.clone(),
        max_number_of_messages: Some(10),
        wait_time_seconds: Some(0),
        message_attribute_names: vec!["All".to_owned()],
        attribute_names: vec!["All".to_owned()],
        ..ReceiveMessage::default()
    })));
    match time.answer(call) {
        Some(Ok(Response::Sqs(sqs::Response::Messages(messages)))) => messages.messages,
        _ => Vec::new(),
    }
}

fn grouping(message: &Received) -> Grouping {
    match message.attributes.get("MessageGroupId").map(String::as_str) {
        None => Grouping::None,
        Some(GROUP) => Grouping::Own,
        Some(_) => Grouping::One,
    }
}

/// A cloud that is deployed as the topology says.
pub(super) fn cloud(topology: &Topology) -> Result<Cloud, ApiError> {
    let mut cloud = Cloud::new(site(topology), Ids::new(1).next_u64());
    cloud.provision(START, topology)?;
    Ok(cloud)
}

/// The topology's own account and Region, so that its ARNs hold.
pub(super) fn site(topology: &Topology) -> Site {
    let queue = topology.queues.first();
    let endpoint = queue.and_then(|queue| {
        queue.url.strip_suffix(&format!("/{}/{}", queue.arn.account(), queue.name)).map(str::to_owned)
    });
    let arns = topology.queues.iter().map(|queue| &queue.arn);
    let arns = arns.chain(topology.functions.iter().map(|function| &function.arn));
    let arns = arns.chain(topology.topics.iter().map(|topic| &topic.arn));
    let arn = arns.chain(topology.buses.iter().map(|bus| &bus.arn)).next();
    Site {
        account: arn.map_or("000000000000", |arn| arn.account()).to_owned(),
        region: arn.map_or("us-east-1", |arn| arn.region()).to_owned(),
        endpoint: endpoint.unwrap_or_else(|| "http://127.0.0.1".to_owned()),
    }
}
