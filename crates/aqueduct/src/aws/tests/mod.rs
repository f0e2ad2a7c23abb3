//! The adapters against a stand-in for AWS that keeps requests and answers by script, and DynamoDB against an engine.

#![cfg(all(feature = "sqs", feature = "sns", feature = "eventbridge", feature = "dynamodb", feature = "scheduler"))]

mod large;
#[cfg(feature = "lambda")]
mod secrets;
mod unnamed;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aqueduct_message::{Delivery, Draft, Header, Payload, Trigger, read_event};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Bus, DynamoDbCircuits, DynamoDbOutbox, Queue, Scheduler, SqsRedelivery, Topic};
use crate::consume::layers::{Circuit, Circuits as _};
use crate::consume::{Hold, Reason, Redelivery as _, Rejection};
use crate::publish::{OutboxStore as _, PublishError, Relay};
use crate::{Clock, Publisher};

type Answer = Box<dyn Fn(&str, &str) -> (u16, String) + Send + Sync>;

/// Stands where the network is: keeps (operation, body) and answers.
#[derive(Clone)]
pub(super) struct Cloud {
    requests: Arc<Mutex<Vec<(String, String)>>>,
    answer: Arc<Answer>,
}

impl std::fmt::Debug for Cloud {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Cloud")
    }
}

impl HttpConnector for Cloud {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").and_then(|target| target.split('.').next_back());
        let operation = operation.unwrap_or(request.uri()).to_owned();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let (status, answer) = (self.answer)(&operation, &body);
        self.requests.lock().unwrap().push((operation, body));
        let mut response = Response::new(StatusCode::try_from(status).unwrap(), SdkBody::from(answer));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl HttpClient for Cloud {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl Cloud {
    fn new(answer: impl Fn(&str, &str) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self { requests: Arc::default(), answer: Arc::new(Box::new(answer)) }
    }

    pub(super) fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("test", "test", None, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(self.clone())
            .build()
    }

    pub(super) fn operations(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|(operation, _)| operation.clone()).collect()
    }

    /// The body of the nth request, JSON.
    fn body(&self, index: usize) -> Value {
        serde_json::from_str(&self.requests.lock().unwrap()[index].1).unwrap()
    }

    fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config())
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Order {
    order: String,
}

impl Payload for Order {
    const TYPE: &'static str = "Order";

    fn subject(&self) -> Option<String> {
        Some(self.order.clone())
    }

    fn group(&self) -> Option<String> {
        Some("ada".to_owned())
    }
}

fn orders(count: usize) -> impl Iterator<Item = Draft<Order>> {
    (0..count).map(|n| Draft::from(Order { order: format!("ord_{n}") }))
}

/// SQS's answer to a batch whose second entry fails with this fault.
fn partial(sender_fault: bool) -> impl Fn(&str, &str) -> (u16, String) {
    move |_, body| {
        let request: Value = serde_json::from_str(body).unwrap();
        let entries = request["Entries"].as_array().unwrap();
        let (mut taken, mut left) = (Vec::new(), Vec::new());
        for one in entries {
            if entries.len() > 1 && one["Id"] == "1" {
                left.push(json!({"Id": "1", "Code": "Oops", "Message": "no", "SenderFault": sender_fault}));
            } else {
                taken.push(json!({"Id": one["Id"], "MessageId": format!("m-{}", one["Id"]), "MD5OfMessageBody": ""}));
            }
        }
        (200, json!({"Successful": taken, "Failed": left}).to_string())
    }
}

#[tokio::test(start_paused = true)]
async fn trap_a_batch_that_sqs_took_in_part_is_sent_again_in_part() {
    for (sender_fault, requests) in [(false, 2), (true, 1)] {
        let cloud = Cloud::new(partial(sender_fault));
        let publisher = Publisher::new("test", Queue::new(cloud.sqs(), "https://sqs/1/Orders"));
        let outcome = publisher.publish_all(orders(3)).await;
        assert_eq!(outcome.is_ok(), !sender_fault);
        assert_eq!(cloud.operations(), vec!["SendMessageBatch"; requests]);
        if let Err(PublishError::Refused { fates, .. }) = outcome {
            assert_eq!(fates.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        }
    }
}

#[tokio::test]
async fn a_fifo_queue_gets_group_and_deduplication_id_from_the_message() {
    let cloud = Cloud::new(partial(false));
    let publisher = Publisher::new("test", Queue::new(cloud.sqs(), "https://sqs/1/Orders.fifo"));
    publisher.publish_all(orders(2)).await.unwrap();
    assert_eq!(cloud.operations().len(), 2, "one of a group in a request");
    let entry = &cloud.body(1)["Entries"][0];
    assert_eq!((&entry["MessageGroupId"], &entry["MessageDeduplicationId"]), (&json!("ada"), &json!("Order/ord_1")));
    assert_eq!(entry["MessageAttributes"]["type"]["StringValue"], "Order");
    let body: Value = serde_json::from_str(entry["MessageBody"].as_str().unwrap()).unwrap();
    assert_eq!((&body["specversion"], &body["subject"]), (&json!("1.0"), &json!("ord_1")));
}

#[tokio::test]
async fn a_topic_reads_its_answer_like_a_queue() {
    let answer = |_: &str, _: &str| {
        let failed = "<member><Id>1</Id><Code>InvalidParameter</Code><Message>no</Message><SenderFault>true</SenderFault></member>";
        let good = "<member><Id>0</Id><MessageId>m-0</MessageId></member>";
        let result = format!(
            "<PublishBatchResult><Successful>{good}</Successful><Failed>{failed}</Failed></PublishBatchResult>"
        );
        (
            200,
            format!(
                "<PublishBatchResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">{result}</PublishBatchResponse>"
            ),
        )
    };
    let cloud = Cloud::new(answer);
    let topic = Topic::new(aws_sdk_sns::Client::new(&cloud.config()), "arn:aws:sns:eu-central-1:1:T");
    let error = Publisher::new("test", topic).publish_all(orders(2)).await.unwrap_err();
    assert!(error.to_string().starts_with("1 of 2 messages were not accepted by topic arn"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn trap_eventbridge_is_asked_whether_the_bus_exists_once() {
    let events = |cloud: &Cloud| Bus::new(aws_sdk_eventbridge::Client::new(&cloud.config()), "commerce");
    let gone = Cloud::new(|_, _| {
        (
            400,
            json!({"__type": "ResourceNotFoundException", "message": "Event bus commerce does not exist."}).to_string(),
        )
    });
    let error = Publisher::new("test", events(&gone)).publish(Order { order: "o".to_owned() }).await.unwrap_err();
    assert!(error.to_string().contains("there is no bus commerce"), "{error}");
    assert_eq!(gone.operations(), ["DescribeEventBus"], "and nothing was sent");

    let answers = Mutex::new(vec!["e-2", ""]);
    let there = Cloud::new(move |operation, _| {
        if operation == "DescribeEventBus" {
            return (403, json!({"__type": "AccessDeniedException", "message": "no"}).to_string());
        }
        let id = answers.lock().unwrap().pop().unwrap_or("e-3");
        let entry = if id.is_empty() {
            json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "slow"})
        } else {
            json!({"EventId": id})
        };
        (200, json!({"FailedEntryCount": 0, "Entries": [entry]}).to_string())
    });
    let publisher = Publisher::new("test", events(&there));
    publisher.publish(Order { order: "o".to_owned() }).await.unwrap();
    publisher.publish(Order { order: "p".to_owned() }).await.unwrap();
    assert_eq!(there.operations(), ["DescribeEventBus", "PutEvents", "PutEvents", "PutEvents"]);
    assert_eq!(there.body(1)["Entries"][0]["DetailType"], "Order");
    let detail: Value = serde_json::from_str(there.body(1)["Entries"][0]["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail["data"]["order"], "o");
}

#[tokio::test]
async fn what_must_wait_longer_than_a_queue_can_hold_it_is_scheduled_once() {
    let cloud = Cloud::new(|operation, _| {
        assert!(operation.contains("/schedules/aqueduct-"), "{operation}");
        (409, json!({"__type": "ConflictException", "Message": "it is there"}).to_string())
    });
    let arn = "arn:aws:sqs:eu-central-1:1:Orders";
    let scheduler = Scheduler::to_queue(aws_sdk_scheduler::Client::new(&cloud.config()), "arn:aws:iam::1:role/r", arn);
    let clock = Clock::new(|| Timestamp::from_millisecond(1_500).unwrap(), || "m".to_owned());
    let publisher =
        Publisher::new("test", Queue::new(cloud.sqs(), "https://sqs/1/Orders")).later(scheduler).clock(clock);
    let order = Draft::from(Order { order: "o".to_owned() }).after(Duration::from_hours(24));
    publisher.publish(order).await.unwrap();
    let schedule = cloud.body(0);
    assert_eq!(schedule["ScheduleExpression"], "at(1970-01-02T00:00:02)");
    assert_eq!((&schedule["ActionAfterCompletion"], &schedule["Target"]["Arn"]), (&json!("DELETE"), &json!(arn)));
}

fn delivery(attributes: &'static str) -> Delivery<'static> {
    Delivery {
        receive_count: 2,
        source_arn: Some("arn:aws:sqs:eu-central-1:1:Orders".into()),
        receipt_handle: Some("handle".into()),
        first_received: Timestamp::from_second(100).ok(),
        trace: Some("Root=1-a-b".into()),
        raw_attributes: Some(attributes),
        ..Delivery::new(Trigger::Sqs, "m-1", "the body")
    }
}

async fn rejected(attributes: &'static str) -> (Cloud, Value) {
    let cloud = Cloud::new(|operation, _| {
        let policy = json!({"deadLetterTargetArn": "arn:aws:sqs:eu-central-1:1:OrdersDlq", "maxReceiveCount": 5});
        match operation {
            "GetQueueAttributes" => (200, json!({"Attributes": {"RedrivePolicy": policy.to_string()}}).to_string()),
            _ => (200, json!({"MessageId": "d-1", "MD5OfMessageBody": ""}).to_string()),
        }
    });
    let redelivery = SqsRedelivery::by_redrive_policy(cloud.sqs());
    let delivery = delivery(attributes);
    assert_eq!(redelivery.receives_max(&delivery).await, Some(5));
    let reason = Reason::new("PaymentError", "never");
    let header = Header::new("id", "Order", "shop");
    let rejection = Rejection {
        delivery: &delivery,
        header: Some(&header),
        reason: &reason,
        handler: "order-processor",
        at: Timestamp::from_second(200).unwrap(),
    };
    redelivery.reject(&rejection).await.unwrap();
    redelivery.remove(&delivery).await;
    let sent = cloud.body(1);
    (cloud, sent)
}

#[tokio::test]
async fn a_rejected_message_is_sent_unchanged_with_the_reason_and_then_deleted() {
    let (cloud, sent) = rejected(r#"{"type":{"dataType":"String","stringValue":"Order"}}"#).await;
    assert_eq!(cloud.operations(), ["GetQueueAttributes", "SendMessage", "DeleteMessage"], "in this order");
    assert_eq!(sent["MessageBody"], "the body");
    assert_eq!(sent["QueueUrl"], "https://sqs.eu-central-1.amazonaws.com/1/OrdersDlq");
    let value = |name: &str| sent["MessageAttributes"][name]["StringValue"].as_str().unwrap_or_default().to_owned();
    let names =
        ["type", "rejected.reason", "rejected.error", "rejected.handler", "rejected.attempts", "rejected.trace"];
    assert_eq!(names.map(value), ["Order", "never", "PaymentError", "order-processor", "2", "Root=1-a-b"]);
    assert_eq!(["rejected.first", "rejected.last"].map(value), ["1970-01-01T00:01:40Z", "1970-01-01T00:03:20Z"]);
    assert_eq!(sent["MessageAttributes"].as_object().unwrap().len(), 10);
    assert_eq!(sent["MessageSystemAttributes"]["AWSTraceHeader"]["StringValue"], "Root=1-a-b");
}

#[tokio::test]
async fn trap_the_reason_takes_no_more_than_ten_attributes_and_none_of_the_messages_own() {
    let five = r#"{"a":{"dataType":"String","stringValue":"1"},"b":{"dataType":"Number","stringValue":"2"},
        "c":{"dataType":"Binary","binaryValue":"AQ=="},"d":{"dataType":"String","stringValue":"4"},
        "rejected.reason":{"dataType":"String","stringValue":"an older one"}}"#;
    let (_, sent) = rejected(five).await;
    let attributes = sent["MessageAttributes"].as_object().unwrap();
    assert!(attributes.len() <= 10 && ["a", "b", "c", "d"].iter().all(|name| attributes.contains_key(*name)));
    let packed: Value = serde_json::from_str(attributes["rejected"]["StringValue"].as_str().unwrap()).unwrap();
    assert_eq!((&packed["reason"], &packed["error"]), (&json!("never"), &json!("PaymentError")));
    assert_eq!(attributes["c"]["BinaryValue"], "AQ==");
}

/// So many attributes of a message's own, as a record has them.
fn own(count: usize, value: &str) -> &'static str {
    let attributes = (0..count).map(|n| (format!("own-{n}"), json!({"dataType": "String", "stringValue": value})));
    Value::Object(attributes.collect()).to_string().leak()
}

#[tokio::test]
async fn trap_a_message_with_ten_attributes_of_its_own_keeps_them_all() {
    let (_, sent) = rejected(own(10, "1")).await;
    let mut names: Vec<_> = sent["MessageAttributes"].as_object().unwrap().keys().cloned().collect();
    names.sort();
    assert_eq!(names, (0..10).map(|n| format!("own-{n}")).collect::<Vec<_>>());
    let (_, sent) = rejected(own(9, "1")).await;
    assert!(sent["MessageAttributes"]["rejected"].is_object(), "one place is left, and it is for the reason");
}

#[tokio::test]
async fn trap_the_reason_never_makes_a_message_too_large_for_its_dead_letter_queue() {
    let most = 1024 * 1024;
    for room in [0, 20, 40, 500, 5_000] {
        let cloud = Cloud::new(|_, _| (200, json!({"MessageId": "d-1", "MD5OfMessageBody": ""}).to_string()));
        let redelivery = SqsRedelivery::new(cloud.sqs(), "https://sqs.eu-central-1.amazonaws.com/1/Dlq");
        let body = "x".repeat(most - room);
        let delivery = Delivery { body: body.into(), ..delivery("{}") };
        let reason = Reason::new("PaymentError", "é".repeat(100_000));
        let (handler, at) = ("order-processor", Timestamp::UNIX_EPOCH);
        redelivery
            .reject(&Rejection { delivery: &delivery, header: None, reason: &reason, handler, at })
            .await
            .unwrap();
        let sent = cloud.body(0);
        let text = |value: &Value| value.as_str().map_or(0, str::len);
        let attributes = sent["MessageAttributes"].as_object().cloned().unwrap_or_default();
        let weights = attributes
            .iter()
            .map(|(name, attribute)| name.len() + text(&attribute["DataType"]) + text(&attribute["StringValue"]));
        let weight = text(&sent["MessageBody"]) + weights.sum::<usize>();
        assert!(weight <= most, "{weight} bytes with room for {room}");
        for (name, from) in [("rejected.error", 40), ("rejected.attempts", 500), ("rejected.reason", 5_000)] {
            assert_eq!(attributes.contains_key(name), room >= from, "{name} with room for {room}: {attributes:?}");
        }
    }
}

#[tokio::test]
async fn trap_a_message_rejected_twice_is_not_swallowed_by_fifo_deduplication() {
    let cloud = Cloud::new(|_, _| (200, json!({"MessageId": "d-1", "MD5OfMessageBody": ""}).to_string()));
    let redelivery = SqsRedelivery::new(cloud.sqs(), "https://sqs.eu-central-1.amazonaws.com/1/Dlq.fifo");
    let (first, redriven) = (delivery("{}"), Delivery { id: "m-2".into(), ..delivery("{}") });
    let reason = Reason::new("PaymentError", "never");
    for delivery in [&first, &redriven] {
        let at = Timestamp::UNIX_EPOCH;
        let rejection = Rejection { delivery, header: None, reason: &reason, handler: "", at };
        redelivery.reject(&rejection).await.unwrap();
    }
    let ids = [0, 1].map(|index| cloud.body(index)["MessageDeduplicationId"].clone());
    assert_eq!(ids, ["m-1", "m-2"], "a redrive gives the message a new id, and its body's own would be known already");
}

#[tokio::test]
async fn trap_visibility_is_changed_in_chunks_of_ten() {
    let cloud = Cloud::new(|_, body| {
        let request: Value = serde_json::from_str(body).unwrap();
        let ids: Vec<Value> =
            request["Entries"].as_array().unwrap().iter().map(|entry| json!({"Id": entry["Id"]})).collect();
        let (good, bad) = ids.split_at(ids.len() - 1);
        let bad: Vec<_> = bad.iter().map(|id| json!({"Id": id["Id"], "Code": "X", "SenderFault": true})).collect();
        (200, json!({"Successful": good, "Failed": bad}).to_string())
    });
    let delivery = delivery("{}");
    let wait = Duration::from_millis(1_200);
    let holds: Vec<Hold<'_>> = (0..23).map(|_| Hold { delivery: &delivery, wait }).collect();
    let answers = SqsRedelivery::by_redrive_policy(cloud.sqs()).hold(&holds).await;
    assert_eq!(cloud.operations(), vec!["ChangeMessageVisibilityBatch"; 3]);
    let failed: Vec<_> =
        answers.iter().enumerate().filter(|(_, answer)| answer.is_err()).map(|(index, _)| index).collect();
    assert_eq!((answers.len(), failed), (23, vec![9, 19, 22]), "each answer is its own message's");
    assert_eq!(cloud.body(0)["Entries"][0]["VisibilityTimeout"], 2, "a part of a second is not cut off");
}

#[tokio::test]
async fn what_is_put_back_is_a_copy_that_waits_and_the_message_goes() {
    let cloud = Cloud::new(|_, _| (200, json!({"MessageId": "n", "MD5OfMessageBody": ""}).to_string()));
    let redelivery = SqsRedelivery::by_redrive_policy(cloud.sqs());
    let delivery = delivery(r#"{"postponed":{"dataType":"String","stringValue":"1"}}"#);
    redelivery.put_back(&delivery, Duration::from_mins(15)).await.unwrap();
    assert_eq!(cloud.operations(), ["SendMessage", "DeleteMessage"]);
    let sent = cloud.body(0);
    assert_eq!((&sent["DelaySeconds"], &sent["MessageBody"]), (&json!(900), &json!("the body")));
    assert_eq!(sent["MessageAttributes"]["postponed"]["StringValue"], "2");
    assert_eq!(sent["MessageAttributes"].as_object().unwrap().len(), 1);
}

/// The attributes of a request, as the next receive has them.
fn received(sent: &Value) -> &'static str {
    let attributes = sent["MessageAttributes"].as_object().unwrap().iter().map(|(name, attribute)| {
        (name.clone(), json!({"dataType": attribute["DataType"], "stringValue": attribute["StringValue"]}))
    });
    Value::Object(attributes.collect()).to_string().leak()
}

#[tokio::test]
async fn trap_a_postponement_that_sqs_cannot_delay_waits_for_all_of_its_time() {
    let cloud = Cloud::new(|_, _| (200, json!({"MessageId": "n", "MD5OfMessageBody": ""}).to_string()));
    let at = |second| Clock::new(move || Timestamp::from_second(second).unwrap(), String::new);
    let redelivery = |second| SqsRedelivery::by_redrive_policy(cloud.sqs()).clock(at(second));
    redelivery(0).put_back(&delivery("{}"), Duration::from_hours(1)).await.unwrap();
    let copy = delivery(received(&cloud.body(0)));
    assert_eq!(cloud.body(0)["DelaySeconds"], 900);
    assert_eq!(redelivery(900).still_waits(&copy), Some(Duration::from_mins(45)));

    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    let handler = move |_: aqueduct_message::Message<Order>| {
        *counted.lock().unwrap() += 1;
        std::future::ready(Ok(()))
    };
    let attributes: Value = serde_json::from_str(copy.raw_attributes.unwrap()).unwrap();
    let event = json!({"Records": [{"messageId": "m-1", "receiptHandle": "handle", "body": "{\"order\":\"o\"}",
        "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-central-1:1:Orders",
        "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": attributes}]});
    for (second, times, handled_by_then) in [(900, 2, 0), (3_600, 2, 1)] {
        let consumer = crate::Consumer::new(handler.clone()).redelivery(redelivery(second));
        let response = consumer.handle_event(&event.to_string(), None).await.unwrap();
        assert_eq!((response.failed().count(), *calls.lock().unwrap()), (0, handled_by_then), "at {second} s");
        assert_eq!(cloud.operations().iter().filter(|name| *name == "SendMessage").count(), times, "at {second} s");
    }
    assert_eq!(
        cloud.body(2)["MessageAttributes"]["postponed.until"],
        cloud.body(0)["MessageAttributes"]["postponed.until"]
    );
    assert_eq!(cloud.body(2)["MessageAttributes"]["postponed"]["StringValue"], "2");
}

/// DynamoDB with the tables of the outbox and of a state that changes with it.
fn tables() -> Cloud {
    let database = dynoxide::Database::memory().unwrap();
    for (name, keys) in [("outbox", vec![("group", "HASH"), ("id", "RANGE")]), ("state", vec![("id", "HASH")])] {
        let schema: Vec<_> = keys.iter().map(|(name, kind)| json!({"AttributeName": name, "KeyType": kind})).collect();
        let types: Vec<_> = keys.iter().map(|(name, _)| json!({"AttributeName": name, "AttributeType": "S"})).collect();
        let create = json!({"TableName": name, "KeySchema": schema, "AttributeDefinitions": types,
            "BillingMode": "PAY_PER_REQUEST"});
        database.create_table(serde_json::from_value(create).unwrap()).unwrap();
    }
    engine(database)
}

/// DynamoDB with the tables of this database.
pub(super) fn engine(database: dynoxide::Database) -> Cloud {
    Cloud::new(move |operation, body| {
        macro_rules! answer {
            ($method:ident) => {
                match database.$method(serde_json::from_str(body).unwrap()) {
                    Ok(answer) => (200, serde_json::to_string(&answer).unwrap()),
                    Err(error) => (error.status_code(), error.to_json()),
                }
            };
        }
        match operation {
            "TransactWriteItems" => answer!(transact_write_items),
            "Scan" => answer!(scan),
            "DeleteItem" => answer!(delete_item),
            "PutItem" => answer!(put_item),
            "GetItem" => answer!(get_item),
            "UpdateItem" => answer!(update_item),
            "Query" => answer!(query),
            _ => panic!("{operation}"),
        }
    })
}

#[tokio::test]
async fn an_outbox_entry_stands_or_falls_with_its_transaction_and_a_duplicate_is_harmless() {
    use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
    let cloud = tables();
    let client = aws_sdk_dynamodb::Client::new(&cloud.config());
    let outbox = DynamoDbOutbox::new(client.clone(), "outbox");
    let (publisher, sent) = Publisher::memory("test");
    let transact = async || {
        let state = Put::builder()
            .table_name("state")
            .item("id", AttributeValue::S("ord_1".to_owned()))
            .condition_expression("attribute_not_exists(id)");
        let message = publisher.prepare(&Draft::from(Order { order: "ord_1".to_owned() })).unwrap();
        client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(state.build().unwrap()).build())
            .transact_items(outbox.write("events", &message).unwrap())
            .send()
            .await
    };
    transact().await.unwrap();
    assert!(transact().await.is_err(), "the second run of the handler changes nothing and says nothing");
    let relay = Relay::new(outbox.clone()).to("events", publisher.clone()).grace(Duration::ZERO);
    let entries = outbox.pending(Clock::system().now(), 10).await.unwrap();
    assert_eq!(relay.sweep().await.unwrap(), 1);
    assert_eq!(relay.sweep().await.unwrap(), 0);
    let ids: Vec<_> = sent.messages().into_iter().map(|message| message.header.id).collect();
    assert_eq!(ids, [entries[0].id.clone()], "the id it was written with");

    // The stream tells of the same entry a moment later.
    let image: serde_json::Map<String, Value> = serde_json::to_value(&entries[0]).unwrap().as_object().unwrap().clone();
    let image: serde_json::Map<_, _> = image.into_iter().map(|(name, value)| (name, json!({"S": value}))).collect();
    let event = json!({"Records": [{"eventSource": "aws:dynamodb", "eventName": "INSERT", "dynamodb": {
        "SequenceNumber": "1", "Keys": {}, "NewImage": image}}]})
    .to_string();
    assert!(read_event(&event).is_ok());
    let consumer = crate::Consumer::new::<crate::Change<crate::publish::Entry>>(relay);
    assert_eq!(consumer.handle_event(&event, None).await.unwrap().failed().count(), 0);
    let keys: Vec<_> = sent.messages().into_iter().map(|message| message.header.idempotency_key().to_owned()).collect();
    assert_eq!(keys, ["ord_1", "ord_1"], "a duplicate has the same key");
}

#[tokio::test]
async fn circuits_are_shared_by_version() {
    let cloud = tables();
    let circuits = DynamoDbCircuits::new(aws_sdk_dynamodb::Client::new(&cloud.config()), "state");
    assert_eq!(circuits.load("bank").await, Ok(Circuit::default()));
    let open = Circuit { failures: 5, open_until: Timestamp::from_second(100).ok(), version: 1 };
    assert_eq!(circuits.store("bank", open).await, Ok(true));
    assert_eq!(circuits.store("bank", open).await, Ok(false), "somebody else was faster");
    assert_eq!(circuits.load("bank").await, Ok(open));
}

#[tokio::test(start_paused = true)]
async fn a_busy_table_of_claims_is_told_from_one_that_refuses() {
    use crate::idempotency::{Attempt, ClaimError, Claims as _};
    let answers = [
        (400, "ProvisionedThroughputExceededException", true),
        (400, "ThrottlingException", true),
        (500, "InternalServerError", true),
        (400, "AccessDeniedException", false),
        (400, "ResourceNotFoundException", false),
    ];
    let at = Timestamp::UNIX_EPOCH;
    let attempt = Attempt { key: "k", token: "t", fingerprint: None, now: at, until: at, expires: at };
    for (status, code, busy) in answers {
        let cloud = Cloud::new(move |_, _| (status, json!({"__type": code, "message": "no"}).to_string()));
        let claims = super::DynamoDbClaims::new(aws_sdk_dynamodb::Client::new(&cloud.config()), "claims");
        let error = claims.claim(&attempt).await.unwrap_err();
        assert_eq!(matches!(error, ClaimError::Unavailable { .. }), busy, "{code}: {error}");
        assert_eq!(claims.complete("k", "t", "1", at).await.unwrap_err().name(), error.name(), "{code}");
        assert_eq!(claims.release("k", "t").await.unwrap_err().name(), error.name(), "{code}");
    }
}
