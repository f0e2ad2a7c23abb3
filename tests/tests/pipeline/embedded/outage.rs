//! A service is down, and back.

use std::collections::BTreeSet;

use aqueduct_local::Signal;
use serde_json::json;

use super::ORDERS;
use crate::support::{Stack, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn orders_placed_while_the_processor_is_down_are_safe_visible_and_finished_when_it_is_back() {
    let stack = Stack::embedded(ORDERS).await;
    stack.set_visibility("OrdersQueue", 2).await;
    let shop = stack.shop();
    stack.local().stop_function("OrderProcessor").unwrap();
    let mut orders = BTreeSet::new();
    for customer in ["ada@example.com", "eve@example.com", "joe@example.com"] {
        for _ in 0..4 {
            orders.insert(shop.place(customer, "tok_visa").await);
        }
    }
    for order in &orders {
        let status = shop.status(order).await;
        assert_eq!((&status["state"], &status["step"]), (&json!("in_progress"), &json!("received")), "{order} waits");
    }
    assert_eq!(stack.count("OrdersQueue").await + stack.count("OrdersDlq").await, 12, "none is lost");
    stack.local().start_function("OrderProcessor").unwrap();
    for order in &orders {
        shop.reaches(order, "dispatched").await;
    }
    assert_eq!(stack.count("OrdersDlq").await, 0);
    let report = shop.get("/orders?customer=eve@example.com").await;
    assert_eq!(report.body["orders"].as_array().unwrap().len(), 4);
    stack.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ledger_entries_keep_their_order_while_the_writer_keeps_dying() {
    let stack = Stack::embedded(ORDERS).await;
    stack.set_visibility("LedgerQueue", 1).await;
    let shop = stack.shop();
    let (mut placed, customers) = (Vec::new(), ["ada@example.com", "eve@example.com"]);
    for round in 0..4 {
        for customer in customers {
            let order = shop.place(customer, "tok_visa").await;
            shop.reaches(&order, "dispatched").await;
            placed.push((customer, order));
        }
        if round % 2 == 0 {
            stack.local().signal("LedgerWriter", Signal::KILL).unwrap();
        }
    }
    for customer in customers {
        let wanted: Vec<String> = placed
            .iter()
            .filter(|(of, _)| *of == customer)
            .flat_map(|(_, order)| [format!("{order}/invoice"), format!("{order}/payment")])
            .collect();
        eventually(&format!("all entries of {customer}"), async || {
            (stack.ledger(customer).await.len() == wanted.len()).then_some(())
        })
        .await;
        assert_eq!(stack.ledger(customer).await, wanted);
    }
    assert_eq!(stack.count("LedgerDlq").await, 0);
    stack.end().await;
}

/// A function that keeps crashing has no chance to say so; the sweep does.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_nobody_speaks_for_is_marked_by_the_sweep() {
    let stack = Stack::embedded(ORDERS).await;
    let shop = stack.shop();
    stack.local().stop_function("OrderProcessor").unwrap();
    let order = shop.place("ada@example.com", "tok_visa").await;
    // A minute is too long for a test: the record is made older than it is.
    let past = aqueduct::aws::dynamodb::types::AttributeValue::S("2026-01-01T00:00:00Z".to_owned());
    let id = aqueduct::aws::dynamodb::types::AttributeValue::S(order.clone());
    let update = stack.dynamodb().await.update_item().table_name(stack.resource("StatusTable")).key("id", id);
    let update = update.update_expression("SET updated = :past").expression_attribute_values(":past", past);
    update.send().await.unwrap();
    let status = eventually("the sweep", async || {
        let status = shop.status(&order).await;
        (status["delayed"] == true).then_some(status)
    })
    .await;
    assert!(status["message"].as_str().unwrap().contains("Your order is safe"), "{status}");
    stack.end().await;
}
