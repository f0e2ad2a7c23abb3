//! DynamoDB tables and S3 buckets.

use serde_json::{Map, Value, json};

use super::{named, notification};
use crate::properties::Properties;
use crate::scope::Scope;
use crate::template::Resource;
use crate::{Arn, Bucket, StoredParameter, Table, Topology};

/// Properties that `CreateTable` takes as they are.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html>
const CREATE_TABLE: [&str; 9] = [
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "ProvisionedThroughput",
    "OnDemandThroughput",
    "DeletionProtectionEnabled",
    "TableClass",
    "WarmThroughput",
    "Tags",
];
const INDEX: [&str; 6] =
    ["IndexName", "KeySchema", "Projection", "ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput"];

pub(super) fn table(scope: &Scope<'_>, resource: &Resource) -> Option<Table> {
    let (name, arn) = named(scope, resource)?;
    let properties = Properties::new(scope, resource);
    let mut create = Map::new();
    create.insert("TableName".to_owned(), name.clone().into());
    for key in CREATE_TABLE {
        create.extend(properties.value(key).map(|value| (key.to_owned(), numbers(value))));
    }
    for key in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        let indexes = properties.maps(key);
        if !indexes.is_empty() {
            create.insert(key.to_owned(), indexes.iter().map(index).collect());
        }
    }
    let view = properties.map("StreamSpecification").and_then(|stream| stream.string("StreamViewType"));
    let stream = view.is_some().then(|| Arn::new(format!("{arn}/stream/{}", scope.deployment.stack)));
    if let Some(view) = view {
        let stream = json!({ "StreamEnabled": true, "StreamViewType": view });
        create.insert("StreamSpecification".to_owned(), stream);
    }
    if let Some(encryption) = properties.map("SSESpecification") {
        create.insert("SSESpecification".to_owned(), encryption_specification(&encryption));
    }
    let time_to_live = properties.map("TimeToLiveSpecification").and_then(|time_to_live| {
        let enabled = time_to_live.flag("Enabled").unwrap_or(false);
        time_to_live.string("AttributeName").filter(|_| enabled)
    });
    Some(Table { id: resource.id.clone(), name, arn, create: create.into(), time_to_live, stream, span: resource.span })
}

/// An index without the properties that only CloudFormation knows.
fn index(properties: &Properties<'_>) -> Value {
    INDEX.iter().filter_map(|key| Some(((*key).to_owned(), numbers(properties.value(key)?)))).collect()
}

fn encryption_specification(properties: &Properties<'_>) -> Value {
    let mut specification = Map::new();
    specification.extend(properties.flag("SSEEnabled").map(|enabled| ("Enabled".to_owned(), enabled.into())));
    for (own, called) in [("SSEType", "SSEType"), ("KMSMasterKeyId", "KMSMasterKeyId")] {
        specification.extend(properties.string(own).map(|text| (called.to_owned(), text.into())));
    }
    specification.into()
}

/// CloudFormation takes numbers in quotes, `CreateTable` does not.
fn numbers(value: Value) -> Value {
    match value {
        Value::Object(entries) => entries
            .into_iter()
            .map(|(key, value)| {
                let number =
                    value.as_str().filter(|_| key.ends_with("Units")).and_then(|text| text.parse::<u64>().ok());
                let value = number.map_or_else(|| numbers(value), Value::from);
                (key, value)
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(numbers).collect(),
        value => value,
    }
}

/// `AWS::Serverless::SimpleTable`: one key, on demand unless said otherwise.
///
/// Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-simpletable.html>
pub(super) fn simple_table(scope: &Scope<'_>, resource: &Resource) -> Option<Table> {
    let (name, arn) = named(scope, resource)?;
    let properties = Properties::new(scope, resource);
    let key = properties.map("PrimaryKey");
    let key = |name: &str| key.as_ref().and_then(|key| key.string(name));
    let attribute = key("Name").unwrap_or_else(|| "id".to_owned());
    let kind = match key("Type").as_deref() {
        Some("Number") => "N",
        Some("Binary") => "B",
        _ => "S",
    };
    let mut create = json!({
        "TableName": name,
        "AttributeDefinitions": [{ "AttributeName": attribute, "AttributeType": kind }],
        "KeySchema": [{ "AttributeName": attribute, "KeyType": "HASH" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    if let Some(throughput) = properties.value("ProvisionedThroughput") {
        create["BillingMode"] = "PROVISIONED".into();
        create["ProvisionedThroughput"] = numbers(throughput);
    }
    Some(Table { id: resource.id.clone(), name, arn, create, time_to_live: None, stream: None, span: resource.span })
}

/// Reads a bucket and what it notifies.
pub(super) fn bucket(scope: &Scope<'_>, resource: &Resource, topology: &mut Topology) {
    let Some((name, arn)) = named(scope, resource) else { return };
    let bucket = Bucket { id: resource.id.clone(), name, arn, span: resource.span };
    topology.notifications.extend(notification::read(&bucket, &Properties::new(scope, resource)));
    topology.buckets.push(bucket);
}

pub(super) fn parameter(scope: &Scope<'_>, resource: &Resource) -> Option<StoredParameter> {
    let (name, _) = named(scope, resource)?;
    let properties = Properties::new(scope, resource);
    let value = properties.string_if_known("Value")?;
    Some(StoredParameter { id: resource.id.clone(), name, value, span: resource.span })
}
