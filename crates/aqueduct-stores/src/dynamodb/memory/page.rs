//! Reads: single items, and pages of many.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Beyond;
use super::answer::{self, Answer, Got, Listed};
use super::expression::{self, Bindings, Clause, Condition, Expression, Steps, Used, project};
use super::request::{GetItem, Page};
use super::table::{Attribute, Index, Key, Projected, Rows, Schema, Scope, Table};
use super::tables::Tables;
use super::value::{Item, Value, size};

/// How many bytes of items a page has at most. Larger ones are left to the other engine.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html>
const PAGE_BYTES_MAX: usize = 1024 * 1024;

pub(super) fn get(tables: &Tables, request: &GetItem) -> Result<Answer, Beyond> {
    let table = tables.get(&request.table_name)?;
    let key = table.schema.exact_key(&request.key)?;
    let projection = request.projection_expression.as_deref().map(expression::projection).transpose()?;
    let bindings = Bindings::new(request.expression_attribute_names.as_ref(), None);
    Used::default().by(projection.as_deref()).check(&bindings)?;
    let paths = projection.as_ref().map(|projection| projection.paths(&bindings)).transpose()?;
    let item = table.get(&key).map(|item| projected(item, paths.as_deref()));
    answer::done(&Got { item: item.as_deref() })
}

/// The item, or what is of it at some paths.
pub(super) fn projected<'a>(item: &'a Item, paths: Option<&[Steps<'_>]>) -> Cow<'a, Item> {
    match paths {
        Some(paths) => Cow::Owned(project(item, paths)),
        None => Cow::Borrowed(item),
    }
}

pub(super) fn query(tables: &Tables, request: &Page) -> Result<Answer, Beyond> {
    let table = tables.get(&request.table_name)?;
    let index = request.index_name.as_deref().map(|name| table.index(name)).transpose()?;
    if index.is_some_and(|index| index.scope == Scope::Global) && request.consistent_read == Some(true) {
        return Err(Beyond);
    }
    let schema = index.map_or(&table.schema, |index| &index.schema);
    let asked = expression::condition(request.key_condition_expression.as_deref().ok_or(Beyond)?)?;
    let reading = Reading::new(table, index, request)?;
    let bindings = request.bindings();
    Used::default().by(Some(asked.as_ref())).by(reading.filter()).by(reading.projection()).check(&bindings)?;
    let range = schema.range.as_ref();
    let asked = asked.on_key(&schema.hash.name, range.map(|range| range.name.as_str()), &bindings)?;
    let hash = schema.hash.hash_part(asked.hash)?;
    check_range(range, asked.range)?;
    let after = request.exclusive_start_key.as_ref().map(|start| start_key(table, index, start)).transpose()?;
    if let Some(start) = &request.exclusive_start_key {
        check_start(schema, start, asked.hash, asked.range)?;
    }
    let forward = request.scan_index_forward.unwrap_or(true);
    let rows = match index {
        Some(index) => index.partition(&hash, after, forward),
        None => table.partition(&hash, after.map(|(_, key)| key), forward),
    };
    let in_range = |item: &&Arc<Item>| match (range, asked.range) {
        (Some(range), Some(clause)) => item.get(&range.name).is_some_and(|value| clause.holds(value)),
        _ => true,
    };
    reading.list(Box::new(rows.filter(in_range)))
}

/// What a sort key is compared with is of its type.
fn check_range(range: Option<&Attribute>, clause: Option<Clause<'_>>) -> Result<(), Beyond> {
    let is_of = |value: &Value| range.is_some_and(|range| range.kind.is_of(value));
    if clause.is_none_or(|clause| clause.values().into_iter().all(is_of)) { Ok(()) } else { Err(Beyond) }
}

/// The keys in the index, if there is one, and in the table that a start key has.
fn start_key(table: &Table, index: Option<&Index>, start: &Item) -> Result<(Key, Key), Beyond> {
    let key = table.schema.key(start)?;
    let in_index = index.map_or_else(|| Ok(key.clone()), |index| index.schema.key(start))?;
    let is_asked = |name: &String| table.schema.has(name) || index.is_some_and(|index| index.schema.has(name));
    if start.keys().all(is_asked) { Ok((in_index, key)) } else { Err(Beyond) }
}

/// A start key lies where the query looks.
fn check_start(schema: &Schema, start: &Item, hash: &Value, clause: Option<Clause<'_>>) -> Result<(), Beyond> {
    let is_there = start.get(&schema.hash.name) == Some(hash)
        && clause.is_none_or(|clause| {
            let value = schema.range.as_ref().and_then(|range| start.get(&range.name));
            value.is_some_and(|value| clause.holds(value))
        });
    if is_there { Ok(()) } else { Err(Beyond) }
}

pub(super) fn scan(tables: &Tables, request: &Page) -> Result<Answer, Beyond> {
    let table = tables.get(&request.table_name)?;
    let is_asked = request.index_name.is_some() || request.key_condition_expression.is_some();
    if is_asked || request.scan_index_forward.is_some() {
        return Err(Beyond);
    }
    let reading = Reading::new(table, None, request)?;
    Used::default().by(reading.filter()).by(reading.projection()).check(&request.bindings())?;
    let after = request.exclusive_start_key.as_ref().map(|start| table.schema.exact_key(start)).transpose()?;
    reading.list(table.scan(after))
}

/// What becomes of the items of a page.
struct Reading<'a> {
    table: &'a Table,
    index: Option<&'a Index>,
    request: &'a Page,
    filter: Option<Arc<Expression<Condition>>>,
    projection: Option<Arc<Expression<expression::Projection>>>,
}

impl<'a> Reading<'a> {
    fn new(table: &'a Table, index: Option<&'a Index>, request: &'a Page) -> Result<Self, Beyond> {
        let filter = request.filter_expression.as_deref().map(expression::condition).transpose()?;
        let projection = request.projection_expression.as_deref().map(expression::projection).transpose()?;
        if request.limit == Some(0) || request.select.is_some() && projection.is_some() {
            return Err(Beyond);
        }
        Ok(Self { table, index, request, filter, projection })
    }

    fn filter(&self) -> Option<&Expression<Condition>> {
        self.filter.as_deref()
    }

    fn projection(&self) -> Option<&Expression<expression::Projection>> {
        self.projection.as_deref()
    }

    /// A query's filter does not ask for what its key condition asks for, and no filter looks into a key.
    fn check_filter(&self, bindings: &Bindings<'_>) -> Result<(), Beyond> {
        let Some(filter) = &self.filter else { return Ok(()) };
        filter.check(bindings)?;
        let is_query = self.request.key_condition_expression.is_some();
        let schema = self.index.map_or(&self.table.schema, |index| &index.schema);
        let refused = |(name, goes_on): &(&str, bool)| {
            is_query && schema.has(name) || *goes_on && (schema.has(name) || self.table.schema.has(name))
        };
        if filter.roots(bindings)?.iter().any(refused) { Err(Beyond) } else { Ok(()) }
    }

    fn list(&self, rows: Rows<'a>) -> Result<Answer, Beyond> {
        let bindings = self.request.bindings();
        self.check_filter(&bindings)?;
        let paths = self.projection.as_ref().map(|projection| projection.paths(&bindings)).transpose()?;
        let limit = self.request.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let (mut items, mut scanned, mut bytes, mut last) = (Vec::new(), 0, 0, None);
        for row in rows.take(limit) {
            let item = self.in_index(row);
            scanned += 1;
            bytes += size(&item);
            if bytes > PAGE_BYTES_MAX {
                return Err(Beyond);
            }
            last = Some(row);
            let passes = self.filter.as_ref().map_or(Ok(true), |filter| filter.holds(&item, &bindings))?;
            if passes {
                items.push(match &paths {
                    Some(paths) => Cow::Owned(project(&item, paths)),
                    None => item,
                });
            }
        }
        let count = items.len();
        let is_scan = self.request.key_condition_expression.is_none();
        let is_listed = self.request.select.is_none();
        // A scan answers sets of numbers in an order that the other engine knows.
        if is_scan && is_listed && items.iter().flat_map(|item| item.values()).any(Value::has_numbers) {
            return Err(Beyond);
        }
        let last_evaluated_key = last.filter(|_| scanned >= limit).map(|item| self.key_of(item));
        let items = is_listed.then_some(items);
        answer::done(&Listed { items, count, scanned_count: scanned, last_evaluated_key })
    }

    /// What the index has of an item.
    fn in_index(&self, item: &'a Item) -> Cow<'a, Item> {
        match self.index.map(|index| &index.projected) {
            Some(Projected::Only(names)) => {
                let of = |name: &String| item.get_key_value(name).map(|(name, value)| (name.clone(), value.clone()));
                Cow::Owned(names.iter().filter_map(of).collect())
            }
            _ => Cow::Borrowed(item),
        }
    }

    /// The keys of an item in the index and in the table.
    fn key_of(&self, item: &'a Item) -> BTreeMap<&'a str, &'a Value> {
        let in_index = self.index.into_iter().flat_map(|index| index.schema.attributes());
        let attributes = self.table.schema.attributes().chain(in_index);
        let of = |attribute: &'a Attribute| Some((attribute.name.as_str(), item.get(&attribute.name)?));
        attributes.filter_map(of).collect()
    }
}
