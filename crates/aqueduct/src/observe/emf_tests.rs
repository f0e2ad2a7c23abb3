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
