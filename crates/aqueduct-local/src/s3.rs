//! S3: buckets as folders, in a temporary folder or in one that stays.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use aqueduct_topology::Bucket;
use bytes::{Buf, Bytes};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};
use http_body_util::BodyExt;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;

use crate::serve::{Body, BoxError, full};

/// The service and its folder, made when they are first needed.
#[derive(Clone)]
pub(crate) struct S3 {
    shared: Arc<Shared>,
}

struct Shared {
    /// Where objects stay; without it they go with the run.
    folder: Option<PathBuf>,
    files: OnceLock<Result<Files, String>>,
}

struct Files {
    service: S3Service,
    folder: PathBuf,
    /// Deleted with the run.
    _temporary: Option<TempDir>,
}

impl S3 {
    /// A service without buckets, or with those of a folder.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self { shared: Arc::new(Shared { folder, files: OnceLock::new() }) }
    }

    /// Makes the buckets of a topology that are not there yet.
    pub(crate) fn provision(&self, buckets: &[Bucket]) -> Result<(), String> {
        if buckets.is_empty() {
            return Ok(());
        }
        let files = self.shared.files()?;
        for bucket in buckets {
            make_bucket(&files.folder, &bucket.name).map_err(|error| format!("bucket {}: {error}", bucket.id))?;
        }
        Ok(())
    }

    /// Answers a request. Signatures are not checked, since any credentials will do on this machine.
    pub(crate) async fn answer(&self, mut parts: Parts, body: Bytes) -> Response<Body> {
        let Some(body) = unframe(&mut parts.headers, body) else {
            return refused(StatusCode::BAD_REQUEST, "IncompleteBody", "the aws-chunked body broke off");
        };
        parts.headers.remove(AUTHORIZATION);
        parts.headers.remove("x-amz-content-sha256");
        parts.uri = unsigned(&parts.uri);
        let request = http::Request::from_parts(parts, s3s::Body::from(body));
        let files = match self.shared.files() {
            Ok(files) => files,
            Err(error) => return refused(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", &error),
        };
        match files.service.call(request).await {
            Ok(response) => response.map(|body| body.map_err(|error| -> BoxError { error }).boxed_unsync()),
            Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", &format!("{error:?}")),
        }
    }
}

impl Shared {
    fn files(&self) -> Result<&Files, String> {
        let open = || Files::open(self.folder.as_deref()).map_err(|error| format!("S3 has no folder: {error}"));
        self.files.get_or_init(open).as_ref().map_err(Clone::clone)
    }
}

impl Files {
    fn open(folder: Option<&Path>) -> std::io::Result<Self> {
        let (folder, temporary) = if let Some(folder) = folder {
            std::fs::create_dir_all(folder)?;
            (folder.to_owned(), None)
        } else {
            let temporary = TempDir::with_prefix("aqueduct-")?;
            (temporary.path().to_owned(), Some(temporary))
        };
        let files = s3s_fs::FileSystem::new(&folder).map_err(|error| std::io::Error::other(format!("{error:?}")))?;
        Ok(Self { service: S3ServiceBuilder::new(files).build(), folder, _temporary: temporary })
    }
}

fn make_bucket(folder: &Path, name: &str) -> std::io::Result<()> {
    if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
        return Err(std::io::Error::other(format!("{name:?} is not a bucket name")));
    }
    std::fs::create_dir_all(folder.join(name))
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

fn refused(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let mut response = Response::new(full(body));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/xml"));
    response
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
