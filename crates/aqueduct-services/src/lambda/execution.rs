//! Executions: free concurrency, the start of an invocation and what its end sets in motion.

use std::collections::BTreeSet;
use std::time::Duration;

use aqueduct_message::subject_of;
use serde_json::Value;

use super::api::{InvocationKind, Invoke, Invoked, Response};
use super::failure::Outcome;
use super::{Ended, Invocation, Lambda, function};
use crate::sqs::Sqs;
use crate::{ApiError, CallId, Timestamp, What};

/// The largest synchronous event: 6 MB, in bytes.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const SYNCHRONOUS_BYTES_MAX: usize = 6_291_456;

/// The largest asynchronous event: 1 MB, in bytes.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const ASYNCHRONOUS_BYTES_MAX: usize = 1_048_576;

/// On whose behalf a function runs.
#[derive(Clone, Debug)]
pub(super) enum Cause {
    /// A synchronous call waits for it.
    Call(CallId),
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
}

impl Lambda {
    /// Whether the function has concurrency free: its own reservation, or what no function has reserved.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html>
    pub(super) fn has_capacity(&self, name: &str) -> bool {
        let Some(function) = self.functions.get(name) else { return false };
        let Some(reserved) = function.reserved else {
            let shared = self.functions.values().filter(|function| function.reserved.is_none());
            return shared.map(|function| function.running).sum::<u32>() < self.unreserved();
        };
        function.running < reserved
    }

    /// What no function has reserved of the account's concurrency.
    pub(super) fn unreserved(&self) -> u32 {
        let reserved: u32 = self.functions.values().filter_map(|function| function.reserved).sum();
        self.concurrency_max.saturating_sub(reserved)
    }

    /// Starts a function that has capacity.
    pub(super) fn start(&mut self, now: Timestamp, name: &str, request_id: &str, event: Event, cause: Cause) {
        let Some(function) = self.functions.get_mut(name) else { return };
        function.running += 1;
        let trace_id = format!("Root=1-{:08x}-{:024x};Sampled=0", now.as_secs(), u128::from(self.ids.next_u64()));
        self.out.invocations.push(Invocation {
            request_id: request_id.to_owned(),
            function: name.to_owned(),
            arn: function.arn.clone(),
            payload: event.payload,
            deadline: now + function.timeout,
            trace_id,
        });
        let running = Running { function: name.to_owned(), subject: event.subject, cause };
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

    fn invoke_or_wait(&mut self, now: Timestamp, call: CallId, invoke: Invoke) -> Result<Option<Invoked>, ApiError> {
        let name = self.function(&invoke.function)?.name.clone();
        let payload = if invoke.payload.is_empty() { "{}".to_owned() } else { invoke.payload };
        check_payload(&payload, invoke.kind)?;
        let done = |status| Ok(Some(Invoked { status, function_error: None, payload: String::new() }));
        match invoke.kind {
            InvocationKind::DryRun => done(204),
            InvocationKind::Asynchronous => {
                self.enqueue(now, &name, payload);
                done(202)
            }
            InvocationKind::Synchronous => {
                let request_id = self.ids.uuid();
                let event = Event::new(payload);
                if !self.has_capacity(&name) {
                    self.out.note(now, &name, &request_id, event.subject.as_ref(), What::Throttled);
                    return Err(ApiError::sender("TooManyRequestsException", "Rate Exceeded.").with_status(429));
                }
                self.start(now, &name, &request_id, event, Cause::Call(call));
                Ok(None)
            }
        }
    }

    /// An execution ended; an unknown request id is none of ours and changes nothing.
    pub(super) fn finish(&mut self, now: Timestamp, sqs: &mut Sqs, request_id: &str, ended: Ended, took: Duration) {
        let Some(running) = self.running.remove(request_id) else { return };
        let Some(function) = self.functions.get_mut(&running.function) else { return };
        function.running = function.running.saturating_sub(1);
        let outcome = Outcome::of(ended, request_id, function.timeout);
        let failed_records = match (&running.cause, &outcome) {
            (Cause::Batch { mapping, batch }, Outcome::Success(answer)) => self.batch_verdict(mapping, *batch, answer),
            _ => Ok(Vec::new()),
        };
        let what = match (&outcome, &failed_records) {
            (Outcome::Failure { error_type, message, .. }, _) => {
                What::Failed { error_type: error_type.clone(), message: message.clone() }
            }
            (_, Err(reason)) => What::Failed { error_type: "InvalidBatchResponse".to_owned(), message: reason.clone() },
            (_, Ok(failed)) => What::Finished { took, failed_records: failed.clone() },
        };
        self.out.note(now, &running.function, request_id, running.subject.as_ref(), what);
        match running.cause {
            Cause::Call(call) => self.out.answers.push((call, Ok(Response::Invoked(invoked(outcome))))),
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

    /// The function that a `FunctionName` parameter names.
    pub(super) fn function(&self, text: &str) -> Result<&function::Function, ApiError> {
        let name = function::name_of(text)?;
        self.functions.get(name).ok_or_else(|| self.no_function(name))
    }

    pub(super) fn no_function(&self, name: &str) -> ApiError {
        let arn = self.site.arn("lambda", &format!("function:{name}"));
        ApiError::sender("ResourceNotFoundException", format!("Function not found: {arn}")).with_status(404)
    }
}

fn invoked(outcome: Outcome) -> Invoked {
    match outcome {
        Outcome::Success(payload) => Invoked { status: 200, function_error: None, payload },
        Outcome::Failure { payload, .. } => Invoked { status: 200, function_error: Some("Unhandled"), payload },
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
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// JSON text.
    pub(super) payload: String,
    /// What it is about, where all records that say so agree.
    pub(super) subject: Option<String>,
    /// How many records it holds; an event without records is one itself.
    pub(super) records: usize,
}

impl Event {
    /// An event, JSON text, with a glance into it.
    pub(super) fn new(payload: String) -> Self {
        let event: Value = serde_json::from_str(&payload).unwrap_or_default();
        let Some(records) = event.get("Records").and_then(Value::as_array) else {
            return Self { subject: subject_of(&payload), records: 1, payload };
        };
        let subject = common(records.iter().filter_map(record_subject));
        Self { subject, records: records.len(), payload }
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
