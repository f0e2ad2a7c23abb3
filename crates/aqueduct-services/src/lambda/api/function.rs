//! Functions.

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::iso_8601;
use crate::Timestamp;

/// Where a function's code comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeSource {
    /// `ZipFile`: the archive.
    Zip(Bytes),
    /// `S3Bucket` and `S3Key`: a driver that has an S3 puts the archive in its place.
    S3 {
        /// `S3Bucket`.
        bucket: String,
        /// `S3Key`.
        key: String,
    },
    /// `ImageUri`.
    Image(String),
    /// Nothing was said.
    Nowhere,
}

/// `LoggingConfig`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Logging {
    /// `LogFormat`: `Text` or `JSON`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<String>,
    /// `ApplicationLogLevel`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_log_level: Option<String>,
    /// `SystemLogLevel`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_log_level: Option<String>,
    /// `LogGroup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_group: Option<String>,
}

/// What `CreateFunction` makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateFunction {
    /// `FunctionName`: a name, a partial ARN or an ARN.
    pub name: String,
    /// `PackageType`; the default is `Zip`.
    pub package_type: Option<String>,
    /// `Code`.
    pub code: CodeSource,
    /// `Tags`.
    pub tags: BTreeMap<String, String>,
    /// `Architectures`; the default is `x86_64`.
    pub architectures: Option<Vec<String>>,
    /// Everything that can be changed later.
    pub settings: UpdateFunction,
}

/// What `UpdateFunctionConfiguration` changes; `None` leaves a setting as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateFunction {
    /// The function.
    pub function: String,
    /// `RevisionId`, when only this revision is to be changed.
    pub revision: Option<String>,
    /// `Runtime`.
    pub runtime: Option<String>,
    /// `Role`.
    pub role: Option<String>,
    /// `Handler`.
    pub handler: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// `Timeout`, in seconds.
    pub timeout: Option<i64>,
    /// `MemorySize`, in MB.
    pub memory_mb: Option<i64>,
    /// `Environment.Variables`, replacing all of them.
    pub environment: Option<BTreeMap<String, String>>,
    /// `DeadLetterConfig.TargetArn`; an empty one removes it.
    pub dead_letter: Option<String>,
    /// `EphemeralStorage.Size`, in MB.
    pub ephemeral_mb: Option<i64>,
    /// `TracingConfig.Mode`.
    pub tracing: Option<String>,
    /// `LoggingConfig`.
    pub logging: Option<Logging>,
}

/// What `UpdateFunctionCode` changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateCode {
    /// The function.
    pub function: String,
    /// Where the new code comes from.
    pub code: CodeSource,
    /// `Architectures`.
    pub architectures: Option<Vec<String>>,
    /// `RevisionId`, when only this revision is to be changed.
    pub revision: Option<String>,
    /// `DryRun`: only checked.
    pub dry_run: bool,
}

/// How far a function is with what was asked of it last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// `State` is `Pending`.
    Creating,
    /// `LastUpdateStatus` is `InProgress`.
    Updating,
    /// `State` is `Active` and `LastUpdateStatus` is `Successful`.
    Done,
}

/// A function as the API describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionDescription {
    /// Logical id in the template, or the name of a function that the API made.
    pub id: String,
    /// Physical name.
    pub name: String,
    /// Its ARN, unqualified.
    pub arn: Arn,
    /// `Description`.
    pub description: String,
    /// `Role`.
    pub role: String,
    /// `Runtime`.
    pub runtime: Option<String>,
    /// `Handler`.
    pub handler: Option<String>,
    /// `Timeout`, in seconds.
    pub timeout: u64,
    /// `MemorySize`, in MB.
    pub memory_mb: u32,
    /// `Environment.Variables`; `None` when none were ever set.
    pub environment: Option<BTreeMap<String, String>>,
    /// `DeadLetterConfig.TargetArn`.
    pub dead_letter: Option<Arn>,
    /// `Architectures`.
    pub architectures: Vec<String>,
    /// `EphemeralStorage.Size`, in MB.
    pub ephemeral_mb: u32,
    /// `TracingConfig.Mode`.
    pub tracing: String,
    /// `LoggingConfig`.
    pub logging: Logging,
    /// `CodeSha256`: the archive's SHA-256 in Base64; of nothing for a function that a template describes.
    pub code_sha256: String,
    /// `CodeSize`, in bytes.
    pub code_bytes: usize,
    /// `RevisionId`.
    pub revision: String,
    /// `Tags`.
    pub tags: BTreeMap<String, String>,
    /// `ReservedConcurrentExecutions`.
    pub reserved: Option<u32>,
    /// `LastModified`.
    pub modified: Timestamp,
    /// `State` and `LastUpdateStatus`.
    pub progress: Progress,
    /// Whether it has a function URL.
    pub has_url: bool,
    /// Executions under way.
    pub running: u32,
    /// Events that wait in its asynchronous queue, those to be tried again included.
    pub queued: usize,
}

impl FunctionDescription {
    /// `LastModified` as Lambda writes it for functions, such as `2026-11-23T00:00:00.000+0000`.
    pub fn last_modified(&self) -> String {
        iso_8601(self.modified).replace('Z', "+0000")
    }
}

/// `GetAccountSettings`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountSettings {
    /// `AccountLimit.ConcurrentExecutions`.
    pub concurrency_max: u32,
    /// `AccountLimit.UnreservedConcurrentExecutions`.
    pub unreserved: u32,
    /// `AccountUsage.TotalCodeSize`, in bytes.
    pub code_bytes: usize,
    /// `AccountUsage.FunctionCount`.
    pub functions: usize,
}
