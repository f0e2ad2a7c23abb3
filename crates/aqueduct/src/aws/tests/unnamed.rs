//! Answers that leave out some of what was asked.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Bus, Cloud, Queue, SqsRedelivery, Topic, delivery, orders};
use crate::consume::{Hold, Redelivery as _};
use crate::{Backoff, Publisher};

/// A service that answers every request with this.
fn always(answer: impl Into<String>) -> Cloud {
    let answer = answer.into();
    Cloud::new(move |_, _| (200, answer.clone()))
}

/// Sends three messages once, and answers which of them count as accepted.
async fn accepted(publisher: Publisher) -> Vec<bool> {
    let publisher = publisher.tries(1, Backoff::default());
    let messages: Vec<_> = orders(3).map(|draft| publisher.prepare(&draft).unwrap()).collect();
    publisher.send(&messages).await.iter().map(Result::is_ok).collect()
}

#[tokio::test]
async fn trap_what_an_answer_does_not_name_was_not_accepted() {
    let taken = ["0", "2"].map(|id| json!({"Id": id, "MessageId": "m", "MD5OfMessageBody": ""}));
    let sqs = always(json!({ "Successful": taken }).to_string());
    let queue = Queue::new(sqs.sqs(), "https://sqs/1/Orders");
    assert_eq!(accepted(Publisher::new("test", queue)).await, [true, false, true]);

    let taken = ["0", "2"].map(|id| format!("<member><Id>{id}</Id><MessageId>m</MessageId></member>")).concat();
    let sns = always(format!(
        "<PublishBatchResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishBatchResult>\
         <Successful>{taken}</Successful></PublishBatchResult></PublishBatchResponse>"
    ));
    let topic = Topic::new(aws_sdk_sns::Client::new(&sns.config()), "arn:aws:sns:eu-central-1:1:T");
    assert_eq!(accepted(Publisher::new("test", topic)).await, [true, false, true]);

    // EventBridge answers by place: one may say nothing, or the last be missing.
    let cases: [(&[Value], _); 2] = [
        (&[json!({"EventId": "a"}), json!({}), json!({"EventId": "c"})], [true, false, true]),
        (&[json!({"EventId": "a"}), json!({"EventId": "b"})], [true, true, false]),
    ];
    for (entries, expected) in cases {
        let events = always(json!({"FailedEntryCount": 0, "Entries": entries}).to_string());
        let bus = Bus::new(aws_sdk_eventbridge::Client::new(&events.config()), "commerce").unverified();
        assert_eq!(accepted(Publisher::new("test", bus)).await, expected, "{entries:?}");
    }
}

#[tokio::test]
async fn a_message_that_an_answer_does_not_name_is_not_held_back() {
    let sqs = always(json!({"Successful": [{"Id": "0"}], "Failed": []}).to_string());
    let delivery = delivery("{}");
    let hold = Hold { delivery: &delivery, wait: Duration::from_secs(1) };
    let answers = SqsRedelivery::by_redrive_policy(sqs.sqs()).hold(&[hold, hold]).await;
    assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
}
