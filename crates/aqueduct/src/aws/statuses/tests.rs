//! What only a table has; what every store holds is in `tests/stores`.

#![cfg(all(feature = "sqs", feature = "sns", feature = "eventbridge", feature = "dynamodb", feature = "scheduler"))]

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde_json::json;

use super::DynamoDbStatuses;
use crate::aws::tests::{Cloud, engine};
use crate::status::{State, Status, Statuses as _, cases};

fn table() -> Cloud {
    let database = dynoxide::Database::memory().unwrap();
    let key =
        |hash, range| json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}]);
    let index = |name, hash, range| json!({"IndexName": name, "KeySchema": key(hash, range), "Projection": {"ProjectionType": "ALL"}});
    let types = ["id", "owner", "created", "progress", "updated"]
        .map(|name| json!({"AttributeName": name, "AttributeType": "S"}));
    let create = json!({
        "TableName": "status",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": types,
        "GlobalSecondaryIndexes": [index("by-owner", "owner", "created"), index("by-progress", "progress", "updated")],
        "BillingMode": "PAY_PER_REQUEST",
    });
    database.create_table(serde_json::from_value(create).unwrap()).unwrap();
    engine(database)
}

fn statuses(cloud: &Cloud) -> DynamoDbStatuses {
    DynamoDbStatuses::new(Client::new(&cloud.config()), "status")
}

#[tokio::test]
async fn more_than_a_page_is_listed() {
    let cloud = table();
    let statuses = statuses(&cloud);
    for n in 0..5 {
        let created = Timestamp::from_second(n).unwrap();
        let mut status = Status::new(format!("s-{n}"), "ada", &cases::step("received", 0, State::InProgress), created);
        status.fingerprint = "x".repeat(300_000);
        statuses.open(status).await.unwrap();
    }
    let listed = statuses.of_owner("ada", 5).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|status| status.id.as_str()).collect();
    assert_eq!(ids, ["s-4", "s-3", "s-2", "s-1", "s-0"]);
    let queries = cloud.operations().iter().filter(|operation| *operation == "Query").count();
    assert!(queries > 1, "a page has at most 1 MB");
}

#[tokio::test]
async fn a_state_that_nobody_knows_is_no_status() {
    let cloud = table();
    let statuses = statuses(&cloud);
    let status = Status::new("s-1", "ada", &cases::step("received", 0, State::InProgress), Timestamp::UNIX_EPOCH);
    let mut item = super::item::write(&status);
    item.insert("state".to_owned(), AttributeValue::S("paused".to_owned()));
    Client::new(&cloud.config()).put_item().table_name("status").set_item(Some(item)).send().await.unwrap();
    let error = statuses.find("s-1").await.unwrap_err().to_string();
    assert!(error.contains("`state` is `paused`"), "{error}");
}
