//! One execution environment: a process, its Runtime API, and the invocations that it works on one after the other.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use aqueduct_services::lambda::{Ended, Exit, Invocation, exited, failed};
use rustix::process::Signal;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::event::Event;
use crate::fleet::guard::Guard;
use crate::fleet::logs::Journal;
use crate::fleet::process::{Process, describe, signal_name};
use crate::fleet::runtime_api::{Assignment, Identity, Said, serve_api};
use crate::fleet::stream::Sink;
use crate::fleet::{EnvironmentId, Events, Finished, Report, Spec};

/// How long a process has until it asks for its first event; then Lambda starts it once more, within the function's timeout.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
const INIT_MAX: Duration = Duration::from_secs(10);

/// How long a dead process's last answer is waited for on its connection.
const LAST_WORDS_WAIT: Duration = Duration::from_millis(50);

/// How long lines are waited for that a function wrote just before its answer, when its caller asks for them.
const LINES_WAIT: Duration = Duration::from_millis(10);

/// What an environment is told.
#[derive(Debug)]
pub(crate) enum Order {
    /// Work on this.
    Invoke(Invocation),
    /// Send a signal to the process.
    Signal(Signal),
    /// End the process; an invocation under way fails as in a crash.
    End,
}

/// What an environment needs.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) id: EnvironmentId,
    pub(crate) spec: Arc<Spec>,
    pub(crate) clock: Clock,
    pub(crate) events: Events,
    pub(crate) reports: mpsc::UnboundedSender<Report>,
    pub(crate) guard: Option<Guard>,
}

/// How one process's life ended.
enum End {
    /// Before it asked for an event.
    NotInitialised(Ended),
    /// Before it asked for an event, because it was told to.
    Stopped(Ended),
    /// Later.
    Gone,
}

/// Runs an environment until its process is gone; `first` is the invocation for which it is made.
pub(crate) async fn run(
    setting: Setting,
    first: Invocation,
    delay: Duration,
    mut orders: mpsc::UnboundedReceiver<Order>,
) {
    let mut waiting = Some(first);
    let failure = if pause(delay, &mut orders).await {
        live(&setting, &mut waiting, &mut orders).await
    } else {
        Some(failed("Runtime.ExitError", "the function was stopped".to_owned()))
    };
    if failure.is_none() {
        // An order may cross with the end of the process.
        orders.close();
        while let Ok(order) = orders.try_recv() {
            if let Order::Invoke(invocation) = order {
                waiting = Some(invocation);
            }
        }
    }
    let initialised = failure.is_none();
    if let (Some(error), Some(invocation)) = (failure, waiting.take_if(|_| !initialised)) {
        setting.report_end(&invocation, error, Duration::ZERO, None);
    }
    let (function, id) = (setting.spec.name.clone(), setting.id);
    let _ = setting.reports.send(Report::Gone { function, id, waiting, initialised });
}

/// Starts the process, once more if it fails before its first event; why it could not be started, if so.
async fn live(
    setting: &Setting,
    waiting: &mut Option<Invocation>,
    orders: &mut mpsc::UnboundedReceiver<Order>,
) -> Option<Ended> {
    let mut failure = None;
    for (init_max, is_final) in [(INIT_MAX, false), (setting.spec.timeout, true)] {
        let journal = Journal::new(&setting.spec.name, setting.clock, setting.events.clone());
        let mut life = match Life::begin(setting, journal.clone()).await {
            Ok(life) => life,
            Err(error) => {
                setting.report_init_failure(&error, &journal, true);
                return Some(error);
            }
        };
        life.waiting = waiting.take();
        let end = life.run(orders, init_max).await;
        *waiting = life.waiting.take();
        match end {
            End::NotInitialised(error) => {
                setting.report_init_failure(&error, &journal, is_final);
                failure = Some(error);
            }
            End::Stopped(error) => return Some(error),
            End::Gone => return None,
        }
    }
    failure
}

/// Waits before a start that follows failed ones; false when told to end meanwhile.
async fn pause(delay: Duration, orders: &mut mpsc::UnboundedReceiver<Order>) -> bool {
    let until = Instant::now() + delay;
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(until) => return true,
            order = orders.recv() => match order {
                Some(Order::End) | None => return false,
                Some(Order::Signal(_) | Order::Invoke(_)) => {}
            },
        }
    }
}

impl Setting {
    fn report_end(&self, invocation: &Invocation, ended: Ended, took: Duration, journal: Option<&Journal>) {
        let request_id = invocation.request_id.clone();
        let log = journal.filter(|_| invocation.log_tail).map(Journal::tail).unwrap_or_default();
        let _ = self.reports.send(Report::Ended(Finished { request_id, ended, took, log }));
    }
}

/// A process and what it is doing.
struct Life<'a> {
    setting: &'a Setting,
    process: Process,
    journal: Journal,
    said: mpsc::UnboundedReceiver<Said>,
    /// Dropping it closes the Runtime API.
    _api: JoinSet<()>,
    initialised: bool,
    /// An invocation that the process has not been given yet.
    waiting: Option<Invocation>,
    /// The process's open question for an event.
    asking: Option<oneshot::Sender<Assignment>>,
    current: Option<Current>,
}

struct Current {
    invocation: Invocation,
    since: Instant,
    deadline: Instant,
}

impl<'a> Life<'a> {
    async fn begin(setting: &'a Setting, journal: Journal) -> Result<Self, Ended> {
        let no_api = |error: io::Error| failed("Runtime.Unknown", format!("the Runtime API cannot listen: {error}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(no_api)?;
        let address = listener.local_addr().map_err(no_api)?;
        let program = setting.spec.program(&address.to_string()).await?;
        let process = Process::start(&program, &journal, setting.guard.clone()).await.map_err(|error| {
            failed("Runtime.InvalidEntrypoint", format!("cannot start {}: {error}", program.executable.display()))
        })?;
        let (sender, said) = mpsc::unbounded_channel();
        let identity = Identity { function: setting.spec.name.clone(), handler: setting.spec.handler.clone() };
        let mut api = JoinSet::new();
        api.spawn(serve_api(listener, identity, sender));
        let (at, function, pid) = (setting.clock.now(), setting.spec.name.clone(), process.id());
        setting.events.send(Event::ProcessStarted { at, function, pid });
        Ok(Self {
            setting,
            process,
            journal,
            said,
            _api: api,
            initialised: false,
            waiting: None,
            asking: None,
            current: None,
        })
    }

    async fn run(&mut self, orders: &mut mpsc::UnboundedReceiver<Order>, init_max: Duration) -> End {
        let init_until = Instant::now() + init_max;
        loop {
            let until = match &self.current {
                Some(current) => current.deadline,
                None if self.initialised => Instant::now() + Duration::from_hours(24),
                None => init_until,
            };
            tokio::select! {
                biased;
                Some(said) = self.said.recv() => {
                    if let Some(end) = self.hear(said).await {
                        return end;
                    }
                }
                status = self.process.ended() => {
                    self.hear_last_words().await;
                    return self.exited(&status);
                }
                order = orders.recv() => match order {
                    Some(Order::Invoke(invocation)) => {
                        self.waiting = Some(invocation);
                        self.assign();
                    }
                    Some(Order::Signal(signal)) => self.process.signal(signal),
                    Some(Order::End) | None => {
                        let status = self.process.kill().await;
                        return match self.exited(&status) {
                            End::NotInitialised(error) => End::Stopped(error),
                            other => other,
                        };
                    }
                },
                () = tokio::time::sleep_until(until) => return self.out_of_time(init_max).await,
            }
        }
    }

    async fn hear(&mut self, said: Said) -> Option<End> {
        match said {
            Said::Next(asking) => {
                self.initialised = true;
                self.asking = Some(asking);
                self.assign();
                None
            }
            Said::Streams { request_id, content_type, sink } => {
                let _ = sink.send(self.sink(&request_id, content_type));
                None
            }
            Said::Answered { request_id, ended, accepted } => {
                self.wait_for_lines().await;
                let _ = accepted.send(self.end_current(&request_id, ended));
                None
            }
            Said::Failed { request_id: Some(request_id), error, accepted } => {
                self.wait_for_lines().await;
                let _ = accepted.send(self.end_current(&request_id, error));
                None
            }
            Said::Failed { request_id: None, error, accepted } => {
                let _ = accepted.send(true);
                let status = self.process.kill().await;
                self.report_exit(&status);
                Some(End::NotInitialised(error))
            }
        }
    }

    /// Where the pieces of the answer to the invocation under way go, if it has this id.
    fn sink(&self, request_id: &str, content_type: Option<String>) -> Option<Sink> {
        let current = self.current.as_ref().filter(|current| current.invocation.request_id == request_id)?;
        if !current.invocation.streamed {
            return Some(Sink::Whole);
        }
        let (sink, streamed) = Sink::through(content_type);
        let request_id = request_id.to_owned();
        let _ = self.setting.reports.send(Report::Streams { request_id, streamed });
        Some(sink)
    }

    /// Lines come through another pipe than answers do.
    async fn wait_for_lines(&self) {
        if self.current.as_ref().is_some_and(|current| current.invocation.log_tail) {
            tokio::time::sleep(LINES_WAIT).await;
        }
    }

    /// Gives the waiting invocation to the process when it asks for one.
    fn assign(&mut self) {
        let Some(asking) = self.asking.take_if(|_| self.waiting.is_some()) else { return };
        let Some(invocation) = self.waiting.take() else { return };
        // Starting the process does not count against the timeout, which the cloud cannot know of.
        let clock = self.setting.clock;
        let deadline = invocation.deadline.max(clock.now() + self.setting.spec.timeout);
        self.journal.begin(&invocation.request_id);
        let (since, until) = (Instant::now(), clock.instant(deadline));
        self.current = Some(Current { invocation: invocation.clone(), since, deadline: until });
        // A process whose connection broke ends soon, which ends the invocation.
        let _ = asking.send(Assignment { invocation, deadline });
    }

    /// Ends the invocation under way if it has this id.
    fn end_current(&mut self, request_id: &str, ended: Ended) -> bool {
        let Some(Current { invocation, since, .. }) =
            self.current.take_if(|current| current.invocation.request_id == request_id)
        else {
            return false;
        };
        // Free first: what the end sets in motion then finds this environment, and no process is started beyond need.
        let (function, id) = (self.setting.spec.name.clone(), self.setting.id);
        let _ = self.setting.reports.send(Report::Free { function, id });
        self.setting.report_end(&invocation, ended, since.elapsed(), Some(&self.journal));
        true
    }

    /// What the process said just before its end may still be on its way.
    async fn hear_last_words(&mut self) {
        let until = Instant::now() + LAST_WORDS_WAIT;
        while self.current.is_some() {
            match tokio::time::timeout_at(until, self.said.recv()).await {
                Ok(Some(said @ (Said::Answered { .. } | Said::Failed { request_id: Some(_), .. }))) => {
                    self.hear(said).await;
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }

    fn exited(&mut self, status: &io::Result<ExitStatus>) -> End {
        self.report_exit(status);
        if let Some(Current { invocation, since, .. }) = self.current.take() {
            let ended = exit_of(&invocation.request_id, status);
            self.setting.report_end(&invocation, ended, since.elapsed(), Some(&self.journal));
        }
        if self.initialised {
            return End::Gone;
        }
        let request_id = self.waiting.as_ref().map_or("", |invocation| invocation.request_id.as_str());
        End::NotInitialised(exit_of(request_id, status))
    }

    /// The function's timeout, or that of its start, is over.
    async fn out_of_time(&mut self, init_max: Duration) -> End {
        let status = self.process.kill().await;
        self.report_exit(&status);
        if let Some(Current { invocation, since, .. }) = self.current.take() {
            self.setting.report_end(&invocation, Ended::TimedOut, since.elapsed(), Some(&self.journal));
            return End::Gone;
        }
        let seconds = init_max.as_secs_f64();
        let reason = format!("the process did not ask for an event within {seconds:.2} seconds");
        End::NotInitialised(failed("Sandbox.Timedout", reason))
    }

    fn report_exit(&self, status: &io::Result<ExitStatus>) {
        let (at, function, pid) = (self.setting.clock.now(), self.setting.spec.name.clone(), self.process.id());
        self.setting.events.send(Event::ProcessEnded { at, function, pid, status: describe(status) });
    }
}

impl Setting {
    fn report_init_failure(&self, error: &Ended, journal: &Journal, is_final: bool) {
        let reason = match error {
            // The request id names the invocation that happened to need the process.
            Ended::Failed { message, .. } => {
                message.split_once(" Error: ").map_or(message.as_str(), |(_, reason)| reason)
            }
            Ended::Answered(_) | Ended::TimedOut => "it did not start",
        };
        let (at, function, last_lines) = (self.clock.now(), self.spec.name.clone(), journal.last_lines());
        let reason = reason.to_owned();
        self.events.send(Event::InitFailed { at, function, reason, last_lines, is_final });
    }
}

fn exit_of(request_id: &str, status: &io::Result<ExitStatus>) -> Ended {
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => exited(request_id, Exit::Status(code)),
            (None, signal) => exited(request_id, Exit::Signal(&signal_name(signal.unwrap_or_default()))),
        },
        Err(error) => failed("Runtime.Unknown", format!("RequestId: {request_id} Error: {error}")),
    }
}
