//! Code that stands in S3: fetched from the S3 served here before Lambda hears of the call.

use aqueduct_services::ApiError;
use aqueduct_services::cloud::Request;
use aqueduct_services::lambda::{self, CodeSource};
use aqueduct_stores::S3;
use bytes::Bytes;
use http::StatusCode;
use http_body_util::BodyExt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The request, with code from S3 as if its caller had brought it.
pub(crate) async fn fetched(s3: &S3, mut request: Request) -> Result<Request, ApiError> {
    let Request::Lambda(call) = &mut request else { return Ok(request) };
    let source = match call {
        lambda::Request::CreateFunction(create) => &mut create.code,
        lambda::Request::UpdateFunctionCode(update) => &mut update.code,
        _ => return Ok(request),
    };
    if let CodeSource::S3 { bucket, key } = source {
        *source = CodeSource::Zip(object(s3, bucket, key).await?);
    }
    Ok(request)
}

/// An object's bytes, or Lambda's words for why there are none.
///
/// Source: LocalStack's AWS-validated test `TestLambdaFunction::test_create_lambda_exceptions`
async fn object(s3: &S3, bucket: &str, key: &str) -> Result<Bytes, ApiError> {
    let encoded: Vec<String> =
        key.split('/').map(|part| utf8_percent_encode(part, NON_ALPHANUMERIC).to_string()).collect();
    let uri = format!("http://127.0.0.1/{}/{}", utf8_percent_encode(bucket, NON_ALPHANUMERIC), encoded.join("/"));
    let refused = |code: &str, message: &str| {
        ApiError::sender(
            "InvalidParameterValueException",
            format!("Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"),
        )
    };
    let get = http::Request::get(uri).header("host", "127.0.0.1").body(());
    let (parts, ()) = get.map_err(|error| refused("InvalidURI", &error.to_string()))?.into_parts();
    let answer = s3.answer(parts, Bytes::new()).await;
    if answer.status() == StatusCode::NOT_FOUND {
        return Err(refused("NoSuchKey", "The specified key does not exist."));
    }
    let (head, body) = answer.into_parts();
    let body = body.collect().await.map_err(|error| refused("InternalError", &error.to_string()))?.to_bytes();
    if head.status.is_success() { Ok(body) } else { Err(refused(head.status.as_str(), "S3 refuses the object.")) }
}
