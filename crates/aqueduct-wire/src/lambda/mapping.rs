//! Event source mappings.

use std::collections::BTreeMap;

use aqueduct_services::lambda::{CreateMapping, MappingChange, MappingDescription, ProvisionedPollers, Request};
use aqueduct_services::{ApiError, Arn};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{refuse_others, required};
use crate::json;

/// What creating and updating a mapping share.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    function_name: Option<String>,
    event_source_arn: Option<String>,
    tags: BTreeMap<String, String>,
    enabled: Option<bool>,
    batch_size: Option<i64>,
    maximum_batching_window_in_seconds: Option<i64>,
    scaling_config: Option<ScalingConfig>,
    provisioned_poller_config: Option<PollerConfig>,
    function_response_types: Option<Vec<String>>,
    filter_criteria: Option<FilterCriteria>,
    #[serde(rename = "KMSKeyArn")]
    kms_key_arn: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ScalingConfig {
    maximum_concurrency: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PollerConfig {
    minimum_pollers: Option<u32>,
    maximum_pollers: Option<u32>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct FilterCriteria {
    filters: Vec<Filter>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Filter {
    pattern: Option<String>,
}

impl Input {
    fn change(self, action: &str) -> Result<MappingChange, ApiError> {
        refuse_others(&self.others, action)?;
        if let Some(pollers) = &self.provisioned_poller_config {
            refuse_others(&pollers.others, action)?;
        }
        Ok(MappingChange {
            function: self.function_name,
            enabled: self.enabled,
            batch_size: self.batch_size,
            window: self.maximum_batching_window_in_seconds,
            concurrency_max: self.scaling_config.map(|scaling| scaling.maximum_concurrency),
            provisioned: self.provisioned_poller_config.map(PollerConfig::pollers),
            reports_batch_item_failures: self.function_response_types.map(|types| reports(&types)).transpose()?,
            filters: self.filter_criteria.map(FilterCriteria::patterns),
            kms_key: self.kms_key_arn,
        })
    }
}

impl PollerConfig {
    /// An empty one takes the pollers away.
    fn pollers(self) -> Option<ProvisionedPollers> {
        let pollers = ProvisionedPollers { min: self.minimum_pollers, max: self.maximum_pollers };
        (pollers != ProvisionedPollers::default()).then_some(pollers)
    }
}

impl FilterCriteria {
    fn patterns(self) -> Vec<Option<String>> {
        self.filters.into_iter().map(|filter| filter.pattern).collect()
    }
}

fn reports(types: &[String]) -> Result<bool, ApiError> {
    if types.iter().all(|kind| kind == "ReportBatchItemFailures") {
        return Ok(!types.is_empty());
    }
    let message = format!(
        "1 validation error detected: Value '[{}]' at 'functionResponseTypes' failed to satisfy constraint: Member must satisfy \
         constraint: [Member must satisfy enum value set: [ReportBatchItemFailures], Member must not be null]",
        types.join(", ")
    );
    Err(ApiError::sender("ValidationException", message))
}

pub(super) fn create(body: &Bytes) -> Result<Request, ApiError> {
    let mut input: Input = json::read(body)?;
    let function = required(input.function_name.take(), "functionName")?;
    let source = input.event_source_arn.take().unwrap_or_default();
    let tags = std::mem::take(&mut input.tags);
    let settings = input.change("CreateEventSourceMapping")?;
    let create = CreateMapping { function, source: Arn::new(source), tags, settings };
    Ok(Request::CreateEventSourceMapping(Box::new(create)))
}

pub(super) fn update(uuid: &str, body: &Bytes) -> Result<Request, ApiError> {
    let input: Input = json::read(body)?;
    let change = Box::new(input.change("UpdateEventSourceMapping")?);
    Ok(Request::UpdateEventSourceMapping { uuid: uuid.to_owned(), change })
}

/// `ListEventSourceMappings`.
pub(super) fn list(mappings: &[MappingDescription], next: Option<String>) -> Value {
    let mut body = json!({ "EventSourceMappings": mappings.iter().map(written).collect::<Vec<_>>() });
    if let Some(marker) = next {
        body["NextMarker"] = json!(marker);
    }
    body
}

/// `EventSourceMappingConfiguration`.
///
/// Source: LocalStack's AWS-validated test `test_sqs_event_source_mapping_update`
pub(super) fn written(description: &MappingDescription) -> Value {
    let response_types: &[&str] =
        if description.reports_batch_item_failures { &["ReportBatchItemFailures"] } else { &[] };
    let mut body = json!({
        "UUID": description.uuid,
        "EventSourceMappingArn": description.arn,
        "EventSourceArn": description.source,
        "FunctionArn": description.function,
        "BatchSize": description.batch_size,
        "MaximumBatchingWindowInSeconds": description.window,
        "FunctionResponseTypes": response_types,
        "LastModified": description.modified.as_secs(),
        "State": description.state,
        "StateTransitionReason": "USER_INITIATED",
    });
    if let Some(max) = description.concurrency_max {
        body["ScalingConfig"] = json!({ "MaximumConcurrency": max });
    }
    if let Some(pollers) = description.provisioned {
        let mut config = json!({});
        for (name, count) in [("MinimumPollers", pollers.min), ("MaximumPollers", pollers.max)] {
            if let Some(count) = count {
                config[name] = json!(count);
            }
        }
        body["ProvisionedPollerConfig"] = config;
    }
    if let Some(key) = &description.kms_key {
        body["KMSKeyArn"] = json!(key);
    }
    if !description.filters.is_empty() {
        let filters: Vec<Value> = description.filters.iter().map(|pattern| json!({ "Pattern": pattern })).collect();
        body["FilterCriteria"] = json!({ "Filters": filters });
    }
    body
}
