//! Archives of FIFO topics, and replays out of them.

use std::time::Duration;

use serde_json::{Value, json};

use super::notification::iso_8601;
use super::tests::{NOW, in_group, kinds, publish, queue, sns, subscribe, throttled, topic};
use super::*;
use crate::What;

const FIFO: [(&str, &str); 2] = [("FifoTopic", "true"), ("ContentBasedDeduplication", "true")];

fn archived(sns: &mut Sns) -> Arn {
    let policy = ("ArchivePolicy", r#"{"MessageRetentionPeriod":"2"}"#);
    topic(sns, "O.fifo", &[FIFO[0], FIFO[1], policy]).unwrap()
}

fn set_topic(sns: &mut Sns, now: Timestamp, topic: &Arn, name: &str, value: &str) -> Result<(), ApiError> {
    let request = SetTopicAttributes { topic_arn: topic.clone(), name: name.to_owned(), value: value.to_owned() };
    sns.call(now, Request::SetTopicAttributes(request)).map(drop)
}

fn replay(sns: &mut Sns, now: Timestamp, subscription: &Arn, policy: &Value) -> Result<(), ApiError> {
    let request = SetSubscriptionAttributes {
        subscription_arn: subscription.clone(),
        name: "ReplayPolicy".to_owned(),
        value: policy.to_string(),
    };
    sns.call(now, Request::SetSubscriptionAttributes(request)).map(drop)
}

fn from(start: Timestamp) -> Value {
    json!({ "PointType": "Timestamp", "StartingPoint": iso_8601(start) })
}

fn until(start: Timestamp, end: Timestamp) -> Value {
    json!({ "PointType": "Timestamp", "StartingPoint": iso_8601(start), "EndingPoint": iso_8601(end) })
}

fn status(sns: &mut Sns, subscription: &Arn) -> Option<String> {
    let request = SubscriptionArn { subscription_arn: subscription.clone() };
    match sns.call(NOW, Request::GetSubscriptionAttributes(request)).unwrap() {
        Response::GetSubscriptionAttributes(all) => all.get("ReplayStatus").cloned(),
        other => panic!("{other:?}"),
    }
}

/// Takes every delivery until none is left: `Message` and `Replayed` of each.
fn drain(sns: &mut Sns, now: Timestamp) -> Vec<(String, bool)> {
    let mut seen = Vec::new();
    loop {
        let deliveries = sns.take_deliveries();
        if deliveries.is_empty() {
            return seen;
        }
        for delivery in deliveries {
            let envelope: Value = serde_json::from_str(&delivery.message.body).unwrap();
            let text = envelope["Message"].as_str().unwrap().to_owned();
            seen.push((text, envelope.get("Replayed") == Some(&Value::Bool(true))));
            sns.delivered(now, delivery.ticket, Ok(()));
        }
    }
}

fn seen(messages: &[(&str, bool)]) -> Vec<(String, bool)> {
    messages.iter().map(|(text, replayed)| ((*text).to_owned(), *replayed)).collect()
}

#[test]
fn what_was_published_comes_again_in_order_and_then_what_is_new() {
    let mut sns = sns();
    let orders = archived(&mut sns);
    for (minute, text) in ["one", "two", "three"].into_iter().enumerate() {
        let at = NOW + Duration::from_mins(minute as u64);
        publish(&mut sns, at, &orders, in_group(text, "g")).unwrap();
    }
    let late = subscribe(&mut sns, &orders, &queue("Late.fifo"), &[]).unwrap();
    let now = NOW + Duration::from_mins(10);
    assert_eq!((drain(&mut sns, now), status(&mut sns, &late)), (vec![], None));
    replay(&mut sns, now, &late, &from(NOW + Duration::from_mins(1))).unwrap();
    assert_eq!(status(&mut sns, &late).as_deref(), Some("In progress"));
    publish(&mut sns, now, &orders, in_group("four", "g")).unwrap();
    assert_eq!(drain(&mut sns, now), seen(&[("two", true), ("three", true), ("four", false)]));
    assert_eq!(status(&mut sns, &late).as_deref(), Some("Completed"));
}

#[test]
fn a_replay_with_an_end_pauses_its_subscription_there() {
    let mut sns = sns();
    let orders = archived(&mut sns);
    publish(&mut sns, NOW, &orders, in_group("one", "g")).unwrap();
    let minute = |minutes| NOW + Duration::from_mins(minutes);
    publish(&mut sns, minute(2), &orders, in_group("two", "g")).unwrap();
    let policy = until(NOW, minute(1)).to_string();
    let late = subscribe(&mut sns, &orders, &queue("Late.fifo"), &[("ReplayPolicy", &policy)]).unwrap();
    assert_eq!(drain(&mut sns, minute(3)), seen(&[("one", true)]));
    publish(&mut sns, minute(3), &orders, in_group("three", "g")).unwrap();
    assert_eq!(drain(&mut sns, minute(3)), [], "it rests");
    // From where the last one ended, it catches up and goes on.
    replay(&mut sns, minute(4), &late, &from(minute(1))).unwrap();
    publish(&mut sns, minute(4), &orders, in_group("four", "g")).unwrap();
    assert_eq!(drain(&mut sns, minute(4)), seen(&[("two", true), ("three", true), ("four", false)]));
}

#[test]
fn a_replay_is_filtered_and_keeps_id_time_and_number() {
    let mut sns = sns();
    let orders = archived(&mut sns);
    let published = publish(&mut sns, NOW, &orders, in_group(r#"{"kind":"a"}"#, "g")).unwrap();
    publish(&mut sns, NOW, &orders, in_group(r#"{"kind":"b"}"#, "g")).unwrap();
    let policy = from(NOW).to_string();
    let attributes = [
        ("FilterPolicy", r#"{"kind":["a"]}"#),
        ("FilterPolicyScope", "MessageBody"),
        ("ReplayPolicy", policy.as_str()),
    ];
    subscribe(&mut sns, &orders, &queue("Q.fifo"), &attributes).unwrap();
    let [delivery] = sns.take_deliveries().try_into().unwrap();
    let envelope: Value = serde_json::from_str(&delivery.message.body).unwrap();
    assert_eq!(envelope["MessageId"], published.message_id);
    assert_eq!(envelope["SequenceNumber"], published.sequence_number.unwrap());
    assert_eq!(envelope["Timestamp"], iso_8601(NOW));
    assert_eq!(delivery.message.group.as_deref(), Some("g"));
    sns.delivered(NOW, delivery.ticket, Ok(()));
    assert!(sns.is_idle());
    assert!(kinds(&mut sns).contains(&What::Filtered { by: "Q.fifo".to_owned() }));
}

#[test]
fn a_new_replay_takes_the_place_of_the_old_one() {
    let mut sns = sns();
    let orders = archived(&mut sns);
    for text in ["one", "two", "three"] {
        publish(&mut sns, NOW, &orders, in_group(text, "g")).unwrap();
    }
    let policy = from(NOW).to_string();
    let late = subscribe(&mut sns, &orders, &queue("Late.fifo"), &[("ReplayPolicy", &policy)]).unwrap();
    // The first is on its way and fails; the two behind it are let go of.
    let [first] = sns.take_deliveries().try_into().unwrap();
    replay(&mut sns, NOW, &late, &from(NOW)).unwrap();
    sns.delivered(NOW, first.ticket, Err(throttled()));
    assert_eq!(drain(&mut sns, NOW), seen(&[("one", true), ("one", true), ("two", true), ("three", true)]));
    replay(&mut sns, NOW, &late, &json!({})).unwrap();
    assert_eq!(status(&mut sns, &late), None);
}

#[test]
fn an_archive_has_a_beginning_and_an_end() {
    let mut sns = sns();
    let orders = archived(&mut sns);
    let beginning = |sns: &mut Sns, now| {
        let request = TopicArn { topic_arn: orders.clone() };
        match sns.call(now, Request::GetTopicAttributes(request)).unwrap() {
            Response::GetTopicAttributes(all) => all.get("BeginningArchiveTime").cloned(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(beginning(&mut sns, NOW + Duration::from_hours(1)), Some(iso_8601(NOW)));
    let later = NOW + Duration::from_hours(72);
    assert_eq!(beginning(&mut sns, later), Some(iso_8601(NOW + Duration::from_hours(24))));
    publish(&mut sns, NOW, &orders, in_group("old", "g")).unwrap();
    publish(&mut sns, later, &orders, in_group("new", "g")).unwrap();
    let late = subscribe(&mut sns, &orders, &queue("Late.fifo"), &[]).unwrap();
    let too_early = replay(&mut sns, later, &late, &from(NOW)).unwrap_err();
    assert!(too_early.message.contains("BeginningArchiveTime"), "{too_early}");
    replay(&mut sns, later, &late, &from(NOW + Duration::from_hours(24))).unwrap();
    assert_eq!(drain(&mut sns, later), seen(&[("new", true)]));

    let deleted = |sns: &mut Sns| sns.call(later, Request::DeleteTopic(TopicArn { topic_arn: orders.clone() }));
    let refusal = deleted(&mut sns).unwrap_err();
    assert_eq!(refusal.query_code.as_deref(), Some("InvalidState"));
    assert_eq!(refusal.message, "Invalid state: Cannot delete a topic with an ArchivePolicy");
    assert!(set_topic(&mut sns, later, &orders, "ArchivePolicy", "").is_err());
    set_topic(&mut sns, later, &orders, "ArchivePolicy", "{}").unwrap();
    assert_eq!(beginning(&mut sns, later), None);
    assert!(replay(&mut sns, later, &late, &from(later)).unwrap_err().message.contains("no ArchivePolicy"));
    deleted(&mut sns).unwrap();
}

#[test]
fn only_fifo_topics_have_archives() {
    let mut sns = sns();
    let error = topic(&mut sns, "Orders", &[("ArchivePolicy", r#"{"MessageRetentionPeriod":1}"#)]).unwrap_err();
    assert!(error.message.contains("FIFO topics only"), "{error}");
}
