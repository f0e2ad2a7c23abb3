//! The order pipeline with its own functions, but for the payment provider.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::{Clock, Failure};
use aqueduct_testkit::fault::Faults;
use aqueduct_testkit::{Cloud, Function, Template};
use bytes::Bytes;
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

/// The pipeline, with a payment provider that is away for the first minutes.
pub(crate) fn shop(template: &Template, seed: u64, bank_away: Duration, faults: Faults) -> Cloud {
    let cloud = Cloud::with_faults(template, seed, faults).unwrap();
    staff(&cloud, move || Bank { clock: Clock::system(), away: bank_away });
    cloud
}

/// Has the template's functions run, with a payment provider for each processor.
pub(crate) fn staff<G: PaymentGateway>(cloud: &Cloud, gateway: impl Fn() -> G + 'static) {
    let intake = |aws: &Environment| {
        let intake = order_intake::intake(aws)?;
        Ok::<_, aqueduct::lambda::Error>(Function::http(move |request| Arc::clone(&intake).answer(request)))
    };
    let processor = move |aws: &Environment| order_processor::consumer_with(aws, gateway());
    cloud.on("OrderIntake", intake).unwrap();
    cloud.on("OrderProcessor", processor).unwrap();
    cloud.on("OrderNotifier", order_notifier::consumer).unwrap();
    cloud.on("OrderFulfilment", order_fulfilment::consumer).unwrap();
    cloud.on("LedgerWriter", ledger_writer::consumer).unwrap();
    cloud.on("StatusProjector", status_projector::consumer).unwrap();
}

/// Orders a carafe; the order's id.
pub(crate) fn order(cloud: &Cloud, key: &str) -> String {
    order_lines(cloud, key, 1)
}

/// Orders so many lines of carafes; the order's id.
pub(crate) fn order_lines(cloud: &Cloud, key: &str, lines: usize) -> String {
    let answer = place(cloud, key, lines);
    assert_eq!(answer.status(), 202, "{answer:?}");
    let status: Value = serde_json::from_slice(answer.body()).unwrap();
    status["id"].as_str().unwrap().to_owned()
}

/// Asks for so many lines of carafes; what comes of it.
pub(crate) fn place(cloud: &Cloud, key: &str, lines: usize) -> http::Response<Bytes> {
    let items = vec![json!({ "sku": "carafe-1l", "quantity": 2 }); lines];
    let cart = json!({ "customer": "ada@example.com", "card": "tok_visa", "items": items });
    let request =
        http::Request::post("/orders").header("idempotency-key", key).header("content-type", "application/json");
    cloud.http("OrderIntake", request.body(cart.to_string()).unwrap()).unwrap()
}

/// The status of an order, as its customer sees it.
pub(crate) fn status(cloud: &Cloud, order: &str) -> Value {
    let request = http::Request::get(format!("/orders/{order}")).body("").unwrap();
    serde_json::from_slice(cloud.http("OrderIntake", request).unwrap().body()).unwrap()
}
