use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::*;
use crate::consume::current::mark_duplicate;
use crate::{Clock, Consumer, Failure, Message, Payload};

/// What the specification says, as data.
fn schema() -> Value {
    serde_json::from_str(include_str!("emf_schema.json")).expect("the schema is JSON")
}

/// What is wrong with a value, if anything is.
fn violation(value: &Value, schema: &Value, at: &str) -> Option<String> {
    let kind = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        _ => "other",
    };
    let expected = schema["type"].as_str().expect("every rule has a type");
    if kind != expected && (expected, kind) != ("number", "integer") {
        return Some(format!("{at} is no {expected}"));
    }
    let size = match value {
        Value::Array(items) => items.len(),
        Value::String(text) => text.chars().count(),
        _ => 1,
    };
    for (name, is_broken) in [
        ("itemsMin", u64::lt as fn(&u64, &u64) -> bool),
        ("lengthMin", u64::lt),
        ("itemsMax", u64::gt),
        ("lengthMax", u64::gt),
    ] {
        if schema[name].as_u64().is_some_and(|limit| is_broken(&(size as u64), &limit)) {
            return Some(format!("{at} breaks {name} with {size}"));
        }
    }
    if schema["oneOf"].as_array().is_some_and(|allowed| !allowed.contains(value)) {
        return Some(format!("{at} is none of {}", schema["oneOf"]));
    }
    let missing =
        schema["required"].as_array().into_iter().flatten().find(|name| value.get(name.as_str().unwrap()).is_none());
    if let Some(name) = missing {
        return Some(format!("{at} lacks {name}"));
    }
    let mut items = value.as_array().into_iter().flatten().enumerate();
    let in_items = items.find_map(|(index, item)| violation(item, &schema["items"], &format!("{at}/{index}")));
    in_items.or_else(|| {
        value.as_object().into_iter().flatten().find_map(|(name, member)| match schema["members"].get(name) {
            Some(rule) => violation(member, rule, &format!("{at}/{name}")),
            None if schema["closed"] == json!(true) => Some(format!("{at} has a member {name}")),
            None => None,
        })
    })
}

/// Holds a line against the specification, and the members that it refers to.
fn check(line: &str) -> Value {
    let (schema, document) = (schema(), serde_json::from_str::<Value>(line).expect("a document is JSON"));
    assert!(!line.contains('\n') && line.len() as u64 <= schema["document"]["bytesMax"].as_u64().unwrap());
    assert_eq!(violation(&document, &schema["document"], ""), None, "{line}");
    for directive in document["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
        for dimension in
            directive["Dimensions"].as_array().into_iter().flatten().flat_map(|set| set.as_array().unwrap())
        {
            assert_eq!(violation(&document[dimension.as_str().unwrap()], &schema["dimensionValue"], "dimension"), None);
        }
        for metric in directive["Metrics"].as_array().unwrap() {
            let value = &document[metric["Name"].as_str().unwrap()];
            let rule = if value.is_array() { "metricValues" } else { "metricValue" };
            assert_eq!(violation(value, &schema[rule], &metric["Name"].to_string()), None, "{line}");
        }
    }
    document
}

#[derive(Serialize, Deserialize)]
struct Order {
    what: String,
}

impl Payload for Order {
    const TYPE: &'static str = "Order";
}

async fn handle(order: Message<Order>) -> Result<(), Failure> {
    tokio::time::sleep(Duration::from_micros(1_500)).await;
    match order.data.what.as_str() {
        "done" => Ok(()),
        "duplicate" => {
            mark_duplicate();
            Ok(())
        }
        "late" => std::future::pending().await,
        _ => Err(Failure::retry("not now")),
    }
}

fn event<'a>(records: impl IntoIterator<Item = &'a str>) -> String {
    let record = |(n, what): (usize, &str)| {
        json!({"messageId": format!("m-{n}"), "eventSource": "aws:sqs", "body": json!({"what": what}).to_string(),
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1800000000000"}})
    };
    json!({"Records": records.into_iter().enumerate().map(record).collect::<Vec<_>>()}).to_string()
}

async fn lines(name: &str, metrics: Metrics, event: &str) -> Vec<Value> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let metrics = metrics.to(move |line| kept.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned()));
    let clock = Clock::new(|| Timestamp::from_millisecond(1_800_000_002_500).expect("in range"), String::new);
    let consumer = Consumer::new(handle).name(name).clock(clock).metrics(metrics);
    let _ = consumer.handle_event(event, Some(Duration::from_secs(5))).await;
    let lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().map(|line| check(line)).collect()
}

#[tokio::test(start_paused = true)]
async fn an_invocation_is_one_document() {
    let metrics = Metrics::new("Shop").and_then(|metrics| metrics.dimension("Stage", "\"test\"")).expect("fits");
    let documents = lines("order-processor", metrics, &event(["done", "duplicate", "fail", "late"])).await;
    let [document] = &documents[..] else { panic!("{documents:?}") };
    let expected = [
        ("Received", json!(4)),
        ("BatchSize", json!(4)),
        ("Done", json!(2)),
        ("Retried", json!(1)),
        ("Rejected", json!(0)),
        ("Duplicates", json!(1)),
        ("Stopped", json!(1)),
        ("Blocked", Value::Null),
        ("Age", json!([2500, 2500, 2500, 2500])),
        ("Consumer", json!("order-processor")),
        ("Stage", json!("\"test\"")),
        ("level", Value::Null),
    ];
    for (name, value) in expected {
        assert_eq!(document.get(name).unwrap_or(&Value::Null), &value, "{name} in {document}");
    }
    let durations: Vec<f64> = document["Duration"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    assert!(durations[..3].iter().all(|took| (1.5..=3.0).contains(took)) && durations[3] >= 4_000.0, "{durations:?}");
    assert_eq!(document["_aws"]["Timestamp"], json!(1_800_000_002_500_u64));
}

#[tokio::test(start_paused = true)]
async fn more_values_than_cloudwatch_takes_are_more_documents() {
    let documents = lines("", Metrics::new("Shop").expect("fits"), &event(["done"; 250])).await;
    let ages: Vec<usize> = documents.iter().map(|document| document["Age"].as_array().unwrap().len()).collect();
    assert_eq!(ages, [100, 100, 50]);
    let received: u64 = documents.iter().filter_map(|document| document["Received"].as_u64()).sum();
    assert_eq!(received, 250);
    assert_eq!(documents[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([[]]));
}

#[tokio::test(start_paused = true)]
async fn metrics_can_be_off_and_pass_a_filter_of_levels() {
    assert_eq!(lines("x", Metrics::off(), &event(["done"])).await, Vec::<Value>::new());
    for (level, said) in [("INFO", Value::Null), ("", Value::Null), ("warn", json!("WARN")), ("ERROR", json!("ERROR"))]
    {
        let metrics = Metrics::new("Shop").expect("fits").past_filter(level);
        let documents = lines("x", metrics, &event(["done"])).await;
        assert_eq!(documents[0].get("level").unwrap_or(&Value::Null), &said);
    }
}

/// What CloudWatch makes of a line: of each metric, under each set of dimensions, its unit and its values.
type Points = BTreeMap<(String, String, String), (String, Vec<f64>)>;

fn add_points(line: &str, points: &mut Points) {
    let document = check(line);
    for directive in document["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
        for set in directive["Dimensions"].as_array().unwrap() {
            let names = set.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
            let set: Vec<_> = names.map(|name| format!("{name}={}", document[name].as_str().unwrap())).collect();
            for metric in directive["Metrics"].as_array().unwrap() {
                let (name, unit) = (metric["Name"].as_str().unwrap(), metric["Unit"].as_str().unwrap());
                let values = document[name].as_array().cloned().unwrap_or_else(|| vec![document[name].clone()]);
                let key = (directive["Namespace"].as_str().unwrap().to_owned(), set.join(","), name.to_owned());
                let point = points.entry(key).or_insert_with(|| (unit.to_owned(), Vec::new()));
                assert_eq!(point.0, unit, "a metric has one unit");
                point.1.extend(values.iter().map(|value| value.as_f64().unwrap()));
            }
        }
    }
}

#[test]
fn every_metric_arrives_once_with_its_unit_and_dimensions() {
    let metrics = Metrics::new("Shop").and_then(|metrics| metrics.dimension("Stage", "test")).expect("fits");
    let tally = Tally {
        received: 250,
        done: 241,
        skipped: 1,
        retried: 2,
        postponed: 1,
        rejected: 2,
        stopped: 2,
        blocked: 1,
        duplicates: 7,
    };
    let (ages, durations) = ((0..250).collect(), (0..120).map(|n| Duration::from_micros(1_000 * n + 5)).collect());
    let measured = Measured { consumer: "till", at: Timestamp::UNIX_EPOCH, tally, ages, durations };
    let mut points = Points::new();
    documents(&metrics, &measured).for_each(|line| add_points(&line, &mut points));
    let point = |name: &str| {
        let key = ("Shop".to_owned(), "Consumer=till,Stage=test".to_owned(), name.to_owned());
        points.get(&key).unwrap_or_else(|| panic!("{name} is not in {points:?}"))
    };
    let counts = [
        ("Received", 250.0),
        ("Done", 241.0),
        ("Retried", 2.0),
        ("Rejected", 2.0),
        ("Stopped", 2.0),
        ("Duplicates", 7.0),
        ("Skipped", 1.0),
        ("Postponed", 1.0),
        ("Blocked", 1.0),
        ("BatchSize", 250.0),
    ];
    for (name, value) in counts {
        assert_eq!(point(name), &("Count".to_owned(), vec![value]), "{name}");
    }
    let ages: Vec<f64> = (0..250).map(f64::from).collect();
    assert_eq!(point("Age"), &("Milliseconds".to_owned(), ages));
    let durations: Vec<f64> = (0..120).map(|n| f64::from(n) + 0.005).collect();
    assert_eq!(point("Duration"), &("Milliseconds".to_owned(), durations));
    assert_eq!(points.len(), counts.len() + 2, "and nothing else: {points:?}");
}

#[test]
fn whatever_a_consumer_is_called_its_document_is_one() {
    let metrics = Metrics::new("Shop").expect("fits");
    for consumer in ["a\"b\\c", "käse\n", "   ", &"x".repeat(5_000)] {
        let tally = Tally { skipped: 1, postponed: 1, blocked: 1, ..Tally::default() };
        let measured = Measured { consumer, at: Timestamp::UNIX_EPOCH, tally, ages: Vec::new(), durations: Vec::new() };
        for line in documents(&metrics, &measured) {
            assert_eq!(check(&line)["Skipped"], json!(1));
        }
    }
}
