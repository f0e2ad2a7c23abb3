//! Settings of asynchronous invocations.

use aqueduct_services::ApiError;
use aqueduct_services::lambda::{EventInvokeChange, EventInvokeDescription};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::refuse_others;
use crate::json;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    maximum_retry_attempts: Option<i64>,
    maximum_event_age_in_seconds: Option<i64>,
    destination_config: Option<DestinationConfig>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DestinationConfig {
    on_success: Option<Destination>,
    on_failure: Option<Destination>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Destination {
    destination: Option<String>,
}

pub(super) fn read(function: String, body: &Bytes) -> Result<EventInvokeChange, ApiError> {
    let input: Input = json::read(body)?;
    refuse_others(&input.others, "PutFunctionEventInvokeConfig")?;
    let arn = |destination: Option<Destination>| destination.and_then(|destination| destination.destination);
    Ok(EventInvokeChange {
        function,
        retries_max: input.maximum_retry_attempts,
        age_max: input.maximum_event_age_in_seconds,
        destinations: input.destination_config.map(|config| (arn(config.on_success), arn(config.on_failure))),
    })
}

/// `FunctionEventInvokeConfig`.
///
/// Source: LocalStack's AWS-validated test `TestLambdaEventInvokeConfig::test_lambda_eventinvokeconfig_lifecycle`
pub(super) fn written(set: &EventInvokeDescription) -> Value {
    let destination = |arn: &Option<aqueduct_services::Arn>| match arn {
        Some(arn) => json!({ "Destination": arn }),
        None => json!({}),
    };
    let mut body = json!({
        "FunctionArn": set.function,
        "LastModified": set.modified.as_secs(),
        "DestinationConfig": {
            "OnSuccess": destination(&set.on_success),
            "OnFailure": destination(&set.on_failure),
        },
    });
    if let Some(retries) = set.retries_max {
        body["MaximumRetryAttempts"] = json!(retries);
    }
    if let Some(age) = set.age_max {
        body["MaximumEventAgeInSeconds"] = json!(age);
    }
    body
}
