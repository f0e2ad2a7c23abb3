//! What requests carry that the service behind does not want: frames and signatures.

use bytes::{Buf, Bytes};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Uri};

/// Takes frame and signature off. Signatures are not checked, since any credentials will do here. None when the frame is
/// broken.
pub(super) fn bare(mut parts: Parts, body: Bytes) -> Option<(Parts, Bytes)> {
    let body = unframe(&mut parts.headers, body)?;
    parts.headers.remove(AUTHORIZATION);
    parts.headers.remove("x-amz-content-sha256");
    parts.uri = unsigned(&parts.uri);
    Some((parts, body))
}

/// Takes a body out of its `aws-chunked` frame; none when it is broken.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>
fn unframe(headers: &mut HeaderMap, body: Bytes) -> Option<Bytes> {
    let streaming = |value: &HeaderValue| value.as_bytes().starts_with(b"STREAMING-");
    if !headers.get("x-amz-content-sha256").is_some_and(streaming) {
        return Some(body);
    }
    let mut rest = body;
    let mut whole = Vec::with_capacity(rest.len());
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let head = rest.split_to(end);
        rest.advance(2);
        let size = head.split(|byte| *byte == b';').next()?;
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        if size == 0 {
            break;
        }
        if rest.len() < size + 2 {
            return None;
        }
        whole.extend_from_slice(&rest.split_to(size));
        rest.advance(2);
    }
    for framing in ["x-amz-decoded-content-length", "x-amz-trailer", "transfer-encoding"] {
        headers.remove(framing);
    }
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding == "aws-chunked") {
        headers.remove(CONTENT_ENCODING);
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    Some(Bytes::from(whole))
}

/// What follows `X-Amz-` in the names of a presigned request's parameters.
const SIGNING: [&str; 7] =
    ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature", "Security-Token"];

/// A presigned request's parameters in version 2.
const SIGNING_V2: [&str; 3] = ["AWSAccessKeyId", "Expires", "Signature"];

/// The address without the parameters of a presigned request.
fn unsigned(uri: &Uri) -> Uri {
    let Some(query) = uri.query() else { return uri.clone() };
    let is_signing = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        SIGNING_V2.contains(&name) || name.strip_prefix("X-Amz-").is_some_and(|name| SIGNING.contains(&name))
    };
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_signing(pair)).collect();
    let separator = if kept.is_empty() { "" } else { "?" };
    format!("{}{separator}{}", uri.path(), kept.join("&")).parse().unwrap_or_else(|_| uri.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-content-sha256", HeaderValue::from_static("STREAMING-UNSIGNED-PAYLOAD-TRAILER"));
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("aws-chunked"));
        let body =
            Bytes::from_static(b"3;chunk-signature=00\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n");
        assert_eq!(unframe(&mut headers, body).unwrap(), "abcde");
        assert_eq!(headers[CONTENT_LENGTH], "5");
        assert!(!headers.contains_key(CONTENT_ENCODING));
    }

    #[test]
    fn a_broken_frame_is_refused() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-content-sha256", HeaderValue::from_static("STREAMING-UNSIGNED-PAYLOAD-TRAILER"));
        assert!(unframe(&mut headers, Bytes::from_static(b"ff\r\nabc\r\n")).is_none());
    }

    #[test]
    fn presigned_parameters_are_dropped() {
        let uri: Uri = "/b/k?X-Amz-Signature=1&x-id=GetObject&X-Amz-Date=2".parse().unwrap();
        assert_eq!(unsigned(&uri), "/b/k?x-id=GetObject");
        let uri: Uri = "/b/k?AWSAccessKeyId=a&Signature=b%3D&Expires=1".parse().unwrap();
        assert_eq!(unsigned(&uri), "/b/k");
    }
}
