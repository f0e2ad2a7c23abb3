//! Executions: free concurrency, the start of an invocation and what its end sets in motion.

use std::collections::BTreeSet;
use std::time::Duration;

use aqueduct_message::subject_of;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::api::{InvocationKind, Invoke, Invoked, Progress, Response, UrlOf};
use super::control::in_state;
use super::failure::Outcome;
use super::lineage::{self, CHAIN_MAX, Lineage};
use super::{Ended, Invocation, Lambda, log, name};
use crate::sqs::Sqs;
use crate::{ApiError, CallId, Timestamp, What};

/// The largest synchronous event: 6 MB, in bytes.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const SYNCHRONOUS_BYTES_MAX: usize = 6_291_456;

/// The largest streamed answer: 200 MB, in bytes.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html>
pub const STREAMED_BYTES_MAX: usize = 200 * 1024 * 1024;

/// The largest asynchronous event: 1 MB, in bytes.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const ASYNCHRONOUS_BYTES_MAX: usize = 1_048_576;

/// On whose behalf a function runs.
#[derive(Clone, Debug)]
pub(super) enum Cause {
    /// A synchronous call waits for it.
    Call { call: CallId, log_tail: bool, streamed: bool },
    /// An event of the asynchronous queue, by its sequence number.
    Event(u64),
    /// A batch of an event source mapping.
    Batch { mapping: String, batch: u64 },
}

/// An execution under way.
#[derive(Clone, Debug)]
pub(super) struct Running {
    function: String,
    subject: Option<String>,
    cause: Cause,
    timeout: Duration,
    memory_mb: u32,
}

impl Lambda {
    /// Whether the function has concurrency free: its own reservation, or what no function has reserved.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html>
    pub(super) fn has_capacity(&self, name: &str) -> bool {
        let Some(function) = self.functions.get(name) else { return false };
        let Some(reserved) = function.reserved else {
            let shared = self
                .executions
                .iter()
                .filter(|(name, _)| self.functions.get(*name).is_none_or(|function| function.reserved.is_none()));
            return shared.map(|(_, executions)| executions).sum::<u32>() < self.unreserved();
        };
        self.executions(name) < reserved
    }

    /// How many executions of a function are under way.
    pub(super) fn executions(&self, name: &str) -> u32 {
        self.executions.get(name).copied().unwrap_or(0)
    }

    /// What no function has reserved of the account's concurrency.
    pub(super) fn unreserved(&self) -> u32 {
        let reserved: u32 = self.functions.values().filter_map(|function| function.reserved).sum();
        self.concurrency_max.saturating_sub(reserved)
    }

    /// Whether an event went through the function so often that one more time is refused.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>
    pub(super) fn is_recursive(&self, name: &str, lineage: Option<&Lineage>) -> bool {
        match (self.functions.get(name), lineage) {
            (Some(function), Some(lineage)) => !function.allows_recursion && lineage.runs(&function.arn) >= CHAIN_MAX,
            _ => false,
        }
    }

    /// Starts a function that has capacity.
    pub(super) fn start(&mut self, now: Timestamp, name: &str, request_id: &str, event: Event, cause: Cause) {
        let Some(function) = self.functions.get(name) else { return };
        *self.executions.entry(name.to_owned()).or_default() += 1;
        let (timeout, memory_mb) = (function.settings.timeout, function.settings.memory_mb);
        let lineage = event.lineage.unwrap_or_default();
        let trace_id = lineage.enter(&function.arn, now.as_secs(), self.ids.next_u64());
        self.out.invocations.push(Invocation {
            request_id: request_id.to_owned(),
            function: name.to_owned(),
            arn: function.arn.clone(),
            payload: event.payload,
            deadline: now + timeout,
            trace_id,
            client_context: event.client_context,
            log_tail: matches!(cause, Cause::Call { log_tail: true, .. }),
            streamed: matches!(cause, Cause::Call { streamed: true, .. }),
        });
        let running = Running { function: name.to_owned(), subject: event.subject, cause, timeout, memory_mb };
        self.out.note(now, name, request_id, running.subject.as_ref(), What::Invoked { records: event.records });
        self.running.insert(request_id.to_owned(), running);
    }

    /// `Invoke`: the answer, or `None` when it waits for the function.
    pub(super) fn invoke(
        &mut self,
        now: Timestamp,
        call: CallId,
        invoke: Invoke,
    ) -> Option<Result<Response, ApiError>> {
        match self.invoke_or_wait(now, call, invoke) {
            Ok(None) => None,
            Ok(Some(invoked)) => Some(Ok(Response::Invoked(invoked))),
            Err(error) => Some(Err(error)),
        }
    }

    /// A request to a function URL.
    pub(super) fn invoke_url(
        &mut self,
        now: Timestamp,
        call: CallId,
        url: &UrlOf,
        event: String,
    ) -> Option<Result<Response, ApiError>> {
        let Some((function, streamed)) = self.function_behind(url) else {
            return Some(Err(super::refusals::no_resource()));
        };
        self.invoke(now, call, Invoke { streamed, ..Invoke::synchronous(function, event) })
    }

    /// The name of the function behind a URL, and whether the URL streams.
    fn function_behind(&self, url: &UrlOf) -> Option<(String, bool)> {
        let function = match url {
            UrlOf::Id(id) => self.function_of_url(id),
            UrlOf::Function(name) => self.functions.get(name),
        }?;
        let streams = function.url.as_ref()?.invoke_mode == "RESPONSE_STREAM";
        Some((function.name.clone(), streams))
    }

    /// The call that takes what this execution streams while it is being made.
    pub(super) fn listening(&self, request_id: &str) -> Option<CallId> {
        match self.running.get(request_id)?.cause {
            Cause::Call { call, streamed: true, .. } => Some(call),
            _ => None,
        }
    }

    fn invoke_or_wait(&mut self, now: Timestamp, call: CallId, invoke: Invoke) -> Result<Option<Invoked>, ApiError> {
        let name = name::name_of(&invoke.function, &self.site)?.to_owned();
        let Some(function) = self.functions.get(&name) else {
            return Err(self.no_function(&format!("{name}:$LATEST")));
        };
        if function.progress(now) == Progress::Creating {
            return Err(in_state("Pending"));
        }
        let payload = if invoke.payload.is_empty() { "{}".to_owned() } else { invoke.payload };
        check_payload(&payload, invoke.kind)?;
        let lineage = invoke.trace_header.as_deref().map(Lineage::parse);
        let event = Event { lineage, client_context: invoke.client_context, ..Event::new(payload) };
        match invoke.kind {
            InvocationKind::DryRun => Ok(Some(Invoked { status: 204, ..Invoked::default() })),
            InvocationKind::Asynchronous => {
                self.enqueue(now, &name, event);
                Ok(Some(Invoked { status: 202, ..Invoked::default() }))
            }
            InvocationKind::Synchronous => {
                let cause = Cause::Call { call, log_tail: invoke.log_tail, streamed: invoke.streamed };
                self.start_call(now, &name, event, cause)?;
                Ok(None)
            }
        }
    }

    fn start_call(&mut self, now: Timestamp, name: &str, event: Event, cause: Cause) -> Result<(), ApiError> {
        let request_id = self.ids.uuid();
        if self.is_recursive(name, event.lineage.as_ref()) {
            return Err(ApiError::sender("RecursiveInvocationException", lineage::MESSAGE));
        }
        if !self.has_capacity(name) {
            self.out.note(now, name, &request_id, event.subject.as_ref(), What::Throttled);
            return Err(ApiError::sender("TooManyRequestsException", "Rate Exceeded.").with_status(429));
        }
        self.start(now, name, &request_id, event, cause);
        Ok(())
    }

    /// An execution ended, and wrote `log_lines` last; an unknown request id is none of ours and changes nothing.
    pub(super) fn finish(
        &mut self,
        now: Timestamp,
        sqs: &mut Sqs,
        request_id: &str,
        (ended, log_lines): (Ended, &str),
        took: Duration,
    ) {
        let Some(running) = self.running.remove(request_id) else { return };
        self.release(&running.function);
        let outcome = Outcome::of(ended, request_id, running.timeout);
        let failed_records = match (&running.cause, &outcome) {
            (Cause::Batch { mapping, batch }, Outcome::Success(answer)) => self.batch_verdict(mapping, *batch, answer),
            _ => Ok(Vec::new()),
        };
        let what = what_happened(&outcome, &failed_records, took);
        self.out.note(now, &running.function, request_id, running.subject.as_ref(), what);
        match running.cause {
            Cause::Call { call, log_tail, streamed } => {
                let log_tail = log_tail.then(|| log::tail(request_id, log_lines, took, running.memory_mb));
                let invoked = Invoked { log_tail, streamed, ..invoked(outcome) };
                self.out.answers.push((call, Ok(Response::Invoked(invoked))));
            }
            Cause::Event(sequence) => self.event_ended(now, sequence, &outcome),
            Cause::Batch { mapping, batch } => {
                let keep = match (outcome, failed_records) {
                    (Outcome::Success(_), Ok(failed)) => Some(failed.into_iter().collect::<BTreeSet<_>>()),
                    _ => None,
                };
                self.batch_ended(now, sqs, &mapping, batch, keep.as_ref());
            }
        }
    }

    /// One execution of a function is over.
    fn release(&mut self, name: &str) {
        if let Some(executions) = self.executions.get_mut(name) {
            *executions = executions.saturating_sub(1);
            if *executions == 0 {
                self.executions.remove(name);
            }
        }
    }
}

fn what_happened(outcome: &Outcome, failed_records: &Result<Vec<String>, String>, took: Duration) -> What {
    match (outcome, failed_records) {
        (Outcome::Failure { error_type, message, .. }, _) => {
            What::Failed { error_type: error_type.clone(), message: message.clone() }
        }
        (_, Err(reason)) => What::Failed { error_type: "InvalidBatchResponse".to_owned(), message: reason.clone() },
        (_, Ok(failed)) => What::Finished { took, failed_records: failed.clone() },
    }
}

fn invoked(outcome: Outcome) -> Invoked {
    match outcome {
        Outcome::Success(payload) => Invoked { status: 200, payload, ..Invoked::default() },
        Outcome::Failure { payload, .. } => {
            Invoked { status: 200, function_error: Some("Unhandled"), payload, ..Invoked::default() }
        }
    }
}

fn check_payload(payload: &str, kind: InvocationKind) -> Result<(), ApiError> {
    let bytes_max = match kind {
        InvocationKind::Asynchronous => ASYNCHRONOUS_BYTES_MAX,
        InvocationKind::Synchronous | InvocationKind::DryRun => SYNCHRONOUS_BYTES_MAX,
    };
    if payload.len() > bytes_max {
        let message = format!("Request must be smaller than {bytes_max} bytes for the InvokeFunction operation");
        return Err(ApiError::sender("RequestTooLargeException", message).with_status(413));
    }
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(payload) {
        let message = format!("Could not parse request body into json: {error}");
        return Err(ApiError::sender("InvalidRequestContentException", message));
    }
    Ok(())
}

/// What a function is invoked with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Event {
    /// JSON text.
    pub(super) payload: String,
    /// What it is about, where all records that say so agree.
    pub(super) subject: Option<String>,
    /// How many records it holds; an event without records is one itself.
    pub(super) records: usize,
    /// The functions that it passed already.
    pub(super) lineage: Option<Lineage>,
    /// `ClientContext`, in Base64.
    pub(super) client_context: Option<String>,
}

impl Event {
    /// An event, JSON text, with a glance into it.
    pub(super) fn new(payload: String) -> Self {
        let event: Value = serde_json::from_str(&payload).unwrap_or_default();
        let Some(records) = event.get("Records").and_then(Value::as_array) else {
            return Self { subject: subject_of(&payload), records: 1, payload, lineage: None, client_context: None };
        };
        let subject = common(records.iter().filter_map(record_subject));
        Self { subject, records: records.len(), payload, lineage: None, client_context: None }
    }
}

/// The subject that all of these are.
pub(super) fn common(subjects: impl Iterator<Item = String>) -> Option<String> {
    let subjects: BTreeSet<_> = subjects.collect();
    if subjects.len() == 1 { subjects.into_iter().next() } else { None }
}

fn record_subject(record: &Value) -> Option<String> {
    let body = record.get("body").or_else(|| record.pointer("/Sns/Message"))?;
    subject_of(body.as_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_about_one_subject_is_about_that_subject() {
        let one = r#"{"Records":[{"body":"{\"subject\":\"ord_1\"}"},{"body":"{\"subject\":\"ord_1\"}"}]}"#;
        let subject = |event: &str| Event::new(event.to_owned()).subject;
        assert_eq!(subject(one).as_deref(), Some("ord_1"));
        let two = r#"{"Records":[{"body":"{\"subject\":\"ord_1\"}"},{"body":"{\"subject\":\"ord_2\"}"}]}"#;
        assert_eq!(subject(two), None);
        assert_eq!(Event::new(two.to_owned()).records, 2);
        let sns = r#"{"Records":[{"Sns":{"Message":"{\"subject\":\"ord_3\"}"}}]}"#;
        assert_eq!(subject(sns).as_deref(), Some("ord_3"));
    }
}
