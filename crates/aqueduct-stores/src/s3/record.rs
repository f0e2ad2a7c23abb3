//! What is kept of buckets, objects, uploads and their parts beside the bytes.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use s3s::dto::{ETag, Timestamp};
use serde::{Deserialize, Serialize};

use super::checksum::{Algorithm, Digested, Kind, Sum};

/// A bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct BucketRecord {
    pub(super) name: String,
    pub(super) created: Time,
    /// The Region that its maker named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<String>,
}

/// An object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ObjectRecord {
    pub(super) key: String,
    /// Bytes.
    pub(super) size: u64,
    pub(super) etag: String,
    pub(super) modified: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sum: Option<Sum>,
    /// The parts that it was uploaded in, by number; empty when it came whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parts: Vec<PartRecord>,
    #[serde(default, flatten)]
    pub(super) description: Description,
}

/// A multipart upload that is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct UploadRecord {
    pub(super) id: String,
    pub(super) key: String,
    pub(super) initiated: Time,
    /// The checksum that its parts have, if one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) algorithm: Option<Algorithm>,
    pub(super) kind: Kind,
    #[serde(default, flatten)]
    pub(super) description: Description,
}

/// A part of an upload, or of an object that was uploaded in parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PartRecord {
    pub(super) number: i32,
    /// Bytes.
    pub(super) size: u64,
    pub(super) etag: String,
    pub(super) modified: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sum: Option<Sum>,
}

/// What the writer of an object says of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Description {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cache_control: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) website_redirect_location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) storage_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) encryption: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) encryption_key: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tags: BTreeMap<String, String>,
}

/// A point in time, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Time(u64);

impl Time {
    pub(super) fn new(since_1970: Duration) -> Self {
        Self(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn timestamp(self) -> Timestamp {
        (UNIX_EPOCH + Duration::from_millis(self.0)).into()
    }

    /// A text that sorts as times do.
    pub(super) fn sortable(self) -> String {
        format!("{:016x}", self.0)
    }

    /// The second that it lies in, which is all that HTTP's dates tell.
    pub(super) fn second(self) -> Timestamp {
        (UNIX_EPOCH + Duration::from_secs(self.0 / 1_000)).into()
    }
}

impl ObjectRecord {
    /// An object that came whole.
    pub(super) fn whole(key: String, digested: Digested, modified: Time, description: Description) -> Self {
        let (size, etag) = (digested.size, digested.etag());
        Self { key, size, etag, modified, sum: Some(digested.sum), parts: Vec::new(), description }
    }

    pub(super) fn etag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }

    pub(super) fn length(&self) -> i64 {
        length(self.size)
    }
}

impl PartRecord {
    pub(super) fn etag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }
}

/// A number of bytes as S3's answers have it.
pub(super) fn length(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
