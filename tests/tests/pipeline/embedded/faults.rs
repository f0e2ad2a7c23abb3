//! A function that panics, hangs, or is killed in the middle of a batch.

use std::collections::BTreeSet;

use aqueduct::aws::sqs::types::SendMessageBatchRequestEntry;
use serde_json::{Value, json};

use crate::support::{Stack, eventually};

const TEMPLATE: &str = "faults/template.yaml";

fn message(name: &str, does: &str, once: Option<&str>) -> Value {
    json!({"specversion": "1.0", "id": name, "type": "Trouble", "source": "test", "subject": name,
        "data": {"does": does, "once": once, "name": name}})
}

/// Sends a batch of three with trouble in its middle.
async fn send(stack: &Stack, does: &str, once: Option<&str>) {
    let entries = [("first", "nothing"), ("middle", does), ("last", "nothing")].map(|(name, does)| {
        let body = message(name, does, if name == "middle" { once } else { None }).to_string();
        SendMessageBatchRequestEntry::builder().id(name).message_body(body).build().unwrap()
    });
    let request = stack.sqs().await.send_message_batch().queue_url(stack.resource("Work"));
    let answer = request.set_entries(Some(entries.to_vec())).send().await.unwrap();
    assert_eq!(answer.successful().len(), 3);
}

/// The subjects of the messages in a queue.
async fn subjects(stack: &Stack, queue: &str) -> BTreeSet<String> {
    let receive = stack.sqs().await.receive_message().queue_url(stack.resource(queue)).max_number_of_messages(10);
    let messages = receive.visibility_timeout(0).send().await.unwrap().messages.unwrap_or_default();
    messages
        .iter()
        .map(|message| {
            let body: Value = serde_json::from_str(message.body().unwrap()).unwrap();
            body["subject"].as_str().unwrap_or_default().to_owned()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_costs_its_own_record_and_no_other() {
    let mut stack = Stack::embedded(TEMPLATE).await;
    send(&stack, "panic", None).await;
    let dead = eventually("the panicking message in the dead-letter queue", async || {
        let dead = subjects(&stack, "WorkDlq").await;
        (!dead.is_empty()).then_some(dead)
    })
    .await;
    assert_eq!(dead, BTreeSet::from(["middle".to_owned()]));
    stack.local().idle().await.unwrap();
    let log = stack.log();
    let calm = log.iter().filter(|(_, message)| message == "did nothing").count();
    assert_eq!(calm, 2, "the records around it were handled once each: {log:?}");
    stack.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_function_hangs_or_dies_once_comes_back_and_is_finished() {
    for does in ["hang", "abort", "panic", "fail"] {
        let folder = tempfile::tempdir().unwrap();
        let marker = folder.path().join("once");
        let mut stack = Stack::embedded(TEMPLATE).await;
        send(&stack, does, marker.to_str()).await;
        let mut log = Vec::new();
        eventually(&format!("all records to be handled after `{does}`"), async || {
            log.extend(stack.log().into_iter().map(|(subject, message)| (subject.unwrap_or_default(), message)));
            let handled = |name: &str, words: &str| log.contains(&(name.to_owned(), words.to_owned()));
            let all =
                handled("first", "did nothing") && handled("middle", "calm again") && handled("last", "did nothing");
            all.then_some(())
        })
        .await;
        stack.local().idle().await.unwrap();
        assert_eq!((stack.count("Work").await, stack.count("WorkDlq").await), (0, 0), "after `{does}`");
        stack.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_asynchronous_invocation_leaves_its_event_at_the_destination() {
    for (does, error) in
        [("fail", "Aqueduct.MessageFailed"), ("hang", "Sandbox.Timedout"), ("abort", "Runtime.ExitError")]
    {
        let stack = Stack::embedded(TEMPLATE).await;
        let topic = stack.resource("Announcements").to_owned();
        let publish = stack.sns().await.publish().topic_arn(topic).message(message("alone", does, None).to_string());
        publish.send().await.unwrap();
        let record = eventually(&format!("the record of `{does}` at the destination"), async || {
            let receive = stack.sqs().await.receive_message().queue_url(stack.resource("Failures"));
            let message = receive.send().await.unwrap().messages.unwrap_or_default().pop()?;
            serde_json::from_str::<Value>(message.body().unwrap()).ok()
        })
        .await;
        assert_eq!(record["responsePayload"]["errorType"], error, "{record}");
        assert_eq!(record["requestContext"]["condition"], "RetriesExhausted", "{record}");
        assert_eq!(record["requestPayload"]["Records"][0]["EventSource"], "aws:sns", "the whole event is kept");
        stack.end().await;
    }
}
