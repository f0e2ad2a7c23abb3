//! What a customer hears of an order by its stream of events.

use aqueduct::aws::dynamodb::types::AttributeValue;
use serde_json::json;

use super::ORDERS;
use crate::support::Stack;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_under_an_outage_is_heard_to_be_delayed_and_then_goes_on() {
    let stack = Stack::embedded(ORDERS).await;
    let shop = stack.shop();
    let order = shop.place("ada@example.com", "tok_outage").await;
    let told = shop.events(&order, |status| status["delayed"] == true).await;
    assert_eq!((&told[0]["step"], &told[0]["place"]), (&json!("received"), &json!({"number": 1, "of": 4})));
    let late = told.last().unwrap();
    assert_eq!(late["state"], "in_progress", "this came while the function that told it was at work: {late}");
    assert!(late["message"].as_str().unwrap().contains("Your order is safe"), "{late}");
    stack.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_order_and_a_rejected_one_end_their_streams() {
    let stack = Stack::embedded(ORDERS).await;
    let shop = stack.shop();
    let order = shop.place("ada@example.com", "tok_declined").await;
    let told = shop.events(&order, |status| status["state"] != "in_progress").await;
    let last = told.last().unwrap();
    assert_eq!(
        (&last["state"], &last["step"], &last["place"]["number"]),
        (&json!("failed"), &json!("declined"), &json!(1))
    );
    let versions: Vec<_> = told.iter().map(|status| status["version"].as_u64().unwrap()).collect();
    assert!(versions.is_sorted_by(|before, after| before < after), "no event comes twice: {versions:?}");
    // The payment provider is away, so the order is still under way when its poisoned twin comes.
    let order = shop.place("eve@example.com", "tok_outage").await;
    let poison = json!({"specversion": "1.0", "id": "m-1", "type": "PlaceOrder", "source": "test", "subject": order,
        "data": {"order": 7}});
    stack.send("OrdersQueue", &poison).await;
    let told = shop.events(&order, |status| status["state"] == "failed").await;
    assert_eq!(told.last().unwrap()["step"], "rejected", "{told:?}");
    stack.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_stands_still_is_heard_to_be_safe() {
    let stack = Stack::embedded(ORDERS).await;
    let shop = stack.shop();
    stack.local().stop_function("OrderProcessor").unwrap();
    let order = shop.place("ada@example.com", "tok_visa").await;
    // A minute is too long for a test: the record is made older than it is.
    let past = AttributeValue::S("2026-01-01T00:00:00Z".to_owned());
    let update = stack.dynamodb().await.update_item().table_name(stack.resource("StatusTable"));
    let update = update.key("id", AttributeValue::S(order.clone())).update_expression("SET updated = :past");
    update.expression_attribute_values(":past", past).send().await.unwrap();
    let told = shop.events(&order, |status| status["delayed"] == true).await;
    assert!(told.last().unwrap()["message"].as_str().unwrap().contains("Your order is safe"));
    stack.end().await;
}
