//! DynamoDB: the protocol of the embedded engines' requests, and the template's tables in them.

mod engine;
mod memory;
mod moving;
#[cfg(test)]
mod tests;
mod tokens;
mod watch;
mod written;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aqueduct_topology::Table;
use bytes::Bytes;
use dynoxide::storage_backend::Clock;
use http::request::Parts;
use http::{HeaderValue, Response};
use serde_json::Value;

use self::engine::Engine;
use self::moving::Moving;
use self::watch::Watch;

/// The engine and its tables, started when they are first needed: in memory, or in a file.
///
/// Calls take their turn and may wait for the disk: an asynchronous caller makes them where it may block.
#[derive(Clone)]
pub struct DynamoDb {
    tables: Arc<Tables>,
    watch: Arc<Watch>,
}

enum Tables {
    Engine(Engine),
    Moving(Moving),
}

macro_rules! at_their_place {
    ($self:ident.$method:ident($($argument:expr),*)) => {
        match &*$self.tables {
            Tables::Engine(engine) => engine.$method($($argument),*),
            Tables::Moving(moving) => moving.$method($($argument),*),
        }
    };
}

impl DynamoDb {
    /// An engine by the system's clock, without tables or with those of a file.
    pub fn new(file: Option<PathBuf>) -> Self {
        Self::of(Tables::Engine(Engine::new(file)))
    }

    /// An engine in memory, without tables, by a clock that tells how long it is since 1970. Items and the tokens of transactions
    /// expire by that clock.
    ///
    /// What SDKs mostly send costs next to nothing here. The first request that needs the engine of [`new`](Self::new) moves
    /// all tables to it, which answers everything from there on.
    pub fn with_clock(since_1970: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self::of(Tables::Moving(Moving::new(Arc::new(Told(since_1970)))))
    }

    fn of(tables: Tables) -> Self {
        Self { tables: Arc::new(tables), watch: Arc::default() }
    }

    /// Creates the tables of a topology that are not there yet. A refusal names the table.
    pub fn provision(&self, tables: &[Table]) -> Result<(), String> {
        for table in tables {
            at_their_place!(self.provision(table)).map_err(|error| format!("table {}: {error}", table.id))?;
        }
        Ok(())
    }

    /// Answers a request.
    pub fn answer(&self, parts: &Parts, body: &[u8]) -> Response<Bytes> {
        let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.split_once('.')).map_or("", |(_, operation)| operation);
        let (status, answer) = at_their_place!(self.answer(operation, body, &self.watch));
        let mut response = Response::new(Bytes::from(answer));
        *response.status_mut() = status;
        response.headers_mut().insert("content-type", HeaderValue::from_static("application/x-amz-json-1.0"));
        response
    }

    /// Says who is told of each item of a table, named by its physical name, when a request has changed it: in DynamoDB's JSON, as it
    /// is then. What is deleted, or written by a statement (`ExecuteStatement`), is not told. Of requests that change one item at the
    /// same time, each may be told what another made of it.
    pub fn on_item(&self, table: &str, tell: impl Fn(&Value) + Send + Sync + 'static) {
        self.watch.add(table, tell);
    }

    /// Whether everything was answered by the engine in memory until now, which one by [`with_clock`](Self::with_clock) begins with.
    pub fn is_in_memory(&self) -> bool {
        matches!(&*self.tables, Tables::Moving(moving) if moving.is_in_memory())
    }

    /// Deletes items whose time to live is over, as DynamoDB does within some days.
    pub fn sweep(&self) {
        at_their_place!(self.sweep());
    }
}

impl fmt::Debug for DynamoDb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DynamoDb").finish_non_exhaustive()
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
