//! The entries of `PutEvents`: what AWS takes, and what it says about the others.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>

use std::fmt::Write as _;

use serde_json::Value;

use super::answers::PutResult;
use super::api::Entry;
use super::constraints::Constraints;
use super::refusals::invalid;
use crate::ApiError;

/// The most entries of a call.
const ENTRIES_MAX: usize = 10;

/// The longest detail type, in characters.
const DETAIL_TYPE_MAX: usize = 128;

/// How deep a detail may be nested, on AWS.
const LEVELS_MAX: usize = 1000;

/// How deep a detail may be nested here, which is as deep as the JSON parser goes.
const LEVELS_MODELLED: usize = 120;

/// Why an entry is no event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unfit {
    code: &'static str,
    message: String,
}

impl From<Unfit> for PutResult {
    fn from(unfit: Unfit) -> Self {
        Self::Refused { error_code: unfit.code.to_owned(), error_message: unfit.message }
    }
}

/// An entry that is an event.
#[derive(Debug)]
pub(super) struct Fit {
    pub(super) detail_type: String,
    pub(super) source: String,
    pub(super) detail: Value,
    /// How much an archive counts for it, in bytes.
    pub(super) size: u64,
    /// What else came with it.
    pub(super) rest: Entry,
}

/// What makes the whole call invalid; `bytes_max` bounds the entries together.
///
/// Texts recorded by LocalStack's AWS-validated tests `test_put_events_exceed_limit_ten_entries` and
/// `test_put_event_with_too_big_detail`.
pub(super) fn check_call(entries: &[Entry], bytes_max: usize) -> Result<(), ApiError> {
    let mut constraints = Constraints::default();
    if entries.len() <= ENTRIES_MAX {
        constraints.count("entries", &"[]", entries.len(), 1, ENTRIES_MAX);
    } else {
        constraints.count("entries", &shown(entries), entries.len(), 1, ENTRIES_MAX);
    }
    for (index, entry) in entries.iter().enumerate() {
        if let Some(header) = &entry.trace_header {
            constraints.length(&format!("entries.{}.member.traceHeader", index + 1), header, 1, 500);
        }
    }
    constraints.check()?;
    if entries.iter().map(size).sum::<usize>() > bytes_max {
        return Err(invalid("Total size of the entries in the request is over the limit."));
    }
    Ok(())
}

/// Entries as AWS prints them in a refusal.
fn shown(entries: &[Entry]) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "null".to_owned());
    let mut shown = String::from("[");
    for (index, entry) in entries.iter().enumerate() {
        let time = entry.time.map_or_else(|| "null".to_owned(), super::event::time);
        let resources = if entry.resources.is_empty() { "null".to_owned() } else { format!("{:?}", entry.resources) };
        // Writing to a String cannot fail.
        let _ = write!(
            shown,
            "{}PutEventsRequestEntry(time={time}, source={}, resources={resources}, detailType={}, detail={}, \
             eventBusName={}, traceHeader={}, kmsKeyIdentifier=null, internalMetadata=null)",
            if index == 0 { "" } else { ", " },
            text(&entry.source),
            text(&entry.detail_type),
            text(&entry.detail),
            text(&entry.event_bus_name),
            text(&entry.trace_header),
        );
    }
    shown.push(']');
    shown
}

/// The size of an entry as it counts against the limit, in bytes.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html>
fn size(entry: &Entry) -> usize {
    let time = if entry.time.is_some() { 14 } else { 0 };
    time + payload(entry)
}

fn payload(entry: &Entry) -> usize {
    let text = |text: &Option<String>| text.as_deref().map_or(0, str::len);
    text(&entry.source)
        + text(&entry.detail_type)
        + text(&entry.detail)
        + entry.resources.iter().map(String::len).sum::<usize>()
}

/// Reads an entry.
///
/// Error texts recorded by LocalStack's AWS-validated tests `test_put_events_without_source`,
/// `test_put_event_without_detail`, `test_put_event_without_detail_type` and `test_put_event_malformed_detail`. What an
/// archive counts is what `test_list_archive_with_events` recorded: the texts of the entry and 20 bytes.
pub(super) fn read(mut entry: Entry) -> Result<Fit, Unfit> {
    let size = payload(&entry) as u64 + 20;
    let required = |name: &str, value: Option<String>| {
        value.filter(|value| !value.is_empty()).ok_or_else(|| Unfit {
            code: "InvalidArgument",
            message: format!("Parameter {name} is not valid. Reason: {name} is a required argument."),
        })
    };
    let source = required("Source", entry.source.take())?;
    let detail_type = required("DetailType", entry.detail_type.take())?;
    let detail = required("Detail", entry.detail.take())?;
    if source.starts_with("aws.") {
        let message = "Not authorized for the source.".to_owned();
        return Err(Unfit { code: "NotAuthorizedForSourceException", message });
    }
    if detail_type.chars().count() > DETAIL_TYPE_MAX {
        let message = format!(
            "Parameter DetailType is not valid. Reason: DetailType is longer than {DETAIL_TYPE_MAX} characters."
        );
        return Err(Unfit { code: "InvalidArgument", message });
    }
    let detail = read_detail(&detail)?;
    Ok(Fit { detail_type, source, detail, size, rest: entry })
}

fn read_detail(text: &str) -> Result<Value, Unfit> {
    let malformed = || Unfit { code: "MalformedDetail", message: "Detail is malformed.".to_owned() };
    let levels = levels(text);
    if levels > LEVELS_MODELLED && levels <= LEVELS_MAX {
        let message =
            format!("the embedded cloud does not model a Detail of more than {LEVELS_MODELLED} levels, and AWS does");
        return Err(Unfit { code: "NotImplemented", message });
    }
    serde_json::from_str(text).ok().filter(Value::is_object).ok_or_else(malformed)
}

/// How deep JSON text is nested, texts aside.
fn levels(text: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> Entry {
        Entry {
            source: Some("shop".to_owned()),
            detail_type: Some("Placed".to_owned()),
            detail: Some(format!("{}1{}", r#"{"[":"#.repeat(levels), "}".repeat(levels))),
            ..Entry::default()
        }
    }

    #[test]
    fn a_detail_is_as_deep_as_it_may_be() {
        assert!(read(nested(LEVELS_MODELLED)).is_ok());
        assert_eq!(read(nested(LEVELS_MODELLED + 1)).unwrap_err().code, "NotImplemented");
        assert_eq!(read(nested(LEVELS_MAX)).unwrap_err().code, "NotImplemented");
        assert_eq!(read(nested(LEVELS_MAX + 1)).unwrap_err().code, "MalformedDetail");
    }

    #[test]
    fn the_size_of_a_call_is_bounded() {
        let entry = Entry { time: Some(crate::Timestamp::default()), ..nested(1) };
        let bytes = 14 + "shop".len() + "Placed".len() + r#"{"[":1}"#.len();
        assert_eq!(check_call(std::slice::from_ref(&entry), bytes), Ok(()));
        assert!(check_call(&[entry], bytes - 1).is_err());
    }
}
