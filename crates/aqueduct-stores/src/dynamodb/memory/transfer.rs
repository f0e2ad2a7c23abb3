//! The move of all tables to the other engine.

use std::collections::HashMap;

use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::actions::transact_write_items::TransactWriteItemsRequest;
use dynoxide::{AttributeValue, Database};

use super::Memory;
use super::table::{Attribute, Key, Part, Table};
use super::transaction::Transaction;
use super::value::{Item, Value};
use crate::dynamodb::engine;
use crate::dynamodb::tokens::Tokens;

type Error = String;

impl Memory {
    /// Makes the tables anew in an empty database, with all items, and with the transactions that are known by their tokens.
    pub(in crate::dynamodb) fn transfer(&self, database: &Database, tokens: &Tokens) -> Result<(), Error> {
        for (name, table) in self.tables.iter() {
            engine::create(database, name, &table.create, table.time_to_live.as_deref())?;
        }
        for (token, transaction) in self.known.in_order() {
            self.repeat(database, tokens, token, transaction)?;
        }
        for (name, table) in self.tables.iter() {
            for (_, item) in table.entries() {
                put(database, name, item)?;
            }
        }
        Ok(())
    }

    /// Lets the database carry out a transaction again with what it found then, so that it knows it. What it leaves is taken back.
    fn repeat(
        &self,
        database: &Database,
        tokens: &Tokens,
        token: &str,
        transaction: &Transaction,
    ) -> Result<(), Error> {
        for (table, _, found) in &transaction.found {
            if let Some(item) = found {
                put(database, table, item)?;
            }
        }
        let mut request: TransactWriteItemsRequest =
            serde_json::from_slice(&transaction.body).map_err(|error| error.to_string())?;
        request.client_request_token = Some(tokens.name(token, transaction.at));
        database.transact_write_items(request).map_err(|error| error.to_string())?;
        for (name, key, _) in &transaction.found {
            let Ok(table) = self.tables.get(name) else { continue };
            let request =
                DeleteItemRequest { table_name: name.clone(), key: of_key(table, key), ..DeleteItemRequest::default() };
            database.delete_item(request).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

fn put(database: &Database, table: &str, item: &Item) -> Result<(), Error> {
    let request = PutItemRequest { table_name: table.to_owned(), item: of_item(item), ..PutItemRequest::default() };
    database.put_item(request).map(|_| ()).map_err(|error| error.to_string())
}

fn of_key(table: &Table, key: &Key) -> HashMap<String, AttributeValue> {
    let parts = std::iter::once(&key.hash).chain(&key.range);
    let of = |(attribute, part): (&Attribute, &Part)| Some((attribute.name.clone(), of_part(part)?));
    table.schema.attributes().zip(parts).filter_map(of).collect()
}

fn of_part(part: &Part) -> Option<AttributeValue> {
    Some(match part {
        Part::S(text) => AttributeValue::S(text.clone()),
        Part::N(number) => AttributeValue::N(number.to_string()),
        Part::B(bytes) => AttributeValue::B(bytes.clone()),
        Part::End => return None,
    })
}

fn of_item(item: &Item) -> HashMap<String, AttributeValue> {
    item.iter().map(|(name, value)| (name.clone(), of_value(value))).collect()
}

fn of_value(value: &Value) -> AttributeValue {
    match value {
        Value::S(text) => AttributeValue::S(text.clone()),
        Value::N(number) => AttributeValue::N(number.to_string()),
        Value::B(bytes) => AttributeValue::B(bytes.clone()),
        Value::Bool(value) => AttributeValue::BOOL(*value),
        Value::Null => AttributeValue::NULL(true),
        Value::Ss(set) => AttributeValue::SS(set.iter().cloned().collect()),
        Value::Ns(set) => AttributeValue::NS(set.iter().map(ToString::to_string).collect()),
        Value::Bs(set) => AttributeValue::BS(set.iter().cloned().collect()),
        Value::L(list) => AttributeValue::L(list.iter().map(of_value).collect()),
        Value::M(map) => AttributeValue::M(of_item(map)),
    }
}
