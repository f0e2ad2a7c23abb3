//! The pointer, as AWS's extended clients write it.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The class that AWS's clients name, and the one that older clients do.
const CLASS: &str = "software.amazon.payloadoffloading.PayloadS3Pointer";
const OLD_CLASS: &str = "com.amazon.sqs.javamessaging.MessageS3Pointer";

/// Both. Clients in Java take the name for that of a type, so that no other names a pointer.
pub(super) const CLASSES: [&str; 2] = [CLASS, OLD_CLASS];

/// Longer than any pointer: a bucket's name has at most 63 bytes and a key 1024, which JSON may write six times as long.
const POINTER_MAX: usize = 8 * 1024;

/// Where a body lies.
///
/// ```
/// use aqueduct::claim_check::Pointer;
///
/// let text = r#"["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"orders","s3Key":"k-1"}]"#;
/// let pointer = Pointer::new("orders", "k-1");
/// assert_eq!(pointer.to_body(), text);
/// assert_eq!(Pointer::from_body(text), Ok(pointer));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pointer {
    /// The bucket.
    #[serde(rename = "s3BucketName")]
    pub bucket: String,
    /// The object's key.
    #[serde(rename = "s3Key")]
    pub key: String,
}

/// A body is not a pointer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PointerError {
    /// It is longer than any pointer.
    #[error("{0} bytes are more than a pointer has")]
    TooLong(usize),
    /// It is not a class name and an object with a bucket and a key.
    #[error("it is not a class name followed by `s3BucketName` and `s3Key`")]
    Shape,
    /// It names a class that points elsewhere.
    #[error("its class is neither `{CLASS}` nor `{OLD_CLASS}`")]
    Class,
    /// Its bucket or its key is empty.
    #[error("its `s3BucketName` or its `s3Key` is empty")]
    Empty,
}

impl Pointer {
    /// A pointer to an object.
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into() }
    }

    /// The message body that stands for the object's.
    pub fn to_body(&self) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        format!(r#"["{CLASS}",{{"s3BucketName":{},"s3Key":{}}}]"#, text(&self.bucket), text(&self.key))
    }

    /// Reads the message body that an extended client sent.
    pub fn from_body(body: &str) -> Result<Self, PointerError> {
        if body.len() > POINTER_MAX {
            return Err(PointerError::TooLong(body.len()));
        }
        let (class, pointer): (String, Self) = serde_json::from_str(body).map_err(|_| PointerError::Shape)?;
        if !CLASSES.contains(&&*class) {
            return Err(PointerError::Class);
        }
        if pointer.bucket.is_empty() || pointer.key.is_empty() {
            return Err(PointerError::Empty);
        }
        Ok(pointer)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` in bucket `{}`", self.key, self.bucket)
    }
}
