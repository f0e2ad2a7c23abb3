//! What code declares is what its contract says, and what is enforced.

use std::time::Duration;

use aqueduct::consume::Needs;
use aqueduct::consume::layers::Idempotent;
use aqueduct::idempotency::{Idempotency, MemoryClaims};
use aqueduct::publish::PublishError;
use aqueduct::{Consumer, Failure, Message, Payload, Publisher, Tick, Trigger};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize, JsonSchema, Payload)]
#[payload(schema, type = "order.placed", version = "2", subject = order, key = format!("{}/{}", self.order, self.line), group = shop)]
struct Placed {
    order: String,
    line: u32,
    shop: u64,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Serialize, Deserialize, Payload)]
struct Gone {}

async fn place(_: Message<Placed>) -> Result<(), Failure> {
    Ok(())
}

async fn tick(_: Message<Tick>) -> Result<(), Failure> {
    Ok(())
}

#[test]
fn the_derive_says_how_a_type_travels() {
    let placed = Placed { order: "ord_1".to_owned(), line: 3, shop: 7, note: None };
    assert_eq!((Placed::TYPE, Placed::VERSION, Placed::GROUPED), ("order.placed", "2", Some(true)));
    assert_eq!(placed.subject().as_deref(), Some("ord_1"));
    assert_eq!(placed.key().as_deref(), Some("ord_1/3"));
    assert_eq!(placed.group().as_deref(), Some("7"));
    assert_eq!(Placed::schema().expect("it was asked for")["required"], json!(["order", "line", "shop"]));
    assert_eq!((Gone::TYPE, Gone::VERSION, Gone::GROUPED), ("Gone", "1", Some(false)));
    assert_eq!((Gone {}.subject(), Gone::schema()), (None, None));
}

#[test]
fn a_contract_is_what_the_consumer_is() {
    let once = Idempotency::new(MemoryClaims::default()).keep(Duration::from_secs(90));
    let needs = Needs::new("Places orders.")
        .order_in_groups()
        .outage_tolerance(Duration::from_mins(2))
        .p99(Duration::from_millis(20))
        .latency(Duration::from_secs(30))
        .one_at_a_time()
        .payload_max(1024)
        .loop_guard("an order is placed once");
    let consumer = Consumer::new(place)
        .on(tick)
        .triggers([Trigger::EventBridge, Trigger::Sqs])
        .layer(Idempotent::new(once))
        .needs(needs);
    let contracts = aqueduct::contract::of("orders", &consumer);
    let told: serde_json::Value = serde_json::from_str(&contracts.to_json()).expect("it is JSON");
    assert_eq!(
        told["functions"][0],
        json!({
            "name": "orders",
            "description": "Places orders.",
            "consumes": [
                { "event": "Scheduled Event", "from": ["queue", "schedule"] },
                { "event": "order.placed", "version": "2", "from": ["queue", "bus"] },
            ],
            "publishes": [],
            "ordering": "group",
            "idempotency": { "remembersSeconds": 90 },
            "batchResponse": "partial-in-order",
            "outageToleranceSeconds": 120,
            "p99Millis": 20,
            "latencySecondsMax": 30,
            "oneAtATime": true,
            "payloadBytesMax": 1024,
            "loopGuard": "an order is placed once",
        })
    );
    assert_eq!(told["events"][1]["schema"]["properties"]["note"]["type"], json!(["string", "null"]));
    let elsewhere = aqueduct::contract::of("elsewhere", &Consumer::new(place).triggers([Trigger::Sns]));
    assert_eq!(elsewhere.functions[0].batch_response, None, "a topic hands no batches over");
}

#[tokio::test]
async fn a_publisher_sends_what_it_is_declared_to_send() {
    let (publisher, sent) = Publisher::memory("test");
    publisher.publish(Gone {}).await.expect("nothing is declared yet");
    let publisher = publisher.sends::<Placed>();
    publisher
        .publish(Placed { order: "ord_1".to_owned(), line: 1, shop: 1, note: None })
        .await
        .expect("it is declared");
    let error = publisher.publish(Gone {}).await.expect_err("it is not declared");
    assert!(matches!(error, PublishError::Undeclared { kind: "Gone", .. }), "{error}");
    assert!(error.to_string().contains("add `.sends::<Gone>()` to it"), "{error}");
    assert_eq!(sent.messages().len(), 2);
}
