//! AWS Lambda: functions, invocations, asynchronous events, SQS event source mappings and function URLs.
//!
//! Functions come from a template ([`Lambda::deploy`]) or from `CreateFunction`; the driver learns of the latter, and of
//! changes, from [`Lambda::take_rollouts`].
//!
//! Not modelled: versions, aliases and layers, provisioned concurrency, durable functions, tenant isolation, Managed
//! Instances, images, code signing, CORS of function URLs, and event sources other than SQS: each is refused by name.
//! Lambda's own queue may deliver an asynchronous event twice; this one does so only after a crash. The timeout is the
//! driver's to enforce: it ends the execution at [`Invocation::deadline`] and says [`Ended::TimedOut`]. What a function
//! streams is the driver's to pass on, to the call that [`Lambda::listener`] names; its speed is not limited.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aqueduct_topology::{self as topology, Arn};

use crate::keep::Kept;
use crate::sqs::Sqs;
use crate::{ApiError, CallId, Delivery, Handover, Ids, Note, Principal, Refusal, Site, Timestamp, What, policy};

mod api;
mod asynchronous;
mod code;
mod control;
mod deployment;
mod durable;
mod execution;
mod failure;
mod function;
mod lineage;
mod log;
mod mapping;
mod name;
pub mod pace;
mod prelude;
mod refusals;
#[cfg(test)]
mod tests;
pub mod url;

pub use api::{
    AccountSettings, AddPermission, CodeSource, CreateFunction, CreateMapping, EventInvokeChange,
    EventInvokeDescription, FunctionDescription, InvocationKind, Invoke, Invoked, Logging, MappingChange,
    MappingDescription, Page, Progress, ProvisionedPollers, Request, Response, UpdateCode, UpdateFunction, UrlChange,
    UrlDescription, UrlOf,
};
pub use code::{Code, UNZIPPED_BYTES_MAX, ZIPPED_BYTES_MAX};
pub use deployment::{Deployment, Rollout};
pub use execution::{ASYNCHRONOUS_BYTES_MAX, STREAMED_BYTES_MAX, SYNCHRONOUS_BYTES_MAX};
pub use failure::{Exit, RESPONSE_BYTES_MAX, exited, failed};
pub use log::TAIL_BYTES_MAX;
pub use mapping::failed_records;
pub use prelude::{PRELUDE_TYPE, Prelude};

/// Concurrent executions of an account, unless AWS raised it.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const CONCURRENCY_MAX: u32 = 1_000;

/// A function to be run now, in a free execution environment or a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// `Lambda-Runtime-Aws-Request-Id`.
    pub request_id: String,
    /// The function's physical name.
    pub function: String,
    /// `Lambda-Runtime-Invoked-Function-Arn`.
    pub arn: Arn,
    /// The event, JSON text.
    pub payload: String,
    /// When the function's timeout ends it.
    pub deadline: Timestamp,
    /// `Lambda-Runtime-Trace-Id`; a function that sends it on with its calls lets loops be recognised.
    pub trace_id: String,
    /// `ClientContext`, in Base64.
    pub client_context: Option<String>,
    /// Whether its caller asks for the end of its log.
    pub log_tail: bool,
    /// Whether its caller takes the answer while it is being made. Others get what a function streams when all of it is
    /// there, as [`Ended::Answered`].
    pub streamed: bool,
}

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The function answered with this JSON text.
    Answered(String),
    /// The function reported an error, crashed or could not start.
    Failed {
        /// Such as `Runtime.ExitError`.
        error_type: String,
        /// What the function or Lambda said.
        message: String,
        /// The error document, JSON text, as a caller of Invoke gets it.
        payload: String,
    },
    /// The timeout ended it.
    TimedOut,
}

/// All functions and event source mappings of one account and Region.
#[derive(Debug)]
pub struct Lambda {
    site: Site,
    ids: Ids,
    concurrency_max: u32,
    functions: Kept<String, function::Function>,
    /// The code that the API brought, by function.
    codes: Kept<String, Code>,
    /// In the order of their creation, which is the order in which they poll.
    mappings: Vec<mapping::Mapping>,
    /// What is kept of the mappings, by UUID.
    mapping_records: Kept<String, mapping::Record>,
    last_mapping: u64,
    running: BTreeMap<String, execution::Running>,
    /// How many executions are under way, by function; none is not there.
    executions: BTreeMap<String, u32>,
    /// The asynchronous queue, executions under way included.
    events: Kept<u64, asynchronous::Queued>,
    /// When the events that are not under way are to be tried.
    due: BTreeSet<(Timestamp, u64)>,
    sendings: Kept<u64, asynchronous::Sending>,
    last_sequence: u64,
    out: Out,
}

/// What waits to be taken by the driver.
#[derive(Debug, Default)]
struct Out {
    answers: Vec<(CallId, Result<Response, ApiError>)>,
    invocations: Vec<Invocation>,
    deliveries: Vec<Delivery>,
    rollouts: Vec<Rollout>,
    notes: Vec<Note>,
}

impl Out {
    fn note(&mut self, at: Timestamp, place: &str, id: &str, subject: Option<&String>, what: What) {
        self.notes.push(Note { at, place: place.to_owned(), subject: subject.cloned(), id: id.to_owned(), what });
    }
}

impl Lambda {
    /// No functions yet.
    pub fn new(site: Site, ids: Ids) -> Self {
        Self {
            site,
            ids,
            concurrency_max: CONCURRENCY_MAX,
            functions: Kept::default(),
            codes: Kept::default(),
            mappings: Vec::new(),
            mapping_records: Kept::default(),
            last_mapping: 0,
            running: BTreeMap::new(),
            executions: BTreeMap::new(),
            events: Kept::default(),
            due: BTreeSet::new(),
            sendings: Kept::default(),
            last_sequence: 0,
            out: Out::default(),
        }
    }

    /// Sets the account's concurrent executions, [`CONCURRENCY_MAX`] by default.
    pub const fn set_concurrency_max(&mut self, executions: u32) {
        self.concurrency_max = executions;
    }

    /// Deploys a function as a template describes it, or replaces the one of its name.
    pub fn deploy(&mut self, now: Timestamp, function: &topology::Function) {
        let (revision, url_id) = (self.ids.uuid(), self.url_id());
        let deployed = function::Function::of_template(now, function, revision, url_id);
        self.functions.insert(function.name.clone(), deployed);
    }

    /// Answers a call, or `None` when a synchronous invocation waits for its function.
    pub fn call(
        &mut self,
        now: Timestamp,
        call: CallId,
        request: Request,
        sqs: &mut Sqs,
    ) -> Option<Result<Response, ApiError>> {
        match request {
            Request::Invoke(invoke) => self.invoke(now, call, invoke),
            Request::InvokeUrl { url, event } => self.invoke_url(now, call, &url, event),
            request => Some(self.control(now, request, sqs)),
        }
    }

    /// The caller of a synchronous invocation hung up; the function runs on and its answer goes nowhere.
    pub fn forget(&mut self, call: CallId) {
        self.out.answers.retain(|(waiting, _)| *waiting != call);
    }

    /// The call that takes what a function streams while it is being made, if there is one; its answer, when the
    /// invocation ends, says how that went.
    pub fn listener(&self, request_id: &str) -> Option<CallId> {
        self.listening(request_id)
    }

    /// Answers to synchronous invocations that ended.
    pub fn take_answers(&mut self) -> Vec<(CallId, Result<Response, ApiError>)> {
        std::mem::take(&mut self.out.answers)
    }

    /// Another service hands an event to a function's asynchronous queue; the function's policy decides.
    ///
    /// Answers with the request id that the event keeps over all its attempts.
    pub fn hand_over(
        &mut self,
        now: Timestamp,
        to: &Arn,
        message: Handover,
        from: &Principal,
    ) -> Result<String, Refusal> {
        let name = self.target(to)?;
        if !policy::acts_through_role(from.service) {
            let allowed = self.functions.get(&name).map_or(Ok(()), |function| function.allows(from));
            allowed.map_err(Refusal::NoPermission)?;
        }
        self.accept(now, &name, message)
    }

    fn target(&self, to: &Arn) -> Result<String, Refusal> {
        self.function(to.as_str())
            .map(|function| function.name.clone())
            .map_err(|error| Refusal::NoResource(error.message))
    }

    fn accept(&mut self, now: Timestamp, name: &str, message: Handover) -> Result<String, Refusal> {
        if message.body.len() > ASYNCHRONOUS_BYTES_MAX {
            let reason = format!("an asynchronous event must be smaller than {ASYNCHRONOUS_BYTES_MAX} bytes");
            return Err(Refusal::Invalid(reason));
        }
        let lineage = message.trace_header.as_deref().map(lineage::Lineage::parse);
        let event = execution::Event { lineage, ..execution::Event::new(message.body) };
        Ok(self.enqueue(now, name, event))
    }

    /// Lets every event source mapping look at its queue.
    pub fn poll(&mut self, now: Timestamp, sqs: &mut Sqs) {
        self.poll_mappings(now, sqs);
    }

    /// How many messages of each queue its mappings could take now.
    pub fn wanted(&self, now: Timestamp) -> BTreeMap<Arn, usize> {
        let mut wanted = BTreeMap::new();
        for mapping in &self.mappings {
            *wanted.entry(mapping.queue.clone()).or_default() += mapping.wants(now);
        }
        wanted
    }

    /// Invocations to start now.
    pub fn take_invocations(&mut self) -> Vec<Invocation> {
        std::mem::take(&mut self.out.invocations)
    }

    /// Functions that were made, changed or deleted at run time since the last call, in order.
    pub fn take_rollouts(&mut self) -> Vec<Rollout> {
        std::mem::take(&mut self.out.rollouts)
    }

    /// An invocation ended; `log_lines` is what the function wrote meanwhile, its end at least.
    pub fn ended(
        &mut self,
        now: Timestamp,
        sqs: &mut Sqs,
        request_id: &str,
        (ended, log_lines): (Ended, &str),
        took: Duration,
    ) {
        self.finish(now, sqs, request_id, (ended, log_lines), took);
    }

    /// Records for destinations and dead-letter queues, to hand on now.
    pub fn take_deliveries(&mut self) -> Vec<Delivery> {
        std::mem::take(&mut self.out.deliveries)
    }

    /// How a delivery went.
    pub fn delivered(&mut self, now: Timestamp, ticket: u64, result: Result<(), Refusal>) {
        self.sent(now, ticket, result);
    }

    /// Whether nothing runs, waits to run or waits to be tried again.
    pub fn is_idle(&self) -> bool {
        self.running.is_empty()
            && self.events.is_empty()
            && self.sendings.is_empty()
            && self.mappings.iter().all(mapping::Mapping::is_idle)
    }

    /// Lets time pass up to `now`.
    pub fn tick(&mut self, now: Timestamp) {
        self.start_due_events(now);
    }

    /// When [`Self::tick`] or [`Self::poll`] has something to do next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.next_event().into_iter().chain(self.mappings.iter().filter_map(mapping::Mapping::next_wake)).min()
    }

    /// What happened since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.out.notes)
    }

    fn sequence(&mut self) -> u64 {
        self.last_sequence += 1;
        self.last_sequence
    }
}
