//! Where a pointer stands in what was delivered, and the same with the object in its place.

use std::collections::BTreeMap;

use aqueduct_message::{Delivery, Trigger};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::{RawValue, Value};

use super::pointer::CLASSES;
use super::{MARKS, Pointer, PointerError, detail};

/// As deep as AWS puts envelopes into each other.
const NESTING_MAX: u8 = 6;

/// A pointer, and the way to it through what AWS wrapped it in.
#[derive(Debug)]
pub(super) struct Claim {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Into a field of an object.
    Field(&'static str),
    /// Into the only record of an invocation.
    First,
    /// Into a text that is JSON, or the pointer, itself.
    Text,
}

/// How pointers are told from bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// By their mark.
    Mark,
    /// By their mark, or by their form alone.
    Form,
}

/// The fields by which a wrapping is known, as `aqueduct_message::Envelope` knows it.
#[derive(Deserialize)]
struct Wrapping<'a> {
    #[serde(rename = "TopicArn")]
    topic_arn: Option<IgnoredAny>,
    #[serde(rename = "Type", borrow)]
    kind: Option<&'a RawValue>,
    #[serde(rename = "Message", borrow)]
    message: Option<&'a RawValue>,
    #[serde(rename = "MessageAttributes", borrow)]
    attributes: Option<&'a RawValue>,
    #[serde(rename = "detail-type")]
    detail_type: Option<IgnoredAny>,
    #[serde(borrow)]
    source: Option<&'a RawValue>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(rename = "requestContext", borrow)]
    context: Option<&'a RawValue>,
    #[serde(rename = "requestPayload", borrow)]
    request: Option<&'a RawValue>,
    #[serde(rename = "responsePayload", borrow)]
    response: Option<&'a RawValue>,
    #[serde(rename = "Records", borrow)]
    records: Option<&'a RawValue>,
}

impl Claim {
    /// What a delivery has of a pointer. A body in which no mark stands is not read.
    pub(super) fn of(delivery: &Delivery<'_>, telling: Telling) -> Option<Self> {
        if delivery.unreadable.is_some() || delivery.trigger == Trigger::DynamoDb {
            return None;
        }
        let attributes = delivery.raw_attributes.unwrap_or_default();
        let marked = may_be_marked(attributes) && delivery.attributes().keys().any(|name| MARKS.contains(&&**name));
        if marked || telling.takes(&delivery.body) {
            return Some(Self { text: delivery.body.clone().into_owned(), steps: Vec::new() });
        }
        if !(may_be_marked(&delivery.body) || telling == Telling::Form && names_a_class(&delivery.body)) {
            return None;
        }
        let mut steps = Vec::new();
        let text = seek(&delivery.body, telling, &mut steps, 0)?;
        Some(Self { text, steps })
    }

    pub(super) fn pointer(&self) -> Result<Pointer, PointerError> {
        Pointer::from_body(&self.text)
    }

    /// The body with the object in the pointer's place. In an event's `detail` it must be JSON.
    pub(super) fn redeemed(&self, body: &str, object: String) -> Result<String, serde_json::Error> {
        replace(body, &self.steps, object)
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

/// Looks for a pointer in JSON that wraps it, and notes the steps on the way.
fn seek(json: &str, telling: Telling, steps: &mut Vec<Step>, nesting: u8) -> Option<String> {
    if nesting > NESTING_MAX {
        return None;
    }
    let wrapping: Wrapping<'_> = serde_json::from_str(json).ok()?;
    if wrapping.topic_arn.is_some() && wrapping.kind.is_some_and(|kind| kind.get() == "\"Notification\"") {
        steps.push(Step::Field("Message"));
        return in_message(wrapping.message?, wrapping.attributes, telling, steps, nesting);
    }
    if let (Some(_), Some(detail)) = (wrapping.detail_type, wrapping.detail) {
        steps.push(Step::Field("detail"));
        if let Some(pointer) = detail::pointer(detail.get()) {
            return Some(pointer);
        }
        // What Lambda sends to a bus as a destination.
        wrapping.source.filter(|source| source.get() == "\"lambda\"")?;
        return seek(detail.get(), telling, steps, nesting + 1);
    }
    if let (Some(context), Some(request)) = (wrapping.context, wrapping.request) {
        let (field, payload) = match wrapping.response {
            Some(response) if succeeded(context) => ("responsePayload", response),
            _ => ("requestPayload", request),
        };
        steps.push(Step::Field(field));
        return seek(payload.get(), telling, steps, nesting + 1);
    }
    steps.extend([Step::Field("Records"), Step::First, Step::Field("Sns"), Step::Field("Message")]);
    in_invocation(wrapping.records?, telling, steps, nesting)
}

/// Looks for a pointer in the text of an SNS message.
fn in_message(
    message: &RawValue,
    attributes: Option<&RawValue>,
    telling: Telling,
    steps: &mut Vec<Step>,
    nesting: u8,
) -> Option<String> {
    let text: String = serde_json::from_str(message.get()).ok()?;
    steps.push(Step::Text);
    let attributes: BTreeMap<String, Value> =
        attributes.and_then(|attributes| serde_json::from_str(attributes.get()).ok()).unwrap_or_default();
    if MARKS.iter().any(|mark| attributes.contains_key(*mark)) || telling.takes(&text) {
        return Some(text);
    }
    seek(&text, telling, steps, nesting + 1)
}

/// Looks for a pointer in the event of an SNS invocation, which has one record.
fn in_invocation(records: &RawValue, telling: Telling, steps: &mut Vec<Step>, nesting: u8) -> Option<String> {
    #[derive(Deserialize)]
    struct Record<'a> {
        #[serde(rename = "EventSource", borrow)]
        source: &'a RawValue,
        #[serde(rename = "Sns", borrow)]
        sns: Sns<'a>,
    }
    #[derive(Deserialize)]
    struct Sns<'a> {
        #[serde(rename = "Message", borrow)]
        message: &'a RawValue,
        #[serde(rename = "MessageAttributes", borrow)]
        attributes: Option<&'a RawValue>,
    }
    let [record]: [Record<'_>; 1] = serde_json::from_str(records.get()).ok()?;
    (record.source.get() == "\"aws:sns\"").then_some(())?;
    in_message(record.sns.message, record.sns.attributes, telling, steps, nesting)
}

/// Whether an invocation ended well, whose destination record then is about what it answered.
fn succeeded(context: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Context {
        condition: String,
    }
    serde_json::from_str::<Context>(context.get()).is_ok_and(|context| context.condition == "Success")
}

/// The JSON with `object` where the steps lead. What is beside the way stays text, so that a large object is neither taken
/// apart nor copied more than once per step.
fn replace(json: &str, steps: &[Step], object: String) -> Result<String, serde_json::Error> {
    let Some((step, rest)) = steps.split_first() else { return Ok(object) };
    let inner = |json: &RawValue, object| RawValue::from_string(replace(json.get(), rest, object)?);
    match step {
        Step::Field(name) => {
            let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(json)?;
            if let Some(field) = fields.get_mut(*name) {
                *field = inner(field, object)?;
            }
            serde_json::to_string(&fields)
        }
        Step::First => {
            let mut records: Vec<Box<RawValue>> = serde_json::from_str(json)?;
            if let Some(record) = records.first_mut() {
                *record = inner(record, object)?;
            }
            serde_json::to_string(&records)
        }
        Step::Text => {
            let text: String = serde_json::from_str(json)?;
            serde_json::to_string(&replace(&text, rest, object)?)
        }
    }
}
