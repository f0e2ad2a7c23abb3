//! Listings of uploads and of their parts.

use std::ops::Bound;

use s3s::dto::{
    ListMultipartUploadsInput, ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, Part,
    StorageClass,
};
use s3s::{S3Request, S3Result};

use super::checksum::{Algorithm, tell};
use super::list::{Encoding, Query, page_size};
use super::record::{PartRecord, UploadRecord, length};
use super::store::{Store, bucket};

pub(super) fn list_parts(store: &Store, request: S3Request<ListPartsInput>) -> S3Result<ListPartsOutput> {
    let input = request.input;
    let most = page_size("max-parts", input.max_parts)?;
    let after = input.part_number_marker.unwrap_or(0);
    let mut index = store.lock();
    let upload = bucket(&mut index, &input.bucket)?.upload(&input.key, &input.upload_id)?;
    let mut found = upload.parts.range((Bound::Excluded(after), Bound::Unbounded)).map(|(_, (part, _))| part);
    let parts: Vec<Part> = found.by_ref().take(most).map(listed).collect();
    let is_truncated = found.next().is_some() && !parts.is_empty();
    Ok(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        part_number_marker: Some(after),
        next_part_number_marker: Some(parts.last().and_then(|part| part.part_number).unwrap_or(0)),
        max_parts: i32::try_from(most).ok(),
        is_truncated: Some(is_truncated),
        parts: Some(parts),
        checksum_algorithm: upload.record.algorithm.map(Algorithm::name),
        checksum_type: upload.record.algorithm.map(|_| upload.record.kind.name()),
        storage_class: Some(class(&upload.record)),
        ..ListPartsOutput::default()
    })
}

fn listed(part: &PartRecord) -> Part {
    let mut listed = Part {
        part_number: Some(part.number),
        size: Some(length(part.size)),
        e_tag: Some(part.etag()),
        last_modified: Some(part.modified.timestamp()),
        ..Part::default()
    };
    tell!(listed, &part.sum);
    listed
}

/// Lists uploads by their keys, and those of one key by their ids, in the order of their beginning.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>
pub(super) fn list_uploads(
    store: &Store,
    request: S3Request<ListMultipartUploadsInput>,
) -> S3Result<ListMultipartUploadsOutput> {
    let input = request.input;
    let encoding = Encoding::new(input.encoding_type.as_ref())?;
    let marker = input.key_marker.as_deref();
    let query = Query::new(input.prefix.as_deref(), input.delimiter.as_deref(), marker, input.max_uploads)?;
    let id_marker = input.upload_id_marker.as_deref().filter(|_| marker.is_some());
    let mut index = store.lock();
    let uploads = &bucket(&mut index, &input.bucket)?.uploads;
    let page = page(&query, id_marker, uploads.values().map(|upload| &*upload.record));
    let (next_key, next_id) = page.next.unzip();
    let listed = |upload: &&UploadRecord| MultipartUpload {
        key: Some(encoding.text(&upload.key)),
        upload_id: Some(upload.id.clone()),
        initiated: Some(upload.initiated.timestamp()),
        storage_class: Some(class(upload)),
        checksum_algorithm: upload.algorithm.map(Algorithm::name),
        checksum_type: upload.algorithm.map(|_| upload.kind.name()),
        ..MultipartUpload::default()
    };
    Ok(ListMultipartUploadsOutput {
        max_uploads: i32::try_from(query.max).ok(),
        prefix: Some(encoding.text(&query.prefix)),
        delimiter: encoding.option(input.delimiter.as_deref()),
        key_marker: Some(encoding.text(&query.after)),
        upload_id_marker: input.upload_id_marker,
        is_truncated: Some(next_key.is_some()),
        next_key_marker: encoding.option(next_key.as_deref()),
        next_upload_id_marker: next_id,
        uploads: Some(page.uploads.iter().map(listed).collect()),
        common_prefixes: Some(encoding.prefixes(&page.prefixes)),
        bucket: Some(input.bucket),
        encoding_type: input.encoding_type,
        ..ListMultipartUploadsOutput::default()
    })
}

struct Page<'a> {
    uploads: Vec<&'a UploadRecord>,
    prefixes: Vec<String>,
    /// The key or common prefix, and the id, of the last entry, if others follow.
    next: Option<(String, String)>,
}

fn page<'a>(query: &Query, id_marker: Option<&str>, uploads: impl Iterator<Item = &'a UploadRecord>) -> Page<'a> {
    let mut page = Page { uploads: Vec::new(), prefixes: Vec::new(), next: None };
    let mut last = None;
    for upload in uploads.filter(|upload| upload.key.starts_with(&query.prefix)) {
        let is_after = match id_marker {
            Some(id) => (upload.key.as_str(), upload.id.as_str()) > (query.after.as_str(), id),
            None => upload.key > query.after,
        };
        let common = query.common(&upload.key);
        let is_told = common.is_some_and(|common| {
            query.after.starts_with(common) || page.prefixes.last().is_some_and(|last| last == common)
        });
        if !is_after || is_told {
            continue;
        }
        if page.uploads.len() + page.prefixes.len() >= query.max {
            page.next = last;
            break;
        }
        if let Some(common) = common {
            last = Some((common.to_owned(), String::new()));
            page.prefixes.push(common.to_owned());
        } else {
            last = Some((upload.key.clone(), upload.id.clone()));
            page.uploads.push(upload);
        }
    }
    page
}

fn class(upload: &UploadRecord) -> StorageClass {
    let class = upload.description.storage_class.clone();
    class.map_or(StorageClass::from_static(StorageClass::STANDARD), StorageClass::from)
}
