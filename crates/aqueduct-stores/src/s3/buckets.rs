//! Operations on buckets.

use s3s::dto::{
    Bucket, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput, DeleteBucketInput, DeleteBucketOutput,
    GetBucketLocationInput, GetBucketLocationOutput, GetBucketVersioningInput, GetBucketVersioningOutput,
    HeadBucketInput, HeadBucketOutput, ListBucketsInput, ListBucketsOutput,
};
use s3s::{S3Request, S3Result, s3_error};

use super::list;
use super::store::{Store, bucket, failed};

pub(super) fn create(store: &Store, request: S3Request<CreateBucketInput>) -> S3Result<CreateBucketOutput> {
    let CreateBucketInput { bucket: name, create_bucket_configuration, .. } = request.input;
    let location = create_bucket_configuration.and_then(|configuration| configuration.location_constraint);
    let location = location.map(|location| location.as_str().to_owned()).filter(|location| !location.is_empty());
    let made = store.make_bucket(&name, location).map_err(|error| failed("make a bucket", &error))?;
    if !made {
        return Err(s3_error!(
            BucketAlreadyOwnedByYou,
            "Your previous request to create the named bucket succeeded and you already own it."
        ));
    }
    Ok(CreateBucketOutput { location: Some(format!("/{name}")) })
}

pub(super) fn head(store: &Store, request: S3Request<HeadBucketInput>) -> S3Result<HeadBucketOutput> {
    let HeadBucketInput { bucket: name, .. } = request.input;
    let bucket_region = bucket(&mut store.lock(), &name)?.record.location.clone();
    Ok(HeadBucketOutput { bucket_region, ..HeadBucketOutput::default() })
}

pub(super) fn delete(store: &Store, request: S3Request<DeleteBucketInput>) -> S3Result<DeleteBucketOutput> {
    let DeleteBucketInput { bucket, .. } = request.input;
    store.remove_bucket(&bucket)?;
    Ok(DeleteBucketOutput {})
}

pub(super) fn location(store: &Store, request: S3Request<GetBucketLocationInput>) -> S3Result<GetBucketLocationOutput> {
    let GetBucketLocationInput { bucket: name, .. } = request.input;
    let location = bucket(&mut store.lock(), &name)?.record.location.clone();
    Ok(GetBucketLocationOutput { location_constraint: location.map(BucketLocationConstraint::from) })
}

/// No bucket keeps versions, which an answer without a status says.
pub(super) fn versioning(
    store: &Store,
    request: S3Request<GetBucketVersioningInput>,
) -> S3Result<GetBucketVersioningOutput> {
    let GetBucketVersioningInput { bucket: name, .. } = request.input;
    bucket(&mut store.lock(), &name)?;
    Ok(GetBucketVersioningOutput::default())
}

pub(super) fn list(store: &Store, request: S3Request<ListBucketsInput>) -> S3Result<ListBucketsOutput> {
    let input = request.input;
    let most = input.max_buckets.map(|max| list::page_size("max-buckets", Some(max))).transpose()?;
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let after = input.continuation_token.as_deref().unwrap_or_default();
    let index = store.lock();
    let mut found = index.values().map(|bucket| &bucket.record).filter(|record| {
        let region = input.bucket_region.as_ref();
        record.name.starts_with(prefix)
            && record.name.as_str() > after
            && region.is_none_or(|region| record.location.as_ref().is_none_or(|location| location == region))
    });
    let listed: Vec<Bucket> = found
        .by_ref()
        .take(most.unwrap_or(usize::MAX))
        .map(|record| Bucket {
            name: Some(record.name.clone()),
            creation_date: Some(record.created.timestamp()),
            bucket_region: record.location.clone(),
        })
        .collect();
    let next = found.next().and(listed.last()).and_then(|last| last.name.clone());
    Ok(ListBucketsOutput {
        buckets: Some(listed),
        continuation_token: next,
        prefix: input.prefix,
        ..ListBucketsOutput::default()
    })
}
