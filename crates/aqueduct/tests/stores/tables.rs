//! DynamoDB: the engines in this process, or an endpoint.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::aws_config::{BehaviorVersion, Region};
use aqueduct::aws::dynamodb::config::{Credentials, SharedCredentialsProvider};
use aqueduct::aws::dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use aqueduct::aws::{SdkConfig, dynamodb};
use aqueduct_stores::DynamoDb;
use aqueduct_topology::{Arn, Span, Table};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;

/// The engine where the network is.
#[derive(Clone)]
enum Engine {
    Database(Arc<dynoxide::Database>),
    Memory(DynamoDb),
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Engine")
    }
}

impl Engine {
    fn answer(&self, target: &str, body: &str) -> (u16, String) {
        match self {
            Self::Database(database) => of_database(database, target, body),
            Self::Memory(memory) => of_memory(memory, target, body),
        }
    }
}

fn of_database(database: &dynoxide::Database, target: &str, body: &str) -> (u16, String) {
    let operation = target.split('.').next_back().unwrap();
    macro_rules! answer {
        ($method:ident) => {
            match database.$method(serde_json::from_str(body).unwrap()) {
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

/// What it is not asked for in virtual time is done as a template does it.
fn of_memory(memory: &DynamoDb, target: &str, body: &str) -> (u16, String) {
    match target.split('.').next_back().unwrap() {
        "CreateTable" => {
            memory.provision(&[declared(serde_json::from_str(body).unwrap())]).unwrap();
            (200, "{}".to_owned())
        }
        "DeleteTable" => (200, "{}".to_owned()),
        _ => {
            let request = http::Request::post("/").header("x-amz-target", target).body(()).unwrap();
            let answer = memory.answer(&request.into_parts().0, body.as_bytes());
            let is_refused = answer.status().is_client_error();
            assert!(memory.is_in_memory() || is_refused, "{target} {body} is left to the other engine");
            (answer.status().as_u16(), String::from_utf8(answer.into_body().to_vec()).unwrap())
        }
    }
}

fn declared(create: serde_json::Value) -> Table {
    let name = create["TableName"].as_str().unwrap().to_owned();
    let arn = Arn::new(format!("arn:aws:dynamodb:us-east-1:000000000000:table/{name}"));
    Table { id: name.clone(), name, arn, create, time_to_live: None, stream: None, span: Span::default() }
}

impl HttpConnector for Engine {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let (status, answer) = self.answer(target, &body);
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

async fn engines() -> [SdkConfig; 2] {
    let database = Engine::Database(Arc::new(dynoxide::Database::memory().unwrap()));
    let memory = Engine::Memory(DynamoDb::with_clock(|| Duration::from_hours(500_000)));
    [config().http_client(database).load().await, config().http_client(memory).load().await]
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
    for config in engines().await.into_iter().chain(elsewhere().await) {
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
