//! DynamoDB: the protocol of the embedded engine's requests, and the template's tables in it.

mod tokens;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aqueduct_topology::Table;
use bytes::Bytes;
use dynoxide::actions::execute_transaction::ExecuteTransactionRequest;
use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::actions::transact_write_items::TransactWriteItemsRequest;
use dynoxide::actions::update_time_to_live::UpdateTimeToLiveRequest;
use dynoxide::storage_backend::Clock;
use dynoxide::{Database, DynoxideError};
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::tokens::Tokens;

/// How long a token may be.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
const TOKEN_MAX: usize = 36;

/// The engine and its tables, started when they are first needed: in memory, or in a file.
///
/// Calls take their turn and may wait for the disk: an asynchronous caller makes them where it may block.
#[derive(Clone)]
pub struct DynamoDb {
    shared: Arc<Shared>,
}

struct Shared {
    place: Place,
    database: OnceLock<Result<Database, String>>,
}

enum Place {
    File(PathBuf),
    Memory,
    MemoryAt { clock: Arc<dyn Clock>, tokens: Tokens },
}

impl DynamoDb {
    /// An engine by the system's clock, without tables or with those of a file.
    pub fn new(file: Option<PathBuf>) -> Self {
        Self::at(file.map_or(Place::Memory, Place::File))
    }

    /// An engine in memory, without tables, by a clock that tells how long it is since 1970. Items and the tokens of transactions
    /// expire by that clock.
    pub fn with_clock(since_1970: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self::at(Place::MemoryAt { clock: Arc::new(Told(since_1970)), tokens: Tokens::default() })
    }

    fn at(place: Place) -> Self {
        Self { shared: Arc::new(Shared { place, database: OnceLock::new() }) }
    }

    /// Creates the tables of a topology that are not there yet. A refusal names the table.
    pub fn provision(&self, tables: &[Table]) -> Result<(), String> {
        if tables.is_empty() {
            return Ok(());
        }
        let database = self.shared.database()?;
        for table in tables {
            create(database, table).map_err(|error| format!("table {}: {error}", table.id))?;
        }
        Ok(())
    }

    /// Answers a request.
    pub fn answer(&self, parts: &Parts, body: &[u8]) -> Response<Bytes> {
        let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.split_once('.')).map_or("", |(_, operation)| operation);
        let database = self.shared.database().map_err(DynoxideError::InternalServerError);
        match database.and_then(|database| self.shared.dispatch(database, operation, body)) {
            Ok(answer) => json_answer(StatusCode::OK, answer),
            Err(error) => {
                let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
                json_answer(status, error.to_json())
            }
        }
    }

    /// An item as it is now, by a table's physical name and the item's key in DynamoDB's JSON.
    pub fn item(&self, table: &str, key: &Value) -> Option<Value> {
        let key = serde_json::from_value(key.clone()).ok()?;
        let request = GetItemRequest { table_name: table.to_owned(), key, ..GetItemRequest::default() };
        serde_json::to_value(self.shared.database().ok()?.get_item(request).ok()?.item?).ok()
    }

    /// Deletes items whose time to live is over, as DynamoDB does within some days.
    pub fn sweep(&self) {
        if let Some(Ok(database)) = self.shared.database.get() {
            // An item that stays is one that DynamoDB may still show, too.
            let _ = database.sweep_ttl();
        }
    }
}

impl fmt::Debug for DynamoDb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DynamoDb").finish_non_exhaustive()
    }
}

impl Shared {
    fn database(&self) -> Result<&Database, String> {
        let open = || {
            let database = match &self.place {
                Place::File(file) => Database::new(&file.to_string_lossy()),
                Place::Memory => Database::memory(),
                Place::MemoryAt { clock, .. } => Database::memory_with_clock(Arc::clone(clock)),
            };
            database.map_err(|error| error.to_string())
        };
        self.database.get_or_init(open).as_ref().map_err(Clone::clone)
    }

    /// The engine's name for the token of a transaction. It refuses what is no token.
    fn name(&self, token: Option<String>) -> Option<String> {
        match (&self.place, token) {
            (Place::MemoryAt { clock, tokens }, Some(token)) if (1..=TOKEN_MAX).contains(&token.len()) => {
                Some(tokens.name(&token, clock.now_unix_secs()))
            }
            (_, token) => token,
        }
    }

    fn dispatch(&self, database: &Database, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
        macro_rules! operations {
            ($($name:literal => $method:ident),* $(,)?) => {
                match operation {
                    "TransactWriteItems" => {
                        let mut request: TransactWriteItemsRequest = read(body)?;
                        request.client_request_token = self.name(request.client_request_token);
                        write(&database.transact_write_items(request)?)
                    }
                    "ExecuteTransaction" => {
                        let mut request: ExecuteTransactionRequest = read(body)?;
                        request.client_request_token = self.name(request.client_request_token);
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
}

/// A clock that is told.
struct Told<F>(F);

impl<F: Fn() -> Duration + Send + Sync> Clock for Told<F> {
    fn now_unix_secs(&self) -> u64 {
        (self.0)().as_secs()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        (self.0)().as_secs_f64()
    }
}

fn create(database: &Database, table: &Table) -> Result<(), String> {
    let request = serde_json::from_value(table.create.clone()).map_err(|error| error.to_string())?;
    match database.create_table(request) {
        Ok(_) | Err(DynoxideError::ResourceInUseException(_)) => {}
        Err(error) => return Err(error.to_string()),
    }
    if let Some(attribute) = &table.time_to_live {
        let specification = json!({"AttributeName": attribute, "Enabled": true});
        let request = json!({"TableName": table.name, "TimeToLiveSpecification": specification});
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

fn json_answer(status: StatusCode, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}
