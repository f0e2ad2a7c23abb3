//! What every outbox does.

use aqueduct::Publisher;
use aqueduct::aws::{DynamoDbOutbox, dynamodb};
use aqueduct::publish::{Entry, MemoryOutbox, OutboxStore, Outgoing};
use aqueduct::{Draft, Payload};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tables::{OUTBOX, with_table_of};

#[derive(Serialize, Deserialize)]
struct Note {
    text: String,
    group: Option<String>,
}

impl Payload for Note {
    const TYPE: &'static str = "Note";

    fn group(&self) -> Option<String> {
        self.group.clone()
    }
}

/// A text, its group, the second at which it is written, how many seconds it waits, and how large its body is that lies in S3.
type Written = (&'static str, Option<&'static str>, i64, Option<u64>, Option<usize>);

const NOTES: [Written; 4] = [
    ("first", Some("ada"), 1, None, None),
    ("second \"quoted\" \u{1f980}", Some("ada"), 2, Some(90), None),
    ("alone", None, 3, None, Some(2_097_152)),
    ("young", Some("eve"), 100, None, None),
];

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn prepared((text, group, second, delay, stored): Written) -> Outgoing {
    let (publisher, _) = Publisher::memory("test");
    let mut draft = Draft::from(Note { text: text.to_owned(), group: group.map(str::to_owned) });
    if let Some(seconds) = delay {
        draft = draft.after(std::time::Duration::from_secs(seconds));
    }
    let mut message = publisher.prepare(&draft).unwrap();
    message.header.time = Some(at(second));
    message.stored = stored;
    message
}

async fn pending(outbox: &dyn OutboxStore, before: i64, limit: u32) -> Vec<Entry> {
    let mut entries = outbox.pending(at(before), limit).await.unwrap();
    entries.sort_by_key(|entry| entry.written);
    entries
}

/// `write` puts a message into the outbox, as the entry that stands beside it.
async fn assert_all(outbox: &dyn OutboxStore, write: impl AsyncFn(&Outgoing, &Entry)) {
    assert_eq!(pending(outbox, 1_000, 10).await, [], "it begins empty");
    let mut written = Vec::new();
    for note in NOTES {
        let message = prepared(note);
        let entry = Entry::new("events", &message, at(note.2));
        write(&message, &entry).await;
        written.push(entry);
    }
    assert_eq!(pending(outbox, 1_000, 10).await, written, "each comes back as it was");
    assert_eq!(pending(outbox, 3, 10).await, written[..3], "without those that are young");
    assert_eq!(pending(outbox, 1_000, 2).await.len(), 2, "no more than are wanted");
    for _ in 0..2 {
        outbox.remove(&written[1]).await.unwrap();
        let left = [written[0].clone(), written[2].clone(), written[3].clone()];
        assert_eq!(pending(outbox, 1_000, 10).await, left, "one is taken out, and once more is no error");
    }
}

#[tokio::test]
async fn outboxes_in_memory() {
    let outbox = MemoryOutbox::default();
    assert_all(&outbox, async |message, _| outbox.write("events", message)).await;
}

#[tokio::test]
async fn outboxes_in_dynamodb() {
    with_table_of(&OUTBOX, "outbox", async |client: dynamodb::Client, table| {
        let outbox = DynamoDbOutbox::new(client.clone(), table);
        let write = async |message: &Outgoing, _: &Entry| {
            let item = outbox.write("events", message).unwrap();
            client.transact_write_items().transact_items(item).send().await.unwrap();
        };
        assert_all(&outbox, write).await;
    })
    .await;
}
