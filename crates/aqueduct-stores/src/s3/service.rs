//! S3's operations: what the store does is called where it may wait for the disk.

use std::sync::Arc;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CopyObjectInput, CopyObjectOutput, CreateBucketInput, CreateBucketOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, DeleteBucketInput, DeleteBucketOutput, DeleteObjectInput, DeleteObjectOutput,
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, DeleteObjectsInput, DeleteObjectsOutput,
    GetBucketLocationInput, GetBucketLocationOutput, GetBucketVersioningInput, GetBucketVersioningOutput,
    GetObjectInput, GetObjectOutput, GetObjectTaggingInput, GetObjectTaggingOutput, HeadBucketInput, HeadBucketOutput,
    HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output,
    ListPartsInput, ListPartsOutput, PutObjectInput, PutObjectOutput, PutObjectTaggingInput, PutObjectTaggingOutput,
    UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::store::Store;
use super::{buckets, complete, copy, listing, objects, parts, stream, tagging, uploads};

/// The operations of a store.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) store: Arc<Store>,
}

impl Service {
    /// Does what a request asks for: at once in memory, where virtual time waits for it, else apart from the runtime's own
    /// threads.
    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> S3Result<T> + Send + 'static,
    ) -> S3Result<S3Response<T>> {
        let output = if self.store.place.is_memory() {
            work(&self.store)
        } else {
            let store = Arc::clone(&self.store);
            let called = tokio::task::spawn_blocking(move || work(&store)).await;
            called.map_err(|error| s3_error!(InternalError, "the embedded S3 failed: {error}"))?
        };
        output.map(S3Response::new)
    }
}

/// Implements operations by functions that take a store and a request, and by those that take the request's body, too.
macro_rules! operations {
    (
        without a body: { $($method:ident($input:ty) -> $output:ty = $work:path;)* }
        with a body: { $($body_method:ident($body_input:ty) -> $body_output:ty = $body_work:path;)* }
    ) => {
        #[async_trait::async_trait]
        impl s3s::S3 for Service {
            $(
                async fn $method(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                    self.call(move |store| $work(store, request)).await
                }
            )*
            $(
                async fn $body_method(
                    &self,
                    mut request: S3Request<$body_input>,
                ) -> S3Result<S3Response<$body_output>> {
                    let body = stream::collected(request.input.body.take()).await?;
                    self.call(move |store| $body_work(store, request, body)).await
                }
            )*
        }
    };
}

operations! {
    without a body: {
    create_bucket(CreateBucketInput) -> CreateBucketOutput = buckets::create;
    head_bucket(HeadBucketInput) -> HeadBucketOutput = buckets::head;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput = buckets::delete;
    list_buckets(ListBucketsInput) -> ListBucketsOutput = buckets::list;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput = buckets::location;
    get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput = buckets::versioning;
    get_object(GetObjectInput) -> GetObjectOutput = objects::get;
    head_object(HeadObjectInput) -> HeadObjectOutput = objects::head;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput = objects::delete;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput = objects::delete_many;
    copy_object(CopyObjectInput) -> CopyObjectOutput = copy::copy;
    list_objects(ListObjectsInput) -> ListObjectsOutput = listing::v1;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = listing::v2;
    get_object_tagging(GetObjectTaggingInput) -> GetObjectTaggingOutput = tagging::get;
    put_object_tagging(PutObjectTaggingInput) -> PutObjectTaggingOutput = tagging::put;
    delete_object_tagging(DeleteObjectTaggingInput) -> DeleteObjectTaggingOutput = tagging::delete;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput = uploads::create;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput = copy::copy_part;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput = complete::complete;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput = uploads::abort;
    list_parts(ListPartsInput) -> ListPartsOutput = parts::list_parts;
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput = parts::list_uploads;
    }
    with a body: {
    put_object(PutObjectInput) -> PutObjectOutput = objects::put;
    upload_part(UploadPartInput) -> UploadPartOutput = uploads::upload_part;
    }
}
