//! What a request to the engine with a database behind it writes, and what of it changed.

use dynoxide::Database;
use dynoxide::actions::describe_table::DescribeTableRequest;
use serde_json::{Map, Value};

use super::engine::{Answer, item};
use super::watch::Watch;

/// The key of an item, with its table.
type Place = (String, Value);

/// Lets a request be answered, and tells of the items that it changed.
pub(super) fn watched(
    watch: &Watch,
    database: &Database,
    operation: &str,
    body: &[u8],
    answer: impl FnOnce() -> Answer,
) -> Answer {
    let places = if watch.is_empty() { Vec::new() } else { places(database, operation, body) };
    let items = || places.iter().map(|(table, key)| item(database, table, key));
    let before: Vec<_> = items().collect();
    let answer = answer();
    let after = items().zip(before).map(|(after, before)| after.filter(|after| before.as_ref() != Some(after)));
    let changed: Vec<_> =
        places.iter().zip(after).filter_map(|((table, _), item)| Some((table.clone(), item?))).collect();
    watch.tell(changed);
    answer
}

/// Where a request writes items. Statements (`ExecuteStatement`) are not read.
fn places(database: &Database, operation: &str, body: &[u8]) -> Vec<Place> {
    let is_write = matches!(operation, "PutItem" | "UpdateItem" | "TransactWriteItems" | "BatchWriteItem");
    let Some(request) = is_write.then(|| serde_json::from_slice::<Value>(body).ok()).flatten() else {
        return Vec::new();
    };
    let place = |table: &str, write: &Value| Some((table.to_owned(), key(database, table, write)?));
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
