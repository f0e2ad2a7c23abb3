//! Holding messages back, putting them back and taking them out of the way, on SQS.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aqueduct_message::{Delivery, Trigger};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
    QueueAttributeName,
};
use futures_util::future::{BoxFuture, FutureExt as _};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::arn::queue_url;
use super::client::reason;
use super::rejected::{ATTRIBUTES_MAX, Attributes, original, stamped, text};
use crate::Clock;
use crate::consume::{Hold, Redelivery, RedeliveryError, Rejection};

/// [`Redelivery`] on SQS.
///
/// | what | the function's role needs |
/// |---|---|
/// | hold back | `sqs:ChangeMessageVisibility` on the source |
/// | reject | `sqs:SendMessage` on the dead-letter queue, `sqs:DeleteMessage` on the source |
/// | put back | `sqs:SendMessage` and `sqs:DeleteMessage` on the source |
/// | know the last receive | `sqs:GetQueueAttributes` on the source, which its event source mapping needs anyway |
///
/// What the role may not do is told in the log and done as SQS does it by itself.
#[derive(Clone, Debug)]
pub struct SqsRedelivery {
    client: Client,
    dead_letter_queue: Option<String>,
    /// What is known of source queues, by ARN.
    sources: Arc<Mutex<BTreeMap<String, Source>>>,
    clock: Clock,
}

/// A source queue's redrive policy.
#[derive(Clone, Debug, Default)]
struct Source {
    receives_max: Option<u32>,
    dead_letter_queue: Option<String>,
}

/// `ChangeMessageVisibilityBatch` takes ten.
const BATCH_MAX: usize = 10;

/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
const DELAY_MAX: Duration = Duration::from_mins(15);

/// The attribute that says how often a message was put back.
const POSTPONED: &str = "postponed";

/// The attribute that says until when a message waits that SQS cannot delay for so long.
const UNTIL: &str = "postponed.until";

impl SqsRedelivery {
    /// Rejected messages go to the queue with the URL `dead_letter_queue`, whatever triggered the function.
    pub fn new(client: Client, dead_letter_queue: impl Into<String>) -> Self {
        Self {
            client,
            dead_letter_queue: Some(dead_letter_queue.into()),
            sources: Arc::default(),
            clock: Clock::default(),
        }
    }

    /// Rejected messages go where their source queue's redrive policy says, which is looked up once.
    pub fn by_redrive_policy(client: Client) -> Self {
        Self { client, dead_letter_queue: None, sources: Arc::default(), clock: Clock::default() }
    }

    /// The same with another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    async fn source(&self, delivery: &Delivery<'_>) -> Source {
        let Some(arn) = delivery.source_arn.as_deref().filter(|_| delivery.trigger == Trigger::Sqs) else {
            return Source::default();
        };
        let known = self.sources.lock().unwrap_or_else(PoisonError::into_inner).get(arn).cloned();
        if let Some(source) = known {
            return source;
        }
        let source = self.look_up(arn).await.unwrap_or_else(|error| {
            tracing::warn!(queue = arn, error, "it is not known after how many receives the queue gives a message up");
            Source::default()
        });
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).insert(arn.to_owned(), source.clone());
        source
    }

    async fn look_up(&self, arn: &str) -> Result<Source, String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct RedrivePolicy {
            dead_letter_target_arn: String,
            /// A number, or the same as text.
            max_receive_count: Value,
        }
        let url = queue_url(arn).ok_or("its ARN is not a queue's")?;
        let request = self.client.get_queue_attributes().queue_url(url);
        let answer = request.attribute_names(QueueAttributeName::RedrivePolicy).send().await.map_err(reason)?;
        let policy = answer.attributes().and_then(|attributes| attributes.get(&QueueAttributeName::RedrivePolicy));
        let Some(policy) = policy else { return Ok(Source::default()) };
        let policy: RedrivePolicy = serde_json::from_str(policy).map_err(|error| error.to_string())?;
        let receives_max = match &policy.max_receive_count {
            Value::String(text) => text.parse().ok(),
            number => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        };
        Ok(Source { receives_max, dead_letter_queue: queue_url(&policy.dead_letter_target_arn) })
    }

    async fn hold_some(&self, url: &str, holds: &[&Hold<'_>]) -> Vec<Result<(), RedeliveryError>> {
        const WHAT: &str = "the message could not be held back";
        let failed = |reason: String| RedeliveryError { what: WHAT, reason };
        let entry = |(index, hold): (usize, &&Hold<'_>)| {
            let seconds = i32::try_from(whole_seconds(hold.wait)).unwrap_or(i32::MAX);
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(index.to_string())
                .set_receipt_handle(hold.delivery.receipt_handle.as_deref().map(str::to_owned))
                .visibility_timeout(seconds)
                .build()
        };
        let entries: Result<Vec<_>, _> = holds.iter().enumerate().map(entry).collect();
        let sent = match entries {
            Err(error) => Err(failed(reason(error))),
            Ok(entries) => {
                let request = self.client.change_message_visibility_batch().queue_url(url);
                request.set_entries(Some(entries)).send().await.map_err(|error| failed(reason(error)))
            }
        };
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => return vec![Err(error); holds.len()],
        };
        let mut answers = vec![Err(failed("the queue did not say what became of it".to_owned())); holds.len()];
        let done = answer.successful().iter().map(|entry| (entry.id(), Ok(())));
        let undone = answer.failed().iter().map(|entry| {
            let why = format!("{}: {}", entry.code(), entry.message().unwrap_or_default());
            (entry.id(), Err(failed(why)))
        });
        for (id, outcome) in done.chain(undone) {
            if let Some(place) = id.parse::<usize>().ok().and_then(|index| answers.get_mut(index)) {
                *place = outcome;
            }
        }
        answers
    }

    /// The attributes of a copy that waits: those that the message came with, how often it was put back where there is room
    /// for that, and until when it waits where the delay does not say so.
    fn postponed(&self, delivery: &Delivery<'_>, after: Duration) -> Result<Attributes, String> {
        let mut attributes = original(delivery).map_err(reason)?;
        attributes.remove(UNTIL);
        if after > DELAY_MAX {
            let until = self.clock.now().checked_add(after).map_err(reason)?;
            attributes.insert(UNTIL.to_owned(), text(&until.to_string()).map_err(reason)?);
        }
        let times = attributes.get(POSTPONED).and_then(|times| times.string_value()?.parse::<u32>().ok()).unwrap_or(0);
        if times > 0 || attributes.len() < ATTRIBUTES_MAX {
            attributes.insert(POSTPONED.to_owned(), text(&(times + 1).to_string()).map_err(reason)?);
        }
        if attributes.len() > ATTRIBUTES_MAX {
            return Err("it has ten attributes, and no room to say until when it waits".to_owned());
        }
        Ok(attributes)
    }

    /// Deletes a message whose copy has been sent. Should this fail, the batch response deletes it a moment later.
    async fn delete(&self, delivery: &Delivery<'_>) {
        let (Some(url), Some(handle)) = (source_url(delivery), delivery.receipt_handle.as_deref()) else { return };
        if let Err(error) = self.client.delete_message().queue_url(url).receipt_handle(handle).send().await {
            tracing::warn!(
                error = reason(error),
                "a message that was passed on is left to the batch response to delete"
            );
        }
    }
}

/// SQS counts in whole seconds; a part of one is not to be cut off to nothing.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

fn source_url(delivery: &Delivery<'_>) -> Option<String> {
    queue_url(delivery.source_arn.as_deref()?)
}

/// The X-Ray header that a message came with, for a copy of it.
fn trace(delivery: &Delivery<'_>) -> Option<MessageSystemAttributeValue> {
    let value = MessageSystemAttributeValue::builder().data_type("String").string_value(delivery.trace.as_deref()?);
    value.build().ok()
}

impl Redelivery for SqsRedelivery {
    fn dead_letter_queue(&self) -> Option<&str> {
        self.dead_letter_queue.as_deref()
    }

    fn hold<'a>(&'a self, holds: &'a [Hold<'a>]) -> BoxFuture<'a, Vec<Result<(), RedeliveryError>>> {
        async move {
            let mut answers = Vec::with_capacity(holds.len());
            for chunk in holds.chunks(BATCH_MAX) {
                // An event source mapping has one queue, so the batch does.
                let Some(url) = source_url(chunk[0].delivery) else {
                    let what = "the message could not be held back";
                    let error = RedeliveryError { what, reason: "it did not come from a queue".to_owned() };
                    answers.extend(vec![Err(error); chunk.len()]);
                    continue;
                };
                answers.extend(self.hold_some(&url, &chunk.iter().collect::<Vec<_>>()).await);
            }
            answers
        }
        .boxed()
    }

    fn reject<'a>(&'a self, rejection: &'a Rejection<'a>) -> BoxFuture<'a, Result<(), RedeliveryError>> {
        const WHAT: &str = "the message could not be sent to its dead-letter queue";
        async move {
            let delivery = rejection.delivery;
            let failed = |reason| RedeliveryError { what: WHAT, reason };
            let dead_letter_queue = match &self.dead_letter_queue {
                Some(url) => Some(url.clone()),
                None => self.source(delivery).await.dead_letter_queue,
            };
            let url = dead_letter_queue.ok_or_else(|| failed("its queue has no redrive policy".to_owned()))?;
            let attributes = stamped(rejection).map_err(|error| failed(reason(error)))?;
            let fifo = url.ends_with(".fifo");
            let group = delivery.group.as_deref().map(str::to_owned);
            let mut request = self
                .client
                .send_message()
                .message_body(&*delivery.body)
                .set_message_attributes(Some(attributes.into_iter().collect()))
                .set_message_group_id(group.or_else(|| fifo.then(|| "rejected".to_owned())))
                .set_message_deduplication_id(fifo.then(|| delivery.id.clone().into_owned()));
            if let Some(trace) = trace(delivery) {
                request = request.message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, trace);
            }
            request.queue_url(url).send().await.map_err(|error| failed(reason(error)))?;
            Ok(())
        }
        .boxed()
    }

    fn remove<'a>(&'a self, delivery: &'a Delivery<'a>) -> BoxFuture<'a, ()> {
        self.delete(delivery).boxed()
    }

    fn put_back<'a>(
        &'a self,
        delivery: &'a Delivery<'a>,
        after: Duration,
    ) -> BoxFuture<'a, Result<(), RedeliveryError>> {
        const WHAT: &str = "the message could not be put back";
        async move {
            let failed = |reason| RedeliveryError { what: WHAT, reason };
            let url = source_url(delivery).filter(|_| !delivery.is_fifo());
            let url = url.ok_or_else(|| failed("it did not come from a standard queue".to_owned()))?;
            let attributes = self.postponed(delivery, after).map_err(failed)?;
            let seconds = i32::try_from(whole_seconds(after.min(DELAY_MAX))).unwrap_or(i32::MAX);
            let mut request = self
                .client
                .send_message()
                .queue_url(url)
                .message_body(&*delivery.body)
                .set_message_attributes(Some(attributes.into_iter().collect()))
                .set_message_group_id(delivery.group.as_deref().map(str::to_owned))
                .delay_seconds(seconds);
            if let Some(trace) = trace(delivery) {
                request = request.message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, trace);
            }
            request.send().await.map_err(|error| failed(reason(error)))?;
            self.delete(delivery).await;
            Ok(())
        }
        .boxed()
    }

    fn still_waits(&self, delivery: &Delivery<'_>) -> Option<Duration> {
        delivery.raw_attributes.filter(|attributes| attributes.contains(UNTIL))?;
        let until = delivery.attributes().remove(UNTIL)?.string_value?.parse::<Timestamp>().ok()?;
        Duration::try_from(until.duration_since(self.clock.now())).ok().filter(|wait| !wait.is_zero())
    }

    fn receives_max<'a>(&'a self, delivery: &'a Delivery<'a>) -> BoxFuture<'a, Option<u32>> {
        async move { self.source(delivery).await.receives_max }.boxed()
    }
}
