//! DynamoDB: an engine in this process, or an endpoint.

use std::sync::Arc;

use aqueduct::aws::aws_config::{BehaviorVersion, Region};
use aqueduct::aws::dynamodb::config::{Credentials, SharedCredentialsProvider};
use aqueduct::aws::dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aqueduct::aws::{SdkConfig, dynamodb};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;

/// The engine where the network is.
#[derive(Clone)]
struct Engine(Arc<dynoxide::Database>);

impl std::fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Engine")
    }
}

impl Engine {
    fn answer(&self, operation: &str, body: &str) -> (u16, String) {
        macro_rules! answer {
            ($method:ident) => {
                match self.0.$method(serde_json::from_str(body).unwrap()) {
                    Ok(answer) => (200, serde_json::to_string(&answer).unwrap()),
                    Err(error) => (error.status_code(), error.to_json()),
                }
            };
        }
        match operation {
            "CreateTable" => answer!(create_table),
            "DeleteTable" => answer!(delete_table),
            "GetItem" => answer!(get_item),
            "PutItem" => answer!(put_item),
            "UpdateItem" => answer!(update_item),
            _ => panic!("{operation}"),
        }
    }
}

impl HttpConnector for Engine {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").and_then(|target| target.split('.').next_back()).unwrap();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let (status, answer) = self.answer(operation, &body);
        let mut response = Response::new(StatusCode::try_from(status).unwrap(), SdkBody::from(answer));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl HttpClient for Engine {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn config() -> aqueduct::aws::aws_config::ConfigLoader {
    let credentials = Credentials::new("test", "test", None, None, "test");
    aqueduct::aws::aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
}

async fn engine() -> SdkConfig {
    config().http_client(Engine(Arc::new(dynoxide::Database::memory().unwrap()))).load().await
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says where")]
async fn elsewhere() -> Option<SdkConfig> {
    let endpoint = std::env::var("AQUEDUCT_STORES_ENDPOINT").ok()?;
    Some(config().endpoint_url(endpoint).load().await)
}

/// A table with the key `id`, in each DynamoDB that there is, for as long as `test` takes.
pub(crate) async fn with_table(name: &str, test: impl AsyncFn(dynamodb::Client, String)) {
    for config in [Some(engine().await), elsewhere().await].into_iter().flatten() {
        let client = dynamodb::Client::new(&config);
        let name = format!("stores-{name}-{}", std::process::id());
        client
            .create_table()
            .table_name(&name)
            .key_schema(KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().unwrap())
            .attribute_definitions(
                AttributeDefinition::builder()
                    .attribute_name("id")
                    .attribute_type(ScalarAttributeType::S)
                    .build()
                    .unwrap(),
            )
            .billing_mode(BillingMode::PayPerRequest)
            .send()
            .await
            .unwrap();
        test(client.clone(), name.clone()).await;
        client.delete_table().table_name(&name).send().await.unwrap();
    }
}
