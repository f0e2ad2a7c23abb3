//! The order processor in trouble: how often the bank is asked, what lies where, what customers read.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::Consumer;
use futures_util::future::{Either, select};
use serde_json::json;
use tokio::sync::Notify;

use crate::network::{Blame, Fault};
use crate::poller::{Batch, Poller};
use crate::shop::Shop;

/// Delivers a batch and stops the process as soon as `when` is told: nothing is answered, nothing deleted. What `last` does
/// comes just before.
async fn crash(poller: &Poller<'_>, consumer: Consumer, batch: &Batch, when: &Notify, last: impl FnOnce()) {
    let (delivery, crash) = (poller.deliver(&consumer, batch, None), when.notified());
    match select(Box::pin(delivery), Box::pin(crash)).await {
        Either::Left((failed, _)) => panic!("it was done before it could crash, {failed} failed"),
        Either::Right(((), delivery)) => {
            last();
            drop(delivery);
        }
    }
}

#[tokio::test]
async fn a_duplicate_charges_nothing_and_repeats_its_messages_with_their_keys() {
    let shop = Shop::open().await;
    shop.place("ord_1").await;
    let (orders, consumer) = (shop.orders(), shop.processor());
    let first = orders.receive().await;
    // It did everything, and died before it could say so.
    consumer.handle_event(&orders.event(&first), None).await.unwrap();
    orders.pass(&first).await;
    let second = orders.receive().await;
    assert_eq!(second.receives(), [2]);
    assert_eq!(orders.deliver(&shop.processor(), &second, None).await, 0);
    assert_eq!(shop.bank.account().0, [("ord_1".to_owned(), 1)]);
    shop.is_done(&["ord_1"], 2).await;
    assert_eq!(shop.cloud.count("OrdersDlq").await, (0, 0));
    shop.cloud.end().await;
}

#[tokio::test]
async fn duplicates_at_the_same_time_charge_once() {
    let shop = Shop::open().await;
    shop.place("ord_1").await;
    shop.send("ord_1").await;
    let (orders, consumer) = (shop.orders(), shop.processor());
    let twins = orders.receive().await;
    assert_eq!(twins.receives(), [1, 1]);
    // The second finds the first at work, or done where its claim was slow on its way.
    let waiting = orders.deliver(&consumer, &twins, None).await;
    assert!(waiting <= 1, "one of them goes through");
    assert_eq!(shop.cloud.count("OrdersQueue").await, (0, waiting));
    orders.pass(&twins).await;
    assert_eq!(orders.turn(&consumer).await, 0);
    assert_eq!(shop.bank.account().0, [("ord_1".to_owned(), 1)]);
    shop.is_done(&["ord_1"], 2).await;
    shop.cloud.end().await;
}

#[tokio::test]
async fn a_crash_after_the_charge_leaves_the_order_to_whoever_comes_when_its_claim_is_over() {
    let shop = Shop::open().await;
    shop.place("ord_1").await;
    shop.bank.silence("ord_1", true);
    let orders = shop.orders();
    let first = orders.receive().await;
    // Within a test the claim is released when the delivery is dropped; a process that is gone releases nothing.
    let lost = Arc::new(Notify::new());
    let lose_release = || shop.cloud.network.next("UpdateItem", 1, &Fault::Hang(Arc::clone(&lost)));
    crash(&orders, shop.processor(), &first, &shop.bank.reached, lose_release).await;
    lost.notified().await;
    shop.bank.recover();
    orders.pass(&first).await;
    let second = orders.receive().await;
    assert_eq!(
        orders.deliver(&shop.processor(), &second, None).await,
        1,
        "the claim might be another's who is at work"
    );
    assert_eq!(shop.bank.account().0, [("ord_1".to_owned(), 1)]);
    shop.let_claims_run_out();
    orders.pass(&second).await;
    let third = orders.receive().await;
    assert_eq!(third.receives(), [3]);
    assert_eq!(orders.deliver(&shop.processor(), &third, None).await, 0);
    assert_eq!(shop.bank.account(), (vec![("ord_1".to_owned(), 2)], 1), "asked again under the same key, taken once");
    shop.is_done(&["ord_1"], 1).await;
    shop.cloud.end().await;
}

#[tokio::test]
async fn a_crash_between_the_charge_and_its_announcement_is_mended_by_the_next_delivery() {
    let shop = Shop::open().await;
    shop.place("ord_1").await;
    let reached = Arc::new(Notify::new());
    shop.cloud.network.next("PublishBatch", 1, &Fault::Hang(reached.clone()));
    let orders = shop.orders();
    let first = orders.receive().await;
    crash(&orders, shop.processor(), &first, &reached, || {}).await;
    orders.pass(&first).await;
    assert_eq!(orders.turn(&shop.processor()).await, 0);
    assert_eq!(shop.bank.account(), (vec![("ord_1".to_owned(), 1)], 1));
    shop.is_done(&["ord_1"], 1).await;
    shop.cloud.end().await;
}

#[tokio::test]
async fn a_timeout_in_the_middle_of_a_batch_costs_only_what_was_not_finished() {
    let shop = Shop::open().await;
    for order in ["ord_1", "ord_2", "ord_3"] {
        shop.place(order).await;
    }
    shop.bank.silence("ord_2", false);
    let orders = shop.orders();
    let batch = orders.receive().await;
    let consumer = shop.processor().concurrency(1);
    assert_eq!(orders.deliver(&consumer, &batch, Some(Duration::from_millis(1_500))).await, 2);
    assert_eq!(shop.cloud.count("OrdersQueue").await, (1, 1), "what was not begun is there at once");
    assert_eq!(shop.bank.account().0, [("ord_1".to_owned(), 1), ("ord_2".to_owned(), 1)]);
    shop.bank.recover();
    shop.let_claims_run_out();
    orders.pass(&batch).await;
    let rest = orders.receive().await;
    assert_eq!(rest.receives(), [2, 2]);
    assert_eq!(orders.deliver(&consumer, &rest, None).await, 0);
    let asked: Vec<_> = shop.bank.account().0.into_iter().map(|(_, times)| times).collect();
    assert_eq!(asked, [1, 2, 1]);
    shop.is_done(&["ord_1", "ord_2", "ord_3"], 1).await;
    shop.cloud.end().await;
}

#[tokio::test]
async fn a_store_that_throttles_for_a_moment_is_not_noticed() {
    let shop = Shop::open().await;
    shop.place("ord_1").await;
    shop.cloud.network.next("UpdateItem", 2, &Fault::Throttle);
    assert_eq!(shop.orders().turn(&shop.processor()).await, 0);
    assert_eq!(shop.bank.account().0, [("ord_1".to_owned(), 1)]);
    shop.is_done(&["ord_1"], 1).await;
    shop.cloud.end().await;
}

#[tokio::test]
async fn a_store_that_throttles_the_claim_keeps_the_order_from_the_bank() {
    let shop = Shop::open().await;
    shop.place("ord_1").await;
    shop.cloud.network.next("UpdateItem", 3, &Fault::Throttle);
    let orders = shop.orders();
    let batch = orders.receive().await;
    assert_eq!(orders.deliver(&shop.processor(), &batch, None).await, 1);
    assert_eq!(shop.bank.account(), (Vec::new(), 0));
    assert_eq!((shop.keys("LedgerQueue").await.len(), shop.keys("FulfilmentQueue").await.len()), (0, 0));
    assert_eq!(shop.step("ord_1").await, "received");
    orders.pass(&batch).await;
    assert_eq!(orders.turn(&shop.processor()).await, 0);
    shop.is_done(&["ord_1"], 1).await;
    shop.cloud.end().await;
}

#[tokio::test]
async fn a_store_that_throttles_the_result_costs_a_second_question_and_no_second_payment() {
    let shop = Shop::open().await;
    shop.place("ord_1").await;
    shop.cloud.network.next("UpdateItem", 1, &Fault::Pass);
    shop.cloud.network.next("UpdateItem", 3, &Fault::Throttle);
    let orders = shop.orders();
    let batch = orders.receive().await;
    assert_eq!(orders.deliver(&shop.processor(), &batch, None).await, 1);
    assert_eq!(shop.bank.account(), (vec![("ord_1".to_owned(), 1)], 1));
    shop.let_claims_run_out();
    orders.pass(&batch).await;
    assert_eq!(orders.turn(&shop.processor()).await, 0);
    assert_eq!(shop.bank.account(), (vec![("ord_1".to_owned(), 2)], 1));
    shop.is_done(&["ord_1"], 1).await;
    shop.cloud.end().await;
}

#[tokio::test]
async fn a_bucket_that_throttles_keeps_a_large_order_waiting_and_whole() {
    let shop = Shop::open().await;
    shop.place_large("ord_1").await;
    shop.cloud.network.next("GetObject", 3, &Fault::Throttle);
    let queue = shop.orders();
    let batch = queue.receive().await;
    assert!(batch.event().len() < orders::LARGE_ORDER_BYTES, "a pointer travels");
    assert_eq!(queue.deliver(&shop.processor(), &batch, None).await, 1);
    assert_eq!(shop.bank.account(), (Vec::new(), 0));
    queue.pass(&batch).await;
    assert_eq!(queue.turn(&shop.processor()).await, 0);
    let confirmed = shop.cloud.take("FulfilmentQueue").await.remove(0);
    assert_eq!(confirmed.body().unwrap().matches("carafe-1l").count(), 300, "every line is confirmed");
    assert_eq!(shop.bank.account(), (vec![("ord_1".to_owned(), 1)], 1));
    assert_eq!(shop.cloud.count("OrdersQueue").await, (0, 0));
    shop.cloud.end().await;
}

#[tokio::test]
async fn a_large_order_whose_body_is_gone_is_told_so_at_once() {
    let shop = Shop::open().await;
    shop.place_large("ord_1").await;
    shop.lose_payloads().await;
    assert_eq!(shop.orders().turn(&shop.processor()).await, 0, "what is gone does not come back");
    assert_eq!((shop.step("ord_1").await.as_str(), shop.cloud.count("OrdersDlq").await), ("rejected", (1, 0)));
    let dead = shop.cloud.take("OrdersDlq").await.remove(0);
    let attributes = dead.message_attributes().unwrap();
    assert_eq!(attributes["type"].string_value(), Some("PlaceOrder"));
    assert!(attributes["header"].string_value().unwrap().contains("ord_1"), "whoever moves it back sees whose it is");
    assert_eq!(shop.bank.account(), (Vec::new(), 0));
    shop.cloud.end().await;
}

#[tokio::test]
async fn a_ledger_that_refuses_an_entry_gets_it_again_in_order_and_no_other_twice() {
    for (blame, turns) in [(Blame::Service, 1), (Blame::Haste, 1), (Blame::Sender, 2)] {
        let shop = Shop::open().await;
        shop.place("ord_1").await;
        shop.cloud.network.next("SendMessageBatch", 1, &Fault::Refuse(0, blame));
        let orders = shop.orders();
        for turn in 1..=turns {
            let batch = orders.receive().await;
            let failed = orders.deliver(&shop.processor(), &batch, None).await;
            assert_eq!(failed, usize::from(turn < turns), "{blame:?}");
            orders.pass(&batch).await;
        }
        assert_eq!(shop.bank.account().0, [("ord_1".to_owned(), 1)]);
        shop.is_done(&["ord_1"], 1).await;
        shop.cloud.end().await;
    }
}

#[tokio::test]
async fn poison_in_the_middle_goes_to_its_dead_letter_queue_at_once_and_unchanged() {
    const POISON: &str = "{\"order\": \"ord_";
    let shop = Shop::open().await;
    shop.place("ord_1").await;
    let send = shop.cloud.sqs().send_message().queue_url(shop.cloud.resource("OrdersQueue")).message_body(POISON);
    send.send().await.unwrap();
    shop.place("ord_2").await;
    assert_eq!(shop.orders().turn(&shop.processor()).await, 0);
    let dead = shop.cloud.take("OrdersDlq").await;
    assert_eq!(dead.iter().map(|message| message.body().unwrap()).collect::<Vec<_>>(), [POISON]);
    let attributes = dead[0].message_attributes().unwrap();
    let said = |name: &str| attributes[name].string_value().unwrap().to_owned();
    assert!(said("rejected.error").starts_with("Decode."), "{attributes:?}");
    assert_eq!(said("rejected.attempts"), "1");
    assert_eq!(shop.bank.account().0, [("ord_1".to_owned(), 1), ("ord_2".to_owned(), 1)]);
    shop.is_done(&["ord_1", "ord_2"], 1).await;
    shop.cloud.end().await;
}

#[tokio::test]
async fn an_order_that_was_moved_back_from_its_dead_letter_queue_is_not_charged_again() {
    let shop = Shop::open().await;
    shop.place("ord_1").await;
    shop.cloud.network.next("PublishBatch", 3, &Fault::Throttle);
    let orders = shop.orders();
    assert_eq!(orders.turn(&shop.processor().attempts(1)).await, 0, "the last attempt is a rejection");
    assert_eq!((shop.cloud.count("OrdersQueue").await, shop.cloud.count("OrdersDlq").await), ((0, 0), (1, 0)));
    assert_eq!(shop.step("ord_1").await, "rejected", "the customer is told");
    let dead = shop.cloud.take("OrdersDlq").await.remove(0);
    let back = shop.cloud.sqs().send_message().queue_url(shop.cloud.resource("OrdersQueue"));
    back.message_body(dead.body().unwrap()).send().await.unwrap();
    let redriven = orders.receive().await;
    assert_eq!(redriven.receives(), [1], "it is a new message to SQS");
    assert_eq!(orders.deliver(&shop.processor(), &redriven, None).await, 0);
    assert_eq!(shop.bank.account(), (vec![("ord_1".to_owned(), 1)], 1));
    assert_eq!(shop.keys("LedgerQueue").await, ["ord_1/invoice", "ord_1/payment"]);
    assert_eq!(shop.keys("FulfilmentQueue").await, ["ord_1"]);
    assert_eq!(shop.step("ord_1").await, "confirmed", "the customer is told of that, too");
    shop.cloud.end().await;
}

#[tokio::test]
async fn a_rejection_that_cannot_be_told_is_told_at_the_next_receive() {
    let shop = Shop::open().await;
    shop.place("ord_1").await;
    let orders = shop.orders();
    let order = orders.receive().await;
    let poison = json!({"specversion": "1.0", "id": "m-1", "type": "PlaceOrder", "source": "elsewhere",
        "subject": "ord_1", "data": {"items": "not a list"}});
    let send = shop.cloud.sqs().send_message().queue_url(shop.cloud.resource("OrdersQueue"));
    send.message_body(poison.to_string()).send().await.unwrap();
    shop.cloud.network.next("UpdateItem", 3, &Fault::Throttle);
    let (processor, batch) = (shop.processor(), orders.receive().await);
    assert_eq!(orders.deliver(&processor, &batch, None).await, 1);
    assert_eq!((shop.step("ord_1").await.as_str(), shop.cloud.count("OrdersDlq").await), ("received", (1, 0)));
    orders.pass(&batch).await;
    assert_eq!(orders.turn(&processor).await, 0);
    assert_eq!((shop.step("ord_1").await.as_str(), shop.cloud.count("OrdersDlq").await), ("rejected", (1, 0)));
    orders.pass(&order).await;
    assert_eq!(orders.turn(&processor).await, 0);
    assert_eq!(shop.step("ord_1").await, "confirmed", "the order itself goes its way");
    shop.cloud.end().await;
}

#[tokio::test]
async fn a_claim_or_a_result_whose_answer_is_lost_is_asked_for_again_and_still_ours() {
    for written_before in 0..2 {
        let shop = Shop::open().await;
        shop.place("ord_1").await;
        shop.cloud.network.next("UpdateItem", written_before, &Fault::Pass);
        shop.cloud.network.next("UpdateItem", 1, &Fault::LoseAnswer);
        assert_eq!(shop.orders().turn(&shop.processor()).await, 0, "the write after {written_before}");
        assert_eq!(shop.bank.account(), (vec![("ord_1".to_owned(), 1)], 1));
        shop.is_done(&["ord_1"], 1).await;
        shop.cloud.end().await;
    }
}

#[tokio::test]
async fn a_store_that_throttles_the_status_has_its_order_paid_and_announced_and_then_told() {
    let shop = Shop::open().await;
    shop.place("ord_1").await;
    // The claim and the result are written, the status is not, nor that it is late.
    shop.cloud.network.next("UpdateItem", 2, &Fault::Pass);
    shop.cloud.network.next("UpdateItem", 6, &Fault::Throttle);
    let orders = shop.orders();
    let batch = orders.receive().await;
    assert_eq!(orders.deliver(&shop.processor(), &batch, None).await, 1);
    assert_eq!((shop.step("ord_1").await, shop.bank.account().1), ("received".to_owned(), 1));
    orders.pass(&batch).await;
    assert_eq!(orders.turn(&shop.processor()).await, 0);
    assert_eq!(shop.bank.account().0, [("ord_1".to_owned(), 1)]);
    shop.is_done(&["ord_1"], 2).await;
    shop.cloud.end().await;
}

#[tokio::test]
async fn a_crash_between_dead_letter_queue_and_deletion_loses_nothing_and_charges_nothing() {
    let shop = Shop::open().await;
    let send = shop.cloud.sqs().send_message().queue_url(shop.cloud.resource("OrdersQueue")).message_body("{");
    send.send().await.unwrap();
    let (orders, reached) = (shop.orders(), Arc::new(Notify::new()));
    shop.cloud.network.next("DeleteMessage", 1, &Fault::Hang(Arc::clone(&reached)));
    let first = orders.receive().await;
    crash(&orders, shop.processor(), &first, &reached, || {}).await;
    assert_eq!((shop.cloud.count("OrdersQueue").await, shop.cloud.count("OrdersDlq").await), ((0, 1), (1, 0)));
    orders.pass(&first).await;
    assert_eq!(orders.turn(&shop.processor()).await, 0);
    assert_eq!(shop.cloud.count("OrdersQueue").await, (0, 0));
    let dead = shop.cloud.take("OrdersDlq").await;
    assert_eq!(dead.iter().map(|message| message.body().unwrap()).collect::<Vec<_>>(), ["{", "{"], "twice, not never");
    assert_eq!(shop.bank.account(), (Vec::new(), 0));
    shop.cloud.end().await;
}
