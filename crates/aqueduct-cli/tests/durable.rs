//! What was acknowledged survives `kill -9`, at whatever moment it comes.

#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::io::{Cursor, Write as _};
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use support::{Client, Server};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const ROUNDS: u64 = 4;
const WORKERS: u64 = 3;

/// A message that is received and not deleted is back after so many seconds.
const VISIBILITY: &str = "2";

/// How often the destination is drained, three seconds each, until all that was accepted has failed.
const DRAINS: usize = 20;

/// What callers were told, and what they do not know because the answer never came.
#[derive(Debug, Default)]
struct Ledger {
    sent: BTreeSet<String>,
    perhaps_sent: BTreeSet<String>,
    deleted: BTreeSet<String>,
    perhaps_deleted: BTreeSet<String>,
    published: BTreeSet<String>,
    put: BTreeSet<String>,
    invoked: BTreeSet<String>,
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
    failed: String,
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
    for name in ["work", "news", "events", "failed"] {
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
    set_up_function(client);
}

/// Calls an action of Lambda, with further header lines.
fn rest(
    client: &mut Client,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> std::io::Result<Result<Value, Value>> {
    let length = body.len();
    client.answer(&format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n\r\n{body}"
    ))
}

/// A function that cannot do its work, so that every event accepted for it ends at its destination.
fn set_up_function(client: &mut Client) {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
    zip.write_all(b"#!/bin/sh\nexit 1\n").unwrap();
    let code = BASE64_STANDARD.encode(zip.finish().unwrap().into_inner());
    let function = json!({
        "FunctionName": "broken", "Runtime": "provided.al2023", "Handler": "bootstrap", "Code": { "ZipFile": code },
        "Role": "arn:aws:iam::000000000000:role/broken",
    });
    rest(client, "POST", "/2015-03-31/functions", "", &function.to_string()).unwrap().unwrap();
    let destination = json!({
        "MaximumRetryAttempts": 0,
        "DestinationConfig": { "OnFailure": { "Destination": "arn:aws:sqs:us-east-1:000000000000:failed" } },
    });
    let path = "/2019-09-25/functions/broken/event-invoke-config";
    rest(client, "PUT", path, "", &destination.to_string()).unwrap().unwrap();
    let state = |client: &mut Client| {
        rest(client, "GET", "/2015-03-31/functions/broken/configuration", "", "").unwrap().unwrap()["State"].clone()
    };
    while state(client) != "Active" {
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn world(server: &Server) -> World {
    let url = |name: &str| format!("{}/000000000000/{name}", server.url);
    World { work: url("work"), news: url("news"), events: url("events"), failed: url("failed") }
}

/// Sends, receives, deletes and publishes until the server is gone.
fn work(mut client: Client, world: &World, ledger: &Mutex<Ledger>, mut chance: Chance, name: &str) {
    for number in 0_u64.. {
        let id = format!("{name}-{number}");
        let outcome = match chance.below(9) {
            0..=3 => send(&mut client, world, ledger, &id),
            4 | 5 => receive(&mut client, world, ledger, &mut chance),
            6 => publish(&mut client, ledger, &id),
            7 => invoke(&mut client, ledger, &id),
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

fn invoke(client: &mut Client, ledger: &Mutex<Ledger>, id: &str) -> std::io::Result<()> {
    let (path, event) = ("/2015-03-31/functions/broken/invocations", json!(id).to_string());
    rest(client, "POST", path, "x-amz-invocation-type: Event\r\n", &event)?.unwrap();
    ledger.lock().unwrap().invoked.insert(id.to_owned());
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

/// The events whose invocations failed, once all of `expected` are there.
fn drain_failures(client: &mut Client, url: &str, expected: &BTreeSet<String>) -> BTreeSet<String> {
    let mut events = BTreeSet::new();
    for _ in 0..DRAINS {
        events.extend(drain(client, url).iter().map(|body| {
            let record: Value = serde_json::from_str(body).unwrap();
            record["requestPayload"].as_str().unwrap().to_owned()
        }));
        if expected.is_subset(&events) {
            break;
        }
    }
    events
}

#[test]
fn what_was_acknowledged_survives() {
    let seed = RandomState::new().hash_one(0);
    println!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let (ledger, mut chance) = (Mutex::new(Ledger::default()), Chance(seed));
    for round in 0..ROUNDS {
        let server = Server::start_unheard(&["--data", path]);
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
    let server = Server::start_unheard(&["--data", path]);
    let (mut client, world) = (server.connect(), world(&server));
    let (left, news, events) =
        (drain(&mut client, &world.work), drain(&mut client, &world.news), drain(&mut client, &world.events));
    let ledger = ledger.into_inner().unwrap();
    let failed = drain_failures(&mut client, &world.failed, &ledger.invoked);
    let loads = [ledger.sent.len() > 50, ledger.deleted.len() > 10, ledger.invoked.len() > 10];
    assert_eq!(loads, [true; 3], "it was under load: {ledger:?}");
    let forgotten: Vec<_> = ledger.invoked.difference(&failed).collect();
    assert!(forgotten.is_empty(), "accepted, and never failed: {forgotten:?}");
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
