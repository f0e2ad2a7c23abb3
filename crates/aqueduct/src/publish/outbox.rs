//! The outbox: messages that are written with the change they tell of, and published after it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aqueduct_message::{Change, ChangeKind, Header, Message, Tick};
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Outgoing, Publisher};
use crate::{Clock, Failure, Handler};

/// A message in an outbox. Its serialized form is an item of the outbox's table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What the message must keep its order with: its group, or its id where it has none.
    pub group: String,
    /// The message's id.
    pub id: String,
    /// The publisher's name in the [`Relay`].
    pub channel: String,
    /// The header.
    #[serde(with = "text")]
    pub header: Header,
    /// The text to send.
    pub body: String,
    /// When it was written.
    pub written: Timestamp,
    /// How many seconds the message waits before it can be received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<u64>,
    /// How many bytes the body has that lies in S3, where `body` stands for a pointer to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<usize>,
}

/// The header stands in its item as JSON text, which no change of DynamoDB's numbers and sets reaches.
mod text {
    use aqueduct_message::Header;
    use serde::{Deserialize, Deserializer, Serializer, de, ser};

    pub(super) fn serialize<S: Serializer>(header: &Header, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&serde_json::to_string(header).map_err(ser::Error::custom)?)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Header, D::Error> {
        serde_json::from_str(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl Entry {
    /// The entry of a prepared message.
    pub fn new(channel: impl Into<String>, message: &Outgoing, written: Timestamp) -> Self {
        Self {
            group: message.header.group.clone().unwrap_or_else(|| message.header.id.clone()),
            id: message.header.id.clone(),
            channel: channel.into(),
            header: message.header.clone(),
            body: message.body.clone(),
            written,
            delay_seconds: message.delay.map(|delay| delay.as_secs()),
            stored: message.stored,
        }
    }

    fn outgoing(&self) -> Outgoing {
        let delay = self.delay_seconds.map(Duration::from_secs);
        Outgoing { header: self.header.clone(), body: self.body.clone(), delay, stored: self.stored }
    }
}

/// Where an outbox is kept. [`aws::DynamoDbOutbox`](crate::aws) does it in DynamoDB, [`MemoryOutbox`] for tests.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not keep an outbox",
    label = "not an `OutboxStore`",
    note = "in DynamoDB it is `aqueduct::aws::DynamoDbOutbox`, which is made of a client and the table's name"
)]
pub trait OutboxStore: fmt::Debug + Send + Sync {
    /// At most `limit` entries that are there still, written before `before`.
    fn pending(&self, before: Timestamp, limit: u32) -> BoxFuture<'_, Result<Vec<Entry>, OutboxError>>;

    /// Takes an entry out; one that is not there is no error.
    fn remove<'a>(&'a self, entry: &'a Entry) -> BoxFuture<'a, Result<(), OutboxError>>;
}

/// An outbox in memory, for tests. Clones share what is in it.
#[derive(Clone, Debug, Default)]
pub struct MemoryOutbox {
    entries: Arc<Mutex<Vec<Entry>>>,
}

impl MemoryOutbox {
    /// Writes a prepared message, to be sent by the publisher that the relay knows as `channel`.
    pub fn write(&self, channel: &str, message: &Outgoing) {
        let entry = Entry::new(channel, message, message.header.time.unwrap_or(Timestamp::UNIX_EPOCH));
        self.lock().push(entry);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OutboxStore for MemoryOutbox {
    fn pending(&self, before: Timestamp, limit: u32) -> BoxFuture<'_, Result<Vec<Entry>, OutboxError>> {
        let entries = self.lock();
        let old = entries.iter().filter(|entry| entry.written <= before).take(limit as usize);
        ready(Ok(old.cloned().collect())).boxed()
    }

    fn remove<'a>(&'a self, entry: &'a Entry) -> BoxFuture<'a, Result<(), OutboxError>> {
        self.lock().retain(|kept| (&kept.group, &kept.id) != (&entry.group, &entry.id));
        ready(Ok(())).boxed()
    }
}

/// The outbox could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the outbox could not be {what}: {reason}")]
pub struct OutboxError {
    /// What was tried.
    pub what: &'static str,
    /// What the store said.
    pub reason: String,
}

/// Publishes what is in an outbox and takes it out. It handles the changes of the outbox's table (behind the table's
/// stream), and [`Tick`]s (behind a schedule) for what the stream lost; one of the two is enough.
///
/// An entry that was published and not taken out is published again, with the id and the key that it had: a duplicate,
/// as every service here may make one, and as harmless.
#[derive(Debug)]
pub struct Relay {
    store: Arc<dyn OutboxStore>,
    publishers: BTreeMap<String, Publisher>,
    grace: Duration,
    clock: Clock,
}

/// How many entries a sweep publishes; the next goes on.
const SWEEP_MAX: u32 = 500;

impl Relay {
    /// A relay that leaves entries to the stream for their first 30 seconds.
    pub fn new(store: impl OutboxStore + 'static) -> Self {
        Self {
            store: Arc::new(store),
            publishers: BTreeMap::new(),
            grace: Duration::from_secs(30),
            clock: Clock::default(),
        }
    }

    /// Names a publisher, as entries name it.
    #[must_use]
    pub fn to(mut self, channel: impl Into<String>, publisher: Publisher) -> Self {
        self.publishers.insert(channel.into(), publisher);
        self
    }

    /// How old an entry must be for a sweep to publish it: nothing, where there is no stream.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// The same with another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Publishes what lies in the outbox, oldest first, and answers how many messages that were.
    pub async fn sweep(&self) -> Result<usize, Failure> {
        let mut entries = self.store.pending(self.clock.now() - self.grace, SWEEP_MAX).await?;
        entries.sort_by(|a, b| (a.written, &a.id).cmp(&(b.written, &b.id)));
        self.publish(entries).await
    }

    async fn publish(&self, entries: Vec<Entry>) -> Result<usize, Failure> {
        let total = entries.len();
        let mut channels: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for entry in entries {
            channels.entry(entry.channel.clone()).or_default().push(entry);
        }
        let (mut published, mut refusal) = (0, None);
        for (channel, entries) in channels {
            let Some(sender) = self.publishers.get(&channel) else {
                refusal = Some(format!("there is no publisher `{channel}`"));
                continue;
            };
            let outgoing: Vec<_> = entries.iter().map(Entry::outgoing).collect();
            for (entry, fate) in entries.iter().zip(sender.send(&outgoing).await) {
                match fate {
                    Ok(_) => {
                        self.store.remove(entry).await?;
                        published += 1;
                    }
                    Err(why) => refusal = Some(format!("{}: {why}", entry.id)),
                }
            }
        }
        match refusal {
            None => Ok(published),
            Some(why) => {
                Err(Failure::retry(format!("{} of {total} messages stay in the outbox; {why}", total - published)))
            }
        }
    }
}

impl Handler<Tick> for Relay {
    async fn handle(&self, _: Message<Tick>) -> Result<(), Failure> {
        let published = self.sweep().await?;
        tracing::info!(published, "outbox swept");
        Ok(())
    }
}

impl Handler<Change<Entry>> for Relay {
    async fn handle(&self, message: Message<Change<Entry>>) -> Result<(), Failure> {
        match message.data {
            Change { kind: ChangeKind::Insert, new: Some(entry), .. } => self.publish(vec![entry]).await.map(|_| ()),
            _ => Ok(()),
        }
    }
}
