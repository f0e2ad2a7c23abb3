//! The project's own template, read as it is deployed.

use std::time::Duration;

use aqueduct_topology::{Arn, Deployment, Function, Queue, Topology, graph, read};
use serde_json::json;

const TEMPLATE: &str = include_str!("../../../infra/template.yaml");

fn pipeline() -> Topology {
    let mut deployment = Deployment { endpoint: Some("http://127.0.0.1:4566".to_owned()), ..Deployment::default() };
    deployment.function_urls.insert("OrderIntake".to_owned(), "http://127.0.0.1:8080/".to_owned());
    let (topology, diagnostics) = read(TEMPLATE, &deployment);
    assert_eq!(diagnostics, [], "the template is read without a word");
    topology
}

fn function<'a>(topology: &'a Topology, id: &str) -> &'a Function {
    topology.functions.iter().find(|function| function.id == id).unwrap_or_else(|| panic!("no function {id}"))
}

fn queue<'a>(topology: &'a Topology, id: &str) -> &'a Queue {
    topology.queues.iter().find(|queue| queue.id == id).unwrap_or_else(|| panic!("no queue {id}"))
}

fn sqs(name: &str) -> Arn {
    Arn::new(format!("arn:aws:sqs:us-east-1:000000000000:aqueduct-{name}"))
}

#[test]
fn functions_and_their_binaries() {
    let topology = pipeline();
    let binaries: Vec<_> = topology
        .functions
        .iter()
        .map(|function| (function.id.as_str(), function.binary.as_deref(), function.code_uri.as_deref()))
        .collect();
    assert_eq!(
        binaries,
        [
            ("OrderIntake", Some("order-intake"), Some("../functions/order-intake")),
            ("OrderProcessor", Some("order-processor"), Some("../functions/order-processor")),
            ("OrderNotifier", Some("order-notifier"), Some("../functions/order-notifier")),
            ("OrderFulfilment", Some("order-fulfilment"), Some("../functions/order-fulfilment")),
            ("LedgerWriter", Some("ledger-writer"), Some("../functions/ledger-writer")),
            ("StatusProjector", Some("status-projector"), Some("../functions/status-projector")),
        ]
    );
    for function in &topology.functions {
        assert_eq!(function.runtime.as_deref(), Some("provided.al2023"), "{}", function.id);
        assert_eq!(function.environment.get("RUST_LOG").map(String::as_str), Some("info"), "{}", function.id);
    }
}

#[test]
fn environments_name_what_the_functions_use() {
    let topology = pipeline();
    let expected = [
        ("OrderIntake", "ORDERS_QUEUE_URL", "http://127.0.0.1:4566/000000000000/aqueduct-OrdersQueue"),
        ("OrderProcessor", "LEDGER_QUEUE_URL", "http://127.0.0.1:4566/000000000000/aqueduct-LedgerQueue.fifo"),
        ("OrderProcessor", "ORDER_EVENTS_TOPIC_ARN", "arn:aws:sns:us-east-1:000000000000:aqueduct-OrderEventsTopic"),
        ("OrderProcessor", "PAYLOADS_BUCKET", "aqueduct-payloadsbucket"),
        ("OrderProcessor", "IDEMPOTENCY_TABLE", "aqueduct-IdempotencyTable"),
        ("OrderFulfilment", "COMMERCE_BUS_NAME", "aqueduct-commerce-aqueduct"),
        ("OrderFulfilment", "FULFILMENT_DLQ_URL", "http://127.0.0.1:4566/000000000000/aqueduct-FulfilmentDlq"),
        ("LedgerWriter", "LEDGER_TABLE", "aqueduct-LedgerTable"),
        ("StatusProjector", "STATUS_TABLE", "aqueduct-StatusTable"),
    ];
    for (id, variable, value) in expected {
        let found = function(&topology, id).environment.get(variable).map(String::as_str);
        assert_eq!(found, Some(value), "{id} {variable}");
    }
    assert_eq!(topology.outputs["ShopUrl"], "http://127.0.0.1:8080/");
}

#[test]
fn consumed_queues_have_time_for_six_attempts_and_a_dead_letter_queue() {
    let topology = pipeline();
    let consumed: Vec<_> = topology.mappings.iter().map(|mapping| mapping.queue.clone()).collect();
    assert_eq!(consumed, [sqs("OrdersQueue"), sqs("FulfilmentQueue"), sqs("LedgerQueue.fifo")]);
    for mapping in &topology.mappings {
        let queue = topology.queues.iter().find(|queue| queue.arn == mapping.queue).expect("its queue");
        let function = topology.functions.iter().find(|function| function.arn == mapping.function).expect("a function");
        assert!(mapping.reports_batch_item_failures && mapping.enabled, "{}", mapping.id);
        assert_eq!((mapping.batch_size, mapping.concurrency_max), (10, Some(5)), "{}", mapping.id);
        assert!(queue.visibility_timeout >= 6 * function.timeout, "{}", queue.id);
        let redrive = queue.redrive.as_ref().expect("a redrive policy");
        let dead = topology.queues.iter().find(|queue| queue.arn == redrive.target).expect("the dead-letter queue");
        assert_eq!((redrive.receives_max, dead.fifo), (12, queue.fifo), "{}", queue.id);
        assert_eq!(dead.retention, Duration::from_hours(14 * 24), "{}", dead.id);
        assert!(queue.retention > queue.visibility_timeout * redrive.receives_max, "{}", queue.id);
    }
    assert!(queue(&topology, "LedgerQueue").fifo);
}

#[test]
fn the_topic_feeds_a_filtered_queue_and_a_function() {
    let topology = pipeline();
    let topic = &topology.topics[0].arn;
    let find = |id: &str| topology.subscriptions.iter().find(|subscription| subscription.id == id).expect(id);

    let fulfilment = find("FulfilmentSubscription");
    assert_eq!((fulfilment.protocol.as_str(), fulfilment.raw), ("sqs", true));
    assert_eq!(fulfilment.endpoint, sqs("FulfilmentQueue").as_str());
    assert_eq!(fulfilment.filter_policy, Some(json!({"type": ["OrderConfirmed"]})));
    assert_eq!(fulfilment.dead_letter, Some(sqs("FulfilmentSubscriptionDlq")));

    let notifier = find("OrderNotifierOrderEvents");
    assert_eq!((notifier.protocol.as_str(), &notifier.topic), ("lambda", topic));
    assert_eq!(notifier.endpoint, function(&topology, "OrderNotifier").arn.as_str());
    assert_eq!(notifier.dead_letter, Some(sqs("NotifierSubscriptionDlq")));
    let allowed = topology.permissions.iter().find(|permission| permission.principal == "sns.amazonaws.com");
    assert_eq!(allowed.and_then(|permission| permission.source_arn.as_deref()), Some(topic.as_str()));
    assert_eq!(function(&topology, "OrderNotifier").asynchronous.on_failure, Some(sqs("NotifierDlq")));
}

#[test]
fn the_bus_and_the_schedule_feed_the_projector() {
    let topology = pipeline();
    let projector = function(&topology, "StatusProjector");
    let [rule] = topology.rules.as_slice() else { panic!("one rule") };
    assert_eq!(rule.bus, topology.buses[0].arn);
    assert_eq!(rule.pattern, Some(json!({"source": ["order-fulfilment"], "detail-type": ["OrderDispatched"]})));
    assert_eq!(rule.targets[0].arn, projector.arn);
    assert_eq!(rule.targets[0].dead_letter, Some(sqs("ProjectorTargetDlq")));

    let [schedule] = topology.schedules.as_slice() else { panic!("one schedule") };
    assert_eq!((schedule.expression.as_str(), &schedule.target.arn), ("rate(1 minute)", &projector.arn));
    assert_eq!(schedule.target.dead_letter, Some(sqs("SweepDlq")));
    assert_eq!(projector.asynchronous.on_failure, Some(sqs("ProjectorDlq")));
    assert_eq!(topology.archives[0].bus, topology.buses[0].arn);
}

#[test]
fn every_dead_letter_queue_has_an_alarm_that_fires() {
    let topology = pipeline();
    let dead: Vec<_> = topology.queues.iter().filter(|queue| queue.id.ends_with("Dlq")).collect();
    assert_eq!(dead.len(), 9);
    for queue in dead {
        let alarmed = topology.alarms.iter().any(|alarm| {
            alarm.metric == "ApproximateNumberOfMessagesVisible" && alarm.dimensions["QueueName"] == queue.name
        });
        assert!(alarmed, "{}", queue.id);
    }
    assert!(topology.alarms.iter().all(|alarm| alarm.treat_missing_data.as_deref() == Some("notBreaching")));
}

#[test]
fn no_role_allows_a_wildcard() {
    for function in &pipeline().functions {
        for statement in &function.statements {
            assert_eq!(statement["Effect"], "Allow", "{}: {statement}", function.id);
            assert!(!statement["Action"].to_string().contains('*'), "{}: {statement}", function.id);
            let resource = statement["Resource"].as_str().unwrap_or_else(|| panic!("{}: {statement}", function.id));
            assert!(resource.starts_with("arn:aws:"), "{}: {statement}", function.id);
            let objects_of_a_bucket = resource.starts_with("arn:aws:s3:::") && resource.ends_with("/*");
            assert!(!resource.contains('*') || objects_of_a_bucket, "{}: {statement}", function.id);
        }
    }
}

#[test]
fn tables_can_be_created() {
    let topology = pipeline();
    let status = topology.tables.iter().find(|table| table.id == "StatusTable").expect("the status table");
    assert_eq!(status.time_to_live.as_deref(), Some("expires"));
    assert_eq!(status.create["TableName"], "aqueduct-StatusTable");
    assert_eq!(status.create["BillingMode"], "PAY_PER_REQUEST");
    let indexes = status.create["GlobalSecondaryIndexes"].as_array().expect("indexes");
    let names: Vec<_> = indexes.iter().map(|index| index["IndexName"].as_str().expect("a name")).collect();
    assert_eq!(names, ["by-owner", "by-progress"]);
    assert!(status.create.get("PointInTimeRecoverySpecification").is_none(), "CreateTable does not know it");
}

#[test]
fn the_picture_shows_the_order_of_things() {
    let picture = graph::mermaid(&pipeline());
    let edges = [
        "http_ --> OrderIntake",
        "OrderIntake --> OrdersQueue",
        "OrdersQueue -->|\"batches of 10\"| OrderProcessor",
        "OrderProcessor --> OrderEventsTopic",
        "OrderProcessor --> LedgerQueue",
        "OrderEventsTopic -->|\"type: OrderConfirmed<br>raw\"| FulfilmentQueue",
        "OrderEventsTopic --> OrderNotifier",
        "OrderFulfilment --> CommerceBus",
        "CommerceBus -->|\"source: order-fulfilment<br>detail-type: OrderDispatched\"| StatusProjector",
        "StatusProjectorSweep --> StatusProjector",
        "OrdersQueue -. after 12 receives .-> OrdersDlq",
        "OrderNotifier -. failed .-> NotifierDlq",
    ];
    for edge in edges {
        assert!(picture.contains(&format!("  {edge}\n")), "{edge}\n{picture}");
    }
}
