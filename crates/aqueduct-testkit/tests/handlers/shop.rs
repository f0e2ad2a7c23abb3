//! The order pipeline with its own functions.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::{Clock, Failure};
use aqueduct_testkit::fault::Faults;
use aqueduct_testkit::{Cloud, Function, Template};
use order_processor::{Charge, Payment, PaymentGateway};
use serde_json::{Value, json};

/// A payment provider that is away for the first minutes of the run.
pub(crate) struct Bank {
    clock: Clock,
    away: Duration,
}

impl PaymentGateway for Bank {
    async fn charge(&self, charge: Charge) -> Result<Payment, Failure> {
        if self.clock.now() < start() + self.away {
            return Err(Failure::retry("the bank does not answer"));
        }
        Ok(Payment::Taken { receipt: format!("rcpt_{}", charge.order) })
    }
}

fn start() -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_800_000_000).unwrap()
}

/// The pipeline, with a payment provider that is away for a while.
pub(crate) fn shop(seed: u64, bank_away: Duration) -> Cloud {
    shop_with(&Template::open("infra/template.yaml").unwrap(), seed, bank_away, Faults::none())
}

pub(crate) fn shop_with(template: &Template, seed: u64, bank_away: Duration, faults: Faults) -> Cloud {
    let cloud = Cloud::with_faults(template, seed, faults).unwrap();
    let intake = |aws: &Environment| {
        let intake = order_intake::intake(aws)?;
        Ok::<_, aqueduct::lambda::Error>(Function::http(move |request| Arc::clone(&intake).answer(request)))
    };
    let processor = move |aws: &Environment| {
        order_processor::consumer_with(aws, Bank { clock: Clock::system(), away: bank_away })
    };
    cloud.on("OrderIntake", intake).unwrap();
    cloud.on("OrderProcessor", processor).unwrap();
    cloud.on("OrderNotifier", order_notifier::consumer).unwrap();
    cloud.on("OrderFulfilment", order_fulfilment::consumer).unwrap();
    cloud.on("LedgerWriter", ledger_writer::consumer).unwrap();
    cloud.on("StatusProjector", status_projector::consumer).unwrap();
    cloud
}

/// Orders a carafe; the order's id.
pub(crate) fn order(cloud: &Cloud, key: &str) -> String {
    let cart = json!({ "customer": "ada@example.com", "card": "tok_visa", "items": [{ "sku": "carafe-1l", "quantity": 2 }] });
    let request = http::Request::post("/orders").header("idempotency-key", key).header("content-type", "application/json");
    let answer = cloud.http("OrderIntake", request.body(cart.to_string()).unwrap()).unwrap();
    assert_eq!(answer.status(), 202, "{answer:?}");
    let status: Value = serde_json::from_slice(answer.body()).unwrap();
    status["id"].as_str().unwrap().to_owned()
}

/// The status of an order, as its customer sees it.
pub(crate) fn status(cloud: &Cloud, order: &str) -> Value {
    let request = http::Request::get(format!("/orders/{order}")).body("").unwrap();
    serde_json::from_slice(cloud.http("OrderIntake", request).unwrap().body()).unwrap()
}

#[test]
fn an_order_is_dispatched() {
    let cloud = shop(1, Duration::ZERO);
    let id = order(&cloud, "k-1");
    cloud.run_until_idle().unwrap();
    assert_eq!(status(&cloud, &id)["step"], "dispatched");
    assert!(cloud.elapsed() < Duration::from_secs(5), "{:?}", cloud.elapsed());
    for function in ["OrderProcessor", "OrderNotifier", "OrderFulfilment", "LedgerWriter", "StatusProjector"] {
        assert!(!cloud.invocations(function).is_empty(), "{function}");
    }
}

#[test]
fn an_order_outlasts_a_payment_provider_that_is_away_for_four_minutes() {
    let cloud = shop(1, Duration::from_mins(4));
    let id = order(&cloud, "k-1");
    cloud.run_for(Duration::from_mins(2));
    assert_eq!(status(&cloud, &id)["step"], "delayed");
    cloud.run_until_idle().unwrap();
    assert_eq!(status(&cloud, &id)["step"], "dispatched");
    assert!(cloud.elapsed() > Duration::from_mins(4));
    assert_eq!(cloud.queue("OrdersDlq").unwrap().total(), 0);
}

#[test]
fn an_order_whose_function_is_away_for_too_long_is_kept_and_can_be_moved_back() {
    let cloud = shop(1, Duration::ZERO);
    cloud.outage("OrderProcessor", Duration::ZERO..Duration::from_mins(30));
    let id = order(&cloud, "k-1");
    cloud.run_until_idle().unwrap();
    assert_eq!(cloud.queue("OrdersDlq").unwrap().total(), 1);
    cloud.run_for(Duration::from_mins(30));
    cloud.redrive("OrdersDlq", None).unwrap();
    cloud.run_until_idle().unwrap();
    assert_eq!(status(&cloud, &id)["step"], "dispatched");
}

#[test]
fn an_order_that_cannot_be_read_ends_in_the_dead_letter_queue() {
    let cloud = shop(1, Duration::ZERO);
    cloud.send("OrdersQueue", r#"{"order":"ord_1"}"#).unwrap();
    cloud.run_until_idle().unwrap();
    assert_eq!(cloud.queue("OrdersDlq").unwrap().total(), 1);
    assert_eq!(cloud.invocations("OrderProcessor").len(), 1);
}

#[test]
fn an_order_waits_for_dynamodb() {
    let cloud = shop(1, Duration::ZERO);
    let id = order(&cloud, "k-1");
    let now = cloud.elapsed();
    cloud.outage("DynamoDB", now..now + Duration::from_mins(3));
    cloud.run_until_idle().unwrap();
    for note in cloud.take_notes() { println!("{} {note:?}", note.at.as_millis()-1_800_000_000_000); }
    assert_eq!(status(&cloud, &id)["step"], "dispatched");
}
