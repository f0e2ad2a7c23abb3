//! Cloud and processes in one pair of hands: what comes in goes to the cloud, what it asks for is done.

use std::collections::BTreeMap;

use aqueduct_services::cloud::{Cloud, Effect, QueueCensus, Request};
use aqueduct_services::{CallId, Timestamp};
use rustix::process::Signal;
use tokio::sync::oneshot;

use super::{Answer, Delivered};
use crate::clock::Clock;
use crate::data::Journal;
use crate::event::Event;
use crate::fleet::{Events, Finished, Fleet, Report, Spoken, Streamed};
use crate::post::{self, Posts};
use crate::remote::{Arrival, Pollers};

/// The cloud, the functions' processes, and those who wait for either.
pub(crate) struct Core {
    cloud: Cloud,
    fleet: Fleet,
    clock: Clock,
    events: Events,
    posts: Posts,
    /// What fetches from queues that another cloud keeps.
    pollers: Option<Pollers>,
    /// Calls whose answers come later, or are under way and have yet to end.
    waiting: BTreeMap<CallId, oneshot::Sender<Delivered>>,
    idle: Vec<oneshot::Sender<()>>,
    /// What becomes of the cloud's changes; none where nothing is kept.
    keeping: Option<Keeping>,
    /// When the driver looks at the cloud next, if nothing happens before.
    planned: Option<Timestamp>,
}

/// Who does what the cloud asks for.
pub(crate) struct Hands {
    /// Runs functions.
    pub(crate) fleet: Fleet,
    /// Posts to HTTP endpoints.
    pub(crate) posts: Posts,
    /// Fetches from queues elsewhere.
    pub(crate) pollers: Option<Pollers>,
    /// Writes what is to be kept.
    pub(crate) journal: Option<Journal>,
}

/// Effects that wait until the changes that go with them are in the store.
struct Keeping {
    journal: Journal,
    /// Those of the transaction that is being written.
    writing: Vec<Effect>,
    /// Those of the next one.
    gathering: Vec<Effect>,
}

/// A call's answer, or the way in which it will come.
#[expect(clippy::large_enum_variant, reason = "it is moved once, and a box would cost every call an allocation")]
pub(super) enum Reply {
    Now(Answer),
    Later(oneshot::Receiver<Delivered>),
}

impl Core {
    /// A cloud with the processes of its functions, and the pollers of queues elsewhere.
    pub(crate) fn new(cloud: Cloud, clock: Clock, events: Events, hands: Hands) -> Self {
        let Hands { fleet, posts, pollers, journal } = hands;
        let (waiting, idle) = (BTreeMap::new(), Vec::new());
        let keeping = journal.map(|journal| Keeping { journal, writing: Vec::new(), gathering: Vec::new() });
        Self { cloud, fleet, clock, events, posts, pollers, waiting, idle, keeping, planned: None }
    }

    pub(super) fn call(&mut self, call: CallId, request: Request) -> Reply {
        self.cloud.call(self.clock.now(), call, request);
        if let Some(answer) = self.settle(Some(call)) {
            return Reply::Now(answer);
        }
        let (sender, answer) = oneshot::channel();
        self.waiting.insert(call, sender);
        Reply::Later(answer)
    }

    pub(super) fn forget(&mut self, call: CallId) {
        if self.waiting.remove(&call).is_some() {
            self.cloud.forget(call);
        }
    }

    /// What is told when the cloud is idle, which may be now.
    pub(super) fn idle(&mut self) -> oneshot::Receiver<()> {
        let (sender, idle) = oneshot::channel();
        self.idle.push(sender);
        self.tell_idle();
        idle
    }

    pub(super) fn census(&mut self) -> Vec<QueueCensus> {
        self.cloud.queues(self.clock.now())
    }

    pub(super) fn set_stopped(&mut self, function: &str, stopped: bool) -> bool {
        self.fleet.set_stopped(function, stopped)
    }

    pub(super) fn signal(&mut self, function: &str, signal: Signal) -> usize {
        self.fleet.signal(function, signal)
    }

    /// An environment says something.
    pub(super) fn report(&mut self, report: Report) {
        match self.fleet.take(report) {
            Some(Spoken::Ended(Finished { request_id, ended, took, log })) => {
                self.cloud.ended_with_log(self.clock.now(), &request_id, (ended, &log), took);
                self.settle(None);
            }
            Some(Spoken::Streams { request_id, streamed }) => self.stream(&request_id, streamed),
            None => {}
        }
    }

    /// Hands an answer that is under way to its caller, who is told of its end when that comes.
    fn stream(&mut self, request_id: &str, streamed: Streamed) {
        let Some(call) = self.cloud.listener(request_id) else { return };
        let Some(waiting) = self.waiting.remove(&call) else { return };
        let (sender, end) = oneshot::channel();
        if waiting.send(Delivered::Streams { streamed, end }).is_ok() {
            self.waiting.insert(call, sender);
        }
    }

    /// A request to an HTTP endpoint came to its end.
    pub(super) fn posted(&mut self, (ticket, posted): post::Report) {
        self.cloud.posted(self.clock.now(), ticket, posted);
        self.settle(None);
    }

    /// Something came from a queue elsewhere.
    pub(super) fn arrive(&mut self, arrival: Arrival) {
        let now = self.clock.now();
        match arrival {
            Arrival::Received { queue, messages } => {
                if let Some(pollers) = &mut self.pollers {
                    pollers.received(&queue);
                }
                self.cloud.arrived(now, &queue, messages);
            }
            Arrival::Deleted { queue, ended } => {
                for (handle, deleted) in ended {
                    self.cloud.deletion_ended(now, &queue, &handle, deleted);
                }
            }
        }
        self.settle(None);
    }

    /// Time went on.
    pub(super) fn tick(&mut self) {
        self.cloud.tick(self.clock.now());
        self.settle(None);
    }

    /// The transaction that was under way is in the store; what waited for it is done, and the next one is written.
    pub(super) fn written(&mut self) {
        if let Some(keeping) = &mut self.keeping {
            keeping.journal.written();
            let effects = std::mem::take(&mut keeping.writing);
            self.carry_out(effects, None);
        }
        self.settle(None);
    }

    /// The driver sleeps until the time that this answers.
    pub(super) fn plan(&mut self) -> Option<Timestamp> {
        self.planned = self.cloud.next_wake();
        self.planned
    }

    /// Whether the cloud wants to be looked at before the driver would.
    pub(super) fn wakes_before_planned(&self) -> bool {
        let wake = self.cloud.next_wake();
        wake.is_some_and(|wake| self.planned.is_none_or(|planned| wake < planned))
    }

    /// Ends every process.
    pub(super) async fn shutdown(mut self) {
        self.fleet.shutdown().await;
        // The rest is what nobody was told of yet; the store has it all the same when there is no reason against it.
        if let Some(Keeping { mut journal, .. }) = self.keeping {
            journal.write(self.cloud.take_changes());
        }
    }

    /// Does what the cloud asks for, then tells those who wait for it to be idle; gives back the answer to `own`.
    pub(super) fn settle(&mut self, own: Option<CallId>) -> Option<Answer> {
        for rollout in self.cloud.take_rollouts() {
            self.fleet.roll_out(rollout);
        }
        let effects = self.cloud.take_effects();
        let effects = self.keep(effects);
        let answer = self.carry_out(effects, own);
        if let Some(pollers) = &mut self.pollers {
            pollers.delete(self.cloud.take_deletions());
            pollers.receive(&self.cloud.wanted(self.clock.now()));
        }
        self.tell_idle();
        answer
    }

    /// Gives back the effects that need not wait: all where nothing is kept, else those that changed nothing while
    /// nothing is being written.
    fn keep(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let Some(keeping) = &mut self.keeping else { return effects };
        keeping.gathering.extend(effects);
        if keeping.journal.is_writing() {
            return Vec::new();
        }
        let effects = std::mem::take(&mut keeping.gathering);
        let changes = self.cloud.take_changes();
        if changes.is_empty() {
            return effects;
        }
        keeping.journal.write(changes);
        keeping.writing = effects;
        Vec::new()
    }

    fn carry_out(&mut self, effects: Vec<Effect>, own: Option<CallId>) -> Option<Answer> {
        let mut own_answer = None;
        for effect in effects {
            match effect {
                Effect::Answer { call, result } if Some(call) == own => own_answer = Some(result),
                Effect::Answer { call, result } => {
                    if let Some(waiting) = self.waiting.remove(&call) {
                        let _ = waiting.send(Delivered::Whole(result));
                    }
                }
                Effect::Invoke(invocation) => self.fleet.invoke(invocation),
                Effect::Post(post) => self.posts.send(post),
                Effect::Note(note) => self.events.send(Event::Note(note)),
            }
        }
        own_answer
    }

    fn tell_idle(&mut self) {
        let is_writing = self.keeping.as_ref().is_some_and(|keeping| keeping.journal.is_writing());
        if !self.idle.is_empty() && !is_writing && self.cloud.is_idle() {
            for idle in self.idle.drain(..) {
                let _ = idle.send(());
            }
        }
    }
}
