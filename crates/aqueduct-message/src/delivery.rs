//! Deliveries: one attempt to hand a message to a consumer.

use jiff::Timestamp;

/// What handed the message over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// An SQS event source mapping: a batch, each record answered for itself.
    Sqs,
    /// SNS, by asynchronous invocation: one message, retried as a whole.
    Sns,
    /// EventBridge, by asynchronous invocation: one event, retried as a whole.
    EventBridge,
    /// An invocation with the message itself as its event.
    Direct,
}

/// One attempt to hand a message to a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What handed it over.
    pub trigger: Trigger,
    /// The transport's id: SQS and SNS message id, EventBridge event id. It changes when a message is redriven.
    pub id: String,
    /// How many times SQS has handed the message out, this time included; 1 elsewhere, where nobody counts.
    pub receive_count: u32,
    /// The queue, topic or rule.
    pub source_arn: Option<String>,
    /// The message group.
    pub group: Option<String>,
    /// SQS's handle on this attempt.
    pub receipt_handle: Option<String>,
    /// When the transport accepted the message.
    pub sent: Option<Timestamp>,
    /// The message body: an [`Envelope`](crate::Envelope) in some form.
    pub body: String,
}

impl Delivery {
    /// Whether the queue is FIFO, where a failure stops its group.
    pub fn is_fifo(&self) -> bool {
        self.trigger == Trigger::Sqs && self.source_arn.as_deref().is_some_and(|arn| arn.ends_with(".fifo"))
    }
}
