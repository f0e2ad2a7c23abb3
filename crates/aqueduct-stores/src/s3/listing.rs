//! The two ways of listing a bucket's objects.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::{
    ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, Object, ObjectStorageClass,
};
use s3s::{S3Request, S3Result, s3_error};

use super::list::{Encoding, Page, Query};
use super::store::{self, Store, bucket};

pub(super) fn v2(store: &Store, request: S3Request<ListObjectsV2Input>) -> S3Result<ListObjectsV2Output> {
    let input = request.input;
    let encoding = Encoding::new(input.encoding_type.as_ref())?;
    let token = input.continuation_token.as_deref().map(place).transpose()?;
    let after = token.as_deref().or(input.start_after.as_deref());
    let query = Query::new(input.prefix.as_deref(), input.delimiter.as_deref(), after, input.max_keys)?;
    let mut index = store.lock();
    let page = query.page(&bucket(&mut index, &input.bucket)?.objects);
    Ok(ListObjectsV2Output {
        key_count: i32::try_from(page.keys.len() + page.prefixes.len()).ok(),
        max_keys: i32::try_from(query.max).ok(),
        name: Some(input.bucket),
        prefix: Some(encoding.text(&query.prefix)),
        delimiter: encoding.option(input.delimiter.as_deref()),
        start_after: encoding.option(input.start_after.as_deref()),
        continuation_token: input.continuation_token,
        next_continuation_token: page.next.as_deref().map(token_of),
        is_truncated: Some(page.next.is_some()),
        contents: Some(contents(&page, encoding)),
        common_prefixes: Some(encoding.prefixes(&page.prefixes)),
        encoding_type: input.encoding_type,
        ..ListObjectsV2Output::default()
    })
}

pub(super) fn v1(store: &Store, request: S3Request<ListObjectsInput>) -> S3Result<ListObjectsOutput> {
    let input = request.input;
    let encoding = Encoding::new(input.encoding_type.as_ref())?;
    let (prefix, marker) = (input.prefix.as_deref(), input.marker.as_deref());
    let query = Query::new(prefix, input.delimiter.as_deref(), marker, input.max_keys)?;
    let mut index = store.lock();
    let page = query.page(&bucket(&mut index, &input.bucket)?.objects);
    // Without a delimiter the last key says where the next page begins.
    let next = page.next.as_deref().filter(|_| query.delimiter.is_some());
    Ok(ListObjectsOutput {
        max_keys: i32::try_from(query.max).ok(),
        name: Some(input.bucket),
        prefix: Some(encoding.text(&query.prefix)),
        delimiter: encoding.option(input.delimiter.as_deref()),
        marker: Some(encoding.text(&query.after)),
        next_marker: encoding.option(next),
        is_truncated: Some(page.next.is_some()),
        contents: Some(contents(&page, encoding)),
        common_prefixes: Some(encoding.prefixes(&page.prefixes)),
        encoding_type: input.encoding_type,
        ..ListObjectsOutput::default()
    })
}

fn contents(page: &Page<'_, store::Object>, encoding: Encoding) -> Vec<Object> {
    let listed = |(key, store::Object { record, .. }): &(&str, &store::Object)| Object {
        key: Some(encoding.text(key)),
        size: Some(record.length()),
        e_tag: Some(record.etag()),
        last_modified: Some(record.modified.timestamp()),
        storage_class: Some(match &record.description.storage_class {
            Some(class) => ObjectStorageClass::from(class.clone()),
            None => ObjectStorageClass::from_static(ObjectStorageClass::STANDARD),
        }),
        checksum_algorithm: record.sum.as_ref().map(|sum| vec![sum.algorithm.name()]),
        checksum_type: record.sum.as_ref().map(|sum| sum.kind.name()),
        ..Object::default()
    };
    page.keys.iter().map(listed).collect()
}

/// The token of a place in a listing.
fn token_of(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

fn place(token: &str) -> S3Result<String> {
    let place = URL_SAFE_NO_PAD.decode(token).ok().and_then(|place| String::from_utf8(place).ok());
    place.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}
