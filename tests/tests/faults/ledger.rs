//! The ledger writer in trouble: what stands in the ledger, in which order, and what waits behind what.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::SqsRedelivery;
use aqueduct::aws::dynamodb::types::AttributeValue;
use aqueduct::{Clock, Consumer};
use ledger_writer::{DynamoDbLedger, LedgerWriter};
use serde_json::json;
use tokio::sync::Notify;

use crate::cloud::Cloud;
use crate::network::Fault;
use crate::poller::Poller;

const POISON: &str = "{\"account\": ";

struct Ledger {
    cloud: Cloud,
}

impl Ledger {
    async fn open() -> Self {
        let template = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/template.yaml")).unwrap();
        Self { cloud: Cloud::start(&template).await }
    }

    /// A consumer as in the function's `main`.
    fn writer(&self) -> Consumer {
        let ledger = DynamoDbLedger::new(self.cloud.dynamodb(), self.cloud.resource("LedgerTable"), Clock::system());
        let redelivery = SqsRedelivery::new(self.cloud.sqs(), self.cloud.resource("LedgerDlq"));
        Consumer::new(LedgerWriter { ledger }).redelivery(redelivery)
    }

    fn entries(&self) -> Poller<'_> {
        Poller { cloud: &self.cloud, queue: "LedgerQueue" }
    }

    /// Sends entries of customers in this order, each given as customer and order; an order without a name is poison.
    async fn send(&self, entries: &[(&str, &str)]) {
        for (place, (customer, order)) in entries.iter().enumerate() {
            let key = format!("{order}/invoice");
            let entry = json!({"order": order, "customer": customer, "posting": "invoice", "amount_cents": 3_400});
            let body = json!({"specversion": "1.0", "id": key, "type": "LedgerEntry", "source": "test",
                "subject": order, "idempotencykey": key, "data": entry});
            let body = if order.is_empty() { POISON.to_owned() } else { body.to_string() };
            let send = self.cloud.sqs().send_message().queue_url(self.cloud.resource("LedgerQueue"));
            let send = send.message_group_id(*customer).message_deduplication_id(place.to_string());
            send.message_body(body).send().await.unwrap();
        }
    }

    /// A customer's orders in the order in which they were written.
    async fn written(&self, customer: &str) -> Vec<String> {
        self.account(customer).await.into_iter().map(|(_, order)| order).collect()
    }

    /// When a customer's orders were written, and which they are.
    async fn account(&self, customer: &str) -> Vec<(String, String)> {
        let query = self.cloud.dynamodb().query().table_name(self.cloud.resource("LedgerTable"));
        let query = query
            .key_condition_expression("account = :customer")
            .expression_attribute_values(":customer", AttributeValue::S(customer.to_owned()));
        let text = |value: &AttributeValue| value.as_s().unwrap().clone();
        let items = query.send().await.unwrap().items.unwrap_or_default();
        let mut entries: Vec<_> = items.iter().map(|item| (text(&item["written"]), text(&item["order"]))).collect();
        entries.sort();
        entries
    }

    async fn dead(&self) -> Vec<String> {
        self.cloud.take("LedgerDlq").await.iter().map(|message| message.body().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn poison_in_the_middle_of_a_group_goes_out_of_the_way_and_the_rest_keeps_its_order() {
    let ledger = Ledger::open().await;
    ledger.send(&[("ada", "a1"), ("eve", "e1"), ("ada", ""), ("ada", "a2"), ("eve", "e2"), ("ada", "a3")]).await;
    assert_eq!(ledger.entries().turn(&ledger.writer()).await, 0);
    assert_eq!(ledger.written("ada").await, ["a1", "a2", "a3"]);
    assert_eq!(ledger.written("eve").await, ["e1", "e2"]);
    assert_eq!(ledger.dead().await, [POISON], "unchanged");
    assert_eq!(ledger.cloud.count("LedgerQueue").await, (0, 0), "nothing is left");
    ledger.cloud.end().await;
}

#[tokio::test]
async fn poison_that_cannot_be_put_aside_stops_its_group_and_no_other() {
    let ledger = Ledger::open().await;
    ledger.send(&[("ada", "a1"), ("eve", "e1"), ("ada", ""), ("ada", "a2"), ("eve", "e2")]).await;
    ledger.cloud.network.next("SendMessage", 3, &Fault::Throttle);
    let entries = ledger.entries();
    let batch = entries.receive().await;
    assert_eq!(entries.deliver(&ledger.writer(), &batch, None).await, 2, "the poison, and what is behind it");
    assert_eq!(ledger.written("ada").await, ["a1"]);
    assert_eq!(ledger.written("eve").await, ["e1", "e2"]);
    assert_eq!(ledger.cloud.count("LedgerDlq").await, (0, 0));
    entries.pass(&batch).await;
    let rest = entries.receive().await;
    assert_eq!(rest.receives(), [2, 2]);
    assert_eq!(entries.deliver(&ledger.writer(), &rest, None).await, 0);
    assert_eq!(ledger.written("ada").await, ["a1", "a2"]);
    assert_eq!(ledger.dead().await, [POISON]);
    assert_eq!(ledger.cloud.count("LedgerQueue").await, (0, 0));
    ledger.cloud.end().await;
}

#[tokio::test]
async fn a_timeout_in_the_middle_of_a_group_gives_the_rest_back_in_order() {
    let ledger = Ledger::open().await;
    ledger.send(&[("ada", "a1"), ("ada", "a2"), ("ada", "a3")]).await;
    ledger.cloud.network.next("PutItem", 1, &Fault::Pass);
    ledger.cloud.network.next("PutItem", 1, &Fault::Hang(Arc::new(Notify::new())));
    let entries = ledger.entries();
    let batch = entries.receive().await;
    assert_eq!(entries.deliver(&ledger.writer(), &batch, Some(Duration::from_millis(1_500))).await, 2);
    assert_eq!(ledger.written("ada").await, ["a1"]);
    entries.pass(&batch).await;
    let rest = entries.receive().await;
    assert_eq!(rest.receives(), [2, 2]);
    assert_eq!(entries.deliver(&ledger.writer(), &rest, None).await, 0);
    assert_eq!(ledger.written("ada").await, ["a1", "a2", "a3"]);
    assert_eq!(ledger.cloud.count("LedgerQueue").await, (0, 0));
    ledger.cloud.end().await;
}

#[tokio::test]
async fn an_entry_that_was_written_before_a_crash_or_a_lost_answer_stands_there_once() {
    let ledger = Ledger::open().await;
    ledger.send(&[("ada", "a1"), ("ada", "a2")]).await;
    ledger.cloud.network.next("PutItem", 1, &Fault::LoseAnswer);
    let entries = ledger.entries();
    let batch = entries.receive().await;
    // It wrote everything, and died before it could say so.
    ledger.writer().handle_event(&entries.event(&batch), None).await.unwrap();
    let before = ledger.account("ada").await;
    entries.pass(&batch).await;
    assert_eq!(entries.turn(&ledger.writer()).await, 0);
    assert_eq!(ledger.written("ada").await, ["a1", "a2"]);
    assert_eq!(ledger.account("ada").await, before, "nothing of it is written anew");
    assert_eq!(ledger.cloud.count("LedgerQueue").await, (0, 0));
    ledger.cloud.end().await;
}

#[tokio::test]
async fn a_throttled_ledger_stops_a_group_at_the_entry_that_was_not_written() {
    let ledger = Ledger::open().await;
    ledger.send(&[("ada", "a1"), ("ada", "a2")]).await;
    ledger.cloud.network.next("PutItem", 3, &Fault::Throttle);
    let entries = ledger.entries();
    let batch = entries.receive().await;
    assert_eq!(entries.deliver(&ledger.writer(), &batch, None).await, 2);
    assert_eq!(ledger.written("ada").await, [""; 0]);
    entries.pass(&batch).await;
    assert_eq!(entries.turn(&ledger.writer()).await, 0);
    assert_eq!(ledger.written("ada").await, ["a1", "a2"]);
    ledger.cloud.end().await;
}
