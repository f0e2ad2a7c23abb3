//! A scenario run.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_services::cloud::virtual_time::VirtualTime;
use aqueduct_services::cloud::{Cloud, Request};
use aqueduct_services::{ApiError, Ids, Note, Site, Timestamp, What, sqs};
use aqueduct_topology::{Function, Queue, Topology};
use thiserror::Error;

use crate::arrivals::Arrivals;
use crate::model::{Model, Modelled};
use crate::{Outage, QueueReport, Report, Scenario};

/// 2027-01-15T08:00:00Z, a point in time like any other.
const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// How long after the last arrival a simulation may go on.
const REST_WITHIN: Duration = Duration::from_hours(14 * 24);

/// A scenario that cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// A service refuses a resource of the topology; the message starts with its logical id.
    #[error("the topology cannot be deployed: {0}")]
    Deployment(ApiError),
    /// The scenario names a resource that the topology does not have.
    #[error("the topology has no {kind} {id:?}; it has {known}")]
    Unknown {
        /// `queue` or `function`.
        kind: &'static str,
        /// What the scenario names.
        id: String,
        /// What there is.
        known: String,
    },
}

/// Runs a scenario on a topology.
pub fn run(topology: &Topology, scenario: &Scenario) -> Result<Report, Error> {
    let queue = find(&topology.queues, &scenario.workload.queue, "queue", |queue| &queue.id)?;
    let mut cloud = Cloud::new(site(queue), scenario.seed);
    cloud.provision(START, topology).map_err(Error::Deployment)?;
    let mut simulation = Simulation {
        time: VirtualTime::new(cloud, model(topology, scenario)?, START),
        tally: Tally::new(topology, &scenario.outages),
        sent: 0,
    };
    let mut chance = Ids::new(scenario.seed ^ 0x5EED);
    for arrival in Arrivals::new(&scenario.workload, Ids::new(chance.next_u64())) {
        let group = chance.next_u64() % u64::from(scenario.workload.groups.max(1));
        simulation.arrive(arrival, queue, group);
    }
    Ok(simulation.finish(scenario.workload.lasts))
}

/// The queue's own account and Region, so that the topology's ARNs hold.
fn site(queue: &Queue) -> Site {
    let path = format!("/{}/{}", queue.arn.account(), queue.name);
    Site {
        account: queue.arn.account().to_owned(),
        region: queue.arn.region().to_owned(),
        endpoint: queue.url.strip_suffix(&path).unwrap_or("http://127.0.0.1").to_owned(),
    }
}

fn model(topology: &Topology, scenario: &Scenario) -> Result<Model, Error> {
    let mut model = Model::default();
    let function = |id: &str| find(&topology.functions, id, "function", |function: &Function| &function.id);
    for (id, service_time) in &scenario.service_times {
        let name = function(id)?.name.clone();
        model.functions.entry(name).or_insert_with(Modelled::default).service_time = Some(*service_time);
    }
    for outage in &scenario.outages {
        let name = function(&outage.function)?.name.clone();
        let interval = (START + outage.from, START + outage.until);
        model.functions.entry(name).or_insert_with(Modelled::default).outages.push(interval);
    }
    Ok(model)
}

fn find<'a, T>(
    resources: &'a [T],
    id: &str,
    kind: &'static str,
    id_of: impl Fn(&T) -> &String,
) -> Result<&'a T, Error> {
    resources.iter().find(|resource| id_of(resource) == id).ok_or_else(|| {
        let known: Vec<&str> = resources.iter().map(|resource| id_of(resource).as_str()).collect();
        Error::Unknown { kind, id: id.to_owned(), known: known.join(", ") }
    })
}

/// A scenario under way.
struct Simulation {
    time: VirtualTime<Model>,
    tally: Tally,
    sent: usize,
}

impl Simulation {
    fn arrive(&mut self, arrival: Duration, queue: &Queue, group: u64) {
        self.time.run_until(START + arrival);
        let message = sqs::SendMessage {
            queue_url: queue.url.clone(),
            message_body: self.sent.to_string(),
            message_group_id: queue.fifo.then(|| group.to_string()),
            message_deduplication_id: queue.fifo.then(|| self.sent.to_string()),
            ..sqs::SendMessage::default()
        };
        let call = self.time.call(Request::Sqs(sqs::Request::SendMessage(message)));
        if matches!(self.time.answer(call), Some(Ok(_))) {
            self.sent += 1;
        }
        self.absorb();
    }

    fn finish(mut self, lasts: Duration) -> Report {
        let limit = START + lasts + REST_WITHIN;
        let at_rest = self.time.run_until_idle(limit).ok().map(|()| self.time.now().since(START));
        self.absorb();
        Report { sent: self.sent, at_rest, queues: self.tally.queues, lost: self.tally.lost }
    }

    fn absorb(&mut self) {
        for note in self.time.take_notes() {
            self.tally.absorb(&note, self.time.functions_mut());
        }
    }
}

/// What happened so far.
struct Tally {
    queues: BTreeMap<String, QueueReport>,
    /// Logical ids by physical name.
    ids: BTreeMap<String, String>,
    backlogs: BTreeMap<String, usize>,
    /// The highest backlog before the first outage.
    usual: BTreeMap<String, usize>,
    outage: Option<(Timestamp, Timestamp)>,
    lost: usize,
}

impl Tally {
    fn new(topology: &Topology, outages: &[Outage]) -> Self {
        let from = outages.iter().map(|outage| START + outage.from).min();
        let until = outages.iter().map(|outage| START + outage.until).max();
        Self {
            queues: topology.queues.iter().map(|queue| (queue.id.clone(), QueueReport::default())).collect(),
            ids: topology.queues.iter().map(|queue| (queue.name.clone(), queue.id.clone())).collect(),
            backlogs: BTreeMap::new(),
            usual: BTreeMap::new(),
            outage: from.zip(until),
            lost: 0,
        }
    }

    fn absorb(&mut self, note: &Note, model: &Model) {
        match &note.what {
            What::Sent => self.arrived(&note.place, note.at),
            What::Deleted => self.left(&note.place, note.at, |report| report.deleted += 1),
            What::Expired => self.left(&note.place, note.at, |report| report.expired += 1),
            What::DeadLettered { to, .. } => {
                self.left(&note.place, note.at, |_| {});
                let cause = model.cause(&note.id);
                if let Some(report) = self.ids.get(to).and_then(|id| self.queues.get_mut(id)) {
                    *report.dead_letters.entry(cause).or_default() += 1;
                }
                if self.ids.contains_key(&note.place) {
                    self.arrived(to, note.at);
                }
            }
            What::Lost { .. } => self.lost += 1,
            _ => {}
        }
    }

    fn arrived(&mut self, queue: &str, at: Timestamp) {
        let Some(report) = self.ids.get(queue).and_then(|id| self.queues.get_mut(id)) else { return };
        let backlog = self.backlogs.entry(queue.to_owned()).or_default();
        *backlog += 1;
        report.accepted += 1;
        if *backlog > report.backlog_peak {
            report.backlog_peak = *backlog;
            report.backlog_peak_at = at.since(START);
        }
        if self.outage.is_none_or(|(from, _)| at < from) {
            let usual = self.usual.entry(queue.to_owned()).or_default();
            *usual = (*usual).max(*backlog);
        }
    }

    fn left(&mut self, queue: &str, at: Timestamp, count: impl FnOnce(&mut QueueReport)) {
        let Some(report) = self.ids.get(queue).and_then(|id| self.queues.get_mut(id)) else { return };
        let backlog = self.backlogs.entry(queue.to_owned()).or_default();
        *backlog = backlog.saturating_sub(1);
        count(report);
        let usual = self.usual.get(queue).copied().unwrap_or(0);
        if let Some((_, until)) = self.outage
            && at >= until
            && *backlog <= usual
            && report.drained_after.is_none()
        {
            report.drained_after = Some(at.since(until));
        }
    }
}

#[cfg(test)]
mod tests {
    use aqueduct_topology::Deployment;

    use super::*;
    use crate::{Cause, Workload};

    const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Dead:
    Type: AWS::SQS::Queue
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5 }
  Worker:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: ., Handler: bootstrap, Runtime: provided.al2023, Timeout: 10 }
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { EventSourceArn: !GetAtt Queue.Arn, FunctionName: !Ref Worker }
";

    fn topology(template: &str) -> Topology {
        let (topology, diagnostics) = aqueduct_topology::read(template, &Deployment::default());
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        topology
    }

    fn scenario() -> Scenario {
        Scenario {
            workload: Workload { queue: "Queue".to_owned(), per_minute: 60, lasts: Duration::from_mins(20), groups: 1 },
            service_times: BTreeMap::from([("Worker".to_owned(), Duration::from_millis(500))]),
            outages: Vec::new(),
            seed: 1,
        }
    }

    fn outage(minutes: u64) -> Outage {
        let from = Duration::from_mins(5);
        Outage { function: "Worker".to_owned(), from, until: from + Duration::from_mins(minutes) }
    }

    #[test]
    fn without_faults_every_message_is_deleted() {
        let report = run(&topology(TEMPLATE), &scenario()).unwrap();
        assert!(report.sent > 1_100, "{report:?}");
        assert_eq!(report.queues["Queue"].deleted, report.sent);
        assert_eq!(report.queues["Dead"].accepted, 0);
        assert!(report.queues["Queue"].backlog_peak < 25, "{report:?}");
    }

    #[test]
    fn a_short_outage_drains_and_a_long_one_fills_the_dead_letter_queue() {
        let topology = topology(TEMPLATE);
        let short = run(&topology, &Scenario { outages: vec![outage(3)], ..scenario() }).unwrap();
        assert_eq!(short.queues["Dead"].accepted, 0);
        assert_eq!(short.queues["Queue"].deleted, short.sent);
        let peak = short.queues["Queue"].backlog_peak;
        assert!((150..250).contains(&peak), "{peak}");
        assert!(short.queues["Queue"].drained_after.is_some_and(|after| after < Duration::from_mins(3)));

        let long = run(&topology, &Scenario { outages: vec![outage(10)], ..scenario() }).unwrap();
        let dead = &long.queues["Dead"];
        assert!(dead.accepted > 150, "{long:?}");
        assert_eq!(dead.dead_letters, BTreeMap::from([(Cause::Outage, dead.accepted)]));
        assert_eq!(long.queues["Queue"].deleted + dead.accepted, long.sent);
    }

    #[test]
    fn too_little_concurrency_fills_the_dead_letter_queue_with_messages_that_never_ran() {
        let starved = TEMPLATE.replace("Timeout: 10 }", "Timeout: 10, ReservedConcurrentExecutions: 0 }");
        let mut scenario = scenario();
        scenario.workload.lasts = Duration::from_mins(2);
        let report = run(&topology(&starved), &scenario).unwrap();
        assert_eq!(report.queues["Dead"].dead_letters, BTreeMap::from([(Cause::NeverRan, report.sent)]));
    }

    #[test]
    fn a_seed_reproduces_its_report() {
        let topology = topology(TEMPLATE);
        let scenario = Scenario { outages: vec![outage(3)], ..scenario() };
        assert_eq!(run(&topology, &scenario), run(&topology, &scenario));
        let other = Scenario { seed: 2, ..scenario.clone() };
        assert_ne!(run(&topology, &scenario), run(&topology, &other));
    }

    #[test]
    fn an_unknown_name_is_told_with_the_known_ones() {
        let mut scenario = scenario();
        scenario.workload.queue = "Orders".to_owned();
        let error = run(&topology(TEMPLATE), &scenario).unwrap_err();
        assert_eq!(error.to_string(), "the topology has no queue \"Orders\"; it has Dead, Queue");
    }
}
