//! The functions' processes: one for each invocation at a time, warm ones used again.

mod environment;
mod guard;
mod logs;
mod package;
mod process;
mod runtime_api;
mod spec;
mod stream;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use aqueduct_services::lambda::{Deployment, Ended, Exit, Invocation, Rollout, exited, failed};
use rustix::process::Signal;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::event::Event;
use environment::{Order, Setting};
use guard::Guard;

pub(crate) use spec::Spec;
pub(crate) use stream::Streamed;

/// The pause before a start that follows a failed one; each further failure doubles it.
const BACKOFF_MIN: Duration = Duration::from_millis(100);

/// The longest such pause.
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// Where events go.
#[derive(Clone, Debug)]
pub(crate) struct Events(pub(crate) broadcast::Sender<Event>);

impl Events {
    /// Tells whoever watches; nobody watching is fine.
    pub(crate) fn send(&self, event: Event) {
        let _ = self.0.send(event);
    }
}

/// Names an execution environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EnvironmentId(u64);

/// An invocation that ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Which one.
    pub(crate) request_id: String,
    /// How.
    pub(crate) ended: Ended,
    /// How long it took.
    pub(crate) took: Duration,
    /// The end of its log, when its caller asked for it.
    pub(crate) log: String,
}

/// What an environment tells the fleet's owner.
#[derive(Debug)]
pub(crate) enum Report {
    /// An invocation ended.
    Ended(Finished),
    /// An invocation whose caller takes its answer as it comes begins to answer.
    Streams { request_id: String, streamed: Streamed },
    /// An environment can take another invocation.
    Free { function: String, id: EnvironmentId },
    /// An environment is no more; `waiting` was given to it too late.
    Gone { function: String, id: EnvironmentId, waiting: Option<Invocation>, initialised: bool },
}

/// What functions say to their callers.
#[derive(Debug)]
pub(crate) enum Spoken {
    /// An invocation ended.
    Ended(Finished),
    /// An invocation begins to answer.
    Streams { request_id: String, streamed: Streamed },
}

/// All execution environments of a local run.
#[derive(Debug)]
pub(crate) struct Fleet {
    functions: BTreeMap<String, Member>,
    /// `AWS_ENDPOINT_URL` of functions that are made at run time.
    endpoint: String,
    clock: Clock,
    events: Events,
    reports: mpsc::UnboundedSender<Report>,
    guard: Option<Guard>,
    environments: JoinSet<()>,
    next_id: u64,
}

#[derive(Debug)]
struct Member {
    spec: Arc<Spec>,
    /// Environments by id; those that can take an invocation are in `free`, the one used last at the end.
    environments: BTreeMap<EnvironmentId, mpsc::UnboundedSender<Order>>,
    free: Vec<EnvironmentId>,
    /// Environments of a former self of the function, which end as soon as they are free.
    retiring: BTreeSet<EnvironmentId>,
    deleted: bool,
    stopped: bool,
    failed_starts: u32,
}

impl Fleet {
    /// A fleet without processes.
    pub(crate) fn new(
        specs: Vec<Spec>,
        endpoint: String,
        clock: Clock,
        events: Events,
        reports: mpsc::UnboundedSender<Report>,
    ) -> std::io::Result<Self> {
        let functions = specs.into_iter().map(|spec| (spec.name.clone(), Member::new(spec))).collect();
        let guard = Some(Guard::start()?);
        Ok(Self { functions, endpoint, clock, events, reports, guard, environments: JoinSet::new(), next_id: 0 })
    }

    /// Takes to functions that were made, changed or deleted at run time.
    pub(crate) fn roll_out(&mut self, rollout: Rollout) {
        match rollout {
            Rollout::Deploy(deployment) => self.deploy(&deployment),
            Rollout::Remove(name) => {
                if let Some(member) = self.functions.get_mut(&name) {
                    member.deleted = true;
                    member.retire();
                }
                self.functions.retain(|_, member| !member.is_over());
            }
        }
    }

    fn deploy(&mut self, deployment: &Deployment) {
        let Some(member) = self.functions.get_mut(&deployment.name) else {
            let member = Member::new(Spec::deployed(deployment, &self.endpoint));
            self.functions.insert(deployment.name.clone(), member);
            return;
        };
        member.spec = Arc::new(member.spec.changed(deployment, &self.endpoint));
        member.deleted = false;
        member.failed_starts = 0;
        member.retire();
    }

    /// Runs an invocation, in a free environment if there is one.
    pub(crate) fn invoke(&mut self, mut invocation: Invocation) {
        while self.environments.try_join_next().is_some() {}
        let member = self.functions.get_mut(&invocation.function).filter(|member| !member.deleted);
        let Some(member) = member else {
            let message = format!("there is no function {}", invocation.function);
            self.report_failure(&invocation, failed("ResourceNotFound", message));
            return;
        };
        if member.stopped {
            self.report_failure(&invocation, exited(&invocation.request_id, Exit::Status(1)));
            return;
        }
        while let Some(id) = member.free.pop() {
            let Some(orders) = member.environments.get(&id) else { continue };
            let Err(mpsc::error::SendError(Order::Invoke(returned))) = orders.send(Order::Invoke(invocation)) else {
                return;
            };
            invocation = returned;
        }
        self.start(invocation);
    }

    fn start(&mut self, invocation: Invocation) {
        let Some(member) = self.functions.get_mut(&invocation.function) else { return };
        let id = EnvironmentId(self.next_id);
        self.next_id += 1;
        let (orders, receiver) = mpsc::unbounded_channel();
        member.environments.insert(id, orders);
        let setting = Setting {
            id,
            spec: member.spec.clone(),
            clock: self.clock,
            events: self.events.clone(),
            reports: self.reports.clone(),
            guard: self.guard.clone(),
        };
        let delay = backoff(member.failed_starts);
        self.environments.spawn(environment::run(setting, invocation, delay, receiver));
    }

    /// Takes a report; gives back what is not the fleet's own concern.
    pub(crate) fn take(&mut self, report: Report) -> Option<Spoken> {
        match report {
            Report::Ended(finished) => return Some(Spoken::Ended(finished)),
            Report::Streams { request_id, streamed } => return Some(Spoken::Streams { request_id, streamed }),
            Report::Free { function, id } => {
                if let Some(member) = self.functions.get_mut(&function) {
                    member.became_free(id);
                }
            }
            Report::Gone { function, id, waiting, initialised } => {
                if let Some(member) = self.functions.get_mut(&function) {
                    member.environments.remove(&id);
                    member.free.retain(|free| *free != id);
                    member.retiring.remove(&id);
                    member.failed_starts = if initialised { 0 } else { member.failed_starts.saturating_add(1) };
                }
                self.functions.retain(|_, member| !member.is_over());
                if let Some(invocation) = waiting {
                    self.invoke(invocation);
                }
            }
        }
        None
    }

    /// Makes every invocation of a function fail at its start, those under way too, or ends that; false for an unknown name.
    pub(crate) fn set_stopped(&mut self, function: &str, stopped: bool) -> bool {
        let Some(member) = self.functions.get_mut(function) else { return false };
        member.stopped = stopped;
        member.failed_starts = 0;
        if stopped {
            member.free.clear();
            member.order(|| Order::End);
        }
        true
    }

    /// Sends a signal to every process of a function; how many there are.
    pub(crate) fn signal(&mut self, function: &str, signal: Signal) -> usize {
        self.functions.get_mut(function).map_or(0, |member| member.order(|| Order::Signal(signal)))
    }

    /// Ends every process and waits for their ends.
    pub(crate) async fn shutdown(&mut self) {
        for member in self.functions.values_mut() {
            member.order(|| Order::End);
        }
        while self.environments.join_next().await.is_some() {}
        self.guard = None;
    }

    fn report_failure(&self, invocation: &Invocation, ended: Ended) {
        let request_id = invocation.request_id.clone();
        let finished = Finished { request_id, ended, took: Duration::ZERO, log: String::new() };
        let _ = self.reports.send(Report::Ended(finished));
    }
}

impl Member {
    fn new(spec: Spec) -> Self {
        Self {
            spec: Arc::new(spec),
            environments: BTreeMap::new(),
            free: Vec::new(),
            retiring: BTreeSet::new(),
            deleted: false,
            stopped: false,
            failed_starts: 0,
        }
    }

    /// Ends every environment: one that works when its invocation is done, the others now.
    fn retire(&mut self) {
        self.retiring = self.environments.keys().copied().collect();
        for id in std::mem::take(&mut self.free) {
            self.end(id);
        }
    }

    fn became_free(&mut self, id: EnvironmentId) {
        if self.retiring.contains(&id) {
            self.end(id);
        } else if self.environments.contains_key(&id) {
            self.free.push(id);
            self.failed_starts = 0;
        }
    }

    fn end(&self, id: EnvironmentId) {
        if let Some(orders) = self.environments.get(&id) {
            // An environment that is gone already has ended.
            let _ = orders.send(Order::End);
        }
    }

    /// Whether nothing is left of a function that was deleted.
    fn is_over(&self) -> bool {
        self.deleted && self.environments.is_empty()
    }

    fn order(&self, order: impl Fn() -> Order) -> usize {
        self.environments.values().filter(|orders| orders.send(order()).is_ok()).count()
    }
}

fn backoff(failed_starts: u32) -> Duration {
    match failed_starts {
        0 => Duration::ZERO,
        failures => BACKOFF_MIN.saturating_mul(1 << (failures - 1).min(10)).min(BACKOFF_MAX),
    }
}
