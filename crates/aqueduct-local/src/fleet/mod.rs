//! The functions' processes: one for each invocation at a time, warm ones used again.

mod environment;
mod guard;
mod logs;
mod process;
mod runtime_api;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aqueduct_services::lambda::{Ended, Exit, Invocation, exited, failed};
use aqueduct_topology::Function;
use rustix::process::Signal;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::event::Event;
use environment::{Order, Setting};
use guard::Guard;
use process::Program;

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

/// What an environment tells the fleet's owner.
#[derive(Debug)]
pub(crate) enum Report {
    /// An invocation ended.
    Ended { request_id: String, ended: Ended, took: Duration },
    /// An environment can take another invocation.
    Free { function: String, id: EnvironmentId },
    /// An environment is no more; `waiting` was given to it too late.
    Gone { function: String, id: EnvironmentId, waiting: Option<Invocation>, initialised: bool },
}

/// What a function's processes have in common.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    /// Physical name.
    pub(crate) name: String,
    /// `Handler`.
    pub(crate) handler: String,
    /// Timeout of an invocation.
    pub(crate) timeout: Duration,
    /// The executable; none when nothing was built for the function.
    pub(crate) executable: Option<PathBuf>,
    /// The environment, but for what differs from process to process.
    pub(crate) environment: BTreeMap<String, String>,
}

impl Spec {
    /// What to run for `function`; `variables` are set beside the template's and win over them.
    ///
    /// Source of the variables: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
    pub(crate) fn new(
        function: &Function,
        executable: Option<PathBuf>,
        endpoint: &str,
        variables: &BTreeMap<String, String>,
    ) -> Self {
        let handler = function.handler.clone().unwrap_or_else(|| "bootstrap".to_owned());
        let task_root = executable.as_ref().and_then(|path| path.parent()).map(|path| path.display().to_string());
        let mut environment = BTreeMap::new();
        let mut set = |name: &str, value: &str| environment.insert(name.to_owned(), value.to_owned());
        for (name, value) in function.environment.iter().chain(variables) {
            set(name, value);
        }
        for (name, value) in [
            ("_HANDLER", handler.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_DEFAULT_REGION", function.arn.region()),
            ("AWS_REGION", function.arn.region()),
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &function.memory_mb.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", &function.name),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", &format!("/aws/lambda/{}", function.name)),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
            ("LAMBDA_TASK_ROOT", task_root.as_deref().unwrap_or("/")),
            ("LANG", "en_US.UTF-8"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("TZ", ":UTC"),
        ] {
            set(name, value);
        }
        Self { name: function.name.clone(), handler, timeout: function.timeout, executable, environment }
    }

    /// The program for one process, whose Runtime API listens at `address`.
    fn program(&self, address: &str) -> Result<Program, Ended> {
        let Some(executable) = self.executable.clone() else {
            let message = format!("no executable was built for the function {}", self.name);
            return Err(failed("Runtime.InvalidEntrypoint", message));
        };
        let mut environment = self.environment.clone();
        environment.insert("AWS_LAMBDA_RUNTIME_API".to_owned(), address.to_owned());
        Ok(Program { executable, environment })
    }
}

/// All execution environments of a local run.
#[derive(Debug)]
pub(crate) struct Fleet {
    functions: BTreeMap<String, Member>,
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
    stopped: bool,
    failed_starts: u32,
}

impl Fleet {
    /// A fleet without processes.
    pub(crate) fn new(
        specs: Vec<Spec>,
        clock: Clock,
        events: Events,
        reports: mpsc::UnboundedSender<Report>,
    ) -> std::io::Result<Self> {
        let functions = specs.into_iter().map(|spec| (spec.name.clone(), Member::new(spec))).collect();
        let guard = Some(Guard::start()?);
        Ok(Self { functions, clock, events, reports, guard, environments: JoinSet::new(), next_id: 0 })
    }

    /// Runs an invocation, in a free environment if there is one.
    pub(crate) fn invoke(&mut self, mut invocation: Invocation) {
        while self.environments.try_join_next().is_some() {}
        let Some(member) = self.functions.get_mut(&invocation.function) else {
            let message = format!("the topology has no function {}", invocation.function);
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

    /// Takes a report; gives back the end of an invocation, which is the cloud's concern.
    pub(crate) fn take(&mut self, report: Report) -> Option<(String, Ended, Duration)> {
        match report {
            Report::Ended { request_id, ended, took } => return Some((request_id, ended, took)),
            Report::Free { function, id } => {
                if let Some(member) = self.functions.get_mut(&function)
                    && member.environments.contains_key(&id)
                {
                    member.free.push(id);
                    member.failed_starts = 0;
                }
            }
            Report::Gone { function, id, waiting, initialised } => {
                if let Some(member) = self.functions.get_mut(&function) {
                    member.environments.remove(&id);
                    member.free.retain(|free| *free != id);
                    member.failed_starts = if initialised { 0 } else { member.failed_starts.saturating_add(1) };
                }
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
        let _ = self.reports.send(Report::Ended { request_id, ended, took: Duration::ZERO });
    }
}

impl Member {
    fn new(spec: Spec) -> Self {
        Self { spec: Arc::new(spec), environments: BTreeMap::new(), free: Vec::new(), stopped: false, failed_starts: 0 }
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
