//! Uploads in parts.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

use std::sync::Arc;

use bytes::Bytes;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Result, s3_error};

use super::checksum::{Algorithm, Claim, Kind, claimed, tell};
use super::description::{described, tell_encryption};
use super::objects::draft;
use super::place::{Open, Slot};
use super::record::{PartRecord, UploadRecord};
use super::store::{Store, Upload, bucket, failed};

/// The highest number of a part.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const PART_MAX: i32 = 10_000;

/// Which part of which upload.
pub(super) struct Part<'a> {
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    pub(super) upload: &'a str,
    pub(super) number: i32,
}

pub(super) fn create(
    store: &Store,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<CreateMultipartUploadOutput> {
    let input = request.input;
    let algorithm = input.checksum_algorithm.as_ref().map(Algorithm::named).transpose()?;
    let kind = match algorithm {
        Some(algorithm) => algorithm.kind(input.checksum_type.as_ref())?,
        None => Kind::FullObject,
    };
    let description = described!(input);
    let initiated = store.now();
    let mut index = store.lock();
    let bucket = bucket(&mut index, &input.bucket)?;
    let record = Arc::new(UploadRecord {
        id: store.upload_id(initiated),
        key: input.key,
        initiated,
        algorithm,
        kind,
        description,
    });
    store.place.make_upload(&input.bucket, &record).map_err(|error| failed("make an upload", &error))?;
    let upload = Upload { record: Arc::clone(&record), parts: std::collections::BTreeMap::new() };
    bucket.uploads.insert((record.key.clone(), record.id.clone()), upload);
    let mut output = CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(record.key.clone()),
        upload_id: Some(record.id.clone()),
        checksum_algorithm: algorithm.map(Algorithm::name),
        checksum_type: algorithm.map(|_| kind.name()),
        ..CreateMultipartUploadOutput::default()
    };
    tell_encryption!(output, record.description);
    Ok(output)
}

pub(super) fn upload_part(
    store: &Store,
    request: S3Request<UploadPartInput>,
    body: Bytes,
) -> S3Result<UploadPartOutput> {
    let input = request.input;
    let claim = Claim::new(input.content_md5.clone(), claimed!(input), input.checksum_algorithm.as_ref())?;
    let part = Part { bucket: &input.bucket, key: &input.key, upload: &input.upload_id, number: input.part_number };
    let part = keep_part(store, &part, Open::Bytes(body), &claim)?;
    let mut output = UploadPartOutput { e_tag: Some(part.etag()), ..UploadPartOutput::default() };
    tell!(output, &part.sum);
    Ok(output)
}

/// Keeps a part in the place of one that has its number.
pub(super) fn keep_part(store: &Store, part: &Part<'_>, body: Open, claim: &Claim) -> S3Result<PartRecord> {
    if !(1..=PART_MAX).contains(&part.number) {
        let text = "Part number must be an integer between 1 and 10000, inclusive";
        return Err(s3_error!(InvalidArgument, "{text}"));
    }
    let upload = record(store, part.bucket, part.key, part.upload)?;
    let algorithm = match (upload.algorithm, claim.algorithm()) {
        (Some(asked), Some(claimed)) if asked != claimed => {
            let [asked, claimed] = [asked, claimed].map(|algorithm| algorithm.as_str().to_lowercase());
            return Err(s3_error!(
                InvalidRequest,
                "Checksum Type mismatch occurred, expected checksum Type: {asked}, actual checksum Type: {claimed}"
            ));
        }
        (asked, claimed) => asked.or(claimed).unwrap_or(Algorithm::DEFAULT),
    };
    let (mut draft, digested) = draft(store, [Ok(body)], algorithm)?;
    claim.check(&digested)?;
    let record = PartRecord {
        number: part.number,
        size: digested.size,
        etag: digested.etag(),
        modified: store.now(),
        sum: Some(digested.sum),
    };
    draft.seal(&record).map_err(|error| failed("write a part", &error))?;
    let mut index = store.lock();
    let upload = bucket(&mut index, part.bucket)?.upload(part.key, part.upload)?;
    let slot = Slot::Part { bucket: part.bucket, upload: part.upload, number: part.number };
    let kept = store.place.publish(draft, slot).map_err(|error| failed("keep a part", &error))?;
    upload.parts.insert(part.number, (record.clone(), kept));
    Ok(record)
}

pub(super) fn abort(
    store: &Store,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<AbortMultipartUploadOutput> {
    let AbortMultipartUploadInput { bucket: name, key, upload_id, .. } = request.input;
    let mut index = store.lock();
    let bucket = bucket(&mut index, &name)?;
    bucket.upload(&key, &upload_id)?;
    store.end_upload(bucket, &key, &upload_id)?;
    Ok(AbortMultipartUploadOutput::default())
}

/// What is known of an upload.
pub(super) fn record(store: &Store, bucket_name: &str, key: &str, id: &str) -> S3Result<Arc<UploadRecord>> {
    Ok(Arc::clone(&bucket(&mut store.lock(), bucket_name)?.upload(key, id)?.record))
}
