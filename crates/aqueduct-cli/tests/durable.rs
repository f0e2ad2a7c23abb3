//! What was acknowledged survives `kill -9`, at whatever moment it comes.

#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};
use support::{Client, Server};

const ROUNDS: u64 = 4;
const WORKERS: u64 = 3;

/// A message that is received and not deleted is back after so many seconds.
const VISIBILITY: &str = "2";

/// What callers were told, and what they do not know because the answer never came.
#[derive(Debug, Default)]
struct Ledger {
    sent: BTreeSet<String>,
    perhaps_sent: BTreeSet<String>,
    deleted: BTreeSet<String>,
    perhaps_deleted: BTreeSet<String>,
    published: BTreeSet<String>,
    put: BTreeSet<String>,
}

/// `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (bits ^ (bits >> 31)) % limit
    }
}

/// The resources, by the names that all starts know them by.
#[derive(Clone, Debug)]
struct World {
    work: String,
    news: String,
    events: String,
}

const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:news";

fn queue(client: &mut Client, name: &str) -> String {
    let attributes = json!({ "VisibilityTimeout": VISIBILITY, "Policy": json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*" }],
    }).to_string() });
    let answer = client.get("AmazonSQS.CreateQueue", &json!({ "QueueName": name, "Attributes": attributes }));
    answer["QueueUrl"].as_str().unwrap().to_owned()
}

fn set_up(client: &mut Client) {
    for name in ["work", "news", "events"] {
        queue(client, name);
    }
    client.query("Action=CreateTopic&Name=news&Version=2010-03-31").unwrap().unwrap();
    let subscribe = format!(
        "Action=Subscribe&Version=2010-03-31&TopicArn={TOPIC}&Protocol=sqs&Endpoint=arn:aws:sqs:us-east-1:000000000000:news\
         &Attributes.entry.1.key=RawMessageDelivery&Attributes.entry.1.value=true"
    );
    client.query(&subscribe).unwrap().unwrap();
    client.get("AWSEvents.PutRule", &json!({ "Name": "all", "EventPattern": r#"{"source": ["test"]}"# }));
    let target =
        json!({ "Id": "queue", "Arn": "arn:aws:sqs:us-east-1:000000000000:events", "InputPath": "$.detail.id" });
    let answer = client.get("AWSEvents.PutTargets", &json!({ "Rule": "all", "Targets": [target] }));
    assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
}

fn world(server: &Server) -> World {
    let url = |name: &str| format!("{}/000000000000/{name}", server.url);
    World { work: url("work"), news: url("news"), events: url("events") }
}

/// Sends, receives, deletes and publishes until the server is gone.
fn work(mut client: Client, world: &World, ledger: &Mutex<Ledger>, mut chance: Chance, name: &str) {
    for number in 0_u64.. {
        let id = format!("{name}-{number}");
        let outcome = match chance.below(8) {
            0..=3 => send(&mut client, world, ledger, &id),
            4 | 5 => receive(&mut client, world, ledger, &mut chance),
            6 => publish(&mut client, ledger, &id),
            _ => put(&mut client, ledger, &id),
        };
        if outcome.is_err() {
            return;
        }
    }
}

fn send(client: &mut Client, world: &World, ledger: &Mutex<Ledger>, id: &str) -> std::io::Result<()> {
    ledger.lock().unwrap().perhaps_sent.insert(id.to_owned());
    client.call("AmazonSQS.SendMessage", &json!({ "QueueUrl": world.work, "MessageBody": id }))?.unwrap();
    ledger.lock().unwrap().sent.insert(id.to_owned());
    Ok(())
}

fn receive(client: &mut Client, world: &World, ledger: &Mutex<Ledger>, chance: &mut Chance) -> std::io::Result<()> {
    let input = json!({ "QueueUrl": world.work, "MaxNumberOfMessages": 10 });
    let answer = client.call("AmazonSQS.ReceiveMessage", &input)?.unwrap();
    for message in messages(&answer) {
        let id = message["Body"].as_str().unwrap().to_owned();
        let told = ledger.lock().unwrap().deleted.contains(&id);
        assert!(!told, "{id} came back after its deletion was acknowledged");
        if chance.below(3) > 0 {
            ledger.lock().unwrap().perhaps_deleted.insert(id.clone());
            let input = json!({ "QueueUrl": world.work, "ReceiptHandle": message["ReceiptHandle"] });
            client.call("AmazonSQS.DeleteMessage", &input)?.unwrap();
            ledger.lock().unwrap().deleted.insert(id);
        }
    }
    Ok(())
}

fn publish(client: &mut Client, ledger: &Mutex<Ledger>, id: &str) -> std::io::Result<()> {
    client.query(&format!("Action=Publish&Version=2010-03-31&TopicArn={TOPIC}&Message={id}"))?.unwrap();
    ledger.lock().unwrap().published.insert(id.to_owned());
    Ok(())
}

fn put(client: &mut Client, ledger: &Mutex<Ledger>, id: &str) -> std::io::Result<()> {
    let entry = json!({ "Source": "test", "DetailType": "t", "Detail": json!({ "id": id }).to_string() });
    let answer = client.call("AWSEvents.PutEvents", &json!({ "Entries": [entry] }))?.unwrap();
    assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
    ledger.lock().unwrap().put.insert(id.to_owned());
    Ok(())
}

fn messages(answer: &Value) -> &[Value] {
    answer["Messages"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Everything that a queue holds, taken out of it.
fn drain(client: &mut Client, url: &str) -> BTreeSet<String> {
    let mut bodies = BTreeSet::new();
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    loop {
        let input = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 3 });
        let answer = client.get("AmazonSQS.ReceiveMessage", &input);
        for message in messages(&answer) {
            bodies.insert(message["Body"].as_str().unwrap().trim_matches('"').to_owned());
            let input = json!({ "QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"] });
            client.get("AmazonSQS.DeleteMessage", &input);
        }
        let counts = client.get("AmazonSQS.GetQueueAttributes", &json!({ "QueueUrl": url, "AttributeNames": names }));
        if names.iter().all(|name| counts["Attributes"][name] == "0") {
            return bodies;
        }
    }
}

#[test]
fn what_was_acknowledged_survives() {
    let seed = RandomState::new().hash_one(0);
    println!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let (ledger, mut chance) = (Mutex::new(Ledger::default()), Chance(seed));
    for round in 0..ROUNDS {
        let server = Server::start(&["--data", path]);
        if round == 0 {
            set_up(&mut server.connect());
        }
        let world = world(&server);
        std::thread::scope(|threads| {
            for worker in 0..WORKERS {
                let (client, chance) = (server.connect(), Chance(seed ^ (round << 32) ^ worker));
                let (world, ledger) = (&world, &ledger);
                threads.spawn(move || work(client, world, ledger, chance, &format!("{round}-{worker}")));
            }
            // The moment is chance's; nothing waits for it.
            std::thread::sleep(Duration::from_millis(100 + chance.below(700)));
            server.kill();
        });
    }
    let server = Server::start(&["--data", path]);
    let (mut client, world) = (server.connect(), world(&server));
    let (left, news, events) =
        (drain(&mut client, &world.work), drain(&mut client, &world.news), drain(&mut client, &world.events));
    let ledger = ledger.into_inner().unwrap();
    assert!(ledger.sent.len() > 50 && ledger.deleted.len() > 10, "it was under load: {ledger:?}");
    let lost: Vec<_> = ledger.sent.difference(&ledger.perhaps_deleted).filter(|id| !left.contains(*id)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    let back: Vec<_> = left.intersection(&ledger.deleted).collect();
    assert!(back.is_empty(), "deleted and back: {back:?}");
    let strange: Vec<_> = left.difference(&ledger.perhaps_sent).collect();
    assert!(strange.is_empty(), "never sent: {strange:?}");
    let unpublished: Vec<_> = ledger.published.difference(&news).collect();
    assert!(unpublished.is_empty(), "published, and not delivered: {unpublished:?}");
    let unrouted: Vec<_> = ledger.put.difference(&events).collect();
    assert!(unrouted.is_empty(), "put, and not delivered: {unrouted:?}");
}
