//! The asynchronous queue of functions: its two clocks, its destinations and its dead-letter queues.
//!
//! Function errors are retried after one minute and then two; throttled events return to the queue for up to the
//! maximum event age, after one second at first and five minutes at most. The longer intervals of a queue with very
//! many entries, and the duplicates that Lambda's queue may deliver, are not modelled.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::iso_8601;
use super::execution::{Cause, Event};
use super::failure::Outcome;
use super::pace::{event_retry_wait, event_throttle_wait};
use super::{Lambda, lineage};
use crate::{Delivery, Handover, MessageAttributeValue, Principal, Refusal, Timestamp, What};

/// How much of an error message a dead-letter queue gets, in bytes.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
const ERROR_MESSAGE_BYTES_MAX: usize = 1_024;

/// An event in the asynchronous queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Queued {
    pub(super) request_id: String,
    pub(super) function: String,
    pub(super) event: Event,
    accepted: Timestamp,
    /// When it is to be tried; `None` while it is under way.
    due: Option<Timestamp>,
    /// Executions that ended in a function error.
    errors: u32,
    /// Throttles since the last execution.
    throttles: u32,
    last: Option<LastError>,
}

impl Queued {
    /// When it is to be tried after everything stopped at `now`: an execution under way then starts anew.
    pub(super) fn resumes(&mut self, now: Timestamp) -> Timestamp {
        *self.due.get_or_insert(now)
    }
}

/// What the last execution failed with.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct LastError {
    message: String,
    payload: String,
}

/// Why Lambda gives an event up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    RetriesExhausted,
    EventAgeExceeded,
    ZeroReservedConcurrency,
    /// AWS documents that a loop's event goes to the dead-letter queue or destination, not under which name.
    RecursiveInvocation,
}

impl Condition {
    /// `requestContext.condition` of an invocation record.
    const fn name(self) -> &'static str {
        match self {
            Self::RetriesExhausted => "RetriesExhausted",
            Self::EventAgeExceeded => "EventAgeExceeded",
            Self::ZeroReservedConcurrency => "ZeroReservedConcurrency",
            Self::RecursiveInvocation => "RecursiveInvocation",
        }
    }
}

/// A record on its way to a destination or dead-letter queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sending {
    function: String,
    function_arn: Arn,
    request_id: String,
    subject: Option<String>,
    to: Arn,
    message: Handover,
    /// Why the event was given up; `None` for the record of a success.
    failure: Option<String>,
}

impl Sending {
    /// The delivery that carries it.
    pub(super) fn delivery(&self, ticket: u64) -> Delivery {
        let from = Principal { service: "lambda.amazonaws.com", source_arn: self.function_arn.clone() };
        Delivery { ticket, from, to: self.to.clone(), message: self.message.clone() }
    }
}

impl Lambda {
    /// Puts an event into the queue and answers with its request id; it is tried at once.
    pub(super) fn enqueue(&mut self, now: Timestamp, function: &str, event: Event) -> String {
        let request_id = self.ids.uuid();
        let event = Queued {
            request_id: request_id.clone(),
            function: function.to_owned(),
            event,
            accepted: now,
            due: None,
            errors: 0,
            throttles: 0,
            last: None,
        };
        let sequence = self.sequence();
        self.events.insert(sequence, event);
        self.start_event(now, sequence);
        request_id
    }

    /// Tries the events that are due.
    pub(super) fn start_due_events(&mut self, now: Timestamp) {
        while let Some(&(at, sequence)) = self.due.first()
            && at <= now
        {
            self.due.pop_first();
            if let Some(event) = self.events.get_mut(&sequence) {
                event.due = None;
            }
            self.start_event(now, sequence);
        }
    }

    /// When an event is to be tried or given up next.
    pub(super) fn next_event(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    fn start_event(&mut self, now: Timestamp, sequence: u64) {
        let Some(event) = self.events.get(&sequence) else { return };
        let name = event.function.clone();
        let Some(function) = self.functions.get(&name) else { return self.lose_event(now, sequence) };
        let expires = event.accepted + function.asynchronous().age_max;
        if self.is_recursive(&name, event.event.lineage.as_ref()) {
            self.give_up(now, sequence, Condition::RecursiveInvocation);
        } else if function.reserved == Some(0) {
            self.give_up(now, sequence, Condition::ZeroReservedConcurrency);
        } else if now >= expires {
            self.give_up(now, sequence, Condition::EventAgeExceeded);
        } else if self.has_capacity(&name) {
            let (request_id, event) = (event.request_id.clone(), event.event.clone());
            self.start(now, &name, &request_id, event, Cause::Event(sequence));
        } else {
            self.throttle(now, sequence, expires);
        }
    }

    /// Gives up an event whose function is gone.
    pub(super) fn lose_event(&mut self, now: Timestamp, sequence: u64) {
        let Some(event) = self.events.remove(&sequence) else { return };
        if let Some(due) = event.due {
            self.due.remove(&(due, sequence));
        }
        let what = What::Lost { reason: format!("function {} was deleted", event.function) };
        self.out.note(now, &event.function, &event.request_id, event.event.subject.as_ref(), what);
    }

    /// Has an event tried at `due`.
    fn wait(&mut self, due: Timestamp, sequence: u64) {
        if let Some(event) = self.events.get_mut(&sequence) {
            event.due = Some(due);
            self.due.insert((due, sequence));
        }
    }

    fn throttle(&mut self, now: Timestamp, sequence: u64, expires: Timestamp) {
        let Some(event) = self.events.get_mut(&sequence) else { return };
        let due = (now + event_throttle_wait(event.throttles)).min(expires);
        event.throttles += 1;
        let (name, id) = (event.function.clone(), event.request_id.clone());
        let subject = event.event.subject.clone();
        self.wait(due, sequence);
        let reason = format!("function {name} has no free concurrency");
        self.out.note(now, &name, &id, subject.as_ref(), What::Throttled);
        self.out.note(now, &name, &id, subject.as_ref(), What::Retrying { after: due.since(now), reason });
    }

    /// The execution of an event ended.
    pub(super) fn event_ended(&mut self, now: Timestamp, sequence: u64, outcome: &Outcome) {
        let Some(event) = self.events.get_mut(&sequence) else { return };
        let (message, payload) = match outcome {
            Outcome::Success(answer) => return self.event_done(now, sequence, answer),
            Outcome::Failure { message, payload, .. } => (message, payload),
        };
        event.errors += 1;
        event.throttles = 0;
        event.last = Some(LastError { message: message.clone(), payload: payload.clone() });
        let errors = event.errors;
        let (name, id, accepted) = (event.function.clone(), event.request_id.clone(), event.accepted);
        let subject = event.event.subject.clone();
        let Some(function) = self.functions.get(&name) else { return self.lose_event(now, sequence) };
        let asynchronous = function.asynchronous();
        let wait = event_retry_wait(errors);
        if errors > asynchronous.retries_max {
            self.give_up(now, sequence, Condition::RetriesExhausted);
        } else if now + wait >= accepted + asynchronous.age_max {
            // AWS looks ahead: recorded by LocalStack's AWS-validated test `test_maxeventage`.
            self.give_up(now, sequence, Condition::EventAgeExceeded);
        } else {
            self.wait(now + wait, sequence);
            let reason = format!("attempt {errors} of {} failed", asynchronous.retries_max + 1);
            self.out.note(now, &name, &id, subject.as_ref(), What::Retrying { after: wait, reason });
        }
    }

    fn event_done(&mut self, now: Timestamp, sequence: u64, answer: &str) {
        let Some(event) = self.events.remove(&sequence) else { return };
        let Some(function) = self.functions.get(&event.function) else { return };
        let Some(to) = function.asynchronous().on_success else { return };
        let arn = function.arn.clone();
        let record = record(now, &event, &arn, "Success", Some(answer), None);
        self.send(&event, &arn, to.clone(), destination_message(&to, &arn, "Success", record, now), None);
    }

    fn give_up(&mut self, now: Timestamp, sequence: u64, condition: Condition) {
        let Some(event) = self.events.remove(&sequence) else { return };
        let Some(function) = self.functions.get(&event.function) else { return };
        let (arn, config) = (function.arn.clone(), function.asynchronous());
        let name = condition.name();
        let why = match (&event.last, condition) {
            (Some(last), _) => format!("{name}: {}", last.message),
            (None, Condition::RecursiveInvocation) => format!("{name}: {}", lineage::MESSAGE),
            (None, _) => name.to_owned(),
        };
        if config.on_failure.is_none() && config.dead_letter.is_none() {
            let reason = format!(
                "{why}; function {} has neither an OnFailure destination nor a dead-letter queue",
                event.function
            );
            let subject = event.event.subject.clone();
            self.out.note(now, &event.function, &event.request_id, subject.as_ref(), What::Lost { reason });
        }
        if let Some(to) = config.on_failure {
            let record = record(now, &event, &arn, name, None, event.last.as_ref());
            let message = destination_message(&to, &arn, "Failure", record, now);
            self.send(&event, &arn, to, message, Some(why.clone()));
        }
        if let Some(to) = config.dead_letter {
            let message = dead_letter(&event, condition);
            self.send(&event, &arn, to, message, Some(why));
        }
    }

    fn send(&mut self, event: &Queued, function: &Arn, to: Arn, message: Handover, failure: Option<String>) {
        let ticket = self.sequence();
        let trace_header = event.event.lineage.as_ref().map(lineage::Lineage::header);
        let sending = Sending {
            function: event.function.clone(),
            function_arn: function.clone(),
            request_id: event.request_id.clone(),
            subject: event.event.subject.clone(),
            to,
            message: Handover { trace_header, ..message },
            failure,
        };
        self.out.deliveries.push(sending.delivery(ticket));
        self.sendings.insert(ticket, sending);
    }

    /// A record reached its destination, or is dropped: Lambda does not try again.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
    pub(super) fn sent(&mut self, now: Timestamp, ticket: u64, result: Result<(), Refusal>) {
        let Some(sending) = self.sendings.remove(&ticket) else { return };
        let to = sending.to.name().to_owned();
        let what = match (result, sending.failure) {
            (Ok(()), Some(reason)) => What::DeadLettered { to, reason },
            (Ok(()), None) => What::Delivered { to },
            (Err(refusal), Some(reason)) => What::Lost { reason: format!("{reason}; {to} did not take it: {refusal}") },
            (Err(refusal), None) => What::Lost { reason: format!("{to} did not take the success record: {refusal}") },
        };
        self.out.note(now, &sending.function, &sending.request_id, sending.subject.as_ref(), what);
    }
}

/// An invocation record, as destinations get it. An event that never ran has no response in it.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>, and LocalStack's
/// AWS-validated tests `test_assess_lambda_destination_invocation`, `test_retries` and `test_maxeventage`
fn record(
    now: Timestamp,
    event: &Queued,
    function: &Arn,
    condition: &str,
    answer: Option<&str>,
    last: Option<&LastError>,
) -> Value {
    let invocations = event.errors + u32::from(answer.is_some());
    let mut record = json!({
        "version": "1.0",
        "timestamp": iso_8601(now),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": format!("{function}:$LATEST"),
            "condition": condition,
            "approximateInvokeCount": invocations,
        },
        "requestPayload": parsed(&event.event.payload),
    });
    if let Some(answer) = answer {
        record["responseContext"] = json!({ "statusCode": 200, "executedVersion": "$LATEST" });
        record["responsePayload"] = parsed(answer);
    } else if let Some(last) = last {
        record["responseContext"] =
            json!({ "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" });
        record["responsePayload"] = parsed(&last.payload);
    }
    record
}

/// A record as its destination takes it: on a bus it is the detail of an event, elsewhere the message itself.
fn destination_message(to: &Arn, function: &Arn, kind: &str, record: Value, now: Timestamp) -> Handover {
    let body = if to.service() == "events" {
        json!({
            "source": "lambda",
            "detail-type": format!("Lambda Function Invocation Result - {kind}"),
            "time": iso_8601(now),
            "resources": [to.as_str(), format!("{function}:$LATEST")],
            "detail": record,
        })
    } else {
        record
    };
    Handover { body: body.to_string(), ..Handover::default() }
}

/// The event itself, with what happened to it in attributes.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>, and LocalStack's
/// AWS-validated test `test_sqs_queue_as_lambda_dead_letter_queue`
fn dead_letter(event: &Queued, condition: Condition) -> Handover {
    let (code, message) = match (&event.last, condition) {
        (_, Condition::RecursiveInvocation) => ("400", lineage::MESSAGE.to_owned()),
        (Some(last), _) => ("200", error_message(last)),
        (None, _) => ("429", "Rate Exceeded.".to_owned()),
    };
    let attribute = |data_type: &str, value: &str| MessageAttributeValue {
        data_type: data_type.to_owned(),
        string_value: Some(value.to_owned()),
        binary_value: None,
    };
    Handover {
        body: event.event.payload.clone(),
        attributes: BTreeMap::from([
            ("ErrorCode".to_owned(), attribute("Number", code)),
            ("ErrorMessage".to_owned(), attribute("String", &message)),
            ("RequestID".to_owned(), attribute("String", &event.request_id)),
        ]),
        ..Handover::default()
    }
}

/// `errorMessage` of the last error document, cut to what a dead-letter queue gets.
fn error_message(last: &LastError) -> String {
    let document = parsed(&last.payload);
    let message = document.get("errorMessage").and_then(Value::as_str).unwrap_or(&last.message);
    let end = message.floor_char_boundary(ERROR_MESSAGE_BYTES_MAX);
    message[..end].to_owned()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_iso_8601_with_milliseconds() {
        assert_eq!(iso_8601(Timestamp::from_millis(1_573_754_776_568)), "2019-11-14T18:06:16.568Z");
    }
}
