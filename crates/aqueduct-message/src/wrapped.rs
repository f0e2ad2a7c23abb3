//! The objects that messages stand in, told by fields that only each of them has, and the path through each.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::DecodeError;
use crate::text::Text;

/// The deepest path that AWS makes has six: an SNS notification around an EventBridge event around a destination record
/// around an SNS invocation around its message, in an SQS record.
pub const NESTING_MAX: u8 = 6;

/// An object that a message stands in.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Wrapped<'a> {
    /// CloudEvents JSON around data, if it has any.
    CloudEvent(Option<&'a RawValue>),
    /// What an SNS subscription without raw message delivery makes of a message.
    Notification(Notification<'a>),
    /// The event of an SNS invocation, which has one record.
    Invocation(Notification<'a>),
    /// An EventBridge event.
    Event {
        /// Its `detail`.
        detail: &'a RawValue,
        /// Whether Lambda sent it, as it does to a bus that is a destination.
        of_lambda: bool,
    },
    /// The record of an invocation that ended.
    Destination {
        /// What the invocation answered when it succeeded, and what it was invoked with when it failed.
        payload: &'a RawValue,
        /// Whether it succeeded and answered something.
        answered: bool,
    },
}

/// A message of SNS.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Notification<'a> {
    /// Its text, a JSON string.
    #[serde(rename = "Message", borrow)]
    pub message: &'a RawValue,
    /// Its attributes, an object of types and values by name.
    #[serde(rename = "MessageAttributes", borrow)]
    pub attributes: Option<&'a RawValue>,
}

/// A segment of the path from something in JSON to what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Into a field of an object.
    Field(&'static str),
    /// Into the only element of an array.
    First,
    /// Into a string that is itself JSON, or whatever else a message may be.
    Text,
}

/// The fields by which an envelope is known, and those that it is read from. Only an object that has the marks of an
/// envelope is taken for one, so the fields of any other object may have any shape.
#[derive(Deserialize)]
struct Marks<'a> {
    #[serde(borrow)]
    specversion: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(rename = "TopicArn", borrow)]
    topic_arn: Option<&'a RawValue>,
    #[serde(rename = "Type", borrow)]
    notification: Option<&'a RawValue>,
    #[serde(rename = "Message", borrow)]
    message: Option<&'a RawValue>,
    #[serde(rename = "MessageAttributes", borrow)]
    attributes: Option<&'a RawValue>,
    #[serde(rename = "detail-type", borrow)]
    detail_type: Option<&'a RawValue>,
    #[serde(borrow)]
    source: Option<&'a RawValue>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(rename = "requestContext", borrow)]
    request_context: Option<&'a RawValue>,
    #[serde(rename = "requestPayload", borrow)]
    request_payload: Option<&'a RawValue>,
    #[serde(rename = "responsePayload", borrow)]
    response_payload: Option<&'a RawValue>,
    #[serde(rename = "Records", borrow)]
    records: Option<&'a RawValue>,
}

/// The names of the marks without which a body is no envelope.
static MARKS: LazyLock<[Finder<'static>; 5]> = LazyLock::new(|| {
    ["\"specversion\"", "\"TopicArn\"", "\"detail-type\"", "\"requestPayload\"", "\"Records\""].map(Finder::new)
});

/// Whether a body may be an envelope: it has the name of one of the marks. A search costs less than a parse, and most
/// bodies of producers that know nothing of us have none.
fn may_be_envelope(body: &str) -> bool {
    MARKS.iter().any(|mark| mark.find(body.as_bytes()).is_some())
}

impl<'a> Wrapped<'a> {
    /// What an object is, or `None` where it wraps nothing. Its JSON is not checked where none of the marks is in it.
    pub fn read(object: &'a str) -> Result<Option<Self>, DecodeError> {
        if !may_be_envelope(object) {
            return Ok(None);
        }
        match serde_json::from_str::<Marks<'_>>(object) {
            Ok(marks) => marks.tell(),
            Err(error) if error.is_data() => Ok(None),
            Err(error) => Err(DecodeError::NotJson(error)),
        }
    }

    /// The path from the object to what it wraps.
    pub const fn path(&self) -> &'static [Segment] {
        match self {
            Self::CloudEvent(_) => &[Segment::Field("data")],
            Self::Notification(_) => &[Segment::Field("Message"), Segment::Text],
            Self::Invocation(_) => &[
                Segment::Field("Records"),
                Segment::First,
                Segment::Field("Sns"),
                Segment::Field("Message"),
                Segment::Text,
            ],
            Self::Event { .. } => &[Segment::Field("detail")],
            Self::Destination { answered: true, .. } => &[Segment::Field("responsePayload")],
            Self::Destination { answered: false, .. } => &[Segment::Field("requestPayload")],
        }
    }
}

impl<'a> Marks<'a> {
    fn tell(self) -> Result<Option<Wrapped<'a>>, DecodeError> {
        if self.specversion.is_some() {
            return Ok(Some(Wrapped::CloudEvent(self.data)));
        }
        if let (Some(_), Some("\"Notification\""), Some(message)) =
            (self.topic_arn, self.notification.map(RawValue::get), self.message)
        {
            return Ok(Some(Wrapped::Notification(Notification { message, attributes: self.attributes })));
        }
        if let (Some(_), Some(detail)) = (self.detail_type, self.detail) {
            let of_lambda = self.source.is_some_and(|source| source.get() == "\"lambda\"");
            return Ok(Some(Wrapped::Event { detail, of_lambda }));
        }
        if let (Some(context), Some(request)) = (self.request_context, self.request_payload) {
            return destination(context, request, self.response_payload).map(Some);
        }
        Ok(self.records.and_then(only_notification).map(Wrapped::Invocation))
    }
}

/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
fn destination<'a>(
    context: &'a RawValue,
    request: &'a RawValue,
    response: Option<&'a RawValue>,
) -> Result<Wrapped<'a>, DecodeError> {
    #[derive(Deserialize)]
    struct Context<'a> {
        #[serde(borrow)]
        condition: Text<'a>,
    }
    let context: Context<'_> = serde_json::from_str(context.get())
        .map_err(|source| DecodeError::Envelope { envelope: "Lambda destination", source })?;
    let answer = response.filter(|_| context.condition.0 == "Success");
    Ok(Wrapped::Destination { payload: answer.unwrap_or(request), answered: answer.is_some() })
}

/// The message of an SNS invocation's event.
fn only_notification(records: &RawValue) -> Option<Notification<'_>> {
    #[derive(Deserialize)]
    struct Record<'a> {
        #[serde(rename = "EventSource", borrow)]
        source: Text<'a>,
        #[serde(rename = "Sns", borrow)]
        sns: Notification<'a>,
    }
    let [record]: [Record<'_>; 1] = serde_json::from_str(records.get()).ok()?;
    (record.source.0 == "aws:sns").then_some(record.sns)
}
