//! The services together: messages routed from one to the next.
//!
//! The roles of functions and schedules are not checked: what they call is allowed. What another service hands over
//! is decided by the receiver's resource policy.

use std::time::Duration;

use aqueduct_topology::Arn;

use crate::events::EventBridge;
use crate::lambda::{Ended, FunctionDescription, Invocation, Invoke, Lambda, MappingDescription, Rollout};
use crate::sns::Sns;
use crate::sqs::Sqs;
use crate::{ApiError, CallId, Delivery, Ids, Note, Refusal, Site, Timestamp, Watch, events, lambda, sns, sqs};

mod borrowed;
mod census;
mod durable;
#[cfg(test)]
pub(crate) mod fixture;
mod provision;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_http;
mod trace;
mod update;
pub mod virtual_time;

pub use census::QueueCensus;

/// How often deliveries may set further deliveries in motion at one point in time. A wiring that loops, such as a
/// function that is its own destination for failures, goes on after [`LOOP_PAUSE`], so that time passes in it as it
/// does on AWS.
const ROUNDS_MAX: usize = 32;

/// How long a loop of deliveries rests.
const LOOP_PAUSE: Duration = Duration::from_secs(1);

/// An API call of any modelled service.
#[derive(Clone, Debug)]
pub enum Request {
    /// SQS.
    Sqs(sqs::Request),
    /// SNS.
    Sns(sns::Request),
    /// EventBridge and EventBridge Scheduler.
    Events(events::Request),
    /// Lambda.
    Lambda(lambda::Request),
}

/// The answer to a [`Request`].
#[derive(Clone, Debug)]
pub enum Response {
    /// SQS.
    Sqs(sqs::Response),
    /// SNS.
    Sns(sns::Response),
    /// EventBridge and EventBridge Scheduler.
    Events(events::Response),
    /// Lambda.
    Lambda(lambda::Response),
}

/// What the cloud asks of its driver.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Answer a call.
    Answer {
        /// The call.
        call: CallId,
        /// Its answer.
        result: Result<Response, ApiError>,
    },
    /// Run a function, then say how it ended with [`Cloud::ended`].
    Invoke(Invocation),
    /// Send a request to an HTTP endpoint, then say how it went with [`Cloud::posted`].
    Post(sns::Post),
    /// Something happened.
    Note(Note),
}

/// SQS, SNS, EventBridge and Lambda of one account and Region, wired as a topology says.
#[derive(Debug)]
pub struct Cloud {
    site: Site,
    sqs: Sqs,
    sns: Sns,
    events: EventBridge,
    lambda: Lambda,
    effects: Vec<Effect>,
    /// When deliveries that loop go on.
    resume: Option<Timestamp>,
    /// Whether notes are wanted.
    watch: Watch,
}

/// Whose delivery it is, and so who hears how it went.
#[derive(Clone, Copy, Debug)]
enum Sender {
    Sns,
    Events,
    Lambda,
}

impl Cloud {
    /// An empty cloud whose identifiers come from `seed`.
    pub fn new(site: Site, seed: u64) -> Self {
        let mut seeds = Ids::new(seed);
        let mut ids = || Ids::new(seeds.next_u64());
        Self {
            sqs: Sqs::new(site.clone(), ids()),
            sns: Sns::new(site.clone(), ids()),
            events: EventBridge::new(site.clone(), ids()),
            lambda: Lambda::new(site.clone(), ids()),
            site,
            effects: Vec::new(),
            resume: None,
            watch: Watch::All,
        }
    }

    /// Sets the account's concurrent executions; 1,000 by default.
    pub const fn set_concurrency_max(&mut self, executions: u32) {
        self.lambda.set_concurrency_max(executions);
    }

    /// Says which [`Effect::Note`]s somebody wants; all by default. SQS saves the work for the others.
    pub const fn set_watch(&mut self, watch: Watch) {
        self.watch = watch;
        self.sqs.set_watch(watch);
    }

    /// Says which liberties the standard queues take that are created from now on; none by default.
    pub fn set_liberties(&mut self, liberties: sqs::Liberties) {
        self.sqs.set_liberties(liberties);
    }

    /// Bounds the entries of a `PutEvents` call together, in bytes; 1 MiB by default.
    pub const fn set_event_bytes_max(&mut self, bytes: usize) {
        self.events.set_entries_bytes_max(bytes);
    }

    /// Says where the driver serves a function's URL, for `GetFunctionUrlConfig`.
    pub fn set_function_url(&mut self, function: &str, url: String) -> Result<(), ApiError> {
        self.lambda.set_url(function, url)
    }

    /// An API call came in; its answer is an effect, now or later.
    pub fn call(&mut self, now: Timestamp, call: CallId, request: Request) {
        let result = match request {
            Request::Sqs(request) => self.sqs.call(now, call, request).map(|result| result.map(Response::Sqs)),
            Request::Sns(request) => Some(self.sns.call(now, request).map(Response::Sns)),
            Request::Events(request) => Some(self.events.call(now, request).map(Response::Events)),
            Request::Lambda(request) => {
                let result = self.lambda.call(now, call, request, &mut self.sqs);
                result.map(|result| result.map(Response::Lambda))
            }
        };
        self.collect();
        if let Some(result) = result {
            self.effects.push(Effect::Answer { call, result });
        }
        self.settle(now);
    }

    /// A request to a function's URL came in; its answer is that of a synchronous invocation, which
    /// [`lambda::url::answer`] turns into an HTTP response.
    ///
    /// `function` is a logical id, a name or an ARN.
    pub fn invoke_url(&mut self, now: Timestamp, call: CallId, function: &str, event: String) {
        let named = self.lambda.functions(now).into_iter().find(|candidate| candidate.id == function);
        let function = named.map_or_else(|| function.to_owned(), |function| function.name);
        self.call(now, call, Request::Lambda(lambda::Request::Invoke(Invoke::synchronous(function, event))));
    }

    /// The caller hung up before its answer.
    pub fn forget(&mut self, call: CallId) {
        self.sqs.forget(call);
        self.lambda.forget(call);
    }

    /// The call that takes what a function streams while it is being made, if there is one.
    pub fn listener(&self, request_id: &str) -> Option<CallId> {
        self.lambda.listener(request_id)
    }

    /// An invocation ended.
    pub fn ended(&mut self, now: Timestamp, request_id: &str, ended: Ended, took: Duration) {
        self.ended_with_log(now, request_id, (ended, ""), took);
    }

    /// An invocation ended; the text is what the function wrote meanwhile, of which a caller may have asked for the end.
    pub fn ended_with_log(&mut self, now: Timestamp, request_id: &str, ended: (Ended, &str), took: Duration) {
        self.lambda.ended(now, &mut self.sqs, request_id, ended, took);
        self.settle(now);
    }

    /// A request to an HTTP endpoint came to its end.
    pub fn posted(&mut self, now: Timestamp, ticket: u64, posted: sns::Posted) {
        self.sns.posted(now, ticket, posted);
        self.settle(now);
    }

    /// Functions that were made, changed or deleted at run time since the last call, in order. A driver that runs functions
    /// takes them before the effects that came with them.
    pub fn take_rollouts(&mut self) -> Vec<Rollout> {
        self.lambda.take_rollouts()
    }

    /// Lets time pass up to `now`.
    pub fn tick(&mut self, now: Timestamp) {
        self.resume = self.resume.filter(|resume| *resume > now);
        self.sqs.tick(now);
        self.collect();
        self.sns.tick(now);
        self.events.tick(now);
        self.lambda.tick(now);
        self.settle(now);
    }

    /// When [`Self::tick`] has something to do next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let wakes =
            [self.sqs.next_wake(), self.sns.next_wake(), self.events.next_wake(), self.lambda.next_wake(), self.resume];
        wakes.into_iter().flatten().min()
    }

    /// What to do since the last call, in order.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Whether nothing waits, runs or is to be tried again; messages in dead-letter queues rest.
    pub fn is_idle(&self) -> bool {
        self.resume.is_none()
            && self.sqs.is_idle()
            && self.sns.is_idle()
            && self.events.is_idle()
            && self.lambda.is_idle()
    }

    /// All functions, by name, with what a driver needs to run them.
    pub fn functions(&self, now: Timestamp) -> Vec<FunctionDescription> {
        self.lambda.functions(now)
    }

    /// All event source mappings, in the order of their creation.
    pub fn mappings(&self, now: Timestamp) -> Vec<MappingDescription> {
        self.lambda.mappings(now)
    }

    /// Routes deliveries and lets mappings poll until nothing more happens at this point in time.
    fn settle(&mut self, now: Timestamp) {
        self.collect();
        if self.resume.is_some() {
            self.poll(now);
            return;
        }
        for _ in 0..ROUNDS_MAX {
            let delivered = self.deliver(now);
            self.poll(now);
            if !delivered {
                return;
            }
        }
        self.resume = Some(now + LOOP_PAUSE);
    }

    fn poll(&mut self, now: Timestamp) {
        self.lambda.poll(now, &mut self.sqs);
        self.collect();
    }

    fn deliver(&mut self, now: Timestamp) -> bool {
        let sns = self.sns.take_deliveries().into_iter().map(|delivery| (Sender::Sns, delivery));
        let events = self.events.take_deliveries().into_iter().map(|delivery| (Sender::Events, delivery));
        let lambda = self.lambda.take_deliveries().into_iter().map(|delivery| (Sender::Lambda, delivery));
        let deliveries: Vec<_> = sns.chain(events).chain(lambda).collect();
        let any = !deliveries.is_empty();
        for (sender, delivery) in deliveries {
            let ticket = delivery.ticket;
            let result = self.route(now, delivery);
            self.collect();
            match sender {
                Sender::Sns => self.sns.delivered(now, ticket, result),
                Sender::Events => self.events.delivered(now, ticket, result),
                Sender::Lambda => self.lambda.delivered(now, ticket, result),
            }
            self.collect();
        }
        any
    }

    fn route(&mut self, now: Timestamp, delivery: Delivery) -> Result<(), Refusal> {
        let Delivery { from, to, message, .. } = delivery;
        let taken = match to.service() {
            "sqs" => self.sqs.hand_over(now, &to, message, &from),
            "sns" => self.sns.hand_over(now, &to, message, &from),
            "events" => self.events.hand_over(now, &to, message, &from),
            "lambda" => self.lambda.hand_over(now, &to, message, &from),
            other => {
                Err(Refusal::NoResource(format!("the embedded cloud does not model {other:?} as a target ({to})")))
            }
        };
        taken.map(drop)
    }

    /// Takes what the services want done, in the order in which one step of work makes it.
    fn collect(&mut self) {
        let notes = self.sns.take_notes().into_iter();
        let notes = notes.chain(self.events.take_notes()).chain(self.lambda.take_notes()).chain(self.sqs.take_notes());
        self.effects.extend(notes.filter(|note| self.watch.includes(&note.what)).map(Effect::Note));
        for (call, result) in self.sqs.take_answers() {
            self.effects.push(Effect::Answer { call, result: result.map(Response::Sqs) });
        }
        for (call, result) in self.lambda.take_answers() {
            self.effects.push(Effect::Answer { call, result: result.map(Response::Lambda) });
        }
        self.effects.extend(self.lambda.take_invocations().into_iter().map(Effect::Invoke));
        self.effects.extend(self.sns.take_posts().into_iter().map(Effect::Post));
    }

    /// The URL of a queue of this site.
    fn queue_url(&self, queue: &Arn) -> String {
        format!("{}/{}/{}", self.site.endpoint, self.site.account, queue.name())
    }
}
