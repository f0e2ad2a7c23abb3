//! The cloud's owner: commands in, effects out, asleep until the cloud wants to be woken.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aqueduct_services::cloud::{Cloud, Effect, QueueCensus, Request, Response};
use aqueduct_services::{ApiError, CallId, Timestamp};
use aqueduct_topology::Topology;
use rustix::process::Signal;
use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::event::Event;
use crate::fleet::{Events, Fleet, Report};
use crate::remote::{Arrival, Pollers, Remote};

/// An API call's answer.
type Answer = Result<Response, ApiError>;

#[derive(Debug)]
enum Command {
    Call { call: CallId, request: Box<Request>, answer: oneshot::Sender<Answer> },
    Forget(CallId),
    Idle(oneshot::Sender<()>),
    Census(oneshot::Sender<Vec<QueueCensus>>),
    Stop { function: String, stopped: bool, known: oneshot::Sender<bool> },
    Signal { function: String, signal: Signal, reached: oneshot::Sender<usize> },
    Shutdown(oneshot::Sender<()>),
}

/// The way to the driver.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    commands: mpsc::UnboundedSender<Command>,
    next_call: Arc<AtomicU64>,
}

/// The driver is gone, as it is after a shutdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

impl Handle {
    /// Makes an API call; dropping the future hangs up.
    pub(crate) async fn call(&self, request: Request) -> Result<Answer, Gone> {
        let call = CallId(self.next_call.fetch_add(1, Ordering::Relaxed));
        let hang_up = HangUp { call, commands: &self.commands, answered: false };
        let answer = self.ask(|answer| Command::Call { call, request: Box::new(request), answer }).await;
        hang_up.answered();
        answer
    }

    /// Waits until the cloud is idle.
    pub(crate) async fn idle(&self) -> Result<(), Gone> {
        self.ask(Command::Idle).await
    }

    /// How many messages each queue holds.
    pub(crate) async fn census(&self) -> Result<Vec<QueueCensus>, Gone> {
        self.ask(Command::Census).await
    }

    /// Stops a function or starts it again; false for an unknown name.
    pub(crate) async fn set_stopped(&self, function: &str, stopped: bool) -> Result<bool, Gone> {
        self.ask(|known| Command::Stop { function: function.to_owned(), stopped, known }).await
    }

    /// Sends a signal to the processes of a function; how many there are.
    pub(crate) async fn signal(&self, function: &str, signal: Signal) -> Result<usize, Gone> {
        self.ask(|reached| Command::Signal { function: function.to_owned(), signal, reached }).await
    }

    /// Ends every process and the driver.
    pub(crate) async fn shutdown(&self) {
        let _ = self.ask(Command::Shutdown).await;
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, Gone> {
        let (sender, answer) = oneshot::channel();
        self.commands.send(command(sender)).map_err(|_| Gone)?;
        answer.await.map_err(|_| Gone)
    }
}

/// Tells the driver about a caller that does not wait any longer.
struct HangUp<'a> {
    call: CallId,
    commands: &'a mpsc::UnboundedSender<Command>,
    answered: bool,
}

impl HangUp<'_> {
    fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for HangUp<'_> {
    fn drop(&mut self) {
        if !self.answered {
            let _ = self.commands.send(Command::Forget(self.call));
        }
    }
}

/// The queues that another cloud keeps.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    pollers: Pollers,
    arrivals: mpsc::UnboundedReceiver<Arrival>,
}

impl Elsewhere {
    /// Pollers for the queues of `remote` that functions read.
    pub(crate) fn start(remote: &Remote, topology: &Topology, clock: Clock, events: Events) -> Self {
        let (pollers, arrivals) = Pollers::start(remote, topology, clock, events);
        Self { pollers, arrivals }
    }
}

/// The one owner of cloud and processes.
pub(crate) struct Driver {
    cloud: Cloud,
    fleet: Fleet,
    clock: Clock,
    events: Events,
    commands: mpsc::UnboundedReceiver<Command>,
    reports: mpsc::UnboundedReceiver<Report>,
    elsewhere: Option<Elsewhere>,
    calls: BTreeMap<CallId, oneshot::Sender<Answer>>,
    idle: Vec<oneshot::Sender<()>>,
}

impl Driver {
    /// A driver and the way to it.
    pub(crate) fn new(
        cloud: Cloud,
        fleet: Fleet,
        clock: Clock,
        events: Events,
        reports: mpsc::UnboundedReceiver<Report>,
        elsewhere: Option<Elsewhere>,
    ) -> (Self, Handle) {
        let (sender, commands) = mpsc::unbounded_channel();
        let (calls, idle) = (BTreeMap::new(), Vec::new());
        let driver = Self { cloud, fleet, clock, events, commands, reports, elsewhere, calls, idle };
        (driver, Handle { commands: sender, next_call: Arc::new(AtomicU64::new(1)) })
    }

    /// Runs until told to shut down, or until nobody is left to tell it so.
    pub(crate) async fn run(mut self) {
        loop {
            self.settle();
            let wake = self.cloud.next_wake();
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(Command::Shutdown(done)) => {
                        self.fleet.shutdown().await;
                        let _ = done.send(());
                        return;
                    }
                    Some(command) => self.obey(command),
                    None => return self.fleet.shutdown().await,
                },
                Some(report) = self.reports.recv() => {
                    if let Some((request_id, ended, took)) = self.fleet.take(report) {
                        self.cloud.ended(self.clock.now(), &request_id, ended, took);
                    }
                }
                arrival = arrival(self.elsewhere.as_mut()) => self.arrive(arrival),
                () = until(self.clock, wake) => self.cloud.tick(self.clock.now()),
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Call { call, request, answer } => {
                self.calls.insert(call, answer);
                self.cloud.call(self.clock.now(), call, *request);
            }
            Command::Forget(call) => {
                if self.calls.remove(&call).is_some() {
                    self.cloud.forget(call);
                }
            }
            Command::Idle(idle) => self.idle.push(idle),
            Command::Census(census) => {
                let _ = census.send(self.cloud.queues(self.clock.now()));
            }
            Command::Stop { function, stopped, known } => {
                let _ = known.send(self.fleet.set_stopped(&function, stopped));
            }
            Command::Signal { function, signal, reached } => {
                let _ = reached.send(self.fleet.signal(&function, signal));
            }
            Command::Shutdown(done) => drop(done),
        }
    }

    fn arrive(&mut self, arrival: Arrival) {
        let now = self.clock.now();
        match arrival {
            Arrival::Received { queue, messages } => {
                if let Some(elsewhere) = &mut self.elsewhere {
                    elsewhere.pollers.received(&queue);
                }
                self.cloud.arrived(now, &queue, messages);
            }
            Arrival::Deleted { queue, ended } => {
                for (handle, deleted) in ended {
                    self.cloud.deletion_ended(now, &queue, &handle, deleted);
                }
            }
        }
    }

    /// Does what the cloud asks for, then tells those who wait for it to be idle.
    fn settle(&mut self) {
        for effect in self.cloud.take_effects() {
            match effect {
                Effect::Answer { call, result } => {
                    if let Some(answer) = self.calls.remove(&call) {
                        let _ = answer.send(result);
                    }
                }
                Effect::Invoke(invocation) => self.fleet.invoke(invocation),
                Effect::Note(note) => self.events.send(Event::Note(note)),
            }
        }
        if let Some(elsewhere) = &mut self.elsewhere {
            elsewhere.pollers.delete(self.cloud.take_deletions());
            elsewhere.pollers.receive(&self.cloud.wanted(self.clock.now()));
        }
        if !self.idle.is_empty() && self.cloud.is_idle() {
            for idle in self.idle.drain(..) {
                let _ = idle.send(());
            }
        }
    }
}

async fn arrival(elsewhere: Option<&mut Elsewhere>) -> Arrival {
    if let Some(elsewhere) = elsewhere
        && let Some(arrival) = elsewhere.arrivals.recv().await
    {
        return arrival;
    }
    std::future::pending().await
}

async fn until(clock: Clock, wake: Option<Timestamp>) {
    match wake {
        Some(at) => tokio::time::sleep_until(clock.instant(at)).await,
        None => std::future::pending().await,
    }
}
