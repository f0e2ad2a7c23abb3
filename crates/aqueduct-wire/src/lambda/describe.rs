//! Functions as answers describe them.
//!
//! Source: LocalStack's AWS-validated tests `TestLambdaFunction::test_function_lifecycle` and
//! `…test_list_functions`

use aqueduct_services::lambda::{AccountSettings, FunctionDescription, Progress, UNZIPPED_BYTES_MAX, ZIPPED_BYTES_MAX};
use serde_json::{Value, json};

/// All code of an account, in bytes.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const TOTAL_CODE_BYTES_MAX: u64 = 80_530_636_800;

/// What `LastUpdateStatusReason` and `StateReason` say, whatever happens.
const REASON: &str = "The function is being created.";

/// `ListFunctions`.
pub(super) fn functions(functions: &[FunctionDescription], next: Option<String>) -> Value {
    let mut body = json!({ "Functions": functions.iter().map(settings).collect::<Vec<_>>() });
    if let Some(marker) = next {
        body["NextMarker"] = json!(marker);
    }
    body
}

/// `ListVersionsByFunction`: there is but the one that can be changed.
pub(super) fn versions(functions: &[FunctionDescription]) -> Value {
    let versions = functions.iter().map(|function| {
        let mut body = settings(function);
        body["FunctionArn"] = json!(format!("{}:$LATEST", function.arn));
        body
    });
    json!({ "Versions": versions.collect::<Vec<_>>() })
}

/// `GetFunction`. The code itself cannot be fetched, so that it has no `Location`.
pub(super) fn function(function: &FunctionDescription) -> Value {
    let mut body = json!({ "Configuration": configuration(function), "Code": { "RepositoryType": "S3" } });
    if !function.tags.is_empty() {
        body["Tags"] = json!(function.tags);
    }
    if let Some(reserved) = function.reserved {
        body["Concurrency"] = json!({ "ReservedConcurrentExecutions": reserved });
    }
    body
}

/// `FunctionConfiguration`.
pub(super) fn configuration(function: &FunctionDescription) -> Value {
    let mut body = settings(function);
    if let Some(runtime) = &function.runtime {
        // AWS names the runtime's build; here there is one of each.
        let region = function.arn.region();
        let build = format!("arn:aws:lambda:{region}::runtime:{:0>64}", runtime_digits(runtime));
        body["RuntimeVersionConfig"] = json!({ "RuntimeVersionArn": build });
    }
    match function.progress {
        Progress::Creating => {
            body["State"] = json!("Pending");
            body["StateReason"] = json!(REASON);
            body["StateReasonCode"] = json!("Creating");
        }
        Progress::Updating => {
            body["State"] = json!("Active");
            body["LastUpdateStatus"] = json!("InProgress");
            body["LastUpdateStatusReason"] = json!(REASON);
            body["LastUpdateStatusReasonCode"] = json!("Creating");
        }
        Progress::Done => {
            body["State"] = json!("Active");
            body["LastUpdateStatus"] = json!("Successful");
        }
    }
    body
}

/// What lists show of a function: all but its state.
fn settings(function: &FunctionDescription) -> Value {
    let mut body = json!({
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "Role": function.role,
        "CodeSize": function.code_bytes,
        "CodeSha256": function.code_sha256,
        "Description": function.description,
        "Timeout": function.timeout,
        "MemorySize": function.memory_mb,
        "LastModified": function.last_modified(),
        "Version": "$LATEST",
        "TracingConfig": { "Mode": function.tracing },
        "RevisionId": function.revision,
        "PackageType": "Zip",
        "Architectures": function.architectures,
        "EphemeralStorage": { "Size": function.ephemeral_mb },
        "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
        "LoggingConfig": function.logging,
    });
    for (name, value) in [("Runtime", &function.runtime), ("Handler", &function.handler)] {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    if let Some(variables) = &function.environment {
        body["Environment"] = json!({ "Variables": variables });
    }
    if let Some(target) = &function.dead_letter {
        body["DeadLetterConfig"] = json!({ "TargetArn": target });
    }
    body
}

/// `GetAccountSettings`.
pub(super) fn account(settings: AccountSettings) -> Value {
    json!({
        "AccountLimit": {
            "TotalCodeSize": TOTAL_CODE_BYTES_MAX,
            "CodeSizeUnzipped": UNZIPPED_BYTES_MAX,
            "CodeSizeZipped": ZIPPED_BYTES_MAX,
            "ConcurrentExecutions": settings.concurrency_max,
            "UnreservedConcurrentExecutions": settings.unreserved,
        },
        "AccountUsage": { "TotalCodeSize": settings.code_bytes, "FunctionCount": settings.functions },
    })
}

/// A runtime's name in hexadecimal digits.
fn runtime_digits(runtime: &str) -> String {
    use std::fmt::Write as _;
    runtime.bytes().take(32).fold(String::new(), |mut digits, byte| {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
