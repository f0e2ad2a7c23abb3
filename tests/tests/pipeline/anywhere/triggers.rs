//! Functions that SNS and EventBridge invoke directly.

use aqueduct::aws::eventbridge::types::PutEventsRequestEntry;
use aqueduct::aws::sns::types::MessageAttributeValue;
use serde_json::json;

use crate::support::{Stack, customer};

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_invokes_the_notifier() {
    let stack = Stack::orders().await;
    let shop = stack.shop();
    let order = shop.place(&customer("topic"), "tok_outage").await;
    let declined = json!({
        "specversion": "1.0", "id": "m-1", "type": "OrderDeclined", "source": "test", "subject": order,
        "data": {"order": order, "customer": "ada@example.com", "reason": "we were only trying"},
    });
    let kind = MessageAttributeValue::builder().data_type("String").string_value("OrderDeclined").build().unwrap();
    let publish = stack.sns().await.publish().topic_arn(stack.resource("OrderEventsTopic"));
    publish.message(declined.to_string()).message_attributes("type", kind).send().await.unwrap();
    assert!(shop.told(&order).await.contains("we were only trying"));
    stack.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_invokes_the_projector_for_what_its_pattern_matches() {
    let stack = Stack::orders().await;
    let (shop, customer) = (stack.shop(), customer("rule"));
    let events = stack.eventbridge().await;
    let (other, meant) = (shop.place(&customer, "tok_outage").await, shop.place(&customer, "tok_outage").await);
    for (order, source) in [(&other, "somebody-else"), (&meant, "order-fulfilment")] {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(stack.resource("CommerceBus"))
            .source(source)
            .detail_type("OrderDispatched")
            .detail(json!({"order": order, "customer": customer}).to_string());
        let answer = events.put_events().entries(entry.build()).send().await.unwrap();
        assert_eq!(answer.failed_entry_count(), 0);
    }
    shop.reaches(&meant, "dispatched").await;
    assert_ne!(shop.status(&other).await["step"], "dispatched");
    stack.end().await;
}
