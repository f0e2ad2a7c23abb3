//! Functions made, changed and listed.

use std::collections::BTreeMap;

use aqueduct_services::ApiError;
use aqueduct_services::lambda::{CodeSource, CreateFunction, Logging, Request, UpdateCode, UpdateFunction};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::request::Parts;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{page, query, refuse_others, required};
use crate::json;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Create {
    function_name: Option<String>,
    package_type: Option<String>,
    code: Code,
    tags: BTreeMap<String, String>,
    architectures: Option<Vec<String>>,
    publish: bool,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Settings {
    runtime: Option<String>,
    role: Option<String>,
    handler: Option<String>,
    description: Option<String>,
    timeout: Option<i64>,
    memory_size: Option<i64>,
    environment: Option<Environment>,
    dead_letter_config: Option<DeadLetterConfig>,
    ephemeral_storage: Option<EphemeralStorage>,
    tracing_config: Option<TracingConfig>,
    logging_config: Option<Logging>,
    snap_start: Option<SnapStart>,
    revision_id: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Code {
    zip_file: Option<String>,
    #[serde(rename = "S3Bucket")]
    bucket: Option<String>,
    #[serde(rename = "S3Key")]
    key: Option<String>,
    image_uri: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CodeUpdate {
    architectures: Option<Vec<String>>,
    revision_id: Option<String>,
    dry_run: bool,
    publish: bool,
    #[serde(flatten)]
    code: Code,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Environment {
    variables: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DeadLetterConfig {
    target_arn: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct EphemeralStorage {
    size: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TracingConfig {
    mode: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SnapStart {
    apply_on: Option<String>,
}

impl Settings {
    fn read(self, function: String, action: &str) -> Result<UpdateFunction, ApiError> {
        refuse_others(&self.others, action)?;
        if self.snap_start.and_then(|snap| snap.apply_on).is_some_and(|apply_on| apply_on != "None") {
            return Err(ApiError::not_modelled("SnapStart"));
        }
        Ok(UpdateFunction {
            function,
            revision: self.revision_id,
            runtime: self.runtime,
            role: self.role,
            handler: self.handler,
            description: self.description,
            timeout: self.timeout,
            memory_mb: self.memory_size,
            environment: self.environment.map(|environment| environment.variables),
            dead_letter: self.dead_letter_config.map(|config| config.target_arn),
            ephemeral_mb: self.ephemeral_storage.and_then(|storage| storage.size),
            tracing: self.tracing_config.and_then(|tracing| tracing.mode),
            logging: self.logging_config,
        })
    }
}

impl Code {
    fn source(self, action: &str) -> Result<CodeSource, ApiError> {
        refuse_others(&self.others, action)?;
        if let Some(text) = self.zip_file {
            let zip = BASE64_STANDARD.decode(text).map_err(|error| {
                ApiError::sender("SerializationException", format!("ZipFile is not Base64: {error}"))
            })?;
            return Ok(CodeSource::Zip(zip.into()));
        }
        Ok(match (self.bucket, self.key, self.image_uri) {
            (Some(bucket), Some(key), _) => CodeSource::S3 { bucket, key },
            (_, _, Some(image)) => CodeSource::Image(image),
            _ => CodeSource::Nowhere,
        })
    }
}

pub(super) fn list(parts: &Parts) -> Result<Request, ApiError> {
    match query(parts, "FunctionVersion").as_deref() {
        None => Ok(Request::ListFunctions(page(parts)?)),
        Some("ALL") => Err(ApiError::not_modelled("versions of functions")),
        Some(other) => Err(ApiError::sender(
            "ValidationException",
            format!(
                "1 validation error detected: Value '{other}' at 'functionVersion' failed to satisfy constraint: Member must \
                 satisfy enum value set: [ALL]"
            ),
        )),
    }
}

pub(super) fn create(body: &Bytes) -> Result<Request, ApiError> {
    let input: Create = json::read(body)?;
    if input.publish {
        return Err(ApiError::not_modelled("versions of functions; leave Publish out"));
    }
    let name = required(input.function_name, "functionName")?;
    required(input.settings.role.as_ref(), "role")?;
    Ok(Request::CreateFunction(Box::new(CreateFunction {
        name,
        package_type: input.package_type,
        code: input.code.source("CreateFunction")?,
        tags: input.tags,
        architectures: input.architectures,
        settings: input.settings.read(String::new(), "CreateFunction")?,
    })))
}

pub(super) fn update(function: String, body: &Bytes) -> Result<Request, ApiError> {
    let input: Settings = json::read(body)?;
    let update = input.read(function, "UpdateFunctionConfiguration")?;
    Ok(Request::UpdateFunctionConfiguration(Box::new(update)))
}

pub(super) fn update_code(function: String, body: &Bytes) -> Result<Request, ApiError> {
    let input: CodeUpdate = json::read(body)?;
    if input.publish {
        return Err(ApiError::not_modelled("versions of functions; leave Publish out"));
    }
    Ok(Request::UpdateFunctionCode(Box::new(UpdateCode {
        function,
        code: input.code.source("UpdateFunctionCode")?,
        architectures: input.architectures,
        revision: input.revision_id,
        dry_run: input.dry_run,
    })))
}
