//! Bodies too large for a queue or a topic, against stand-ins for both.

use aqueduct_message::{Delivery, Draft, Trigger};
use serde_json::{Value, json};

use super::{Cloud, Order, Queue, Topic, orders, partial};
use crate::Publisher;
use crate::claim_check::{LargeBodies, MemoryObjects, ObjectError, Objects as _, Pointer};

const BUCKET: &str = "large-orders";

/// Has no subject, so that its header stays small.
#[derive(serde::Serialize, serde::Deserialize)]
struct Blob {
    order: String,
}

impl aqueduct_message::Payload for Blob {
    const TYPE: &'static str = "Order";
}

fn blob(bytes: usize) -> Draft<Blob> {
    Draft::from(Blob { order: "o".repeat(bytes) })
}

fn order(bytes: usize) -> Draft<Order> {
    Draft::from(Order { order: "o".repeat(bytes) })
}

fn queue(cloud: &Cloud, large: LargeBodies) -> Publisher {
    Publisher::new("test", Queue::new(cloud.sqs(), "https://sqs/1/Orders").large_bodies(large))
}

/// The pointer in an entry, after its attributes were found to be those of one.
fn pointer(entry: &Value, body: &str) -> Pointer {
    let size = &entry["MessageAttributes"]["ExtendedPayloadSize"];
    assert_eq!(size["DataType"], "Number");
    assert!(size["StringValue"].as_str().unwrap().parse::<usize>().unwrap() > 1000);
    assert_eq!(entry["MessageAttributes"]["type"]["StringValue"], "Order", "filter policies still read it");
    Pointer::from_body(entry[body].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn what_is_too_large_for_a_queue_is_stored_and_a_pointer_sent() {
    let (cloud, objects) = (Cloud::new(partial(false)), MemoryObjects::default());
    let publisher = queue(&cloud, LargeBodies::new(objects.clone(), BUCKET).prefix("orders/"));
    publisher.publish_all([order(2 * 1024 * 1024), order(10)]).await.unwrap();
    let entries = cloud.body(0)["Entries"].clone();
    assert_eq!(entries.as_array().unwrap().len(), 2, "a pointer is light enough for a request with others");
    let pointer = pointer(&entries[0], "MessageBody");
    assert!(pointer.bucket == BUCKET && pointer.key.starts_with("orders/"), "{pointer}");
    let body: Value = serde_json::from_str(&objects.get(&pointer, usize::MAX).await.unwrap()).unwrap();
    assert_eq!(body["data"]["order"].as_str().unwrap().len(), 2 * 1024 * 1024);
    assert!(entries[1]["MessageAttributes"].get("ExtendedPayloadSize").is_none(), "what fits is sent as it is");
}

#[tokio::test]
async fn a_topic_stores_what_is_over_the_threshold() {
    let cloud = Cloud::new(|_, _| (400, String::new()));
    let topic = Topic::new(aws_sdk_sns::Client::new(&cloud.config()), "arn:aws:sns:eu-central-1:1:T");
    let topic = topic.large_bodies(LargeBodies::new(MemoryObjects::default(), BUCKET).over(1000));
    Publisher::new("test", topic).publish_all([order(2000), order(10)]).await.unwrap_err();
    let form = cloud.requests.lock().unwrap()[0].1.clone();
    for words in ["ExtendedPayloadSize", "PayloadS3Pointer", BUCKET] {
        assert_eq!(form.matches(words).count(), 1, "{words} in {form}");
    }
}

#[tokio::test]
async fn a_message_that_is_sent_again_leaves_no_second_object() {
    let cloud = Cloud::new(partial(false));
    let publisher = queue(&cloud, LargeBodies::new(MemoryObjects::default(), BUCKET).over(1000));
    let message = publisher.prepare(&order(2000)).unwrap();
    for _ in 0..2 {
        assert!(publisher.send(std::slice::from_ref(&message)).await[0].is_ok());
    }
    let [first, second] = [0, 1].map(|index| pointer(&cloud.body(index)["Entries"][0], "MessageBody"));
    assert_eq!(first, second);
    let other = publisher.prepare(&order(2000)).unwrap();
    assert!(publisher.send(&[other]).await[0].is_ok());
    assert_ne!(pointer(&cloud.body(2)["Entries"][0], "MessageBody"), first, "another message has its own");
}

#[tokio::test(start_paused = true)]
async fn no_pointer_is_sent_to_what_was_not_stored() {
    let cases = [
        (ObjectError::Denied("s3:PutObject"), false, "s3:PutObject"),
        (ObjectError::NoBucket, false, "no such bucket"),
        (ObjectError::Unavailable("SlowDown".to_owned()), true, "SlowDown"),
    ];
    for (failure, retryable, words) in cases {
        let (cloud, objects) = (Cloud::new(partial(false)), MemoryObjects::default());
        objects.fail(Some(failure));
        let publisher = queue(&cloud, LargeBodies::new(objects.clone(), BUCKET).over(1000));
        let messages = [order(2000), order(10)].map(|order| publisher.prepare(&order).unwrap());
        let fates = publisher.send(&messages).await;
        let refusal = fates[0].as_ref().unwrap_err();
        assert!(refusal.retryable == retryable && refusal.message.contains(words), "{refusal}");
        assert!(fates[1].is_ok());
        assert_eq!(cloud.operations().len(), 1);
        assert_eq!(cloud.body(0)["Entries"].as_array().unwrap().len(), 1, "only what has its body in it");
        objects.fail(None);
        assert!(publisher.send(&messages[..1]).await[0].is_ok());
    }
}

#[tokio::test]
async fn what_was_published_so_is_consumed() {
    let (cloud, objects) = (Cloud::new(partial(false)), MemoryObjects::default());
    queue(&cloud, LargeBodies::new(objects.clone(), BUCKET).over(0)).publish_all(orders(1)).await.unwrap();
    let entry = &cloud.body(0)["Entries"][0];
    let attributes: Value = entry["MessageAttributes"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, it)| (name.clone(), json!({"dataType": it["DataType"], "stringValue": it["StringValue"]})))
        .collect();
    let attributes = attributes.to_string();
    let delivery = Delivery {
        raw_attributes: Some(&attributes),
        ..Delivery::new(Trigger::Sqs, "m", entry["MessageBody"].as_str().unwrap())
    };
    let layer = crate::claim_check::ClaimCheck::new(objects).bucket(BUCKET);
    let whole = layer.redeem(&delivery).await.unwrap().unwrap();
    let body: Value = serde_json::from_str(&whole.body).unwrap();
    assert_eq!(body["data"]["order"], "ord_0");
    let header = crate::claim_check::header_of(&delivery).unwrap();
    assert_eq!((header.subject.as_deref(), header.id.as_str()), (Some("ord_0"), body["id"].as_str().unwrap()));
}

#[tokio::test]
async fn a_bus_gets_a_pointer_in_its_detail_and_the_object_is_the_detail() {
    let cloud = Cloud::new(|_, _| (200, json!({"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}).to_string()));
    let objects = MemoryObjects::default();
    let bus = super::Bus::new(aws_sdk_eventbridge::Client::new(&cloud.config()), "commerce").unverified();
    let bus = bus.large_bodies(LargeBodies::new(objects.clone(), BUCKET));
    Publisher::new("test", bus).publish(blob(2 * 1024 * 1024)).await.unwrap();
    let entry = &cloud.body(0)["Entries"][0];
    assert_eq!((&entry["Source"], &entry["DetailType"]), (&json!("test"), &json!("Order")));
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail["metadata"]["type"], "Order");
    assert!(detail.get("data").is_none() && detail["ExtendedPayloadSize"].as_u64().unwrap() > 2 * 1024 * 1024);
    let pointer = Pointer::from_body(&detail["pointer"].to_string()).unwrap();
    let whole: Value = serde_json::from_str(&objects.get(&pointer, usize::MAX).await.unwrap()).unwrap();
    assert_eq!(whole["metadata"], detail["metadata"]);
    assert_eq!(whole["data"]["order"].as_str().unwrap().len(), 2 * 1024 * 1024);
}

#[tokio::test]
async fn what_a_schedule_cannot_hold_is_stored_and_scheduled_as_a_pointer_with_its_mark() {
    let day = std::time::Duration::from_hours(24);
    let cloud = Cloud::new(|_, _| (200, json!({"ScheduleArn": "s"}).to_string()));
    let publisher = |large: LargeBodies| {
        let client = aws_sdk_scheduler::Client::new(&cloud.config());
        let later = super::Scheduler::to_queue(client, "arn:aws:iam::1:role/r", "arn:aws:sqs:eu-central-1:1:Orders");
        queue(&cloud, large).later(later)
    };
    let large = LargeBodies::new(MemoryObjects::default(), BUCKET);
    let error = publisher(large.clone()).publish(order(300_000).after(day)).await.unwrap_err();
    assert!(error.to_string().contains("LargeBodies::waits_max"), "{error}");
    assert!(cloud.operations().is_empty());
    publisher(large.waits_max(day)).publish(order(300_000).after(day)).await.unwrap();
    let target = cloud.body(0)["Target"].clone();
    assert_eq!(target["Arn"], "arn:aws:scheduler:::aws-sdk:sqs:sendMessage");
    let input: Value = serde_json::from_str(target["Input"].as_str().unwrap()).unwrap();
    assert_eq!(input["QueueUrl"], "https://sqs.eu-central-1.amazonaws.com/1/Orders");
    assert_eq!(pointer(&input, "MessageBody").bucket, BUCKET);

    let client = aws_sdk_scheduler::Client::new(&cloud.config());
    let later = super::Scheduler::to_queue(client, "arn:aws:iam::1:role/r", "arn:aws:sqs:eu-central-1:1:Orders");
    let plain = Publisher::new("test", Queue::new(cloud.sqs(), "https://sqs/1/Orders")).later(later);
    let error = plain.publish(order(300_000).after(day)).await.unwrap_err();
    assert!(error.to_string().contains("stores no large bodies"), "{error}");
}

#[tokio::test]
async fn what_an_outbox_cannot_hold_is_stored_first_and_sent_as_a_pointer() {
    let tables = super::tables();
    let client = aws_sdk_dynamodb::Client::new(&tables.config());
    let outbox = super::DynamoDbOutbox::new(client.clone(), "outbox");
    let (cloud, objects) = (Cloud::new(partial(false)), MemoryObjects::default());
    let publisher = queue(&cloud, LargeBodies::new(objects.clone(), BUCKET));
    let whole = publisher.prepare(&blob(500_000)).unwrap();
    let error = outbox.write("orders", &whole).unwrap_err();
    assert!(format!("{error:?}").contains("prepare_within"), "{error:?}");
    let most = super::DynamoDbOutbox::BODY_MAX;
    let light = publisher.prepare_within(&blob(500_000), most).await.unwrap();
    let item = outbox.write("orders", &light).unwrap();
    client.transact_write_items().transact_items(item).send().await.unwrap();
    let relay = super::Relay::new(outbox).to("orders", publisher).grace(std::time::Duration::ZERO);
    assert_eq!(relay.sweep().await.unwrap(), 1);
    let pointer = pointer(&cloud.body(0)["Entries"][0], "MessageBody");
    assert!(objects.get(&pointer, usize::MAX).await.unwrap().len() > 500_000);
    let (plain, _) = Publisher::memory("test");
    assert!(plain.prepare_within(&blob(500_000), most).await.is_err(), "nobody stores it");
}
