//! Changes of a DynamoDB table, from its stream.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value, json};

use super::record::seconds;
use crate::text::Text;
use crate::{Delivery, Payload, Trigger};

/// What happened to an item of a DynamoDB table: the data of the messages that a DynamoDB stream makes. Items are plain
/// JSON, without DynamoDB's type descriptors; sets are arrays, and binary values are Base64.
///
/// What the stream leaves out by its view type is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change<T> {
    /// What happened.
    pub kind: ChangeKind,
    /// The item's key.
    pub keys: Value,
    /// The item after the change.
    pub new: Option<T>,
    /// The item before the change.
    pub old: Option<T>,
}

/// What happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ChangeKind {
    /// It is new.
    Insert,
    /// It was changed.
    Modify,
    /// It was deleted, or its time to live was over.
    Remove,
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Payload for Change<T> {
    const TYPE: &'static str = CHANGE_TYPE;
}

/// The message type of changes.
pub(crate) const CHANGE_TYPE: &str = "TableChange";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StreamRecord<'a> {
    #[serde(borrow)]
    sequence_number: Text<'a>,
    #[serde(borrow)]
    keys: Option<&'a RawValue>,
    #[serde(borrow)]
    new_image: Option<&'a RawValue>,
    #[serde(borrow)]
    old_image: Option<&'a RawValue>,
    approximate_creation_date_time: Option<f64>,
}

/// The delivery of a change; `None` when an image is no DynamoDB item.
pub(super) fn deliver<'a>(record: StreamRecord<'a>, kind: &str) -> Option<Delivery<'a>> {
    let image = |raw: Option<&RawValue>| raw.map_or(Some(Value::Null), |raw| item(raw.get()));
    let change = json!({
        "kind": kind,
        "keys": image(record.keys)?,
        "new": image(record.new_image)?,
        "old": image(record.old_image)?,
    });
    let sent = record.approximate_creation_date_time.and_then(seconds);
    Some(Delivery { sent, ..Delivery::new(Trigger::DynamoDb, record.sequence_number.0, change.to_string()) })
}

fn item(raw: &str) -> Option<Value> {
    let attributes: Map<String, Value> = serde_json::from_str(raw).ok()?;
    plain_map(attributes)
}

fn plain_map(attributes: Map<String, Value>) -> Option<Value> {
    attributes
        .into_iter()
        .map(|(name, value)| Some((name, plain(value)?)))
        .collect::<Option<Map<_, _>>>()
        .map(Value::Object)
}

/// An attribute value without its type descriptor. JSON's own nesting limit bounds the recursion.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html>
fn plain(value: Value) -> Option<Value> {
    let Value::Object(described) = value else { return None };
    let (kind, value) = described.into_iter().next()?;
    match (kind.as_str(), value) {
        ("S" | "B", text @ Value::String(_)) => Some(text),
        ("N", Value::String(number)) => Some(plain_number(number)),
        ("BOOL", truth @ Value::Bool(_)) => Some(truth),
        ("NULL", _) => Some(Value::Null),
        ("M", Value::Object(map)) => plain_map(map),
        ("L", Value::Array(list)) => list.into_iter().map(plain).collect::<Option<_>>().map(Value::Array),
        ("SS" | "BS", set @ Value::Array(_)) => Some(set),
        ("NS", Value::Array(set)) => {
            let numbers = set.into_iter().map(|number| Some(plain_number(number.as_str()?.to_owned())));
            numbers.collect::<Option<_>>().map(Value::Array)
        }
        _ => None,
    }
}

/// DynamoDB's numbers have 38 digits; one that JSON's numbers would round stays text.
fn plain_number(number: String) -> Value {
    if let Ok(whole) = number.parse::<i64>() {
        return whole.into();
    }
    if let Ok(whole) = number.parse::<u64>() {
        return whole.into();
    }
    let exact = number.parse::<f64>().ok().filter(|float| float.to_string() == number).and_then(Number::from_f64);
    exact.map_or(Value::String(number), Value::Number)
}
