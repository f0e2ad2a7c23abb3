//! What a mapping does when it looks at its queue: retry, receive, filter, cut batches, start and acknowledge them.
//!
//! One batch is filled at a time, so that a backlog gives full batches. Lambda's pollers fill several side by side and
//! may wait up to 20 s for a batch at low traffic; neither is modelled.

use std::collections::BTreeSet;

use aqueduct_message::subject_of;
use serde_json::Value;

use super::{Batch, Held, Mapping, record};
use crate::lambda::execution::{Cause, Event, SYNCHRONOUS_BYTES_MAX, common};
use crate::lambda::lineage::{self, Lineage};
use crate::lambda::pace::batch_throttle_wait;
use crate::lambda::{Lambda, failed_records};
use crate::sqs::{Received, Sqs};
use crate::{Timestamp, What};

/// What stands around the records of an event, in bytes.
const ENVELOPE_BYTES: usize = r#"{"Records":[]}"#.len();

impl Lambda {
    /// Lets every mapping look at its queue.
    pub(in crate::lambda) fn poll_mappings(&mut self, now: Timestamp, sqs: &mut Sqs) {
        let mut mappings = std::mem::take(&mut self.mappings);
        for mapping in &mut mappings {
            self.poll_mapping(now, sqs, mapping);
        }
        mappings.retain(|mapping| !mapping.is_gone(now));
        self.mappings = mappings;
    }

    fn poll_mapping(&mut self, now: Timestamp, sqs: &mut Sqs, mapping: &mut Mapping) {
        self.retry_throttled(now, mapping);
        let polls = mapping.polls(now) && self.functions.contains_key(&mapping.function);
        if !polls {
            // What is held was received, and comes back when its visibility timeout ends.
            mapping.held.clear();
            mapping.window_ends = None;
        }
        while polls && mapping.has_place(now) {
            self.fill(now, sqs, mapping);
            let Some(messages) = mapping.cut(now) else { break };
            let sequence = self.sequence();
            mapping.batches.insert(sequence, Batch::new(messages));
            self.start_batch(now, mapping, sequence);
        }
        mapping.settle(now, sqs);
    }

    /// Receives until the batch is full or the queue has no more; messages that no filter lets through are deleted.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html>
    fn fill(&mut self, now: Timestamp, sqs: &mut Sqs, mapping: &mut Mapping) {
        let returns = now + sqs.visibility_timeout(&mapping.queue).unwrap_or_default();
        loop {
            let room = mapping.room();
            if room == 0 {
                return;
            }
            let received = sqs.receive(now, &mapping.queue, room).unwrap_or_default();
            if received.is_empty() {
                return;
            }
            for message in received {
                let record = record::record(&message, &mapping.queue, !mapping.settings.window.is_zero());
                if mapping.lets_through(&record) {
                    mapping.hold(now, &message, &record, returns);
                } else {
                    self.filter_out(now, sqs, mapping, &message);
                }
            }
        }
    }

    fn filter_out(&mut self, now: Timestamp, sqs: &mut Sqs, mapping: &Mapping, message: &Received) {
        let what = What::Filtered { by: mapping.id.clone() };
        self.out.note(now, mapping.queue.name(), &message.message_id, subject_of(&message.body).as_ref(), what);
        // A receipt that is no longer valid means that the message is in the queue again, to be filtered again.
        let _ = sqs.delete(now, &mapping.queue, &message.receipt_handle);
    }

    /// Starts a batch, or notes that it found no free concurrency.
    ///
    /// A batch that would close a loop of functions fails, and its messages return to the queue.
    fn start_batch(&mut self, now: Timestamp, mapping: &mut Mapping, sequence: u64) {
        let Some(batch) = mapping.batches.get_mut(&sequence) else { return };
        let request_id = self.ids.uuid();
        let lineage = Lineage::of_batch(batch.messages.iter().filter_map(|message| message.trace_header.as_deref()));
        if self.is_recursive(&mapping.function, lineage.as_ref()) {
            let subject = common(batch.messages.iter().filter_map(|message| message.subject.clone()));
            let (error_type, message) = ("RecursiveInvocationException".to_owned(), lineage::MESSAGE.to_owned());
            let what = What::Failed { error_type, message };
            self.out.note(now, &mapping.function, &request_id, subject.as_ref(), what);
            mapping.batches.remove(&sequence);
            return;
        }
        if self.has_capacity(&mapping.function) {
            let event = event(&batch.messages, lineage);
            let cause = Cause::Batch { mapping: mapping.uuid.clone(), batch: sequence };
            self.start(now, &mapping.function, &request_id, event, cause);
            return;
        }
        let retry = (now + batch_throttle_wait(batch.throttles)).min(batch.returns);
        batch.throttles += 1;
        mapping.retries.insert((retry, sequence));
        self.out.note(now, &mapping.function, &request_id, None, What::Throttled);
    }

    /// Tries throttled batches again; one whose messages return to the queue is given up.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
    fn retry_throttled(&mut self, now: Timestamp, mapping: &mut Mapping) {
        while let Some(&(retry, sequence)) = mapping.retries.first()
            && retry <= now
        {
            mapping.retries.pop_first();
            if mapping.batches.get(&sequence).is_some_and(|batch| batch.returns <= now) {
                mapping.batches.remove(&sequence);
            } else {
                self.start_batch(now, mapping, sequence);
            }
        }
    }

    /// What a function's answer says about its batch: the message ids that it reports, or why the whole batch failed.
    ///
    /// Without `ReportBatchItemFailures` the answer says nothing.
    pub(in crate::lambda) fn batch_verdict(
        &self,
        mapping: &str,
        batch: u64,
        answer: &str,
    ) -> Result<Vec<String>, String> {
        let mapping = self.mappings.iter().find(|candidate| candidate.uuid == mapping);
        match mapping {
            Some(mapping) if mapping.settings.reports_batch_item_failures => {
                failed_records(answer, &mapping.message_ids(batch))
            }
            _ => Ok(Vec::new()),
        }
    }

    /// A batch ended: its messages are deleted, but for those to `keep`; `None` keeps all of them.
    pub(in crate::lambda) fn batch_ended(
        &mut self,
        now: Timestamp,
        sqs: &mut Sqs,
        mapping: &str,
        batch: u64,
        keep: Option<&BTreeSet<String>>,
    ) {
        let Some(mapping) = self.mappings.iter_mut().find(|candidate| candidate.uuid == mapping) else { return };
        let Some(batch) = mapping.batches.remove(&batch) else { return };
        let Some(keep) = keep else {
            // With `ReportBatchItemFailures`, failures do not reduce polling.
            if !mapping.settings.reports_batch_item_failures {
                mapping.ramp.failed(now, mapping.settings.scale());
            }
            return;
        };
        for message in batch.messages {
            if !keep.contains(&message.message_id) {
                // A FIFO queue refuses after the visibility timeout; the message is then delivered once more.
                let _ = sqs.delete(now, &mapping.queue, &message.receipt_handle);
            }
        }
    }
}

impl Mapping {
    /// Batches allowed at once. A FIFO queue allows as many as it has groups, which the queue's own locks see to.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>
    fn places(&self, now: Timestamp) -> usize {
        if self.is_fifo() {
            self.settings.concurrency_max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX))
        } else {
            self.ramp.allowed(now, self.settings.scale())
        }
    }

    /// How many messages it could take from its queue now.
    pub(in crate::lambda) fn wants(&self, now: Timestamp) -> usize {
        if self.polls(now) && self.has_place(now) { self.room() } else { 0 }
    }

    fn has_place(&self, now: Timestamp) -> bool {
        self.batches.len() < self.places(now)
    }

    pub(in crate::lambda) fn is_fifo(&self) -> bool {
        self.queue.name().ends_with(".fifo")
    }

    fn hold(&mut self, now: Timestamp, message: &Received, record: &Value, returns: Timestamp) {
        if self.held.is_empty() {
            self.window_ends = Some(now + self.settings.window);
        }
        self.held.push_back(Held {
            message_id: message.message_id.clone(),
            receipt_handle: message.receipt_handle.clone(),
            subject: subject_of(&message.body),
            trace_header: message.attributes.get("AWSTraceHeader").cloned(),
            record: record.to_string(),
            returns,
        });
    }

    fn lets_through(&self, record: &Value) -> bool {
        if self.patterns.is_empty() {
            return true;
        }
        let view = aqueduct_pattern::view::queue_record(record);
        self.patterns.iter().any(|pattern| pattern.matches(&view))
    }

    /// How many more messages the batch takes.
    fn room(&self) -> usize {
        let (_, cut_by_size) = self.prefix();
        if cut_by_size { 0 } else { self.batch_size().saturating_sub(self.held.len()) }
    }

    fn batch_size(&self) -> usize {
        usize::try_from(self.settings.batch_size).unwrap_or(usize::MAX)
    }

    /// How many held messages fit into one event, and whether its size cuts them.
    fn prefix(&self) -> (usize, bool) {
        let mut bytes = ENVELOPE_BYTES;
        for (index, message) in self.held.iter().enumerate() {
            if index == self.batch_size() {
                return (index, false);
            }
            bytes += message.record.len() + usize::from(index > 0);
            if bytes > SYNCHRONOUS_BYTES_MAX && index > 0 {
                return (index, true);
            }
        }
        (self.held.len(), false)
    }

    /// Takes a batch when it is full, reaches 6 MB or its window ends.
    fn cut(&mut self, now: Timestamp) -> Option<Vec<Held>> {
        let (count, cut_by_size) = self.prefix();
        let window_ended = self.window_ends.is_some_and(|ends| ends <= now);
        if count == 0 || !(cut_by_size || count == self.batch_size() || window_ended) {
            return None;
        }
        let messages = self.held.drain(..count).collect();
        self.window_ends = if self.held.is_empty() { None } else { Some(now + self.settings.window) };
        Some(messages)
    }

    /// Says how many places are taken, and notes when to look again.
    fn settle(&mut self, now: Timestamp, sqs: &Sqs) {
        let scale = self.settings.scale();
        if !self.is_fifo() {
            self.ramp.used(now, self.batches.len(), scale);
        }
        let retry = self.retries.first().map(|(retry, _)| *retry);
        let step = self.ramp.next_step(now, scale).filter(|_| sqs.visible(&self.queue) > 0);
        let window = self.window_ends.filter(|_| self.has_place(now));
        let changed = self.transition.map(|(_, until)| until).filter(|until| now < *until);
        self.wake = retry.into_iter().chain(step).chain(window).chain(changed).min();
    }
}

/// The event that holds these messages.
fn event(messages: &[Held], lineage: Option<Lineage>) -> Event {
    let records: Vec<&str> = messages.iter().map(|message| message.record.as_str()).collect();
    Event {
        payload: format!(r#"{{"Records":[{}]}}"#, records.join(",")),
        subject: common(messages.iter().filter_map(|message| message.subject.clone())),
        records: messages.len(),
        lineage,
        client_context: None,
    }
}
