//! Orders from the shop to their end.

use aqueduct::aws::dynamodb::types::AttributeValue;
use aqueduct::aws::sqs::types::MessageSystemAttributeName;
use serde_json::{Value, json};

use crate::support::{Stack, eventually};

fn steps(status: &Value) -> Vec<&str> {
    status["steps"].as_array().unwrap().iter().map(|taken| taken["step"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_from_the_cart_to_its_dispatch() {
    let stack = Stack::orders().await;
    let shop = stack.shop();
    let order = shop.place("ada@example.com", "tok_visa").await;
    let status = shop.reaches(&order, "dispatched").await;
    assert_eq!((&status["state"], &status["delayed"]), (&json!("done"), &json!(false)));
    let mut history = steps(&status);
    history.sort_unstable();
    assert_eq!(history, ["confirmed", "dispatched", "received", "reserved"]);

    let told = eventually("the customer to be told", async || {
        let status = shop.status(&order).await;
        status["notifications"].as_array().unwrap().first().cloned()
    })
    .await;
    assert!(told["message"].as_str().unwrap().starts_with("Thank you. We received EUR 34.00"), "{told}");
    assert_eq!(ledger(&stack, "ada@example.com").await, [format!("{order}/invoice"), format!("{order}/payment")]);
    let report = shop.get("/orders?customer=ada@example.com").await;
    assert_eq!(report.body["orders"][0]["id"], order);
    stack.local.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_order_ends_in_plain_words_and_moves_no_goods() {
    let stack = Stack::orders().await;
    let shop = stack.shop();
    let order = shop.place("ada@example.com", "tok_declined").await;
    let status = shop.reaches(&order, "declined").await;
    assert_eq!(status["state"], "failed");
    assert!(status["message"].as_str().unwrap().contains("Nothing was charged"), "{status}");
    assert!(status["next_action"].as_str().unwrap().contains("another card"), "{status}");
    eventually("the customer to be told", async || {
        let status = shop.status(&order).await;
        status["notifications"].as_array().unwrap().first().cloned()
    })
    .await;
    stack.local.idle().await.unwrap();
    assert_eq!(steps(&shop.status(&order).await), ["received", "declined"], "the filter keeps it from the warehouse");
    assert!(ledger(&stack, "ada@example.com").await.is_empty());
    stack.local.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_provider_that_is_away_delays_the_order_and_no_more() {
    let stack = Stack::orders().await;
    let shop = stack.shop();
    let order = shop.place("ada@example.com", "tok_outage").await;
    let delayed = eventually("the order to be called delayed", async || {
        let status = shop.status(&order).await;
        (status["delayed"] == true).then_some(status)
    })
    .await;
    assert_eq!(delayed["state"], "in_progress");
    assert!(delayed["message"].as_str().unwrap().contains("Your order is safe"), "{delayed}");
    let status = shop.reaches(&order, "dispatched").await;
    assert_eq!(status["delayed"], false);
    stack.local.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_order_goes_to_its_dead_letter_queue_and_its_customer_is_told() {
    let stack = Stack::orders().await;
    let shop = stack.shop();
    stack.local.stop_function("OrderProcessor").await.unwrap();
    let order = shop.place("ada@example.com", "tok_visa").await;
    let sqs = stack.sqs().await;
    let poison = json!({
        "specversion": "1.0", "id": "m-1", "type": "PlaceOrder", "source": "elsewhere", "subject": order,
        "data": {"order": order, "items": "not a list"},
    });
    sqs.purge_queue().queue_url(stack.queue_url("OrdersQueue")).send().await.unwrap();
    stack.local.start_function("OrderProcessor").await.unwrap();
    sqs.send_message()
        .queue_url(stack.queue_url("OrdersQueue"))
        .message_body(poison.to_string())
        .message_group_id("ada@example.com")
        .send()
        .await
        .unwrap();

    let status = shop.reaches(&order, "rejected").await;
    assert_eq!(status["state"], "failed");
    assert!(status["message"].as_str().unwrap().contains("A person is looking into it"), "{status}");
    let dead = eventually("the poison order in its dead-letter queue", async || {
        let receive = sqs.receive_message().queue_url(stack.queue_url("OrdersDlq")).message_attribute_names("All");
        let receive = receive.message_system_attribute_names(MessageSystemAttributeName::All);
        receive.send().await.unwrap().messages.unwrap_or_default().pop()
    })
    .await;
    assert_eq!(dead.body.as_deref(), Some(poison.to_string().as_str()), "it is unchanged");
    let attributes = dead.message_attributes.unwrap();
    let reason = attributes["rejected.reason"].string_value().unwrap();
    assert!(reason.contains("the data of PlaceOrder does not fit"), "{reason}");
    assert_eq!(attributes["rejected.from"].string_value().unwrap(), stack.queue("OrdersQueue").arn.as_str());
    stack.local.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_delivery_charges_once() {
    let mut stack = Stack::orders().await;
    let shop = stack.shop();
    let order = shop.place("ada@example.com", "tok_visa").await;
    shop.reaches(&order, "dispatched").await;
    let place = json!({
        "specversion": "1.0", "id": "m-2", "type": "PlaceOrder", "source": "order-intake", "subject": order,
        "idempotencykey": order,
        "data": {"order": order, "customer": "ada@example.com", "card": "tok_visa", "total_cents": 3_400,
            "items": [{"sku": "carafe-1l", "quantity": 1}]},
    });
    let sqs = stack.sqs().await;
    sqs.send_message().queue_url(stack.queue_url("OrdersQueue")).message_body(place.to_string()).send().await.unwrap();
    eventually("the duplicate to be worked off", async || (stack.count("OrdersQueue").await == 0).then_some(())).await;
    stack.local.idle().await.unwrap();

    let log = stack.log();
    let count = |words: &str| log.iter().filter(|(_, message)| message == words).count();
    assert_eq!(count("payment taken"), 1, "{log:?}");
    assert_eq!(count("stock reserved"), 2, "the announcement was repeated, and set nothing aside twice");
    assert_eq!(ledger(&stack, "ada@example.com").await.len(), 2);
    let carafes = stack.dynamodb().await.get_item().table_name(stack.table("StockTable"));
    let carafes =
        carafes.key("id", AttributeValue::S("stock/carafe-1l".to_owned())).send().await.unwrap().item.unwrap();
    assert_eq!(carafes["remaining"].as_n().unwrap(), "4999");
    assert_eq!(shop.status(&order).await["notifications"].as_array().unwrap().len(), 1);
    stack.local.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_twice_is_one_order() {
    let stack = Stack::orders().await;
    let shop = stack.shop();
    let cart =
        json!({"customer": "ada@example.com", "card": "tok_visa", "items": [{"sku": "sponge-sea", "quantity": 2}]});
    let headers = [("content-type", "application/json"), ("idempotency-key", "2f1c")];
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer = shop.ask(hyper::Method::POST, "/orders", &headers, cart.to_string()).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        ids.push(answer.body["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1]);
    shop.reaches(&ids[0], "dispatched").await;
    assert_eq!(shop.get("/orders?customer=ada@example.com").await.body["orders"].as_array().unwrap().len(), 1);
    stack.local.shutdown().await;
}

/// The entries of an account in the order in which they were written.
pub(crate) async fn ledger(stack: &Stack, account: &str) -> Vec<String> {
    let query = stack.dynamodb().await.query().table_name(stack.table("LedgerTable"));
    let query = query
        .key_condition_expression("account = :account")
        .expression_attribute_values(":account", AttributeValue::S(account.to_owned()));
    let items = query.send().await.unwrap().items.unwrap();
    let text =
        |item: &std::collections::HashMap<String, AttributeValue>, name: &str| item[name].as_s().unwrap().clone();
    let mut entries: Vec<_> = items.iter().map(|item| (text(item, "written"), text(item, "entry"))).collect();
    entries.sort();
    entries.into_iter().map(|(_, entry)| entry).collect()
}
