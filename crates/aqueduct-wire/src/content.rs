//! What a body is once its content coding is undone.

use std::io::Read as _;

use aqueduct_services::ApiError;
use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;

use crate::codec::BODY_MAX;

/// The body as its action reads it: as it came, or out of gzip, which SDKs compress with.
///
/// None of the modelled services has an action for which SDKs compress on their own, so that a compressed body comes from
/// someone who asked for it. `amz-1.0` is what older SDKs call AWS JSON.
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-compression.html>
pub(crate) fn plain(parts: &Parts, body: &Bytes) -> Result<Bytes, ApiError> {
    let coding = parts.headers.get(CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?").trim());
    match coding.map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "identity" | "amz-1.0") => within_limit(body.len() as u64).map(|()| body.clone()),
        Some("gzip" | "x-gzip") => unzipped(body),
        Some(other) => Err(ApiError::not_modelled(&format!("bodies with the content encoding {other:?}"))),
    }
}

/// Reads no further than the limit, however much a small body claims to hold.
fn unzipped(body: &Bytes) -> Result<Bytes, ApiError> {
    within_limit(body.len() as u64)?;
    let mut plain = Vec::new();
    let read = MultiGzDecoder::new(&body[..]).take(BODY_MAX as u64 + 1).read_to_end(&mut plain);
    let read = read.map_err(|error| {
        ApiError::sender("SerializationException", format!("the body cannot be decompressed: {error}"))
    })?;
    within_limit(read as u64).map(|()| plain.into())
}

fn within_limit(length: u64) -> Result<(), ApiError> {
    if length <= BODY_MAX as u64 {
        return Ok(());
    }
    let message = format!("the request body has {length} bytes or more, and {BODY_MAX} are the limit");
    Err(ApiError::sender("RequestEntityTooLarge", message).with_status(413))
}

/// Whether the request is in CBOR. AWS's SDKs speak AWS JSON to SQS and EventBridge, query to SNS and STS, and REST with
/// JSON to Lambda and Scheduler; CBOR is for other services.
///
/// Source: <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>, and the member `protocols` of the services'
/// models in botocore 1.44
pub(crate) fn is_cbor(parts: &Parts) -> bool {
    let says = |name: http::HeaderName| {
        parts.headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("cbor"))
    };
    says(CONTENT_TYPE) || says(http::HeaderName::from_static("smithy-protocol"))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn zipped(plain: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap().into()
    }

    fn read(coding: &str, body: &Bytes) -> Result<Bytes, (String, u16)> {
        let request = http::Request::post("/").header("content-encoding", coding).body(()).unwrap();
        plain(&request.into_parts().0, body).map_err(|error| (error.code.to_string(), error.status))
    }

    #[test]
    fn codings() {
        let text = Bytes::from_static(b"{\"QueueName\":\"Q\"}");
        let error = |code: &str, status| Err((code.to_owned(), status));
        for (coding, body, expected) in [
            ("identity", text.clone(), Ok(text.clone())),
            ("amz-1.0", text.clone(), Ok(text.clone())),
            ("GZIP", zipped(&text), Ok(text.clone())),
            ("gzip", [zipped(&text), zipped(&text)].concat().into(), Ok([text.clone(), text.clone()].concat().into())),
            ("gzip", text.clone(), error("SerializationException", 400)),
            ("gzip", zipped(&text).slice(..20), error("SerializationException", 400)),
            ("br", text.clone(), error("NotImplemented", 501)),
            ("aws-chunked", text.clone(), error("NotImplemented", 501)),
            ("gzip, gzip", text, error("NotImplemented", 501)),
        ] {
            assert_eq!(read(coding, &body), expected, "{coding}");
        }
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let fits = zipped(&vec![b' '; BODY_MAX]);
        assert_eq!(read("gzip", &fits).unwrap().len(), BODY_MAX);
        let bomb = zipped(&vec![b' '; BODY_MAX + 1]);
        assert!(bomb.len() < 20_000);
        assert_eq!(read("gzip", &bomb), Err(("RequestEntityTooLarge".to_owned(), 413)));
    }
}
