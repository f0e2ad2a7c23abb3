//! Tables: items in the order of their keys, and their secondary indexes.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::Beyond;
use super::number::Number;
use super::value::{ITEM_BYTES_MAX, Item, Value, is_sound, size};

/// How many bytes a partition key and a sort key have at most.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const HASH_BYTES_MAX: usize = 2048;
const RANGE_BYTES_MAX: usize = 1024;

/// The type of a key attribute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    S,
    N,
    B,
}

impl Kind {
    pub(super) const fn is_of(self, value: &Value) -> bool {
        matches!((self, value), (Self::S, Value::S(_)) | (Self::N, Value::N(_)) | (Self::B, Value::B(_)))
    }
}

/// An attribute of a key.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// The attributes of a key.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) hash: Attribute,
    pub(super) range: Option<Attribute>,
}

/// The value of a key attribute.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Part {
    S(String),
    N(Number),
    B(Vec<u8>),
    /// Behind every value.
    End,
}

/// A key's values. What has no sort key stands before what has.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Key {
    pub(super) hash: Part,
    pub(super) range: Option<Part>,
}

impl Key {
    /// Before every key.
    fn first() -> Self {
        Self::start_of(Part::S(String::new()))
    }

    fn start_of(hash: Part) -> Self {
        Self { hash, range: None }
    }

    fn end_of(hash: Part) -> Self {
        Self { hash, range: Some(Part::End) }
    }
}

impl Attribute {
    /// The value as a key has it: of the right type, with something in it, and not too large.
    pub(super) fn part(&self, value: &Value, bytes_max: usize) -> Result<Part, Beyond> {
        let (part, bytes) = match value {
            Value::S(text) => (Part::S(text.clone()), text.len()),
            Value::N(number) => (Part::N(number.clone()), number.as_str().len()),
            Value::B(bytes) => (Part::B(bytes.clone()), bytes.len()),
            _ => return Err(Beyond),
        };
        if self.kind.is_of(value) && (1..=bytes_max).contains(&bytes) { Ok(part) } else { Err(Beyond) }
    }

    pub(super) fn hash_part(&self, value: &Value) -> Result<Part, Beyond> {
        self.part(value, HASH_BYTES_MAX)
    }
}

impl Schema {
    pub(super) fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        std::iter::once(&self.hash).chain(&self.range)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.attributes().any(|attribute| attribute.name == name)
    }

    /// The key of an item, which is an error without it.
    pub(super) fn key(&self, item: &Item) -> Result<Key, Beyond> {
        self.key_if_any(item)?.ok_or(Beyond)
    }

    /// The key of what has exactly the attributes of one.
    pub(super) fn exact_key(&self, item: &Item) -> Result<Key, Beyond> {
        if item.len() == self.attributes().count() { self.key(item) } else { Err(Beyond) }
    }

    /// The key of an item, unless an attribute of it is missing.
    fn key_if_any(&self, item: &Item) -> Result<Option<Key>, Beyond> {
        let hash = item.get(&self.hash.name).map(|value| self.hash.hash_part(value)).transpose()?;
        let range = match &self.range {
            None => Some(None),
            Some(range) => item.get(&range.name).map(|value| range.part(value, RANGE_BYTES_MAX)).transpose()?.map(Some),
        };
        Ok(hash.zip(range).map(|(hash, range)| Key { hash, range }))
    }
}

/// What an index has of an item beside the keys.
#[derive(Debug)]
pub(super) enum Projected {
    All,
    Only(Vec<String>),
}

/// Whether an index has partitions of its own, or orders those of the table anew.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scope {
    Global,
    Local,
}

#[derive(Debug)]
pub(super) struct Index {
    pub(super) name: String,
    pub(super) scope: Scope,
    pub(super) schema: Schema,
    pub(super) projected: Projected,
    /// By the index's key and the table's.
    entries: BTreeMap<(Key, Key), Arc<Item>>,
}

impl Index {
    pub(super) const fn new(name: String, schema: Schema, projected: Projected, scope: Scope) -> Self {
        Self { name, scope, schema, projected, entries: BTreeMap::new() }
    }
}

#[derive(Debug)]
pub(super) struct Table {
    pub(super) schema: Schema,
    pub(super) indexes: Vec<Index>,
    /// The request that makes it.
    pub(super) create: serde_json::Value,
    pub(super) time_to_live: Option<String>,
    items: BTreeMap<Key, Arc<Item>>,
}

/// A change of an item that nothing speaks against.
#[derive(Debug)]
pub(super) struct Change {
    key: Key,
    item: Option<Arc<Item>>,
    /// The item's key in each index that has it.
    in_indexes: Vec<Option<Key>>,
}

impl Change {
    /// The item as it will be.
    pub(super) fn item(&self) -> Option<&Arc<Item>> {
        self.item.as_ref()
    }
}

/// Items in order.
pub(super) type Rows<'a> = Box<dyn Iterator<Item = &'a Arc<Item>> + 'a>;

impl Table {
    pub(super) const fn new(schema: Schema, indexes: Vec<Index>, create: serde_json::Value) -> Self {
        Self { schema, indexes, create, time_to_live: None, items: BTreeMap::new() }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Item>> {
        self.items.get(key)
    }

    pub(super) fn index(&self, name: &str) -> Result<&Index, Beyond> {
        self.indexes.iter().find(|index| index.name == name).ok_or(Beyond)
    }

    /// The change that puts an item under its key.
    pub(super) fn put(&self, key: Key, item: Item) -> Result<Change, Beyond> {
        if !is_sound(&item) || size(&item) > ITEM_BYTES_MAX {
            return Err(Beyond);
        }
        let in_indexes = self.indexes.iter().map(|index| index.schema.key_if_any(&item)).collect::<Result<_, _>>()?;
        Ok(Change { key, item: Some(Arc::new(item)), in_indexes })
    }

    /// The change that deletes the item of a key.
    pub(super) fn delete(&self, key: Key) -> Change {
        Change { key, item: None, in_indexes: vec![None; self.indexes.len()] }
    }

    /// Makes a change; the item as it was before.
    pub(super) fn commit(&mut self, change: Change) -> Option<Arc<Item>> {
        let Change { key, item, in_indexes } = change;
        let before = match &item {
            Some(item) => self.items.insert(key.clone(), Arc::clone(item)),
            None => self.items.remove(&key),
        };
        for (index, after) in self.indexes.iter_mut().zip(in_indexes) {
            let before = before.as_ref().and_then(|item| index.schema.key_if_any(item).ok().flatten());
            if let Some(before) = before.filter(|before| after.as_ref() != Some(before)) {
                index.entries.remove(&(before, key.clone()));
            }
            if let Some((after, item)) = after.zip(item.as_ref()) {
                index.entries.insert((after, key.clone()), Arc::clone(item));
            }
        }
        before
    }

    /// All items, in the order of their keys, behind one of them.
    pub(super) fn scan(&self, after: Option<Key>) -> Rows<'_> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        Box::new(self.items.range((start, Bound::Unbounded)).map(|(_, item)| item))
    }

    /// The items of a partition in the order of their sort keys, behind one of them.
    pub(super) fn partition(&self, hash: &Part, after: Option<Key>, forward: bool) -> Rows<'_> {
        let (start, end) = (Key::start_of(hash.clone()), Key::end_of(hash.clone()));
        ordered(self.items.range(between((start, end), after, forward)).map(|(_, item)| item), forward)
    }

    /// All items with their keys, in order.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Key, &Arc<Item>)> {
        self.items.iter()
    }
}

impl Index {
    /// The items of a partition in the order of their sort keys and then of the table's, behind one of them.
    pub(super) fn partition(&self, hash: &Part, after: Option<(Key, Key)>, forward: bool) -> Rows<'_> {
        let bounds = ((Key::start_of(hash.clone()), Key::first()), (Key::end_of(hash.clone()), Key::first()));
        ordered(self.entries.range(between(bounds, after, forward)).map(|(_, item)| item), forward)
    }
}

/// What lies between two bounds and, in the direction that is gone, behind one that was reached.
fn between<T>((start, end): (T, T), after: Option<T>, forward: bool) -> (Bound<T>, Bound<T>) {
    match (after, forward) {
        (None, _) => (Bound::Included(start), Bound::Excluded(end)),
        (Some(after), true) => (Bound::Excluded(after), Bound::Excluded(end)),
        (Some(after), false) => (Bound::Included(start), Bound::Excluded(after)),
    }
}

fn ordered<'a>(rows: impl DoubleEndedIterator<Item = &'a Arc<Item>> + 'a, forward: bool) -> Rows<'a> {
    if forward { Box::new(rows) } else { Box::new(rows.rev()) }
}
