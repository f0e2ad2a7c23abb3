//! Bodies in S3 buckets.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use futures_util::future::{BoxFuture, FutureExt as _};

use super::client::reason;
use crate::claim_check::{ObjectError, Objects, Pointer};

/// Bodies in S3 buckets, read with `s3:GetObject` and stored with `s3:PutObject`.
///
/// A function that may not list the bucket (`s3:ListBucket`) gets "access denied" from S3 for an object that is gone, and its
/// message is retried; with that permission the message is rejected at once. Source:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
#[derive(Clone, Debug)]
pub struct S3Objects {
    client: Client,
    owner: Option<String>,
}

impl S3Objects {
    /// Whatever buckets the client's role may use.
    pub const fn new(client: Client) -> Self {
        Self { client, owner: None }
    }

    /// The account that must own each bucket: a bucket of that name that somebody else made later is then denied. Source:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
    #[must_use]
    pub fn owner(mut self, account: impl Into<String>) -> Self {
        self.owner = Some(account.into());
        self
    }
}

impl Objects for S3Objects {
    fn get<'a>(&'a self, pointer: &'a Pointer, limit: usize) -> BoxFuture<'a, Result<String, ObjectError>> {
        async move {
            let request = self.client.get_object().bucket(&pointer.bucket).key(&pointer.key);
            let answer = request.set_expected_bucket_owner(self.owner.clone()).send().await;
            text(answer.map_err(|error| failed("s3:GetObject", error))?, limit).await
        }
        .boxed()
    }

    fn put<'a>(&'a self, pointer: &'a Pointer, body: &'a str) -> BoxFuture<'a, Result<(), ObjectError>> {
        async move {
            let request = self.client.put_object().bucket(&pointer.bucket).key(&pointer.key);
            let request = request.body(ByteStream::from(body.as_bytes().to_vec()));
            let answer = request.set_expected_bucket_owner(self.owner.clone()).send().await;
            answer.map_err(|error| failed("s3:PutObject", error)).map(drop)
        }
        .boxed()
    }
}

/// The object's text, of which no more is kept than may be read, whatever length S3 told.
async fn text(answer: GetObjectOutput, limit: usize) -> Result<String, ObjectError> {
    let told = answer.content_length.and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    if told > limit {
        return Err(ObjectError::TooLarge(limit));
    }
    let (mut bytes, mut stream) = (Vec::with_capacity(told), answer.body);
    while let Some(chunk) = stream.try_next().await.map_err(|error| ObjectError::Unavailable(reason(error)))? {
        if bytes.len() + chunk.len() > limit {
            return Err(ObjectError::TooLarge(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| ObjectError::NotText)
}

/// Source of the codes: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn failed<E, R>(action: &'static str, error: SdkError<E, R>) -> ObjectError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug + 'static,
{
    match error.code() {
        // No object has a key that S3 does not take.
        Some("NoSuchKey" | "KeyTooLongError") => ObjectError::Missing,
        Some("NoSuchBucket" | "InvalidBucketName") => ObjectError::NoBucket,
        Some("AccessDenied" | "AllAccessDisabled") => ObjectError::Denied(action),
        _ => ObjectError::Unavailable(reason(error)),
    }
}

#[cfg(test)]
mod tests;
