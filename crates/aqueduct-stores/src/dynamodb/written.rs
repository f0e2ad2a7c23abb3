//! What a request to the engine with a database behind it writes, and what of it changed.

use dynoxide::Database;
use dynoxide::actions::describe_table::DescribeTableRequest;
use serde_json::{Map, Value};

use super::engine::{self, Answer};
use super::watch::Watch;

/// The key of an item, with its table.
type Place = (String, Value);

/// Answers a request as [`engine::answer`] does, and tells of the items that it changed.
pub(super) fn answer(
    watch: &Watch,
    database: &Database,
    operation: &str,
    body: &[u8],
    name: impl Fn(Option<String>) -> Option<String>,
) -> Answer {
    let places = places(watch, database, operation, body);
    let items = || places.iter().map(|(table, key)| engine::item(database, table, key));
    let before: Vec<_> = items().collect();
    let answer = engine::answer(database, operation, body, name);
    let after = items().zip(before).map(|(after, before)| after.filter(|after| before.as_ref() != Some(after)));
    let changed: Vec<_> =
        places.iter().zip(after).filter_map(|((table, _), item)| Some((table.clone(), item?))).collect();
    watch.tell(changed);
    answer
}

/// Where a request writes items that are watched. Statements (`ExecuteStatement`) are not read.
fn places(watch: &Watch, database: &Database, operation: &str, body: &[u8]) -> Vec<Place> {
    let is_write =
        !watch.is_empty() && matches!(operation, "PutItem" | "UpdateItem" | "TransactWriteItems" | "BatchWriteItem");
    let Some(request) = is_write.then(|| serde_json::from_slice::<Value>(body).ok()).flatten() else {
        return Vec::new();
    };
    let place = |table: &str, write: &Value| {
        let key = watch.watches(table).then(|| key(database, table, write))??;
        Some((table.to_owned(), key))
    };
    match operation {
        "TransactWriteItems" => {
            let items = request["TransactItems"].as_array().into_iter().flatten();
            let writes = items.filter_map(|item| item.get("Put").or_else(|| item.get("Update")));
            writes.filter_map(|write| place(write["TableName"].as_str()?, write)).collect()
        }
        "BatchWriteItem" => {
            let tables = request["RequestItems"].as_object().into_iter().flatten();
            let puts = tables.flat_map(|(table, writes)| {
                let writes = writes.as_array().into_iter().flatten();
                writes.filter_map(move |write| place(table, write.get("PutRequest")?))
            });
            puts.collect()
        }
        _ => request["TableName"].as_str().and_then(|table| place(table, &request)).into_iter().collect(),
    }
}

/// The key of what is written: an update names it, and a put has it in its item.
fn key(database: &Database, table: &str, write: &Value) -> Option<Value> {
    if let Some(key) = write.get("Key") {
        return Some(key.clone());
    }
    let (item, request) = (write.get("Item")?, DescribeTableRequest { table_name: table.to_owned() });
    let schema = database.describe_table(request).ok()?.table.key_schema;
    let attributes = schema.into_iter().map(|attribute| attribute.attribute_name);
    let key = attributes.map(|name| item.get(&name).cloned().map(|value| (name, value)));
    Some(Value::Object(key.collect::<Option<Map<_, _>>>()?))
}
