//! Conditions of requests, held against what is there.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use s3s::dto::{ETag, ETagCondition, Timestamp, TimestampFormat};
use s3s::{S3Error, S3Result, s3_error};

use super::record::ObjectRecord;
use super::store::no_such_key;

/// What a read asks of the object.
#[derive(Clone, Default)]
pub(super) struct ReadCondition {
    pub(super) matching: Option<ETagCondition>,
    pub(super) not_matching: Option<ETagCondition>,
    pub(super) modified_since: Option<Timestamp>,
    pub(super) unmodified_since: Option<Timestamp>,
}

/// What a write asks of the object that it replaces.
#[derive(Clone, Default)]
pub(super) struct WriteCondition {
    pub(super) matching: Option<ETagCondition>,
    pub(super) not_matching: Option<ETagCondition>,
    /// What has to be there still, as it was.
    pub(super) unchanged: Option<Arc<ObjectRecord>>,
}

impl ReadCondition {
    /// Whether the object may be read: by its entity tag where one is asked for, else by its time.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
    pub(super) fn check(&self, object: &ObjectRecord) -> S3Result<()> {
        match self.holds(object) {
            Ok(()) => Ok(()),
            Err(Unmet::Precondition) => Err(precondition_failed()),
            Err(Unmet::Modified) => Err(not_modified(object)),
        }
    }

    /// Whether the object may be copied, for which both ways of failing are one.
    pub(super) fn check_copy(&self, object: &ObjectRecord) -> S3Result<()> {
        self.holds(object).map_err(|_| precondition_failed())
    }

    fn holds(&self, object: &ObjectRecord) -> Result<(), Unmet> {
        let modified = object.modified.second();
        let is_met = match (&self.matching, &self.unmodified_since) {
            (Some(etag), _) => matches(etag, object),
            (None, Some(since)) => modified <= *since,
            (None, None) => true,
        };
        if !is_met {
            return Err(Unmet::Precondition);
        }
        let is_met = match (&self.not_matching, &self.modified_since) {
            (Some(etag), _) => !matches(etag, object),
            (None, Some(since)) => modified > *since,
            (None, None) => true,
        };
        if is_met { Ok(()) } else { Err(Unmet::Modified) }
    }
}

enum Unmet {
    Precondition,
    Modified,
}

impl WriteCondition {
    pub(super) fn new(matching: Option<ETagCondition>, not_matching: Option<ETagCondition>) -> Self {
        Self { matching, not_matching, unchanged: None }
    }

    /// The condition of a request whose operation has no fields for it.
    pub(super) fn of(headers: &HeaderMap) -> S3Result<Self> {
        let read = |name: HeaderName| {
            let parsed = headers.get(&name).map(|value| ETagCondition::parse_http_header(value.as_bytes()));
            parsed.transpose().map_err(|error| s3_error!(InvalidArgument, "{name}: {error}"))
        };
        Ok(Self::new(read(http::header::IF_MATCH)?, read(http::header::IF_NONE_MATCH)?))
    }

    /// Whether what is there may be replaced.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
    pub(super) fn check(&self, present: Option<&ObjectRecord>) -> S3Result<()> {
        if self.unchanged.as_ref().is_some_and(|unchanged| present != Some(&**unchanged)) {
            return Err(precondition_failed());
        }
        if let Some(not_matching) = &self.not_matching {
            if !not_matching.is_any() {
                return Err(s3_error!(
                    NotImplemented,
                    "A header you provided implies functionality that is not implemented: If-None-Match of writes takes * only"
                ));
            }
            if present.is_some() {
                return Err(precondition_failed());
            }
        }
        let Some(matching) = &self.matching else { return Ok(()) };
        let present = present.ok_or_else(no_such_key)?;
        if matches(matching, present) { Ok(()) } else { Err(precondition_failed()) }
    }
}

fn matches(condition: &ETagCondition, object: &ObjectRecord) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(etag) => is_etag_of(etag, object),
    }
}

/// Whether an entity tag is that of an object.
pub(super) fn is_etag_of(etag: &ETag, object: &ObjectRecord) -> bool {
    object.etag().strong_cmp(etag)
}

pub(super) fn precondition_failed() -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

fn not_modified(object: &ObjectRecord) -> S3Error {
    let mut error = s3_error!(NotModified);
    let mut headers = HeaderMap::new();
    let etag = HeaderValue::try_from(format!("\"{}\"", object.etag));
    let mut modified = Vec::new();
    let written = object.modified.second().format(TimestampFormat::HttpDate, &mut modified);
    if let (Ok(etag), Ok(()), Ok(modified)) = (etag, written, HeaderValue::from_bytes(&modified)) {
        headers.insert(http::header::ETAG, etag);
        headers.insert(http::header::LAST_MODIFIED, modified);
    }
    error.set_headers(headers);
    error
}
