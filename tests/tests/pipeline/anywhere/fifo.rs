//! The order of a FIFO queue.

use serde_json::json;

use crate::support::{Stack, customer};

/// An entry that nobody can read goes out of the way; those before and behind it keep their order.
#[tokio::test(flavor = "multi_thread")]
async fn ledger_entries_keep_their_order_around_one_that_is_rejected() {
    let stack = Stack::orders().await;
    let customer = customer("fifo");
    let mut wanted = Vec::new();
    for number in 0..8 {
        let key = format!("{customer}-{number}/invoice");
        let entry = if number == 3 {
            json!("spoilt")
        } else {
            wanted.push(key.clone());
            json!({"order": format!("{customer}-{number}"), "customer": customer, "posting": "invoice", "amount_cents": 1})
        };
        let body = json!({
            "specversion": "1.0", "id": key, "type": "LedgerEntry", "source": "test", "subject": key,
            "idempotencykey": key, "partitionkey": customer, "data": entry,
        });
        stack.send_to_group("LedgerQueue", &customer, &key, &body).await;
    }
    stack.has_ledger(&customer, &wanted).await;
    let dead = stack.find("LedgerDlq", &format!("{customer}-3/invoice")).await;
    assert!(dead.message_attributes.unwrap().contains_key("rejected.reason"));
    stack.end().await;
}
