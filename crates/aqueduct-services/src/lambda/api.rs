//! The calls of the Lambda API that are modelled, and their answers.

use std::collections::BTreeMap;

use aqueduct_topology::Arn;

use crate::Timestamp;

/// A call of the Lambda API. Every `function` is a name, a partial ARN or an ARN, as the API takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request {
    /// `Invoke`.
    Invoke(Invoke),
    /// `ListFunctions`.
    ListFunctions,
    /// `GetFunction`.
    GetFunction {
        /// The function.
        function: String,
    },
    /// `GetFunctionConfiguration`.
    GetFunctionConfiguration {
        /// The function.
        function: String,
    },
    /// `UpdateFunctionConfiguration`.
    UpdateFunctionConfiguration(UpdateFunction),
    /// `PutFunctionConcurrency`.
    PutFunctionConcurrency {
        /// The function.
        function: String,
        /// `ReservedConcurrentExecutions`.
        reserved: u32,
    },
    /// `GetFunctionConcurrency`.
    GetFunctionConcurrency {
        /// The function.
        function: String,
    },
    /// `DeleteFunctionConcurrency`.
    DeleteFunctionConcurrency {
        /// The function.
        function: String,
    },
    /// `CreateEventSourceMapping`.
    CreateEventSourceMapping(CreateMapping),
    /// `GetEventSourceMapping`.
    GetEventSourceMapping {
        /// Its UUID.
        uuid: String,
    },
    /// `ListEventSourceMappings`.
    ListEventSourceMappings {
        /// Only those of this function.
        function: Option<String>,
        /// Only those of this queue, by ARN.
        source: Option<Arn>,
    },
    /// `UpdateEventSourceMapping`.
    UpdateEventSourceMapping {
        /// Its UUID.
        uuid: String,
        /// What changes.
        change: MappingChange,
    },
    /// `DeleteEventSourceMapping`.
    DeleteEventSourceMapping {
        /// Its UUID.
        uuid: String,
    },
    /// `AddPermission`.
    AddPermission(AddPermission),
    /// `RemovePermission`.
    RemovePermission {
        /// The function.
        function: String,
        /// `StatementId`.
        statement_id: String,
    },
    /// `GetPolicy`.
    GetPolicy {
        /// The function.
        function: String,
    },
    /// `GetFunctionUrlConfig`.
    GetFunctionUrlConfig {
        /// The function.
        function: String,
    },
}

/// What `Invoke` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoke {
    /// The function.
    pub function: String,
    /// `X-Amz-Invocation-Type`.
    pub kind: InvocationKind,
    /// The event, JSON text; empty stands for `{}`.
    pub payload: String,
}

/// How an invocation is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvocationKind {
    /// `RequestResponse`: the answer waits for the function.
    Synchronous,
    /// `Event`: the event is queued.
    Asynchronous,
    /// `DryRun`: only checked.
    DryRun,
}

/// What `UpdateFunctionConfiguration` changes; `None` leaves a setting as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateFunction {
    /// The function.
    pub function: String,
    /// `Timeout`, in seconds.
    pub timeout: Option<u32>,
    /// `MemorySize`, in MB.
    pub memory_mb: Option<u32>,
    /// `Environment.Variables`, replacing all of them.
    pub environment: Option<BTreeMap<String, String>>,
}

/// What `CreateEventSourceMapping` makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateMapping {
    /// The function.
    pub function: String,
    /// `EventSourceArn`: a queue.
    pub source: Arn,
    /// `Enabled`; the default is true.
    pub enabled: Option<bool>,
    /// `BatchSize`; the default is 10.
    pub batch_size: Option<u32>,
    /// `MaximumBatchingWindowInSeconds`; the default is 0.
    pub window: Option<u32>,
    /// `ScalingConfig.MaximumConcurrency`.
    pub concurrency_max: Option<u32>,
    /// Whether `FunctionResponseTypes` has `ReportBatchItemFailures`.
    pub reports_batch_item_failures: bool,
    /// `FilterCriteria.Filters[].Pattern`, JSON texts.
    pub filters: Vec<String>,
}

/// What `UpdateEventSourceMapping` changes; `None` leaves a setting as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MappingChange {
    /// `Enabled`.
    pub enabled: Option<bool>,
    /// `BatchSize`.
    pub batch_size: Option<u32>,
    /// `MaximumBatchingWindowInSeconds`.
    pub window: Option<u32>,
    /// `ScalingConfig.MaximumConcurrency`; `Some(None)` removes it, as an empty `ScalingConfig` does.
    pub concurrency_max: Option<Option<u32>>,
    /// Whether `FunctionResponseTypes` has `ReportBatchItemFailures`.
    pub reports_batch_item_failures: Option<bool>,
    /// `FilterCriteria.Filters[].Pattern`, replacing all of them.
    pub filters: Option<Vec<String>>,
}

/// What `AddPermission` adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddPermission {
    /// The function.
    pub function: String,
    /// `StatementId`.
    pub statement_id: String,
    /// `Action`, such as `lambda:InvokeFunction`.
    pub action: String,
    /// `Principal`, such as `sns.amazonaws.com`.
    pub principal: String,
    /// `SourceArn`, which may hold `*`.
    pub source_arn: Option<String>,
}

/// The answer to a [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Response {
    /// An invocation was made: `Invoke`.
    Invoked(Invoked),
    /// `ListFunctions`.
    Functions(Vec<FunctionDescription>),
    /// `GetFunction`.
    Function(Box<FunctionDescription>),
    /// `GetFunctionConfiguration` and `UpdateFunctionConfiguration`.
    Configuration(Box<FunctionDescription>),
    /// `PutFunctionConcurrency` and `GetFunctionConcurrency`.
    Concurrency(Option<u32>),
    /// `CreateEventSourceMapping`, `UpdateEventSourceMapping` and `DeleteEventSourceMapping`, answered with 202.
    MappingAccepted(Box<MappingDescription>),
    /// `GetEventSourceMapping`.
    Mapping(Box<MappingDescription>),
    /// `ListEventSourceMappings`.
    Mappings(Vec<MappingDescription>),
    /// `AddPermission`: the statement, JSON text.
    Statement(String),
    /// `GetPolicy`: the policy, JSON text.
    Policy(String),
    /// `GetFunctionUrlConfig`.
    Url(UrlDescription),
    /// Nothing to say: `DeleteFunctionConcurrency` and `RemovePermission`, answered with 204.
    Empty,
}

/// The answer to `Invoke`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoked {
    /// HTTP status: 200, 202 or 204.
    pub status: u16,
    /// `X-Amz-Function-Error`, when the function failed: then `payload` is the error document.
    pub function_error: Option<&'static str>,
    /// What the function answered, JSON text; empty for 202 and 204.
    pub payload: String,
}

/// A function as the API describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionDescription {
    /// Logical id in the template.
    pub id: String,
    /// Physical name.
    pub name: String,
    /// Its ARN, unqualified.
    pub arn: Arn,
    /// `Runtime`.
    pub runtime: Option<String>,
    /// `Handler`.
    pub handler: Option<String>,
    /// `Timeout`, in seconds.
    pub timeout: u64,
    /// `MemorySize`, in MB.
    pub memory_mb: u32,
    /// `Environment.Variables`.
    pub environment: BTreeMap<String, String>,
    /// `DeadLetterConfig.TargetArn`.
    pub dead_letter: Option<Arn>,
    /// `ReservedConcurrentExecutions`.
    pub reserved: Option<u32>,
    /// `LastModified`.
    pub modified: Timestamp,
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

impl UrlDescription {
    /// `CreationTime` as Lambda writes it for function URLs, such as `2026-11-23T00:00:00.000Z`.
    pub fn creation_time(&self) -> String {
        iso_8601(self.created)
    }
}

/// Such as `2026-11-23T00:00:00.000Z`; empty for a time beyond the year 9999.
pub(super) fn iso_8601(at: Timestamp) -> String {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}

/// An event source mapping as the API describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingDescription {
    /// Logical id in the template, or its UUID when the API made it.
    pub id: String,
    /// `UUID`.
    pub uuid: String,
    /// `EventSourceArn`.
    pub source: Arn,
    /// `FunctionArn`.
    pub function: Arn,
    /// `BatchSize`.
    pub batch_size: u32,
    /// `MaximumBatchingWindowInSeconds`.
    pub window: u64,
    /// `ScalingConfig.MaximumConcurrency`.
    pub concurrency_max: Option<u32>,
    /// Whether `FunctionResponseTypes` has `ReportBatchItemFailures`.
    pub reports_batch_item_failures: bool,
    /// `FilterCriteria.Filters[].Pattern`, JSON texts.
    pub filters: Vec<String>,
    /// `State`: `Enabled`, `Disabled` or `Deleting`. Changes take effect at once.
    pub state: &'static str,
    /// `LastModified`.
    pub modified: Timestamp,
    /// Batches that run or wait to be tried again after a throttle.
    pub batches: usize,
    /// Messages held for a batch that is not full yet.
    pub held: usize,
}

/// A function URL as the API describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlDescription {
    /// The function's ARN.
    pub function: Arn,
    /// `FunctionUrl`.
    pub url: String,
    /// `AuthType`.
    pub auth_type: String,
    /// `InvokeMode`.
    pub invoke_mode: String,
    /// `CreationTime` and `LastModifiedTime`.
    pub created: Timestamp,
}
