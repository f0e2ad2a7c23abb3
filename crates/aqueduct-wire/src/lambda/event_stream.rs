//! Messages of `application/vnd.amazon.eventstream`.
//!
//! Source: <https://smithy.io/2.0/aws/amazon-eventstream.html>

use aqueduct_services::lambda::Invoked;
use serde_json::json;

/// How much of an answer one message carries, in bytes; a message may have 16 MB.
const CHUNK_BYTES_MAX: usize = 1024 * 1024;

/// What stands around headers and payload: two lengths and two checksums, in bytes.
const FRAME_BYTES: usize = 16;

/// A header's value is text.
const TEXT: u8 = 7;

/// The events `PayloadChunk` and `InvokeComplete` of an invocation.
pub(super) fn invocation(invoked: &Invoked) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut end = json!({});
    match invoked.function_error {
        Some(error) => {
            end["ErrorCode"] = json!(error);
            end["ErrorDetails"] = json!(invoked.payload);
        }
        None => stream.extend(payload_chunk(invoked.payload.as_bytes())),
    }
    if let Some(log) = &invoked.log_tail {
        end["LogResult"] = json!(log);
    }
    message(&mut stream, "InvokeComplete", "application/json", end.to_string().as_bytes());
    stream
}

/// A piece of what a function streams, in the answer of `InvokeWithResponseStream`.
pub fn payload_chunk(piece: &[u8]) -> Vec<u8> {
    let mut stream = Vec::new();
    for chunk in piece.chunks(CHUNK_BYTES_MAX) {
        message(&mut stream, "PayloadChunk", "application/octet-stream", chunk);
    }
    stream
}

/// Appends one message; `payload` is far below 4 GB.
fn message(stream: &mut Vec<u8>, event_type: &str, content_type: &str, payload: &[u8]) {
    let mut headers = Vec::new();
    for (name, value) in [(":event-type", event_type), (":content-type", content_type), (":message-type", "event")] {
        headers.push(u8::try_from(name.len()).unwrap_or_default());
        headers.extend_from_slice(name.as_bytes());
        headers.push(TEXT);
        headers.extend_from_slice(&u16::try_from(value.len()).unwrap_or_default().to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let start = stream.len();
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
    stream.extend_from_slice(&length(FRAME_BYTES + headers.len() + payload.len()));
    stream.extend_from_slice(&length(headers.len()));
    stream.extend_from_slice(&crc32(&stream[start..]).to_be_bytes());
    stream.extend_from_slice(&headers);
    stream.extend_from_slice(payload);
    stream.extend_from_slice(&crc32(&stream[start..]).to_be_bytes());
}

/// The CRC-32 of zip and Ethernet.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        let index = (crc ^ u32::from(*byte)) & 0xff;
        TABLE[usize::try_from(index).unwrap_or_default()] ^ (crc >> 8)
    })
}

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the index is below 256")]
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_zip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn an_answer_is_its_chunks_and_an_end() {
        let invoked = Invoked { status: 200, payload: "x".repeat(CHUNK_BYTES_MAX + 1), ..Invoked::default() };
        let stream = invocation(&invoked);
        let (mut at, mut messages) = (0, 0);
        while at < stream.len() {
            let length = u32::from_be_bytes(stream[at..at + 4].try_into().unwrap()) as usize;
            let message = &stream[at..at + length];
            assert_eq!(crc32(&message[..8]).to_be_bytes(), message[8..12]);
            assert_eq!(crc32(&message[..length - 4]).to_be_bytes(), message[length - 4..]);
            at += length;
            messages += 1;
        }
        assert_eq!(messages, 3);
        let failed = Invoked { function_error: Some("Unhandled"), payload: "{}".to_owned(), ..Invoked::default() };
        let text = String::from_utf8_lossy(&invocation(&failed)).into_owned();
        assert!(text.contains("InvokeComplete") && text.contains(r#""ErrorCode":"Unhandled""#), "{text}");
    }
}
