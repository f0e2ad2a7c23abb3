//! DynamoDB: an engine in this process, or an endpoint.

use std::collections::BTreeSet;
use std::sync::Arc;

use aqueduct::aws::aws_config::{BehaviorVersion, Region};
use aqueduct::aws::dynamodb::config::{Credentials, SharedCredentialsProvider};
use aqueduct::aws::dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
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
            "DeleteItem" => answer!(delete_item),
            "Query" => answer!(query),
            "Scan" => answer!(scan),
            "TransactWriteItems" => answer!(transact_write_items),
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

/// The keys of a table and of its indexes, all of them strings: the first of a key is its partition key.
pub(crate) struct Keys {
    own: &'static [&'static str],
    indexes: &'static [(&'static str, [&'static str; 2])],
}

/// Those of [`aqueduct::aws::DynamoDbStatuses`].
pub(crate) const STATUSES: Keys =
    Keys { own: &["id"], indexes: &[("by-owner", ["owner", "created"]), ("by-progress", ["progress", "updated"])] };

/// Those of [`aqueduct::aws::DynamoDbOutbox`].
pub(crate) const OUTBOX: Keys = Keys { own: &["group", "id"], indexes: &[] };

impl Keys {
    fn schema(names: &[&str]) -> Vec<KeySchemaElement> {
        let kinds = [KeyType::Hash, KeyType::Range];
        let element = |(name, kind): (&&str, KeyType)| {
            KeySchemaElement::builder().attribute_name(*name).key_type(kind).build().unwrap()
        };
        names.iter().zip(kinds).map(element).collect()
    }

    fn attributes(&self) -> Vec<AttributeDefinition> {
        let names: BTreeSet<_> = self.own.iter().chain(self.indexes.iter().flat_map(|(_, names)| names)).collect();
        let string = |name: &&&str| {
            let definition = AttributeDefinition::builder().attribute_name(**name);
            definition.attribute_type(ScalarAttributeType::S).build().unwrap()
        };
        names.iter().map(string).collect()
    }

    fn indexes(&self) -> Option<Vec<GlobalSecondaryIndex>> {
        let all = Projection::builder().projection_type(ProjectionType::All).build();
        let index = |(name, names): &(&str, [&str; 2])| {
            let index = GlobalSecondaryIndex::builder().index_name(*name).projection(all.clone());
            index.set_key_schema(Some(Self::schema(names))).build().unwrap()
        };
        (!self.indexes.is_empty()).then(|| self.indexes.iter().map(index).collect())
    }
}

/// A table with the key `id`, in each DynamoDB that there is, for as long as `test` takes.
pub(crate) async fn with_table(name: &str, test: impl AsyncFn(dynamodb::Client, String)) {
    with_table_of(&Keys { own: &["id"], indexes: &[] }, name, test).await;
}

/// A table with these keys, in each DynamoDB that there is, for as long as `test` takes.
pub(crate) async fn with_table_of(keys: &Keys, name: &str, test: impl AsyncFn(dynamodb::Client, String)) {
    for config in [Some(engine().await), elsewhere().await].into_iter().flatten() {
        let client = dynamodb::Client::new(&config);
        let name = format!("stores-{name}-{}", std::process::id());
        client
            .create_table()
            .table_name(&name)
            .set_key_schema(Some(Keys::schema(keys.own)))
            .set_attribute_definitions(Some(keys.attributes()))
            .set_global_secondary_indexes(keys.indexes())
            .billing_mode(BillingMode::PayPerRequest)
            .send()
            .await
            .unwrap();
        test(client.clone(), name.clone()).await;
        client.delete_table().table_name(&name).send().await.unwrap();
    }
}
