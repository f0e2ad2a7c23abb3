//! What Lambda refuses about the settings of a function.
//!
//! Sources: the constraints of <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>, and LocalStack's
//! AWS-validated tests `TestLambdaFunction::test_create_lambda_exceptions`, `…test_update_lambda_exceptions` and
//! `TestLambdaSizeLimits`

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::Arn;

use crate::ApiError;
use crate::lambda::api::{Logging, UpdateFunction};
use crate::lambda::function::Settings;
use crate::lambda::refusals::{constraint, in_range, invalid, one_of};

/// The pattern of a role, as refusals quote it.
const ROLE_PATTERN: &str = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+";

/// The runtimes that Lambda takes, in the order in which it names them.
const RUNTIMES: [&str; 25] = [
    "nodejs20.x",
    "python3.14",
    "provided.al2023",
    "python3.12",
    "python3.13",
    "nodejs24.x",
    "nodejs22.x",
    "java25",
    "python3.10",
    "python3.11",
    "java21",
    "ruby3.3",
    "ruby3.4",
    "ruby3.2",
    "python3.8",
    "python3.9",
    "java17",
    "nodejs16.x",
    "dotnet10",
    "dotnet8",
    "java11",
    "dotnet6",
    "nodejs18.x",
    "provided.al2",
    "java8.al2",
];

/// All environment variables of a function, in bytes of JSON.
const ENVIRONMENT_BYTES_MAX: usize = 4_096;

/// The largest memory: that of the API's model, which Managed Instances reach, and that of other functions, in MB.
const MEMORY_MODEL_MAX: i64 = 32_768;
const MEMORY_MAX: i64 = 10_240;

const TIMEOUT_MAX: i64 = 900;
const HANDLER_CHARS_MAX: usize = 128;
const DESCRIPTION_CHARS_MAX: usize = 256;

impl Settings {
    /// These settings with a change, unless Lambda refuses it.
    pub(super) fn changed(&self, change: UpdateFunction) -> Result<Self, ApiError> {
        let mut settings = self.clone();
        if let Some(environment) = change.environment {
            check_environment(&environment)?;
            settings.environment = Some(environment);
        }
        if let Some(role) = change.role {
            settings.role = checked_role(role)?;
        }
        if let Some(seconds) = change.timeout {
            settings.timeout = Duration::from_secs(in_range(seconds, "timeout", 1, TIMEOUT_MAX)?.unsigned_abs());
        }
        if let Some(megabytes) = change.memory_mb {
            settings.memory_mb = memory(megabytes)?;
        }
        if let Some(megabytes) = change.ephemeral_mb {
            let megabytes = in_range(megabytes, "ephemeralStorage.size", 512, 10_240)?;
            settings.ephemeral_mb = u32::try_from(megabytes).unwrap_or(512);
        }
        if let Some(handler) = change.handler {
            settings.handler = Some(checked_handler(handler)?);
        }
        if let Some(description) = change.description {
            check_chars(&description, "description", DESCRIPTION_CHARS_MAX)?;
            settings.description = description;
        }
        if let Some(target) = change.dead_letter {
            settings.dead_letter = dead_letter(target)?;
        }
        if let Some(mode) = change.tracing {
            one_of(&mode, "tracingConfig.mode", &["Active", "PassThrough"])?;
            settings.tracing = mode;
        }
        if let Some(logging) = change.logging {
            settings.logging = changed_logging(&settings.logging, logging)?;
        }
        if let Some(runtime) = change.runtime {
            check_runtime(&runtime)?;
            settings.runtime = Some(runtime);
        }
        Ok(settings)
    }
}

/// Refuses a runtime that is none, and by name one that takes an interpreter.
pub(super) fn check_runtime(runtime: &str) -> Result<(), ApiError> {
    if matches!(runtime, "provided.al2023" | "provided.al2") {
        return Ok(());
    }
    if RUNTIMES.contains(&runtime) {
        return Err(ApiError::not_modelled(&format!(
            "the runtime {runtime}: functions are processes of a `bootstrap` for provided.al2023 or provided.al2"
        )));
    }
    Err(invalid(format!(
        "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] or be a \
         valid ARN",
        RUNTIMES.join(", ")
    )))
}

/// Refuses all but one known architecture.
pub(super) fn check_architectures(architectures: &[String]) -> Result<(), ApiError> {
    let list = format!("[{}]", architectures.join(", "));
    match architectures {
        [one] if one == "x86_64" || one == "arm64" => Ok(()),
        [_] => Err(constraint(
            &list,
            "architectures",
            "satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
        )),
        [] => Err(constraint(&list, "architectures", "have length greater than or equal to 1")),
        _ => Err(constraint(&list, "architectures", "have length less than or equal to 1")),
    }
}

fn checked_role(role: String) -> Result<String, ApiError> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&byte))
    };
    let parts: Vec<&str> = role.splitn(6, ':').collect();
    let fits = match parts.as_slice() {
        ["arn", partition, "iam", "", account, resource] => {
            partition.starts_with("aws")
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && resource.strip_prefix("role").is_some_and(|name| is_name(name.strip_prefix('/').unwrap_or(name)))
        }
        _ => false,
    };
    if fits {
        return Ok(role);
    }
    Err(constraint(&role, "role", &format!("satisfy regular expression pattern: {ROLE_PATTERN}")))
}

fn check_environment(variables: &BTreeMap<String, String>) -> Result<(), ApiError> {
    let text = serde_json::to_string(variables).unwrap_or_default();
    if text.len() > ENVIRONMENT_BYTES_MAX {
        return Err(invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided exceeded the 4KB limit. String measured: {text}"
        )));
    }
    if let Some(reserved) = variables.keys().find(|name| is_reserved(name)) {
        return Err(invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided contains reserved keys that are currently not supported for modification. Reserved keys used in \
             this request: {reserved}"
        )));
    }
    Ok(())
}

/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
fn is_reserved(variable: &str) -> bool {
    matches!(
        variable,
        "_HANDLER"
            | "_X_AMZN_TRACE_ID"
            | "AWS_DEFAULT_REGION"
            | "AWS_REGION"
            | "AWS_EXECUTION_ENV"
            | "AWS_LAMBDA_FUNCTION_NAME"
            | "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
            | "AWS_LAMBDA_FUNCTION_VERSION"
            | "AWS_LAMBDA_INITIALIZATION_TYPE"
            | "AWS_LAMBDA_LOG_GROUP_NAME"
            | "AWS_LAMBDA_LOG_STREAM_NAME"
            | "AWS_ACCESS_KEY"
            | "AWS_ACCESS_KEY_ID"
            | "AWS_SECRET_ACCESS_KEY"
            | "AWS_SESSION_TOKEN"
            | "AWS_LAMBDA_RUNTIME_API"
            | "LAMBDA_TASK_ROOT"
            | "LAMBDA_RUNTIME_DIR"
    )
}

fn memory(megabytes: i64) -> Result<u32, ApiError> {
    let megabytes = in_range(megabytes, "memorySize", 128, MEMORY_MODEL_MAX)?;
    if megabytes > MEMORY_MAX {
        return Err(invalid(format!(
            "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to {MEMORY_MAX}"
        )));
    }
    Ok(u32::try_from(megabytes).unwrap_or(128))
}

fn checked_handler(handler: String) -> Result<String, ApiError> {
    check_chars(&handler, "handler", HANDLER_CHARS_MAX)?;
    if handler.is_empty() || handler.contains(char::is_whitespace) {
        return Err(constraint(&handler, "handler", r"satisfy regular expression pattern: [^\s]+"));
    }
    Ok(handler)
}

fn check_chars(text: &str, member: &str, chars_max: usize) -> Result<(), ApiError> {
    if text.chars().count() > chars_max {
        return Err(constraint(text, member, &format!("have length less than or equal to {chars_max}")));
    }
    Ok(())
}

/// A queue or a topic; an empty text is none.
fn dead_letter(target: String) -> Result<Option<Arn>, ApiError> {
    if target.is_empty() {
        return Ok(None);
    }
    let target = Arn::new(target);
    if !target.as_str().starts_with("arn:") || target.service().is_empty() {
        let pattern = r"satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()";
        return Err(constraint(target.as_str(), "deadLetterConfig.targetArn", pattern));
    }
    match target.service() {
        "sqs" | "sns" => Ok(Some(target)),
        service => Err(invalid(format!("{service} is not a service that a dead-letter target can be of: {target}"))),
    }
}

/// Levels belong to JSON: they come with it and go with it.
///
/// Source: LocalStack's AWS-validated test `TestLambdaFunction::test_advanced_logging_configuration_format_switch`
fn changed_logging(before: &Logging, change: Logging) -> Result<Logging, ApiError> {
    let format = change.log_format.or_else(|| before.log_format.clone());
    if let Some(format) = &format {
        one_of(format, "loggingConfig.logFormat", &["JSON", "Text"])?;
    }
    let is_json = format.as_deref() == Some("JSON");
    let asks_for_levels = change.application_log_level.is_some() || change.system_log_level.is_some();
    if asks_for_levels && !is_json {
        return Err(invalid(
            "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or change the \
             LogFormat to \"JSON\" and try again.",
        ));
    }
    let level = |asked: Option<String>, before: &Option<String>| {
        is_json.then(|| asked.or_else(|| before.clone()).unwrap_or_else(|| "INFO".to_owned()))
    };
    Ok(Logging {
        application_log_level: level(change.application_log_level, &before.application_log_level),
        system_log_level: level(change.system_log_level, &before.system_log_level),
        log_group: change.log_group.or_else(|| before.log_group.clone()),
        log_format: format,
    })
}
