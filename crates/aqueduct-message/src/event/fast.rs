//! SQS batches as AWS writes them, read in one pass.
//!
//! Most of a batch is bodies: JSON in a JSON string, where every seventh byte or so is escaped. A general parser takes as long to
//! undo the escapes as to read the message afterwards. What is read here is what AWS sends and nothing else: anything
//! unusual, be it an error or not, ends the attempt, and the general reading decides what it is.

use std::borrow::Cow;

use jiff::Timestamp;

use super::Batch;
use crate::scan::Scanner;
use crate::{Delivery, Trigger};

/// Reads a batch of SQS records; `None` for anything else, and for whatever is not as AWS writes it.
pub(super) fn read(event: &str) -> Option<Batch<'_>> {
    let mut scanner = Scanner::new(event);
    scanner.expect(b'{')?;
    (scanner.key()? == "Records").then_some(())?;
    scanner.expect(b'[')?;
    // A record's envelope alone has about 600 bytes.
    let mut deliveries = Vec::with_capacity(event.len() / 600);
    loop {
        deliveries.push(record(&mut scanner)?);
        if !scanner.more(b']')? {
            break;
        }
    }
    scanner.expect(b'}')?;
    scanner.is_at_end().then_some(Batch { trigger: Trigger::Sqs, deliveries })
}

/// Sets a field that must be there once.
fn once<T>(field: &mut Option<T>, value: Option<T>) -> Option<()> {
    if field.is_some() {
        return None;
    }
    *field = Some(value?);
    Some(())
}

fn record<'a>(scanner: &mut Scanner<'a>) -> Option<Delivery<'a>> {
    let (mut id, mut body, mut handle, mut arn, mut source) = (None, None, None, None, None);
    let (mut attributes, mut message_attributes) = (None, None);
    scanner.expect(b'{')?;
    loop {
        match scanner.key()? {
            "messageId" => once(&mut id, scanner.text())?,
            "receiptHandle" => once(&mut handle, scanner.text())?,
            "body" => once(&mut body, scanner.text())?,
            "attributes" => once(&mut attributes, Attributes::read(scanner))?,
            "messageAttributes" => once(&mut message_attributes, scanner.value())?,
            "eventSource" => once(&mut source, scanner.text())?,
            "eventSourceARN" => once(&mut arn, scanner.text())?,
            "awsRegion" | "md5OfBody" | "md5OfMessageAttributes" => scanner.value().map(drop)?,
            _ => return None,
        }
        if !scanner.more(b'}')? {
            break;
        }
    }
    let id = id.filter(|id| !id.is_empty())?;
    source.filter(|source| source == "aws:sqs")?;
    let Attributes { receive_count, sent, first_received, group, trace } = attributes.unwrap_or_default();
    Some(Delivery {
        receive_count: receive_count.and_then(|count| count.parse().ok()).unwrap_or(1),
        source_arn: arn,
        group,
        receipt_handle: handle,
        sent: sent.as_deref().and_then(time),
        first_received: first_received.as_deref().and_then(time),
        trace,
        // `null` is how a missing object is written, and says the same.
        raw_attributes: message_attributes.filter(|json| *json != "null"),
        ..Delivery::new(Trigger::Sqs, id, body?)
    })
}

/// The system attributes of a message that deliveries tell.
#[derive(Default)]
struct Attributes<'a> {
    receive_count: Option<Cow<'a, str>>,
    sent: Option<Cow<'a, str>>,
    first_received: Option<Cow<'a, str>>,
    group: Option<Cow<'a, str>>,
    trace: Option<Cow<'a, str>>,
}

impl<'a> Attributes<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Option<Self> {
        let mut attributes = Self::default();
        scanner.expect(b'{')?;
        if scanner.skip(b'}') {
            return Some(attributes);
        }
        loop {
            match scanner.key()? {
                "ApproximateReceiveCount" => once(&mut attributes.receive_count, scanner.text())?,
                "SentTimestamp" => once(&mut attributes.sent, scanner.text())?,
                "ApproximateFirstReceiveTimestamp" => once(&mut attributes.first_received, scanner.text())?,
                "MessageGroupId" => once(&mut attributes.group, scanner.text())?,
                "AWSTraceHeader" => once(&mut attributes.trace, scanner.text())?,
                _ => scanner.value().map(drop)?,
            }
            if !scanner.more(b'}')? {
                return Some(attributes);
            }
        }
    }
}

fn time(millis: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::super::read_slowly;
    use super::*;

    const RECORD: &str = r#"{"messageId":"s-1","receiptHandle":"h","body":"{\"a\":\"\\\"b\\\" \u00e9\\u00e9 \ud83d\ude00 \/ é\\n\"}",
        "attributes":{"ApproximateReceiveCount":"3","SentTimestamp":"1700000000000","MessageGroupId":"ada","SenderId":"x",
        "ApproximateFirstReceiveTimestamp":"1700000001000","AWSTraceHeader":"Root=1-a-b"},"messageAttributes":{"type":
        {"stringValue":"Or\"der","dataType":"String","stringListValues":[],"binaryListValues":[ "a" , null ]}},"md5OfBody":"e",
        "eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-central-1:0:Q","awsRegion":"eu-central-1"}"#;

    #[test]
    fn reads_what_the_general_reading_reads() {
        let plain =
            r#"{"messageId":"s-2","body":"","eventSource":"aws:sqs","messageAttributes":null,"attributes":{ }}"#;
        let event = format!(" {{ \"Records\" : [{RECORD} , {plain}]}}\n");
        let batch = read(&event).expect("it is as AWS writes it");
        assert_eq!(batch, read_slowly(&event).expect("it is an event"));
        assert_eq!(batch.deliveries[0].body, "{\"a\":\"\\\"b\\\" é\\u00e9 😀 / é\\n\"}");
    }

    /// Every place in turn has every byte that means something in JSON: what is still read must be what the general reading
    /// makes of it.
    #[test]
    fn never_reads_what_the_general_reading_would_not() {
        let event = format!("{{\"Records\":[{RECORD}]}}");
        let mut read_fast = 0;
        for (place, _) in event.char_indices() {
            let (before, rest) = event.split_at(place);
            let after = &rest[rest.chars().next().map_or(0, char::len_utf8)..];
            for other in ["\"", "\\", "{", "}", "[", "]", ":", ",", " ", "\n", "\u{1}", "u", "d", "0", "n", "é", ""] {
                let changed = format!("{before}{other}{after}");
                if let Some(batch) = read(&changed) {
                    read_fast += 1;
                    assert_eq!(batch, read_slowly(&changed).unwrap_or_else(|error| panic!("{error}: {changed}")));
                }
            }
            assert_eq!(read(before), None, "{before}");
        }
        assert!(read_fast > 1_000, "{read_fast}");
    }

    #[test]
    fn leaves_everything_unusual_to_the_general_reading() {
        for (from, to) in [
            ("\"s-1\"", "\"\""),
            ("\"s-1\"", "5"),
            ("\"aws:sqs\"", "\"aws:sns\""),
            ("\"md5OfBody\"", "\"body\""),
            ("\"md5OfBody\"", "\"kinesis\""),
            ("\\u00e9", "\\ud83d"),
            ("\"e\"", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
        ] {
            let changed = RECORD.replacen(from, to, 1);
            assert_ne!(changed, RECORD);
            assert_eq!(read(&format!("{{\"Records\":[{changed}]}}")), None, "{from} {to}");
        }
    }
}
