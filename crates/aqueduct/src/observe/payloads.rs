//! Payloads in logs: never, unless somebody asks and says what must not be seen.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use aqueduct_message::Envelope;
use serde_json::Value;

/// What stands where something was taken out.
const HIDDEN: &str = "[redacted]";

/// How much of a payload is written, unless said otherwise.
const BYTES: usize = 4 * 1024;

/// Payloads beyond this are not read for the log. It is what SQS takes.
const READ_MAX: usize = 1024 * 1024;

type Redact = Arc<dyn Fn(Value) -> Value + Send + Sync>;

/// How payloads are written to the log, for [`Consumer::log_payloads`](crate::Consumer::log_payloads). Without it they are
/// never logged.
///
/// Every payload passes through a function first that takes out what must not be seen; what it answers is cut to 4 KiB
/// of JSON text. A payload that is not JSON is not logged, nor is one of more than 1 MiB, nor one that the function panics
/// at: the line says so instead.
///
/// ```
/// use aqueduct::observe::Payloads;
/// # use aqueduct::{Consumer, Failure, Message, Payload};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # struct Order {}
/// # impl Payload for Order { const TYPE: &'static str = "Order"; }
/// # async fn ship(order: Message<Order>) -> Result<(), Failure> { Ok(()) }
/// let consumer = Consumer::new(ship).log_payloads(Payloads::without(["card", "email"]));
/// ```
#[derive(Clone)]
pub struct Payloads {
    redact: Redact,
    bytes: usize,
}

impl Payloads {
    /// Payloads as `redact` leaves them.
    pub fn new(redact: impl Fn(Value) -> Value + Send + Sync + 'static) -> Self {
        Self { redact: Arc::new(redact), bytes: BYTES }
    }

    /// Payloads without the values of members of these names, however deep they stand. What somebody adds later is seen,
    /// unlike with [`Payloads::only`].
    pub fn without<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        Self::new(move |payload| hide(payload, &names))
    }

    /// Only these members of payloads, which are objects; of any other payload nothing.
    pub fn only<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        Self::new(move |payload| match payload {
            Value::Object(members) => members.into_iter().filter(|(name, _)| names.contains(name)).collect(),
            _ => Value::from(HIDDEN),
        })
    }

    /// How many bytes of a payload's JSON text are written at most.
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Writes the payload of a message to the log.
    pub(crate) fn log(&self, envelope: &Envelope<'_>) {
        if !tracing::enabled!(tracing::Level::INFO) {
            return;
        }
        let bytes = envelope.data.len();
        match self.text(&envelope.data) {
            Ok(payload) => tracing::info!(payload, bytes, "the payload as it came"),
            Err(why) => tracing::info!(bytes, "the payload is not logged: {why}"),
        }
    }

    fn text(&self, data: &str) -> Result<String, &'static str> {
        if data.len() > READ_MAX {
            return Err("it is too large");
        }
        let value: Value = serde_json::from_str(data).map_err(|_| "it is not JSON")?;
        let redact = AssertUnwindSafe(|| (self.redact)(value));
        let redacted = std::panic::catch_unwind(redact).map_err(|_| "the function that redacts it panicked")?;
        let mut text = redacted.to_string();
        if text.len() > self.bytes {
            text.truncate(text.floor_char_boundary(self.bytes));
            text.push_str("...");
        }
        Ok(text)
    }
}

fn hide(value: Value, names: &[String]) -> Value {
    match value {
        Value::Object(members) => {
            let hide = |(name, value): (String, Value)| {
                let value = if names.contains(&name) { Value::from(HIDDEN) } else { hide(value, names) };
                (name, value)
            };
            members.into_iter().map(hide).collect()
        }
        Value::Array(items) => items.into_iter().map(|item| hide(item, names)).collect(),
        other => other,
    }
}

impl fmt::Debug for Payloads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Payloads").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_to_be_seen_is_taken_out_before_anything_is_cut() {
        let order = r#"{"id":"o-1","card":"4111","lines":[{"sku":"a","card":{"no":"4111"}}],"note":"ä"}"#;
        let cases = [
            (
                Payloads::without(["card"]),
                order,
                Ok(r#"{"id":"o-1","card":"[redacted]","lines":[{"sku":"a","card":"[redacted]"}],"note":"ä"}"#),
            ),
            (Payloads::only(["note", "id"]), order, Ok(r#"{"id":"o-1","note":"ä"}"#)),
            (Payloads::only(["id"]), r#"["4111"]"#, Ok(r#""[redacted]""#)),
            (Payloads::without(["card"]).bytes(10), order, Ok(r#"{"id":"o-1..."#)),
            (Payloads::only(["note"]).bytes(10), order, Ok(r#"{"note":"..."#)),
            (Payloads::new(|_| Value::Null), order, Ok("null")),
            (Payloads::new(|value| value), "4111 ", Ok("4111")),
            (Payloads::new(|value| value), "{\"card\":", Err("it is not JSON")),
            (Payloads::new(|value| panic!("{}", value["id"])), order, Err("the function that redacts it panicked")),
        ];
        for (payloads, data, expected) in cases {
            assert_eq!(payloads.text(data).as_deref(), expected.as_ref().map(|text| *text), "{payloads:?} {data}");
        }
        let large = format!("\"{}\"", "x".repeat(READ_MAX));
        assert_eq!(Payloads::new(|value| value).text(&large), Err("it is too large"));
    }
}
