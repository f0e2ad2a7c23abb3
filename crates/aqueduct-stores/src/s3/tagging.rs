//! Tags of objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput, GetObjectTaggingOutput,
    PutObjectTaggingInput, PutObjectTaggingOutput, Tag,
};
use s3s::{S3ErrorCode, S3Request, S3Result};

use super::checksum::Algorithm;
use super::condition::WriteCondition;
use super::description::tags_of_set;
use super::objects::draft;
use super::record::{Description, ObjectRecord};
use super::store::Store;

pub(super) fn get(store: &Store, request: S3Request<GetObjectTaggingInput>) -> S3Result<GetObjectTaggingOutput> {
    let GetObjectTaggingInput { bucket, key, .. } = request.input;
    let object = store.record(&bucket, &key)?;
    let tag = |(key, value): (&String, &String)| Tag { key: Some(key.clone()), value: Some(value.clone()) };
    let tag_set = object.description.tags.iter().map(tag).collect();
    Ok(GetObjectTaggingOutput { tag_set, ..GetObjectTaggingOutput::default() })
}

pub(super) fn put(store: &Store, request: S3Request<PutObjectTaggingInput>) -> S3Result<PutObjectTaggingOutput> {
    let PutObjectTaggingInput { bucket, key, tagging, .. } = request.input;
    replace(store, &bucket, &key, &tags_of_set(tagging.tag_set)?)?;
    Ok(PutObjectTaggingOutput::default())
}

pub(super) fn delete(
    store: &Store,
    request: S3Request<DeleteObjectTaggingInput>,
) -> S3Result<DeleteObjectTaggingOutput> {
    let DeleteObjectTaggingInput { bucket, key, .. } = request.input;
    replace(store, &bucket, &key, &BTreeMap::new())?;
    Ok(DeleteObjectTaggingOutput::default())
}

/// Writes an object anew with other tags, and nothing else that is other. An object that is replaced meanwhile is taken
/// as it is then.
fn replace(store: &Store, bucket: &str, key: &str, tags: &BTreeMap<String, String>) -> S3Result<()> {
    loop {
        let (object, open) = store.object(bucket, key)?;
        let (draft, _) = draft(store, [Ok(open)], Algorithm::DEFAULT)?;
        let description = Description { tags: tags.clone(), ..object.description.clone() };
        let tagged = Arc::new(ObjectRecord { description, ..(*object).clone() });
        let condition = WriteCondition { unchanged: Some(object), ..WriteCondition::default() };
        match store.keep(bucket, &tagged, draft, &condition, None) {
            Err(error) if *error.code() == S3ErrorCode::PreconditionFailed => {}
            kept => return kept,
        }
    }
}
