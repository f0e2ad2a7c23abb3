//! Where a pointer stands in what was delivered, and the same with the object in its place.

use std::collections::BTreeMap;

use aqueduct_message::{Delivery, Header, NESTING_MAX, Notification, Segment, Trigger, Wrapped};
use serde_json::value::{RawValue, Value};

use super::pointer::CLASSES;
use super::{MARKS, Pointer, PointerError, detail, header};

/// A pointer, and the path to it through what AWS wrapped it in.
#[derive(Debug)]
pub(super) struct Claim {
    text: String,
    path: Vec<Segment>,
    /// What stands beside the pointer of its message's header.
    header: Option<String>,
}

/// How pointers are told from bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// By their mark.
    Mark,
    /// By their mark, or by their form alone.
    Form,
}

impl Claim {
    /// What a delivery has of a pointer. A body in which no mark stands is not read.
    pub(super) fn of(delivery: &Delivery<'_>, telling: Telling) -> Option<Self> {
        if delivery.unreadable.is_some() || delivery.trigger == Trigger::DynamoDb {
            return None;
        }
        let attributes = delivery.raw_attributes.unwrap_or_default();
        let mut attributes = if may_be_marked(attributes) { delivery.attributes() } else { BTreeMap::new() };
        let marked = MARKS.iter().any(|mark| attributes.contains_key(*mark));
        if marked || telling.takes(&delivery.body) {
            let header = attributes.remove(header::NAME).and_then(|attribute| attribute.string_value);
            return Some(Self { text: delivery.body.clone().into_owned(), path: Vec::new(), header });
        }
        if !(may_be_marked(&delivery.body) || telling == Telling::Form && names_a_class(&delivery.body)) {
            return None;
        }
        let mut path = Vec::new();
        let (text, header) = seek(&delivery.body, telling, &mut path, 0)?;
        Some(Self { text, path, header })
    }

    /// The header of the message that the pointer stands for, where it came beside the pointer.
    pub(super) fn header(&self) -> Option<Header> {
        self.header.as_deref().and_then(header::read)
    }

    pub(super) fn pointer(&self) -> Result<Pointer, PointerError> {
        Pointer::from_body(&self.text)
    }

    /// The body with the object in the pointer's place. In an event's `detail` it must be JSON.
    pub(super) fn redeemed(&self, body: &str, object: String) -> Result<String, serde_json::Error> {
        replace(body, &self.path, object)
    }
}

impl Telling {
    /// Whether a text is a pointer by its form alone.
    fn takes(self, text: &str) -> bool {
        self == Self::Form && text.trim_ascii_start().starts_with('[') && Pointer::from_body(text).is_ok()
    }
}

fn may_be_marked(json: &str) -> bool {
    MARKS.iter().any(|mark| json.contains(mark))
}

fn names_a_class(json: &str) -> bool {
    CLASSES.iter().any(|class| json.contains(class))
}

/// A pointer, and what stands beside it of its message's header.
type Found = (String, Option<String>);

/// Looks for a pointer in JSON that wraps it, and notes the path to it.
fn seek(json: &str, telling: Telling, path: &mut Vec<Segment>, nesting: u8) -> Option<Found> {
    if nesting > NESTING_MAX {
        return None;
    }
    let wrapped = Wrapped::read(json).ok()??;
    path.extend(wrapped.path());
    match wrapped {
        Wrapped::Notification(notification) | Wrapped::Invocation(notification) => {
            in_message(&notification, telling, path, nesting)
        }
        Wrapped::Event { detail, of_lambda } => detail::pointer(detail.get())
            .map(|pointer| (pointer, None))
            .or_else(|| of_lambda.then(|| seek(detail.get(), telling, path, nesting + 1)).flatten()),
        Wrapped::Destination { payload, .. } => seek(payload.get(), telling, path, nesting + 1),
        _ => None,
    }
}

/// Looks for a pointer in the text of an SNS message.
fn in_message(
    notification: &Notification<'_>,
    telling: Telling,
    path: &mut Vec<Segment>,
    nesting: u8,
) -> Option<Found> {
    let text: String = serde_json::from_str(notification.message.get()).ok()?;
    let attributes: BTreeMap<String, Value> =
        notification.attributes.and_then(|attributes| serde_json::from_str(attributes.get()).ok()).unwrap_or_default();
    if MARKS.iter().any(|mark| attributes.contains_key(*mark)) || telling.takes(&text) {
        let header = attributes.get(header::NAME).and_then(|attribute| attribute.get("Value")?.as_str());
        return Some((text, header.map(str::to_owned)));
    }
    seek(&text, telling, path, nesting + 1)
}

/// The JSON with `object` where the path leads. What is beside the way stays text, so that a large object is neither taken
/// apart nor copied more than once per segment.
fn replace(json: &str, path: &[Segment], object: String) -> Result<String, serde_json::Error> {
    let Some((segment, rest)) = path.split_first() else { return Ok(object) };
    let inner = |json: &RawValue, object| RawValue::from_string(replace(json.get(), rest, object)?);
    match segment {
        Segment::Field(name) => {
            let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(json)?;
            if let Some(field) = fields.get_mut(*name) {
                *field = inner(field, object)?;
            }
            serde_json::to_string(&fields)
        }
        Segment::First => {
            let mut records: Vec<Box<RawValue>> = serde_json::from_str(json)?;
            if let Some(record) = records.first_mut() {
                *record = inner(record, object)?;
            }
            serde_json::to_string(&records)
        }
        Segment::Text => {
            let text: String = serde_json::from_str(json)?;
            serde_json::to_string(&replace(&text, rest, object)?)
        }
    }
}
