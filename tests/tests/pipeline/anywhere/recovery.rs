//! Messages brought back: from a dead-letter queue, and from an archive.

use aqueduct::aws::eventbridge::primitives::DateTime;
use aqueduct::aws::eventbridge::types::{ReplayDestination, ReplayState, Target};
use serde_json::{Value, json};

use crate::support::{Stack, customer, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_redriven_from_the_dead_letter_queue_is_completed() {
    let stack = Stack::orders().await;
    let (shop, customer) = (stack.shop(), customer("redrive"));
    let order = shop.place(&customer, "tok_outage").await;
    let place = json!({
        "specversion": "1.0", "id": "m-4", "type": "PlaceOrder", "source": "order-intake", "subject": order,
        "idempotencykey": order,
        "data": {"order": order, "customer": customer, "card": "tok_visa", "total_cents": 3_400,
            "items": [{"sku": "carafe-1l", "quantity": 1}]},
    });
    stack.send("OrdersDlq", &place).await;
    let (source, destination) = (stack.queue_arn("OrdersDlq").await, stack.queue_arn("OrdersQueue").await);
    let task = stack.sqs().await.start_message_move_task().source_arn(source).destination_arn(destination);
    task.send().await.unwrap();
    shop.reaches(&order, "dispatched").await;
    stack.end().await;
}

/// The archive keeps the dispatch, and a replay hands it once more to the rule that asks for it, and to no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_dispatch_is_replayed_from_the_archive() {
    let stack = Stack::orders().await;
    let (shop, customer) = (stack.shop(), customer("replay"));
    let (events, bus) = (stack.eventbridge().await, stack.resource("CommerceBus"));
    let start = DateTime::from_secs(aqueduct::Clock::system().now().as_second() - 60);
    let order = shop.place(&customer, "tok_visa").await;
    shop.reaches(&order, "dispatched").await;

    let name = format!("replay-{}", order.trim_start_matches("ord_"));
    let queue = stack.queue_for_events(&name).await;
    let pattern = json!({"detail": {"data": {"order": [order]}}}).to_string();
    let rule = events.put_rule().name(&name).event_bus_name(bus).event_pattern(pattern).send().await.unwrap();
    let target = Target::builder().id("queue").arn(&queue.arn).build().unwrap();
    events.put_targets().rule(&name).event_bus_name(bus).targets(target).send().await.unwrap();

    let archives = events.list_archives().name_prefix(stack.resource("CommerceArchive")).send().await.unwrap();
    let archive = events.describe_archive().archive_name(archives.archives()[0].archive_name().unwrap());
    let archive = archive.send().await.unwrap();
    let destination = ReplayDestination::builder().arn(archive.event_source_arn().unwrap());
    let end = DateTime::from_secs(aqueduct::Clock::system().now().as_second() + 60);
    let replay = events.start_replay().replay_name(&name).event_source_arn(archive.archive_arn().unwrap());
    let replay = replay.event_start_time(start).event_end_time(end);
    replay.destination(destination.filter_arns(rule.rule_arn().unwrap()).build().unwrap()).send().await.unwrap();

    let event: Value = serde_json::from_str(queue.next().await.body().unwrap()).unwrap();
    assert_eq!((&event["detail-type"], &event["replay-name"]), (&json!("OrderDispatched"), &json!(name)));
    eventually("the end of the replay", async || {
        let replay = events.describe_replay().replay_name(&name).send().await.unwrap();
        (replay.state() == Some(&ReplayState::Completed)).then_some(())
    })
    .await;
    stack.end().await;
}
