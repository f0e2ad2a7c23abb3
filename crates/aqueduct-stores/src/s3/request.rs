//! What requests carry that the service behind does not want: frames and signatures.

use bytes::{Buf, Bytes, BytesMut};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

/// Takes frame and signature off. Signatures are not checked, since any credentials will do here. None when the frame is
/// broken.
pub(super) fn bare(mut parts: Parts, body: Bytes) -> Option<(Parts, Bytes)> {
    let body = unframe(&mut parts.headers, body)?;
    parts.headers.remove(AUTHORIZATION);
    parts.headers.remove("x-amz-content-sha256");
    parts.uri = unsigned(&parts.uri);
    Some((parts, body))
}

/// Takes a body out of its `aws-chunked` frame, and takes the checksums behind it for headers; none when it is broken.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>
fn unframe(headers: &mut HeaderMap, body: Bytes) -> Option<Bytes> {
    let streaming = |value: &HeaderValue| value.as_bytes().starts_with(b"STREAMING-");
    if !headers.get("x-amz-content-sha256").is_some_and(streaming) {
        return Some(body);
    }
    let mut rest = body;
    let mut whole = BytesMut::with_capacity(rest.len());
    loop {
        let head = line(&mut rest)?;
        let size = head.split(|byte| *byte == b';').next()?;
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        if size == 0 {
            break;
        }
        if rest.len() < size.checked_add(2)? {
            return None;
        }
        whole.extend_from_slice(&rest.split_to(size));
        rest.advance(2);
    }
    for framing in ["x-amz-decoded-content-length", "x-amz-trailer", "transfer-encoding"] {
        headers.remove(framing);
    }
    while let Some(trailer) = line(&mut rest).filter(|trailer| !trailer.is_empty()) {
        let (name, value) = trailer.split_at_checked(trailer.iter().position(|byte| *byte == b':')?)?;
        let (name, value) = (HeaderName::from_bytes(name).ok()?, value[1..].trim_ascii());
        if name.as_str().starts_with("x-amz-checksum-") {
            headers.insert(name, HeaderValue::from_bytes(value).ok()?);
        }
    }
    without_framing(headers);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    Some(whole.freeze())
}

/// Takes a line and its end away from what is left.
fn line(rest: &mut Bytes) -> Option<Bytes> {
    let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
    let line = rest.split_to(end);
    rest.advance(2);
    Some(line)
}

/// Takes the frame out of the encodings, which others may stand beside.
fn without_framing(headers: &mut HeaderMap) {
    let Some(encodings) = headers.remove(CONTENT_ENCODING) else { return };
    let Ok(encodings) = encodings.to_str() else { return };
    let kept: Vec<&str> =
        encodings.split(',').map(str::trim).filter(|encoding| !matches!(*encoding, "" | "aws-chunked")).collect();
    if let Some(kept) = HeaderValue::from_str(&kept.join(", ")).ok().filter(|kept| !kept.is_empty()) {
        headers.insert(CONTENT_ENCODING, kept);
    }
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
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("aws-chunked,gzip"));
        let body =
            Bytes::from_static(b"3;chunk-signature=00\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n");
        assert_eq!(unframe(&mut headers, body).unwrap(), "abcde");
        assert_eq!(headers[CONTENT_LENGTH], "5");
        assert_eq!(headers[CONTENT_ENCODING], "gzip");
        assert_eq!(headers["x-amz-checksum-crc32"], "AA==");
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
