//! The end of an upload: its parts become an object.

use std::sync::Arc;

use s3s::dto::{CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart};
use s3s::{S3Request, S3Result, s3_error};

use super::checksum::{self, Algorithm, Claim, Digested, Kind, Sum, claimed, tell};
use super::condition::WriteCondition;
use super::description::tell_encryption;
use super::objects::draft;
use super::place::{Kept, Slot};
use super::record::{ObjectRecord, PartRecord, UploadRecord};
use super::store::{Store, bucket, invalid_part};
use super::uploads;

/// The fewest bytes of a part that others follow.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const PART_BYTES_MIN: u64 = 5 * 1024 * 1024;

/// An upload, and its parts that are to be an object.
type Gathered = (Arc<UploadRecord>, Vec<(PartRecord, Kept)>);

pub(super) fn complete(
    store: &Store,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<CompleteMultipartUploadOutput> {
    let host = request.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let location = format!("http://{host}/{}/{}", request.input.bucket, request.input.key);
    let input = request.input;
    let claim = Claim::new(None, claimed!(input), None)?;
    let asked = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
    let (upload, parts) = gathered(store, &input.bucket, &input.key, &input.upload_id, &asked)?;
    if input.checksum_type.as_ref().is_some_and(|kind| *kind != upload.kind.name()) {
        return Err(s3_error!(
            InvalidRequest,
            "The upload was created using the {} checksum mode. The complete request must use the same checksum mode.",
            upload.kind.name().as_str()
        ));
    }
    let bodies = parts.iter().map(|(part, kept)| {
        let slot = Slot::Part { bucket: &input.bucket, upload: &upload.id, number: part.number };
        store.place.open(kept, slot, part.size)
    });
    let written = draft(store, bodies, upload.algorithm.unwrap_or(Algorithm::DEFAULT));
    // An upload that is given up meanwhile takes its parts with it.
    uploads::record(store, &input.bucket, &input.key, &upload.id)?;
    let (draft, digested) = written?;
    let parts: Vec<PartRecord> = parts.into_iter().map(|(part, _)| part).collect();
    if let Some(size) = input.mpu_object_size.filter(|size| u64::try_from(*size) != Ok(digested.size)) {
        return Err(s3_error!(
            InvalidRequest,
            "The provided 'x-amz-mp-object-size' header value {size} does not match what was computed: {}",
            digested.size
        ));
    }
    let sum = sum(&upload, &parts, &digested);
    if let Some(sum) = &sum {
        claim.check_sum(sum)?;
    }
    let object = Arc::new(ObjectRecord {
        key: input.key,
        size: digested.size,
        etag: checksum::etag_of_parts(parts.iter().map(|part| part.etag.as_str())),
        modified: store.now(),
        sum,
        parts,
        description: upload.description.clone(),
    });
    let condition = WriteCondition::new(input.if_match, input.if_none_match);
    store.keep(&input.bucket, &object, draft, &condition, Some(&upload.id))?;
    let mut output = CompleteMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(object.key.clone()),
        e_tag: Some(object.etag()),
        location: Some(location),
        checksum_type: object.sum.as_ref().map(|sum| sum.kind.name()),
        ..CompleteMultipartUploadOutput::default()
    };
    tell!(output, &object.sum);
    tell_encryption!(output, object.description);
    Ok(output)
}

/// The parts that a caller names, in its order, which has to be that of their numbers.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
fn gathered(store: &Store, bucket_name: &str, key: &str, id: &str, asked: &[CompletedPart]) -> S3Result<Gathered> {
    let mut index = store.lock();
    let upload = bucket(&mut index, bucket_name)?.upload(key, id)?;
    if asked.is_empty() {
        return Err(s3_error!(InvalidRequest, "You must specify at least one part"));
    }
    if !asked.is_sorted_by(|one, next| one.part_number < next.part_number) {
        return Err(s3_error!(
            InvalidPartOrder,
            "The list of parts was not in ascending order. Parts must be ordered by part number."
        ));
    }
    let mut parts = Vec::new();
    for claimed in asked {
        let number = claimed.part_number.unwrap_or_default();
        let (part, kept) = upload.parts.get(&number).ok_or_else(invalid_part)?;
        check(&upload.record, part, claimed)?;
        parts.push((part.clone(), kept.clone()));
    }
    let others_follow = parts.iter().take(parts.len().saturating_sub(1));
    if others_follow.into_iter().any(|(part, _)| part.size < PART_BYTES_MIN) {
        return Err(s3_error!(EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size"));
    }
    Ok((Arc::clone(&upload.record), parts))
}

/// Holds a part against what the caller says of it.
fn check(upload: &UploadRecord, part: &PartRecord, claimed: &CompletedPart) -> S3Result<()> {
    if claimed.e_tag.as_ref().is_none_or(|etag| etag.value() != part.etag) {
        return Err(invalid_part());
    }
    let sums: Vec<_> =
        claimed!(claimed).into_iter().filter_map(|(algorithm, value)| Some((algorithm, value?))).collect();
    let is_other = |(algorithm, value): &(Algorithm, String)| {
        part.sum.as_ref().is_some_and(|sum| sum.algorithm == *algorithm && sum.value != *value)
    };
    if sums.iter().any(is_other) {
        return Err(invalid_part());
    }
    match upload.algorithm.filter(|_| upload.kind == Kind::Composite) {
        Some(algorithm) if sums.iter().all(|(claimed, _)| *claimed != algorithm) => Err(s3_error!(
            InvalidRequest,
            "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was \
             missing for part {} in the request.",
            algorithm.as_str().to_lowercase(),
            part.number
        )),
        _ => Ok(()),
    }
}

/// The checksum of the object: of its bytes, or of its parts' checksums.
fn sum(upload: &UploadRecord, parts: &[PartRecord], digested: &Digested) -> Option<Sum> {
    match (upload.kind, upload.algorithm) {
        (Kind::Composite, Some(algorithm)) => {
            checksum::composite(algorithm, parts.iter().map(|part| part.sum.as_ref()))
        }
        _ => Some(digested.sum.clone()),
    }
}
