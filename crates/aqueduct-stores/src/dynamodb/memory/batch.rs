//! Many items at once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Beyond;
use super::answer::{self, Answer};
use super::expression::{self, Bindings, Used};
use super::page::projected;
use super::request::Nothing;
use super::tables::Tables;
use super::value::{Item, size};

/// How many items are read or written at once at most.
///
/// Sources: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>,
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>
const READ_MAX: usize = 100;
const WRITTEN_MAX: usize = 25;

/// How many bytes are read or written at once at most; more are left to the other engine.
const BYTES_MAX: usize = 16 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct BatchGetItem {
    request_items: BTreeMap<String, Keys>,
    #[serde(default, rename = "ReturnConsumedCapacity")]
    _return_consumed_capacity: Option<Nothing>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Keys {
    #[serde(rename = "Keys")]
    of_items: Vec<Item>,
    #[serde(default, rename = "ConsistentRead")]
    _consistent_read: Option<bool>,
    #[serde(default)]
    projection_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: Option<BTreeMap<String, String>>,
}

/// Everything is processed.
#[derive(Default, Serialize)]
struct Empty {}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Read<'a> {
    responses: BTreeMap<&'a str, Vec<Cow<'a, Item>>>,
    unprocessed_keys: Empty,
}

pub(super) fn get(tables: &Tables, request: &BatchGetItem) -> Result<Answer, Beyond> {
    let keys = || request.request_items.values().map(|keys| keys.of_items.len());
    if request.request_items.is_empty() || keys().any(|keys| keys == 0) || keys().sum::<usize>() > READ_MAX {
        return Err(Beyond);
    }
    let (mut answer, mut bytes) = (Read::default(), 0);
    for (name, asked) in &request.request_items {
        let table = tables.get(name)?;
        let projection = asked.projection_expression.as_deref().map(expression::projection).transpose()?;
        let bindings = Bindings::new(asked.expression_attribute_names.as_ref(), None);
        Used::default().by(projection.as_deref()).check(&bindings)?;
        let paths = projection.as_ref().map(|projection| projection.paths(&bindings)).transpose()?;
        let (mut items, mut seen) = (Vec::new(), BTreeSet::new());
        for key in &asked.of_items {
            let key = table.schema.exact_key(key)?;
            if let Some(item) = table.get(&key) {
                bytes += size(item);
                items.push(projected(item, paths.as_deref()));
            }
            if !seen.insert(key) {
                return Err(Beyond);
            }
        }
        answer.responses.insert(name, items);
    }
    if bytes > BYTES_MAX { Err(Beyond) } else { answer::done(&answer) }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct BatchWriteItem {
    request_items: BTreeMap<String, Vec<Request>>,
    #[serde(default, rename = "ReturnConsumedCapacity")]
    _return_consumed_capacity: Option<Nothing>,
    #[serde(default, rename = "ReturnItemCollectionMetrics")]
    _return_item_collection_metrics: Option<Nothing>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
enum Request {
    PutRequest(Put),
    DeleteRequest(Delete),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Put {
    item: Item,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Delete {
    key: Item,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    unprocessed_items: Empty,
}

pub(super) fn write(tables: &mut Tables, request: BatchWriteItem) -> Result<Answer, Beyond> {
    let writes = || request.request_items.values().map(Vec::len);
    if writes().any(|writes| writes == 0) || !(1..=WRITTEN_MAX).contains(&writes().sum()) {
        return Err(Beyond);
    }
    let mut changes = Vec::new();
    for (name, writes) in request.request_items {
        let table = tables.get(&name)?;
        let mut seen = BTreeSet::new();
        for write in writes {
            let (key, item) = match write {
                Request::PutRequest(Put { item }) => (table.schema.key(&item)?, Some(item)),
                Request::DeleteRequest(Delete { key }) => (table.schema.exact_key(&key)?, None),
            };
            if !seen.insert(key.clone()) {
                return Err(Beyond);
            }
            let change = match item {
                Some(item) => table.put(key, item)?,
                None => table.delete(key),
            };
            changes.push((name.clone(), change));
        }
    }
    for (name, change) in changes {
        tables.commit(&name, change);
    }
    answer::done(&Written::default())
}
