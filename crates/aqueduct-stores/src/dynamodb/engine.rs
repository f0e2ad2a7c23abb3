//! The engine with a database behind it, `dynoxide-rs`: its requests and answers, and how it makes tables.

use std::path::PathBuf;
use std::sync::OnceLock;

use aqueduct_topology::Table;
use dynoxide::actions::execute_transaction::ExecuteTransactionRequest;
use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::actions::transact_write_items::TransactWriteItemsRequest;
use dynoxide::actions::update_time_to_live::UpdateTimeToLiveRequest;
use dynoxide::{Database, DynoxideError};
use http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::watch::Watch;
use super::written;

/// An answer's status and body.
pub(super) type Answer = (StatusCode, Vec<u8>);

/// A database in a file or in memory, opened when it is first needed.
pub(super) struct Engine {
    file: Option<PathBuf>,
    database: OnceLock<Result<Database, String>>,
}

impl Engine {
    pub(super) const fn new(file: Option<PathBuf>) -> Self {
        Self { file, database: OnceLock::new() }
    }

    fn database(&self) -> Result<&Database, String> {
        let open = || match &self.file {
            Some(file) => Database::new(&file.to_string_lossy()).map_err(|error| error.to_string()),
            None => Database::memory().map_err(|error| error.to_string()),
        };
        self.database.get_or_init(open).as_ref().map_err(Clone::clone)
    }

    pub(super) fn provision(&self, table: &Table) -> Result<(), String> {
        create(self.database()?, &table.name, &table.create, table.time_to_live.as_deref())
    }

    pub(super) fn answer(&self, operation: &str, body: &[u8], watch: &Watch) -> Answer {
        match self.database() {
            Ok(database) => written::answer(watch, database, operation, body, |token| token),
            Err(error) => failed(error),
        }
    }

    pub(super) fn sweep(&self) {
        if let Some(Ok(database)) = self.database.get() {
            sweep(database);
        }
    }
}

/// Answers a request. `name` gives the engine its name for a transaction's token.
pub(super) fn answer(
    database: &Database,
    operation: &str,
    body: &[u8],
    name: impl Fn(Option<String>) -> Option<String>,
) -> Answer {
    match dispatch(database, operation, body, name) {
        Ok(answer) => (StatusCode::OK, answer.into_bytes()),
        Err(error) => {
            let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
            (status, error.to_json().into_bytes())
        }
    }
}

/// There is no database to answer.
pub(super) fn failed(error: String) -> Answer {
    (StatusCode::INTERNAL_SERVER_ERROR, DynoxideError::InternalServerError(error).to_json().into_bytes())
}

/// An item, by its table and its key.
pub(super) fn item(database: &Database, table: &str, key: &Value) -> Option<Value> {
    let key = serde_json::from_value(key.clone()).ok()?;
    let request = GetItemRequest { table_name: table.to_owned(), key, ..GetItemRequest::default() };
    serde_json::to_value(database.get_item(request).ok()?.item?).ok()
}

/// Deletes items whose time to live is over.
pub(super) fn sweep(database: &Database) {
    // An item that stays is one that DynamoDB may still show, too.
    let _ = database.sweep_ttl();
}

fn dispatch(
    database: &Database,
    operation: &str,
    body: &[u8],
    name: impl Fn(Option<String>) -> Option<String>,
) -> Result<String, DynoxideError> {
    macro_rules! operations {
        ($($name:literal => $method:ident),* $(,)?) => {
            match operation {
                "TransactWriteItems" => {
                    let mut request: TransactWriteItemsRequest = read(body)?;
                    request.client_request_token = name(request.client_request_token);
                    write(&database.transact_write_items(request)?)
                }
                "ExecuteTransaction" => {
                    let mut request: ExecuteTransactionRequest = read(body)?;
                    request.client_request_token = name(request.client_request_token);
                    write(&database.execute_transaction(request)?)
                }
                $($name => write(&database.$method(read(body)?)?),)*
                _ => Err(DynoxideError::UnsupportedCapability(
                    format!("the embedded cloud does not model the DynamoDB operation {operation}"),
                )),
            }
        };
    }
    operations! {
        "PutItem" => put_item,
        "GetItem" => get_item,
        "UpdateItem" => update_item,
        "DeleteItem" => delete_item,
        "Query" => query,
        "Scan" => scan,
        "BatchGetItem" => batch_get_item,
        "BatchWriteItem" => batch_write_item,
        "TransactGetItems" => transact_get_items,
        "ExecuteStatement" => execute_statement,
        "BatchExecuteStatement" => batch_execute_statement,
        "CreateTable" => create_table,
        "DeleteTable" => delete_table,
        "DescribeTable" => describe_table,
        "UpdateTable" => update_table,
        "ListTables" => list_tables,
        "UpdateTimeToLive" => update_time_to_live,
        "DescribeTimeToLive" => describe_time_to_live,
        "TagResource" => tag_resource,
        "UntagResource" => untag_resource,
        "ListTagsOfResource" => list_tags_of_resource,
    }
}

/// Makes a table by the request that creates it, unless it is there.
pub(super) fn create(
    database: &Database,
    name: &str,
    create: &Value,
    time_to_live: Option<&str>,
) -> Result<(), String> {
    let request = serde_json::from_value(create.clone()).map_err(|error| error.to_string())?;
    match database.create_table(request) {
        Ok(_) | Err(DynoxideError::ResourceInUseException(_)) => {}
        Err(error) => return Err(error.to_string()),
    }
    if let Some(attribute) = time_to_live {
        let specification = json!({"AttributeName": attribute, "Enabled": true});
        let request = json!({"TableName": name, "TimeToLiveSpecification": specification});
        let request: UpdateTimeToLiveRequest = serde_json::from_value(request).map_err(|error| error.to_string())?;
        database.update_time_to_live(request).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body).map_err(|error| DynoxideError::SerializationException(error.to_string()))
}

fn write<T: Serialize>(answer: &T) -> Result<String, DynoxideError> {
    serde_json::to_string(answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}
