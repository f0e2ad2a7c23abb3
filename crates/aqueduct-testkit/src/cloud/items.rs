//! Whoever wants to know of items that change.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aqueduct_stores::DynamoDb;
use aqueduct_topology::Topology;
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use serde_json::{Map, Value};

type Tell = Arc<dyn Fn(&Value) + Send + Sync>;

/// What is called for items that change, by table.
#[derive(Clone, Default)]
pub(crate) struct Items(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// The key attributes of each table.
    keys: BTreeMap<String, Vec<String>>,
    told: Mutex<BTreeMap<String, Vec<Tell>>>,
    /// Items as they were told last, by table and key.
    last: Mutex<BTreeMap<(String, String), Arc<Value>>>,
}

impl Items {
    pub(crate) fn new(topology: &Topology) -> Self {
        let attributes = |create: &Value| {
            let schema = create["KeySchema"].as_array().into_iter().flatten();
            schema.filter_map(|key| key["AttributeName"].as_str().map(str::to_owned)).collect()
        };
        let keys = topology.tables.iter().map(|table| (table.name.clone(), attributes(&table.create)));
        Self(Arc::new(Shared { keys: keys.collect(), ..Shared::default() }))
    }

    pub(crate) fn tell(&self, table: &str, tell: impl Fn(&Value) + Send + Sync + 'static) {
        self.told().entry(table.to_owned()).or_default().push(Arc::new(tell));
    }

    /// A request was answered: what it wrote is told as it is now.
    pub(crate) fn written(&self, dynamodb: &DynamoDb, parts: &Parts, body: &[u8], answer: &Response<Bytes>) {
        if !answer.status().is_success() || self.told().is_empty() {
            return;
        }
        let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let is_write = matches!(operation, "PutItem" | "UpdateItem" | "TransactWriteItems" | "BatchWriteItem");
        let Some(request) = is_write.then(|| serde_json::from_slice(body).ok()).flatten() else { return };
        for (table, key) in self.touched(operation, &request) {
            let Some(tells) = self.told().get(&table).cloned() else { continue };
            let Some(item) = dynamodb.item(&table, &key).map(Arc::new) else { continue };
            // A transaction that comes again under its token writes nothing.
            let before = self.last().insert((table, key.to_string()), Arc::clone(&item));
            if before.as_ref() != Some(&item) {
                for tell in tells {
                    tell(&item);
                }
            }
        }
    }

    /// The keys of what a request writes, each with its table.
    fn touched(&self, operation: &str, request: &Value) -> Vec<(String, Value)> {
        let one = |table: &Value, write: &Value| self.key(table.as_str()?, write);
        match operation {
            "TransactWriteItems" => {
                let items = request["TransactItems"].as_array().into_iter().flatten();
                let writes = items.filter_map(|item| item.get("Put").or_else(|| item.get("Update")));
                writes.filter_map(|write| one(&write["TableName"], write)).collect()
            }
            "BatchWriteItem" => {
                let tables = request["RequestItems"].as_object().into_iter().flatten();
                let puts = tables.flat_map(|(table, writes)| {
                    let writes = writes.as_array().into_iter().flatten();
                    writes.filter_map(move |write| self.key(table, write.get("PutRequest")?))
                });
                puts.collect()
            }
            _ => one(&request["TableName"], request).into_iter().collect(),
        }
    }

    fn key(&self, table: &str, write: &Value) -> Option<(String, Value)> {
        let from = write.get("Key").or_else(|| write.get("Item"))?;
        let attributes = self.0.keys.get(table)?;
        let key = attributes.iter().map(|name| Some((name.clone(), from.get(name)?.clone())));
        Some((table.to_owned(), Value::Object(key.collect::<Option<Map<_, _>>>()?)))
    }

    fn told(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Tell>>> {
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn last(&self) -> MutexGuard<'_, BTreeMap<(String, String), Arc<Value>>> {
        self.0.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.told().keys()).finish()
    }
}
