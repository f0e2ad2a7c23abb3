//! S3 as a stand-in answers for it.

use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Config, Credentials};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;

use super::S3Objects;
use crate::claim_check::{ObjectError, Objects as _, Pointer};

/// Gives the same answer to each request, and keeps what was asked.
#[derive(Clone, Debug, Default)]
struct Bucket {
    status: u16,
    length: Option<usize>,
    body: Vec<u8>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl HttpConnector for Bucket {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let owner = request.headers().get("x-amz-expected-bucket-owner").unwrap_or_default();
        let path = request.uri().split('?').next().unwrap_or_default();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        self.requests.lock().unwrap().push(format!("{} {path} {owner} {body}", request.method()));
        let mut answer = Response::new(StatusCode::try_from(self.status).unwrap(), SdkBody::from(self.body.clone()));
        if let Some(length) = self.length {
            answer.headers_mut().insert("content-length", length.to_string());
        }
        HttpConnectorFuture::ready(Ok(answer))
    }
}

impl HttpClient for Bucket {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl Bucket {
    fn object(length: Option<usize>, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, length, body: body.into(), ..Self::default() }
    }

    fn error(status: u16, code: &str) -> Self {
        let body = format!("<Error><Code>{code}</Code><Message>said so</Message></Error>");
        Self { status, body: body.into_bytes(), ..Self::default() }
    }

    fn objects(&self) -> S3Objects {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .http_client(self.clone())
            .build();
        S3Objects::new(Client::from_conf(config))
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn an_object_is_read_and_stored_in_the_bucket_of_the_named_account() {
    let bucket = Bucket::object(Some(5), "hello");
    let objects = bucket.objects().owner("111122223333");
    let pointer = Pointer::new("orders", "a/k");
    assert_eq!(objects.get(&pointer, 5).await.as_deref(), Ok("hello"));
    objects.put(&pointer, "text").await.unwrap();
    let url = "https://orders.s3.eu-central-1.amazonaws.com/a/k";
    assert_eq!(bucket.requests(), [format!("GET {url} 111122223333 "), format!("PUT {url} 111122223333 text")]);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_cannot_be_read_says_why() {
    let cases = [
        (Bucket::object(Some(11), "x"), ObjectError::TooLarge(10)),
        (Bucket::object(None, "x".repeat(11)), ObjectError::TooLarge(10)),
        (Bucket::object(Some(2), [0xff, 0xfe]), ObjectError::NotText),
        (Bucket::error(404, "NoSuchKey"), ObjectError::Missing),
        (Bucket::error(404, "NoSuchBucket"), ObjectError::NoBucket),
        (Bucket::error(403, "AccessDenied"), ObjectError::Denied("s3:GetObject")),
    ];
    for (bucket, error) in cases {
        assert_eq!(bucket.objects().get(&Pointer::new("orders", "k"), 10).await, Err(error));
        assert_eq!(bucket.requests().len(), 1, "what does not pass is not asked again");
    }
    let passing = [
        (Bucket::error(503, "SlowDown"), "SlowDown"),
        (Bucket::error(500, "InternalError"), "InternalError"),
        (Bucket::error(301, "PermanentRedirect"), "PermanentRedirect"),
        (Bucket::object(Some(9), "cut"), "9"),
    ];
    for (bucket, words) in passing {
        let error = bucket.objects().get(&Pointer::new("orders", "k"), 10).await.unwrap_err();
        assert!(error.is_passing() && error.to_string().contains(words), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_cannot_be_stored_says_why() {
    let cases = [
        (Bucket::error(404, "NoSuchBucket"), "there is no such bucket"),
        (Bucket::error(403, "AccessDenied"), "s3:PutObject"),
        (Bucket::error(503, "SlowDown"), "SlowDown"),
    ];
    for (bucket, words) in cases {
        let error = bucket.objects().put(&Pointer::new("orders", "k"), "text").await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}
