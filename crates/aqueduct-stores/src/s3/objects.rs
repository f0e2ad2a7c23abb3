//! Operations on whole objects.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETagCondition,
    Error, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, PutObjectInput, PutObjectOutput,
};
use s3s::{S3ErrorCode, S3Request, S3Result, s3_error};

use super::checksum::{Algorithm, Claim, Digested, Digests, claimed, tell};
use super::condition::{WriteCondition, is_etag_of, precondition_failed};
use super::description::{describe, described, tell_encryption};
use super::place::{Draft, Open};
use super::portion::{portion, tell_portion};
use super::record::ObjectRecord;
use super::store::{Store, failed, no_such_key};
use super::stream;

/// The longest key, in bytes.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const KEY_BYTES_MAX: usize = 1_024;

/// The most objects that a request deletes.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
const DELETED_MAX: usize = 1_000;

/// A body without a record yet, and what its bytes came to.
pub(super) fn draft(
    store: &Store,
    bodies: impl IntoIterator<Item = io::Result<Open>>,
    algorithm: Algorithm,
) -> S3Result<(Draft, Digested)> {
    let mut digests = Digests::new(algorithm);
    let draft = store.place.draft(bodies, &mut digests).map_err(|error| failed("write a body", &error))?;
    Ok((draft, digests.finish()))
}

pub(super) fn put(store: &Store, request: S3Request<PutObjectInput>, body: Bytes) -> S3Result<PutObjectOutput> {
    let input = request.input;
    if input.key.len() > KEY_BYTES_MAX {
        return Err(s3_error!(KeyTooLongError, "Your key is too long"));
    }
    let claim = Claim::new(input.content_md5.clone(), claimed!(input), input.checksum_algorithm.as_ref())?;
    let description = described!(input);
    let algorithm = claim.algorithm().unwrap_or(Algorithm::DEFAULT);
    let (draft, digested) = draft(store, [Ok(Open::Bytes(body))], algorithm)?;
    claim.check(&digested)?;
    let object = Arc::new(ObjectRecord::whole(input.key, digested, store.now(), description));
    let condition = WriteCondition::new(input.if_match, input.if_none_match);
    store.keep(&input.bucket, &object, draft, &condition, None)?;
    let mut output = PutObjectOutput { e_tag: Some(object.etag()), ..PutObjectOutput::default() };
    tell_encryption!(output, object.description);
    tell!(output, &object.sum);
    output.checksum_type = object.sum.as_ref().map(|sum| sum.kind.name());
    Ok(output)
}

pub(super) fn get(store: &Store, request: S3Request<GetObjectInput>) -> S3Result<GetObjectOutput> {
    let input = request.input;
    let (object, open) = store.object(&input.bucket, &input.key)?;
    let portion = portion!(input, &object);
    let mut output = GetObjectOutput::default();
    describe!(output, object);
    tell_portion!(output, input, portion, &object);
    output.tag_count = i32::try_from(object.description.tags.len()).ok().filter(|count| *count > 0);
    let body = stream::blob(open.slice(&portion.range)).map_err(|error| failed("read an object", &error))?;
    output.body = Some(body);
    Ok(output)
}

pub(super) fn head(store: &Store, request: S3Request<HeadObjectInput>) -> S3Result<HeadObjectOutput> {
    let input = request.input;
    let object = store.record(&input.bucket, &input.key)?;
    let portion = portion!(input, &object);
    let mut output = HeadObjectOutput::default();
    describe!(output, object);
    tell_portion!(output, input, portion, &object);
    Ok(output)
}

pub(super) fn delete(store: &Store, request: S3Request<DeleteObjectInput>) -> S3Result<DeleteObjectOutput> {
    let DeleteObjectInput { bucket, key, if_match, .. } = request.input;
    remove(store, &bucket, &key, if_match.as_ref())?;
    Ok(DeleteObjectOutput::default())
}

pub(super) fn delete_many(store: &Store, request: S3Request<DeleteObjectsInput>) -> S3Result<DeleteObjectsOutput> {
    let DeleteObjectsInput { bucket, delete, .. } = request.input;
    if delete.objects.is_empty() || delete.objects.len() > DELETED_MAX {
        return Err(s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema"
        ));
    }
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in delete.objects {
        let removed = match object.version_id.as_deref() {
            None | Some("null") => remove(store, &bucket, &object.key, object.e_tag.map(ETagCondition::ETag).as_ref()),
            Some(_) => Err(s3_error!(NotImplemented, "the embedded S3 has no versions of objects")),
        };
        match removed {
            Ok(()) => deleted.push(DeletedObject { key: Some(object.key), ..DeletedObject::default() }),
            Err(error) if *error.code() == S3ErrorCode::NoSuchBucket => return Err(error),
            Err(error) => errors.push(Error {
                code: Some(error.code().as_str().to_owned()),
                key: Some(object.key),
                message: error.message().map(str::to_owned),
                version_id: object.version_id,
            }),
        }
    }
    let deleted = (!delete.quiet.unwrap_or(false)).then_some(deleted);
    Ok(DeleteObjectsOutput { deleted, errors: Some(errors), ..DeleteObjectsOutput::default() })
}

/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html>
fn remove(store: &Store, bucket: &str, key: &str, if_match: Option<&ETagCondition>) -> S3Result<()> {
    store.remove(bucket, key, |present| match (if_match, present) {
        (None, _) | (Some(ETagCondition::Any), Some(_)) => Ok(()),
        (Some(_), None) => Err(no_such_key()),
        (Some(ETagCondition::ETag(etag)), Some(present)) => {
            if is_etag_of(etag, present) {
                Ok(())
            } else {
                Err(precondition_failed())
            }
        }
    })
}
