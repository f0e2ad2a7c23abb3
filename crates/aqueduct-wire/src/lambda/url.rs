//! Function URLs.

use aqueduct_services::ApiError;
use aqueduct_services::lambda::{UrlChange, UrlDescription};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::refuse_others;
use crate::json;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    auth_type: Option<String>,
    invoke_mode: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

pub(super) fn read(function: String, body: &Bytes) -> Result<UrlChange, ApiError> {
    let input: Input = json::read(body)?;
    refuse_others(&input.others, "CreateFunctionUrlConfig")?;
    Ok(UrlChange { function, auth_type: input.auth_type, invoke_mode: input.invoke_mode })
}

pub(super) fn written(description: &UrlDescription) -> Value {
    json!({
        "FunctionArn": description.function,
        "FunctionUrl": description.url,
        "AuthType": description.auth_type,
        "InvokeMode": description.invoke_mode,
        "CreationTime": description.creation_time(),
        "LastModifiedTime": description.last_modified_time(),
    })
}
