//! Tables in memory: an engine of our own for the requests that it wholly understands.
//!
//! Simulated runs make so many requests that an engine with a database behind it takes most of their time. This one knows what
//! SDKs mostly send and answers it as the other engine does, to the byte but for the order of attributes. Everything else,
//! and every request that would be refused as invalid, is [`Beyond`] it and leaves its tables as they were: all of them then move
//! to the other engine, which answers from there on. What is here need not be complete, but must be right where it answers; a test
//! holds it against the other engine.

mod answer;
mod batch;
mod create;
mod expression;
mod json;
mod number;
mod page;
mod request;
mod table;
mod tables;
mod transaction;
mod transfer;
mod value;
mod write;

use aqueduct_topology::Table as Declared;

use self::request::read;
use self::tables::Tables;
use self::transaction::Known;
use self::value::{Item, Value};
use self::write::Kind;
use super::engine::Answer;

/// A request is beyond what this engine answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Beyond;

/// The tables and their items, and the transactions that are known by their tokens.
#[derive(Debug, Default)]
pub(super) struct Memory {
    tables: Tables,
    known: Known,
}

impl Memory {
    /// Creates a table, unless it is there.
    pub(super) fn provision(&mut self, declared: &Declared) -> Result<(), Beyond> {
        let (name, mut table) = create::table(&declared.create)?;
        if let Ok(there) = self.tables.get(&name) {
            // A time to live is enabled once.
            return if there.time_to_live.is_some() || declared.time_to_live.is_some() { Err(Beyond) } else { Ok(()) };
        }
        if let Some(attribute) = &declared.time_to_live {
            if name != declared.name || !(1..=255).contains(&attribute.len()) {
                return Err(Beyond);
            }
            table.time_to_live = Some(attribute.clone());
        }
        self.tables.insert(name, table);
        Ok(())
    }

    /// Answers a request, at a time in seconds since 1970.
    pub(super) fn answer(&mut self, operation: &str, body: &[u8], now: u64) -> Result<Answer, Beyond> {
        let tables = &mut self.tables;
        match operation {
            "PutItem" => write::single(tables, Kind::Put, read(body)?),
            "UpdateItem" => write::single(tables, Kind::Update, read(body)?),
            "DeleteItem" => write::single(tables, Kind::Delete, read(body)?),
            "GetItem" => page::get(tables, &read(body)?),
            "Query" => page::query(tables, &read(body)?),
            "Scan" => page::scan(tables, &read(body)?),
            "BatchGetItem" => batch::get(tables, &read(body)?),
            "BatchWriteItem" => batch::write(tables, read(body)?),
            "TransactWriteItems" => transaction::write(tables, &mut self.known, body, now),
            _ => Err(Beyond),
        }
    }

    /// The items that changed since they were taken, each with its table, in DynamoDB's JSON; those of other tables than are wanted
    /// are forgotten.
    pub(super) fn take_changed(&mut self, is_wanted: impl Fn(&str) -> bool) -> Vec<(String, serde_json::Value)> {
        let changed = self.tables.take_changed().into_iter().filter(|(table, _)| is_wanted(table));
        changed.filter_map(|(table, item)| Some((table, serde_json::to_value(&item).ok()?))).collect()
    }

    /// Deletes the items whose time to live was over before a time in seconds since 1970.
    pub(super) fn sweep(&mut self, now: u64) {
        for table in self.tables.values_mut() {
            let Some(attribute) = table.time_to_live.clone() else { continue };
            let is_over = |item: &Item| match item.get(&attribute) {
                Some(Value::N(seconds)) => seconds.as_str().parse().is_ok_and(|seconds: u64| seconds < now),
                _ => false,
            };
            let over: Vec<_> = table.entries().filter(|(_, item)| is_over(item)).map(|(key, _)| key.clone()).collect();
            for key in over {
                let change = table.delete(key);
                table.commit(change);
            }
        }
    }
}
