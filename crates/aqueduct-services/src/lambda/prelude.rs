//! The head of a streamed HTTP response: status, headers and cookies as JSON, then eight bytes of zero, then the body.
//!
//! Sources: <https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html> (the form,
//! and the limit of 16 KB), <https://github.com/aws/aws-lambda-go/blob/main/events/lambda_function_urls.go> (function URLs
//! take the same)

use serde_json::Value;

use super::url::{HttpResponse, head};

/// The media type, in the runtime's `Content-Type`, of an answer that begins with a prelude.
pub const PRELUDE_TYPE: &str = "application/vnd.awslambda.http-integration-response";

/// How far the end of a prelude may be from its beginning, in bytes.
const PRELUDE_BYTES_MAX: usize = 16 * 1024;

/// What ends a prelude.
const DELIMITER: &[u8; 8] = &[0; 8];

/// What the first bytes of a streamed answer say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prelude {
    /// More bytes are needed to say.
    Partial,
    /// The response's head; the body, which begins after this many bytes, is not in it.
    Complete(HttpResponse, usize),
    /// It is no prelude.
    Invalid,
}

impl Prelude {
    /// Reads the first bytes of an answer of the type [`PRELUDE_TYPE`].
    pub fn read(bytes: &[u8]) -> Self {
        let within = &bytes[..bytes.len().min(PRELUDE_BYTES_MAX)];
        let Some(end) = within.windows(DELIMITER.len()).position(|window| window == DELIMITER) else {
            return if bytes.len() < PRELUDE_BYTES_MAX { Self::Partial } else { Self::Invalid };
        };
        let value: Option<Value> = serde_json::from_slice(&within[..end]).ok();
        let response = value.and_then(|value| head(&value, value.get("statusCode")?, "application/octet-stream"));
        response.map_or(Self::Invalid, |response| Self::Complete(response, end + DELIMITER.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prelude_is_read_as_soon_as_it_is_there() {
        let text =
            b"{\"statusCode\":202,\"headers\":{\"ETag\":\"\\\"1\\\"\"},\"cookies\":[\"a=1\"]}\0\0\0\0\0\0\0\0\0body";
        for length in 0..text.len() - 5 {
            assert_eq!(Prelude::read(&text[..length]), Prelude::Partial, "{length}");
        }
        let Prelude::Complete(response, begin) = Prelude::read(text) else { panic!("it is complete") };
        assert_eq!((response.status, &text[begin..]), (202, b"\0body".as_slice()), "a body may begin with a zero");
        let headers = [("etag", "\"1\""), ("content-type", "application/octet-stream"), ("set-cookie", "a=1")];
        assert_eq!(response.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_no_prelude_is_refused() {
        for text in ["{\"statusCode\":\"soon\"}\0\0\0\0\0\0\0\0", "{}\0\0\0\0\0\0\0\0", "hello\0\0\0\0\0\0\0\0"] {
            assert_eq!(Prelude::read(text.as_bytes()), Prelude::Invalid, "{text:?}");
        }
        assert_eq!(Prelude::read(&vec![b' '; PRELUDE_BYTES_MAX]), Prelude::Invalid, "a head has an end");
    }
}
