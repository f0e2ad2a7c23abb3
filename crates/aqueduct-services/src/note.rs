//! What happens to messages, for whoever watches.

use std::time::Duration;

use serde::Serialize;

use crate::Timestamp;

/// One thing that happened to one message or invocation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// The queue, topic, bus, rule or function where it happened, by its physical name.
    pub place: String,
    /// What the message is about: the CloudEvents `subject`, where the body has one.
    pub subject: Option<String>,
    /// The message's id, or the invocation's request id.
    pub id: String,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum What {
    /// A message was accepted by a queue.
    Sent,
    /// A message was handed to a consumer for the `count`-th time.
    Received {
        /// `ApproximateReceiveCount`.
        count: u32,
    },
    /// A message was deleted by its consumer.
    Deleted,
    /// A message came back to its queue without having been deleted.
    Returned,
    /// A message was moved or sent to a dead-letter queue.
    DeadLettered {
        /// The dead-letter queue's name.
        to: String,
        /// Why.
        reason: String,
    },
    /// A message was moved out of a dead-letter queue.
    Moved {
        /// The queue that has it now.
        to: String,
        /// The id that it has there.
        becomes: String,
    },
    /// An event of an archive came to its bus once more.
    Replayed {
        /// The replay's name.
        by: String,
    },
    /// A message reached the end of its queue's retention.
    Expired,
    /// A topic or bus accepted a message.
    Published,
    /// A subscription, rule or mapping handed a message on.
    Delivered {
        /// Where to, by its physical name.
        to: String,
    },
    /// A filter kept a message from a subscriber; on an event source mapping it is deleted.
    Filtered {
        /// The subscription or mapping.
        by: String,
    },
    /// A message is gone, and nothing keeps it.
    Lost {
        /// Why, naming the permission, the queue or the setting that would have kept it.
        reason: String,
    },
    /// A delivery or invocation will be tried again.
    Retrying {
        /// How long until then.
        after: Duration,
        /// Why.
        reason: String,
    },
    /// A function starts to work on an event.
    Invoked {
        /// How many records the event holds.
        records: usize,
    },
    /// A function finished.
    Finished {
        /// How long it took.
        took: Duration,
        /// Message ids that a batch response reported as failed.
        failed_records: Vec<String>,
    },
    /// A function failed, crashed or timed out.
    Failed {
        /// `errorType`, such as `Sandbox.Timedout`.
        error_type: String,
        /// `errorMessage`.
        message: String,
    },
    /// An invocation found no free concurrency.
    Throttled,
}

impl What {
    /// Whether something went wrong for good, or at first: a loss, or a failure.
    pub const fn is_trouble(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::Retrying { .. } | Self::Failed { .. } | Self::Throttled)
    }

    /// What happened, in words; `name` gives the reader's name for a physical one.
    pub fn words(&self, name: impl Fn(&str) -> String) -> String {
        match self {
            Self::Sent => "queued".to_owned(),
            Self::Received { count: 1 } => "received".to_owned(),
            Self::Received { count } => format!("received again, for the {count}. time"),
            Self::Deleted => "deleted".to_owned(),
            Self::Returned => "back in the queue".to_owned(),
            Self::DeadLettered { to, reason } => format!("moved to {}: {reason}", name(to)),
            Self::Moved { to, .. } => format!("moved back to {}", name(to)),
            Self::Replayed { by } => format!("replayed by {by}"),
            Self::Expired => "expired".to_owned(),
            Self::Published => "published".to_owned(),
            Self::Delivered { to } => format!("-> {}", name(to)),
            Self::Filtered { by } => format!("kept from {} by its filter", name(by)),
            Self::Lost { reason } => format!("lost: {reason}"),
            Self::Retrying { after, reason } => format!("tried again in {}: {reason}", short(*after)),
            Self::Invoked { records: 0 | 1 } => "invoked".to_owned(),
            Self::Invoked { records } => format!("invoked with {records} records"),
            Self::Finished { took, failed_records } if failed_records.is_empty() => {
                format!("finished in {}", short(*took))
            }
            Self::Finished { took, failed_records } => {
                format!("finished in {}, {} failed", short(*took), failed_records.len())
            }
            Self::Failed { error_type, message } => format!("{error_type}: {message}"),
            Self::Throttled => "throttled: no free concurrency".to_owned(),
        }
    }
}

fn short(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// What somebody who watches wants to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Watch {
    /// Every step of every message.
    #[default]
    All,
    /// Losses and failures.
    Trouble,
    /// Nothing: nobody watches.
    Nothing,
}

impl Watch {
    /// Whether a note on this is wanted.
    pub const fn includes(self, what: &What) -> bool {
        match self {
            Self::All => true,
            Self::Trouble => what.is_trouble(),
            Self::Nothing => false,
        }
    }
}

/// The notes of a service, which are made only while somebody wants them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    watch: Watch,
    notes: Vec<Note>,
}

impl Notes {
    /// Says which notes are wanted; all are by default.
    pub(crate) const fn set_watch(&mut self, watch: Watch) {
        self.watch = watch;
    }

    /// Whether every step is watched.
    pub(crate) const fn are_all_wanted(&self) -> bool {
        matches!(self.watch, Watch::All)
    }

    /// Makes a note of a step that is no trouble.
    pub(crate) fn add(&mut self, note: impl FnOnce() -> Note) {
        if self.are_all_wanted() {
            self.notes.push(note());
        }
    }

    /// Makes a note of a loss or a failure.
    pub(crate) fn add_trouble(&mut self, note: impl FnOnce() -> Note) {
        if self.watch != Watch::Nothing {
            self.notes.push(note());
        }
    }

    /// The notes since the last call.
    pub(crate) fn take(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }
}
