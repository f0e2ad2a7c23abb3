//! Buckets in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use md5::{Digest, Md5};
use s3s::dto::{
    Bucket, CommonPrefix, CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, CreateBucketInput,
    CreateBucketOutput, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    ETag, ETagCondition, GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput,
    HeadObjectOutput, ListBucketsInput, ListBucketsOutput, ListObjectsV2Input, ListObjectsV2Output, Metadata,
    MetadataDirective, Object, PutObjectInput, PutObjectOutput, StreamingBlob, Timestamp,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

/// The largest object, in bytes: as much as the endpoint of a local run takes.
const OBJECT_BYTES_MAX: usize = 72 * 1024 * 1024;

/// The most keys of a page.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
const PAGE_MAX: usize = 1_000;

type Since1970 = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Buckets and their objects, by name and key.
#[derive(Clone)]
pub(super) struct Memory {
    since_1970: Since1970,
    buckets: Arc<Mutex<Buckets>>,
}

type Buckets = BTreeMap<String, BTreeMap<String, Stored>>;

/// An object.
#[derive(Clone)]
struct Stored {
    body: Bytes,
    etag: String,
    modified: Duration,
    content_type: Option<String>,
    content_encoding: Option<String>,
    metadata: Option<Metadata>,
}

impl Stored {
    fn last_modified(&self) -> Timestamp {
        (UNIX_EPOCH + self.modified).into()
    }

    fn length(&self) -> i64 {
        length(self.body.len())
    }

    fn etag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }
}

impl Memory {
    pub(super) fn new(since_1970: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { since_1970: Arc::new(since_1970), buckets: Arc::default() }
    }

    /// Makes a bucket unless it is there.
    pub(super) fn make_bucket(&self, name: &str) {
        self.lock().entry(name.to_owned()).or_default();
    }

    fn lock(&self) -> MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn object(&self, bucket: &str, key: &str) -> S3Result<Stored> {
        let buckets = self.lock();
        let bucket = buckets.get(bucket).ok_or_else(|| s3_error!(NoSuchBucket))?;
        bucket.get(key).cloned().ok_or_else(|| s3_error!(NoSuchKey))
    }

    /// Stores an object if `may` allows it beside the one that is there.
    fn put(
        &self,
        bucket: &str,
        key: String,
        object: Stored,
        may: impl FnOnce(Option<&Stored>) -> S3Result<()>,
    ) -> S3Result<()> {
        let mut buckets = self.lock();
        let bucket = buckets.get_mut(bucket).ok_or_else(|| s3_error!(NoSuchBucket))?;
        may(bucket.get(&key))?;
        bucket.insert(key, object);
        Ok(())
    }

    fn remove(&self, bucket: &str, key: &str) -> S3Result<()> {
        self.lock().get_mut(bucket).ok_or_else(|| s3_error!(NoSuchBucket))?.remove(key);
        Ok(())
    }
}

#[async_trait::async_trait]
impl s3s::S3 for Memory {
    async fn create_bucket(&self, request: S3Request<CreateBucketInput>) -> S3Result<S3Response<CreateBucketOutput>> {
        let name = request.input.bucket;
        if self.lock().contains_key(&name) {
            return Err(s3_error!(BucketAlreadyOwnedByYou));
        }
        self.make_bucket(&name);
        Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{name}")) }))
    }

    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        let is_there = self.lock().contains_key(&request.input.bucket);
        if is_there { Ok(S3Response::new(HeadBucketOutput::default())) } else { Err(s3_error!(NoSuchBucket)) }
    }

    async fn list_buckets(&self, _: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        let bucket = |name: &String| Bucket { name: Some(name.clone()), ..Bucket::default() };
        let buckets = self.lock().keys().map(bucket).collect();
        Ok(S3Response::new(ListBucketsOutput { buckets: Some(buckets), ..ListBucketsOutput::default() }))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let input = request.input;
        let body = collected(input.body).await?;
        let object = Stored {
            etag: etag(&body),
            body,
            modified: (self.since_1970)(),
            content_type: input.content_type,
            content_encoding: input.content_encoding,
            metadata: input.metadata,
        };
        let (if_match, if_none_match) = (input.if_match, input.if_none_match);
        let answer = PutObjectOutput { e_tag: Some(object.etag()), ..PutObjectOutput::default() };
        self.put(&input.bucket, input.key, object, |present| {
            let is_as = |condition: &ETagCondition| present.is_some_and(|present| matches(condition, present));
            if if_match.as_ref().is_some_and(|condition| !is_as(condition)) || if_none_match.as_ref().is_some_and(is_as)
            {
                return Err(s3_error!(PreconditionFailed));
            }
            Ok(())
        })?;
        Ok(S3Response::new(answer))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let object = self.object(&input.bucket, &input.key)?;
        if input.if_match.as_ref().is_some_and(|condition| !matches(condition, &object)) {
            return Err(s3_error!(PreconditionFailed));
        }
        if input.if_none_match.as_ref().is_some_and(|condition| matches(condition, &object)) {
            return Err(s3_error!(NotModified));
        }
        let total = object.body.len();
        let (body, content_range) = match input.range {
            None => (object.body.clone(), None),
            Some(range) => {
                let range = range.check(total as u64)?;
                let (from, until) = (place(range.start), place(range.end));
                let content_range = format!("bytes {}-{}/{total}", range.start, range.end.saturating_sub(1));
                (object.body.slice(from..until), Some(content_range))
            }
        };
        let answer = GetObjectOutput {
            content_length: Some(length(body.len())),
            body: Some(StreamingBlob::wrap(stream::iter([Ok::<_, std::io::Error>(body)]))),
            content_range,
            e_tag: Some(object.etag()),
            last_modified: Some(object.last_modified()),
            content_type: object.content_type,
            content_encoding: object.content_encoding,
            metadata: object.metadata,
            ..GetObjectOutput::default()
        };
        Ok(S3Response::new(answer))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let object = self.object(&request.input.bucket, &request.input.key)?;
        let answer = HeadObjectOutput {
            content_length: Some(object.length()),
            e_tag: Some(object.etag()),
            last_modified: Some(object.last_modified()),
            content_type: object.content_type,
            content_encoding: object.content_encoding,
            metadata: object.metadata,
            ..HeadObjectOutput::default()
        };
        Ok(S3Response::new(answer))
    }

    async fn copy_object(&self, request: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        let input = request.input;
        let CopySource::Bucket { bucket, key, .. } = &input.copy_source else { return Err(s3_error!(NotImplemented)) };
        let mut object = self.object(bucket, key)?;
        object.modified = (self.since_1970)();
        if input.metadata_directive.is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE) {
            (object.metadata, object.content_type) = (input.metadata, input.content_type);
            object.content_encoding = input.content_encoding;
        }
        let copied = CopyObjectResult {
            e_tag: Some(object.etag()),
            last_modified: Some(object.last_modified()),
            ..CopyObjectResult::default()
        };
        self.put(&input.bucket, input.key, object, |_| Ok(()))?;
        Ok(S3Response::new(CopyObjectOutput { copy_object_result: Some(copied), ..CopyObjectOutput::default() }))
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.remove(&request.input.bucket, &request.input.key)?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let DeleteObjectsInput { bucket, delete, .. } = request.input;
        let mut deleted = Vec::new();
        for object in delete.objects {
            self.remove(&bucket, &object.key)?;
            deleted.push(DeletedObject { key: Some(object.key), ..DeletedObject::default() });
        }
        let deleted = (!delete.quiet.unwrap_or(false)).then_some(deleted);
        Ok(S3Response::new(DeleteObjectsOutput { deleted, ..DeleteObjectsOutput::default() }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        let prefix = input.prefix.clone().unwrap_or_default();
        let after = input.continuation_token.clone().or_else(|| input.start_after.clone()).unwrap_or_default();
        let max = input.max_keys.and_then(|max| usize::try_from(max).ok()).unwrap_or(PAGE_MAX).min(PAGE_MAX);
        let buckets = self.lock();
        let bucket = buckets.get(&input.bucket).ok_or_else(|| s3_error!(NoSuchBucket))?;
        let (mut contents, mut prefixes, mut last) = (Vec::new(), BTreeSet::new(), None);
        let mut is_truncated = false;
        for (key, object) in bucket.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix)) {
            let common = input.delimiter.as_deref().and_then(|delimiter| common(key, &prefix, delimiter));
            let entry = common.as_deref().unwrap_or(key);
            if entry <= after.as_str() || common.as_ref().is_some_and(|common| prefixes.contains(common)) {
                continue;
            }
            if contents.len() + prefixes.len() == max {
                is_truncated = true;
                break;
            }
            last = Some(entry.to_owned());
            match common {
                Some(common) => drop(prefixes.insert(common)),
                None => contents.push(listed(key, object)),
            }
        }
        let common_prefix = |prefix| CommonPrefix { prefix: Some(prefix) };
        let answer = ListObjectsV2Output {
            key_count: i32::try_from(contents.len() + prefixes.len()).ok(),
            max_keys: i32::try_from(max).ok(),
            name: Some(input.bucket),
            prefix: input.prefix,
            delimiter: input.delimiter,
            start_after: input.start_after,
            continuation_token: input.continuation_token,
            next_continuation_token: last.filter(|_| is_truncated),
            is_truncated: Some(is_truncated),
            contents: Some(contents),
            common_prefixes: Some(prefixes.into_iter().map(common_prefix).collect()),
            ..ListObjectsV2Output::default()
        };
        Ok(S3Response::new(answer))
    }
}

/// What keys with the same beginning up to a delimiter are listed as.
fn common(key: &str, prefix: &str, delimiter: &str) -> Option<String> {
    if delimiter.is_empty() {
        return None;
    }
    let at = key[prefix.len()..].find(delimiter)?;
    Some(key[..prefix.len() + at + delimiter.len()].to_owned())
}

fn listed(key: &str, object: &Stored) -> Object {
    Object {
        key: Some(key.to_owned()),
        size: Some(object.length()),
        e_tag: Some(object.etag()),
        last_modified: Some(object.last_modified()),
        ..Object::default()
    }
}

fn matches(condition: &ETagCondition, object: &Stored) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(etag) => object.etag().strong_cmp(etag),
    }
}

async fn collected(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let Some(mut body) = body else { return Ok(Bytes::new()) };
    let mut whole = BytesMut::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| s3_error!(IncompleteBody, "the body broke off: {error}"))?;
        if whole.len() + piece.len() > OBJECT_BYTES_MAX {
            return Err(s3_error!(EntityTooLarge));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>
fn etag(body: &Bytes) -> String {
    let digest: [u8; 16] = Md5::digest(body).into();
    format!("{:032x}", u128::from_be_bytes(digest))
}

fn length(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn place(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
