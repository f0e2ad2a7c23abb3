//! An order that is placed while SNS is away is dispatched when it is back.

use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::lambda::MissingSetting;
use aqueduct_testkit::{Cloud, Function};

fn intake(aws: &Environment) -> Result<Function, MissingSetting> {
    let intake = order_intake::intake(aws)?;
    Ok(Function::http(move |request| intake.clone().answer(request)))
}

#[test]
fn an_order_outlasts_an_outage_of_sns() -> Result<(), Box<dyn std::error::Error>> {
    let cart = r#"{"customer":"ada@example.com","card":"tok_visa","items":[{"sku":"carafe-1l","quantity":1}]}"#;
    let cloud = Cloud::from_template("infra/template.yaml")?;
    cloud.on("OrderIntake", intake)?;
    cloud.on("OrderProcessor", order_processor::consumer)?;
    cloud.outage("SNS", Duration::ZERO..Duration::from_secs(10))?;
    let order = http::Request::post("/orders").header("idempotency-key", "k-1").body(cart)?;
    assert_eq!(cloud.http("OrderIntake", order)?.status(), 202);
    cloud.run_until_idle()?;
    assert_eq!(cloud.queue("OrdersDlq").map(|queue| queue.total()), Some(0));
    assert_eq!(cloud.invocations("OrderFulfilment").len(), 1);
    Ok(())
}
