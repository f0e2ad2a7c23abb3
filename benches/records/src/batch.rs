//! Batches as SQS sends them.

use std::fmt;
use std::str::FromStr;

use serde_json::json;

/// How many records a batch has, and how large their bodies are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Records.
    pub records: usize,
    /// About how many bytes each body has.
    pub bytes: usize,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('x').and_then(|(records, bytes)| {
            let size = Self { records: records.parse().ok()?, bytes: bytes.parse().ok()? };
            (1..=10_000).contains(&size.records).then_some(size)
        });
        let size = parts.ok_or_else(|| format!("`{text}` is no batch; write RECORDSxBYTES, such as 10x1000"))?;
        if size.records.saturating_mul(size.bytes + 700) > 6 << 20 {
            return Err(format!("`{text}` is more than the 6 MB that Lambda takes at once"));
        }
        Ok(size)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("{}x{}", self.records, self.bytes))
    }
}

/// The id of a batch's `n`th message.
pub fn message_id(n: usize) -> String {
    format!("{n:08}-1111-4222-8333-444444444444")
}

/// Whether a batch's `n`th order is one that fails: one in a hundred.
pub fn fails(n: usize) -> bool {
    n % 100 == 99
}

/// The `n`th order, of about `bytes` bytes, JSON text. One line in eight has a name with quotes, whose escapes stand in an escaped text.
pub fn order(n: usize, bytes: usize) -> String {
    let mut items = Vec::new();
    let order = |items: &[serde_json::Value]| {
        json!({"id": format!("ord_{n:08}"), "customer": "ada@example.com", "items": items,
            "total_cents": if fails(n) { -1 } else { 3_400 }})
        .to_string()
    };
    let empty = order(&items).len();
    let line = |number: usize| {
        let name = if number % 8 == 7 { "A carafe, \"clear\" glass" } else { "A carafe, handmade" };
        json!({"sku": format!("carafe-{number}l"), "name": name, "quantity": 1, "price_cents": 3_400})
    };
    let mut length = empty;
    while length < bytes {
        let line = line(items.len());
        length += line.to_string().len() + 1;
        items.push(line);
    }
    order(&items)
}

/// A batch, JSON text, whose envelope has what SQS's has.
pub fn event(size: Size) -> String {
    let record = |n: usize| {
        json!({
            "messageId": message_id(n),
            "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a".repeat(5),
            "body": order(n, size.bytes),
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183",
                "SenderId": "AIDAIENQZJOLO23YVJ4VO", "ApproximateFirstReceiveTimestamp": "1545082649185"},
            "messageAttributes": {},
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue",
            "awsRegion": "us-east-2",
        })
    };
    json!({"Records": (0..size.records).map(record).collect::<Vec<_>>()}).to_string()
}
