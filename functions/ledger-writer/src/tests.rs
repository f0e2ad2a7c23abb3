//! The ledger, without Lambda.

use std::sync::{Arc, Mutex};

use aqueduct::{Consumer, Draft, Failure, Handler as _, Outcome, Payload as _};
use jiff::Timestamp;
use orders::{Cents, LedgerEntry, Posting};
use serde_json::json;

use crate::{Ledger, LedgerWriter};

/// A ledger that does not take the entry with a given key.
#[derive(Debug)]
struct Stubborn {
    refused: &'static str,
    appended: Arc<Mutex<Vec<String>>>,
}

impl Ledger for Stubborn {
    async fn append(&self, key: &str, _: &LedgerEntry) -> Result<bool, Failure> {
        if key == self.refused {
            return Err(Failure::retry("the ledger cannot be reached"));
        }
        self.appended.lock().unwrap().push(key.to_owned());
        Ok(true)
    }

    async fn has(&self, _: &str, key: &str) -> Result<bool, Failure> {
        Ok(self.appended.lock().unwrap().iter().any(|appended| appended == key))
    }
}

fn entry(customer: &str, order: &str, posting: Posting) -> LedgerEntry {
    LedgerEntry { order: order.to_owned(), customer: customer.to_owned(), posting, amount_cents: Cents(3_400) }
}

fn record(id: &str, customer: &str, order: &str, posting: Posting) -> serde_json::Value {
    let entry = entry(customer, order, posting);
    let body = json!({"specversion": "1.0", "id": id, "type": LedgerEntry::TYPE, "source": "order-processor",
        "subject": entry.subject(), "idempotencykey": entry.key(), "data": entry});
    json!({"messageId": id, "body": body.to_string(), "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:Ledger.fifo", "attributes": {"MessageGroupId": customer}})
}

#[tokio::test]
async fn a_customers_entries_wait_behind_one_that_failed() {
    let appended = Arc::new(Mutex::default());
    let ledger = Stubborn { refused: "ord_1/payment", appended: Arc::clone(&appended) };
    let consumer = Consumer::new(LedgerWriter { ledger });
    let records = [
        record("1", "ada", "ord_1", Posting::Invoice),
        record("2", "eve", "ord_2", Posting::Invoice),
        record("3", "ada", "ord_1", Posting::Payment),
        record("4", "ada", "ord_3", Posting::Invoice),
        record("5", "eve", "ord_2", Posting::Payment),
    ];
    let response = consumer.handle_event(&json!({ "Records": records }).to_string(), None).await.unwrap();
    assert_eq!(response.failed().collect::<Vec<_>>(), ["3", "4"]);
    let mut appended = appended.lock().unwrap().clone();
    appended.sort();
    assert_eq!(appended, ["ord_1/invoice", "ord_2/invoice", "ord_2/payment"]);
}

#[tokio::test]
async fn a_payment_whose_invoice_was_given_up_is_given_up_too_and_other_orders_go_on() {
    let appended = Arc::new(Mutex::default());
    let writer = LedgerWriter { ledger: Stubborn { refused: "", appended: Arc::clone(&appended) } };
    let write = async |order: &str, posting| {
        let draft = Draft::from(entry("ada", order, posting));
        writer.handle(draft.into_message("m-1", "order-processor", Timestamp::UNIX_EPOCH)).await
    };
    let failure = write("ord_1", Posting::Payment).await.unwrap_err();
    assert!(matches!(failure.outcome(), Outcome::Reject { reason } if reason.kind == "OutOfOrder"), "{failure:?}");
    write("ord_2", Posting::Invoice).await.unwrap();
    // Moved back, they come as they were sent.
    for posting in [Posting::Invoice, Posting::Payment] {
        write("ord_1", posting).await.unwrap();
    }
    assert_eq!(*appended.lock().unwrap(), ["ord_2/invoice", "ord_1/invoice", "ord_1/payment"]);
}
