//! The engine held against the embedded cloud in virtual time: the same arrivals, service times and failures bring the same
//! messages to the same ends, with the same receive counts, at the same milliseconds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aqueduct_services::cloud::virtual_time::{Execution, VirtualTime};
use aqueduct_services::cloud::{Cloud, Request};
use aqueduct_services::lambda::{self, Ended, Invocation, InvocationKind, Invoke, failed};
use aqueduct_services::sqs::SendMessage;
use aqueduct_services::{MessageAttributeValue, Site, Timestamp, What, sns, sqs};
use aqueduct_topology::Topology;
use serde_json::{Value, json};

use super::topology;
use crate::kernel::outside::Split;
use crate::kernel::{Kernel, prepare};

mod cases;

use cases::{Case, MINUTE, cases};

const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// What became of a message: the queue, the item's number, how often it was received, how it left, if it did, and when, in
/// milliseconds.
type End = (String, u32, u32, &'static str, u64);

/// The case as a scenario.
fn text(case: &Case) -> String {
    let seconds = |time: Duration| format!("{}ms", time.as_millis());
    let times: Vec<String> = (0..case.items).map(|number| (case.gap * number).as_secs_f64().to_string()).collect();
    let mut text = format!(
        "title = \"{}\"\nstart = 2027-01-15T08:00:00Z\nlasts = \"{}\"\n[[arrivals]]\nname = \"items\"\nto = \"{}\"\ngroups = {}\nnoisy_share = {}\n\
         sample = \"sample\"\nprocess = {{ kind = \"trace\", file = \"times\" }}\n# {}\n",
        case.name,
        seconds(case.gap * case.items + MINUTE),
        case.to,
        case.groups,
        case.noisy,
        times.len()
    );
    for worker in &case.workers {
        text.extend(["[functions.", worker.function, "]\ntakes = { fixed = \"", &seconds(worker.takes), "\" }\n"]);
    }
    for worker in &case.workers {
        for (kind, (from, until)) in [("outage", worker.down), ("poison", worker.poison)] {
            let more = if kind == "outage" { "fails_after = \"47ms\"" } else { "share = 1" };
            if from < until {
                let (from, until) = (seconds(from), seconds(until));
                text.extend(["[[faults]]\nkind = \"", kind, "\"\nfunction = \"", worker.function, "\"\n", more]);
                text.extend(["\nfrom = \"", &from, "\"\nuntil = \"", &until, "\"\n"]);
            }
        }
    }
    text
}

/// A topic's sample: an attribute, and a body that filters of mappings can look into.
const SAMPLE: &str = r#"{"Records":[{"Sns":{"Message":"{\"kind\":\"a\"}",
    "MessageAttributes":{"kind":{"Type":"String","Value":"a"}}}}]}"#;

fn by_engine(case: &Case, topology: &Topology) -> Vec<End> {
    let times: Vec<String> = (0..case.items).map(|number| (case.gap * number).as_secs_f64().to_string()).collect();
    let times = times.join("\n");
    let mut open = |name: &str| Ok(if name == "times" { times.clone() } else { SAMPLE.to_owned() });
    let prepared = crate::Prepared::parse("scenario.toml", &text(case), &mut open).unwrap();
    let plan = prepare::plan(&Split::of(topology), &prepared).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let mut kernel = Kernel::new(&plan, 1);
    kernel.run(&mut |_| {});
    let mut ends: Vec<End> = kernel
        .log
        .iter()
        .map(|(queue, item, receives, how, at)| {
            (topology.queues[*queue as usize].id.clone(), *item, u32::from(*receives), *how, at / 1_000)
        })
        .collect();
    for (_, message) in kernel.messages.used() {
        let queue = topology.queues[usize::from(message.queue)].id.clone();
        let item = kernel.items[message.item].number;
        ends.push((queue, item, u32::from(message.receives), "left", 0));
    }
    ends.sort();
    ends
}

/// What a function of the case does with an invocation.
fn execute(case: &Case, now: Timestamp, invocation: &Invocation, ids: &BTreeMap<String, String>) -> Execution {
    let worker =
        case.workers.iter().find(|worker| Some(worker.function) == ids.get(&invocation.function).map(String::as_str));
    let Some(worker) = worker else { return Execution::answered("null", Duration::from_millis(100)) };
    let since = now.since(START);
    let event: Value = serde_json::from_str(&invocation.payload).unwrap();
    let records = event["Records"].as_array().cloned().unwrap_or_else(|| vec![event.clone()]);
    let is_down = worker.down.0 <= since && since < worker.down.1;
    let failure = |took: Duration| {
        let ended = failed("Failure", "it fails".to_owned());
        Execution { ended, took, calls: Vec::new() }
    };
    let each = if is_down { Duration::from_millis(47) } else { worker.takes };
    let (mut took, mut failures, mut blocked) = (Duration::ZERO, Vec::new(), Vec::new());
    for record in &records {
        let group = record["attributes"]["MessageGroupId"].as_str().unwrap_or_default().to_owned();
        if !group.is_empty() && blocked.contains(&group) {
            failures.push(record["messageId"].clone());
            continue;
        }
        took += each;
        let arrived = number_of(record).map_or(Duration::MAX, |number| case.gap * number);
        if is_down || worker.poison.0 <= arrived && arrived < worker.poison.1 {
            if !worker.partial {
                return failure(took);
            }
            failures.push(record["messageId"].clone());
            blocked.push(group);
        }
    }
    let failures: Vec<Value> = failures.into_iter().map(|id| json!({ "itemIdentifier": id })).collect();
    let ended = Ended::Answered(json!({ "batchItemFailures": failures }).to_string());
    Execution { ended, took, calls: Vec::new() }
}

/// The item's number, which its body holds.
fn number_of(record: &Value) -> Option<u32> {
    let body: Value = serde_json::from_str(record["body"].as_str()?).ok()?;
    u32::try_from(body["number"].as_u64()?).ok()
}

fn request(case: &Case, topology: &Topology, number: u32, group: u32) -> Request {
    let body = json!({ "number": number, "kind": "a", "subject": number.to_string() }).to_string();
    if let Some(queue) = topology.queues.iter().find(|queue| queue.id == case.to) {
        return Request::Sqs(sqs::Request::SendMessage(SendMessage {
            queue_url: queue.url.clone(),
            message_body: body,
            message_group_id: (case.groups > 0).then(|| group.to_string()),
            message_deduplication_id: queue.fifo.then(|| number.to_string()),
            ..SendMessage::default()
        }));
    }
    if let Some(topic) = topology.topics.iter().find(|topic| topic.id == case.to) {
        let kind = MessageAttributeValue {
            data_type: "String".to_owned(),
            string_value: Some("a".to_owned()),
            binary_value: None,
        };
        let attributes = BTreeMap::from([("kind".to_owned(), kind)]);
        let message = sns::Outgoing { message: body, attributes, ..sns::Outgoing::default() };
        return Request::Sns(sns::Request::Publish(sns::Publish { topic_arn: topic.arn.clone(), message }));
    }
    let function = topology.functions.iter().find(|function| function.id == case.to).unwrap();
    let invoke = Invoke::synchronous(function.name.clone(), body);
    Request::Lambda(lambda::Request::Invoke(Invoke { kind: InvocationKind::Asynchronous, ..invoke }))
}

/// The groups of the engine's arrivals, which it draws by chance.
fn groups(case: &Case, topology: &Topology) -> Vec<u32> {
    let mut chance = crate::kernel::chance::Chance::new(1, 2 << 32);
    assert!(!topology.functions.is_empty());
    let mut group = || match case.groups {
        0 | 1 => 0,
        groups if case.noisy > 0.0 => {
            if chance.happens(case.noisy) {
                0
            } else {
                1 + chance.below(groups - 1)
            }
        }
        groups => chance.below(groups),
    };
    (0..case.items).map(|_| group()).collect()
}

fn by_cloud(case: &Case, topology: &Topology) -> Vec<End> {
    let arn = topology.queues.first().map(|queue| &queue.arn).unwrap();
    let path = format!("/{}/{}", arn.account(), topology.queues[0].name);
    let site = Site {
        account: arn.account().to_owned(),
        region: arn.region().to_owned(),
        endpoint: topology.queues[0].url.strip_suffix(&path).unwrap().to_owned(),
    };
    let mut cloud = Cloud::new(site, 1);
    cloud.provision(START, topology).unwrap();
    let ids: BTreeMap<String, String> =
        topology.functions.iter().map(|function| (function.name.clone(), function.id.clone())).collect();
    let functions = |now: Timestamp, invocation: &Invocation| execute(case, now, invocation, &ids);
    let mut time = VirtualTime::new(cloud, functions, START);
    for (number, group) in (0..).zip(groups(case, topology)) {
        time.run_until(START + case.gap * number);
        let call = time.call(request(case, topology, number, group));
        assert!(matches!(time.answer(call), None | Some(Ok(_))), "{}", case.name);
    }
    let rest = time.run_until_idle(START + Duration::from_hours(14 * 24));
    assert!(rest.is_ok() || case.to == "Topic", "{}", case.name);
    let names: BTreeMap<&str, &str> =
        topology.queues.iter().map(|queue| (queue.name.as_str(), queue.id.as_str())).collect();
    ends(&time.take_notes(), &names)
}

/// What became of each message, out of the notes.
fn ends(notes: &[aqueduct_services::Note], names: &BTreeMap<&str, &str>) -> Vec<End> {
    // By queue and message id: the item's number and the receives so far.
    let mut messages: BTreeMap<(String, String), (u32, u32)> = BTreeMap::new();
    let (mut ends, mut filtered) = (Vec::new(), BTreeSet::new());
    for note in notes {
        let place = names.get(note.place.as_str()).map(ToString::to_string);
        let number = note.subject.as_ref().and_then(|subject| subject.parse().ok());
        let key = place.map(|place| (place, note.id.clone()));
        let how = match &note.what {
            What::Sent => {
                messages.insert(key.unwrap(), (number.unwrap_or(u32::MAX), 0));
                continue;
            }
            What::Received { count } => {
                messages.entry(key.unwrap()).or_insert((number.unwrap_or(u32::MAX), 0)).1 = *count;
                continue;
            }
            What::DeadLettered { to, .. } => {
                // Its id and its receives go with it.
                if let Some(key) = &key
                    && let Some(message) = messages.get(key)
                {
                    let to = names[to.as_str()].to_owned();
                    messages.insert((to, key.1.clone()), *message);
                }
                "dead"
            }
            What::Deleted => "done",
            What::Expired => "expired",
            What::Filtered { .. } => {
                // Its deletion is told too.
                filtered.extend(key);
                continue;
            }
            _ => continue,
        };
        let Some(key) = key else { continue };
        let Some((number, receives)) = messages.remove(&key) else { continue };
        let how = if filtered.remove(&key) { "filtered" } else { how };
        let at = note.at.since(START).as_millis();
        ends.push((key.0, number, receives, how, u64::try_from(at).unwrap()));
    }
    ends.extend(messages.into_iter().map(|((queue, _), (number, receives))| (queue, number, receives, "left", 0)));
    ends.sort();
    ends
}

#[test]
fn messages_end_as_in_the_embedded_cloud() {
    let mut wrong = Vec::new();
    for case in cases() {
        let topology = topology(&case.template);
        let (mut engine, cloud) = (by_engine(&case, &topology), by_cloud(&case, &topology));
        // A destination's record does not say what it is about.
        if cloud.iter().all(|(_, number, ..)| *number == u32::MAX) {
            for (_, number, ..) in &mut engine {
                *number = u32::MAX;
            }
        }
        assert!(!cloud.is_empty(), "{}: nothing happened", case.name);
        if engine != cloud {
            let only = |one: &[End], other: &[End]| {
                one.iter().filter(|end| !other.contains(end)).take(5).cloned().collect::<Vec<_>>()
            };
            wrong.push(format!(
                "{}: {} ends in the engine and {} in the cloud; only in the engine {:?}, only in the cloud {:?}",
                case.name,
                engine.len(),
                cloud.len(),
                only(&engine, &cloud),
                only(&cloud, &engine)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_start_without_a_zone_is_in_utc() {
    let text = "title = 'x'\nstart = '2027-01-15T08:00:00'\nlasts = '1h'\narrivals = []";
    let prepared = crate::Prepared::parse("s.toml", text, &mut |_| Ok(String::new())).unwrap();
    assert_eq!(prepared.scenario.start.to_string(), "2027-01-15T08:00:00Z");
}
