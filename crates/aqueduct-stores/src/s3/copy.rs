//! Copies of objects, and of ranges of them as parts.

use std::ops::Range;
use std::sync::Arc;

use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopyPartResult, CopySource, MetadataDirective,
    TaggingDirective, UploadPartCopyInput, UploadPartCopyOutput,
};
use s3s::{S3Request, S3Result, s3_error};

use super::checksum::{Algorithm, Claim, tell};
use super::condition::{ReadCondition, WriteCondition};
use super::description::{described, tell_encryption};
use super::objects::draft;
use super::portion::in_object;
use super::record::{Description, ObjectRecord};
use super::store::Store;
use super::uploads;

/// The conditions that a copy puts to its source.
macro_rules! source_condition {
    ($input:expr) => {
        ReadCondition {
            matching: $input.copy_source_if_match.clone(),
            not_matching: $input.copy_source_if_none_match.clone(),
            modified_since: $input.copy_source_if_modified_since.clone(),
            unmodified_since: $input.copy_source_if_unmodified_since.clone(),
        }
    };
}

pub(super) fn copy(store: &Store, request: S3Request<CopyObjectInput>) -> S3Result<CopyObjectOutput> {
    let condition = WriteCondition::of(&request.headers)?;
    let input = request.input;
    let (bucket, key) = place_of(&input.copy_source)?;
    let (source, open) = store.object(bucket, key)?;
    source_condition!(input).check_copy(&source)?;
    let given = described!(input);
    let is_replaced =
        input.metadata_directive.as_ref().is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
    let is_same = (bucket, key) == (input.bucket.as_str(), input.key.as_str());
    let changes = [&given.storage_class, &given.encryption, &given.website_redirect_location];
    if is_same && !is_replaced && changes.iter().all(|change| change.is_none()) {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, \
             storage class, website redirect location or encryption attributes."
        ));
    }
    let is_tagged_anew =
        input.tagging_directive.as_ref().is_some_and(|directive| directive.as_str() == TaggingDirective::REPLACE);
    let asked = input.checksum_algorithm.as_ref().map(Algorithm::named).transpose()?;
    let algorithm = asked.or(source.sum.as_ref().map(|sum| sum.algorithm)).unwrap_or(Algorithm::DEFAULT);
    let (draft, digested) = draft(store, [Ok(open)], algorithm)?;
    let description = description(&source, given, is_replaced, is_tagged_anew);
    let object = Arc::new(ObjectRecord::whole(input.key, digested, store.now(), description));
    store.keep(&input.bucket, &object, draft, &condition, None)?;
    let mut result = CopyObjectResult {
        e_tag: Some(object.etag()),
        last_modified: Some(object.modified.timestamp()),
        checksum_type: object.sum.as_ref().map(|sum| sum.kind.name()),
        ..CopyObjectResult::default()
    };
    tell!(result, &object.sum);
    let mut output = CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() };
    tell_encryption!(output, object.description);
    Ok(output)
}

/// What is said of a copy: what the source's writer said, or what the copier says. Class, encryption and redirection are always
/// the copier's.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
fn description(source: &ObjectRecord, given: Description, is_replaced: bool, is_tagged_anew: bool) -> Description {
    let tags = if is_tagged_anew { given.tags.clone() } else { source.description.tags.clone() };
    if is_replaced {
        return Description { tags, ..given };
    }
    Description {
        tags,
        storage_class: given.storage_class,
        encryption: given.encryption,
        encryption_key: given.encryption_key,
        website_redirect_location: given.website_redirect_location,
        ..source.description.clone()
    }
}

pub(super) fn copy_part(store: &Store, request: S3Request<UploadPartCopyInput>) -> S3Result<UploadPartCopyOutput> {
    let input = request.input;
    let (bucket, key) = place_of(&input.copy_source)?;
    let (source, open) = store.object(bucket, key)?;
    source_condition!(input).check_copy(&source)?;
    let range = match &input.copy_source_range {
        Some(range) => range_of(&source, range)?,
        None => 0..source.size,
    };
    let part =
        uploads::Part { bucket: &input.bucket, key: &input.key, upload: &input.upload_id, number: input.part_number };
    let part = uploads::keep_part(store, &part, open.slice(&range), &Claim::default())?;
    let mut result = CopyPartResult {
        e_tag: Some(part.etag()),
        last_modified: Some(part.modified.timestamp()),
        ..CopyPartResult::default()
    };
    tell!(result, &part.sum);
    Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..UploadPartCopyOutput::default() })
}

/// A range of a source, which names both of its ends.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html>
fn range_of(source: &ObjectRecord, text: &str) -> S3Result<Range<u64>> {
    let invalid = || {
        s3_error!(
            InvalidArgument,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based \
             offsets of the first and last bytes to copy"
        )
    };
    let range = s3s::dto::Range::parse(text).map_err(|_| invalid())?;
    match range {
        s3s::dto::Range::Int { last: Some(last), .. } if last < source.size => in_object(source, &range),
        s3s::dto::Range::Int { last: Some(_), .. } => {
            Err(s3_error!(InvalidArgument, "Range specified is not valid for source object of size: {}", source.size))
        }
        _ => Err(invalid()),
    }
}

fn place_of(source: &CopySource) -> S3Result<(&str, &str)> {
    match source {
        CopySource::Bucket { bucket, key, version_id } if version_id.as_deref().is_none_or(|id| id == "null") => {
            Ok((bucket, key))
        }
        CopySource::Bucket { .. } => Err(s3_error!(NotImplemented, "the embedded S3 has no versions of objects")),
        _ => Err(s3_error!(NotImplemented, "the embedded S3 has no access points")),
    }
}
