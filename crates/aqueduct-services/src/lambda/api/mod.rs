//! The calls of the Lambda API that are modelled, and their answers.

use std::collections::BTreeMap;

use aqueduct_topology::Arn;

use crate::Timestamp;

mod event_invoke;
mod function;
mod invoke;
mod mapping;
mod permission;
mod url;

pub use event_invoke::{EventInvokeChange, EventInvokeDescription};
pub use function::{
    AccountSettings, CodeSource, CreateFunction, FunctionDescription, Logging, Progress, UpdateCode, UpdateFunction,
};
pub use invoke::{InvocationKind, Invoke, Invoked};
pub use mapping::{CreateMapping, MappingChange, MappingDescription, ProvisionedPollers};
pub use permission::AddPermission;
pub use url::{UrlChange, UrlDescription, UrlOf};

/// A call of the Lambda API. Every `function` is a name, a partial ARN or an ARN, as the API takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request {
    /// `Invoke` and `InvokeWithResponseStream`.
    Invoke(Invoke),
    /// A request to a function URL.
    InvokeUrl {
        /// Which one.
        url: UrlOf,
        /// The event, JSON text.
        event: String,
    },
    /// `CreateFunction`.
    CreateFunction(Box<CreateFunction>),
    /// `ListFunctions`.
    ListFunctions(Page),
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
    UpdateFunctionConfiguration(Box<UpdateFunction>),
    /// `UpdateFunctionCode`.
    UpdateFunctionCode(Box<UpdateCode>),
    /// `DeleteFunction`.
    DeleteFunction {
        /// The function.
        function: String,
    },
    /// `ListVersionsByFunction`.
    ListVersionsByFunction {
        /// The function.
        function: String,
    },
    /// `GetFunctionCodeSigningConfig`.
    GetFunctionCodeSigningConfig {
        /// The function.
        function: String,
    },
    /// `GetAccountSettings`.
    GetAccountSettings,
    /// `PutFunctionConcurrency`.
    PutFunctionConcurrency {
        /// The function.
        function: String,
        /// `ReservedConcurrentExecutions`.
        reserved: i64,
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
    /// `PutFunctionRecursionConfig`.
    PutFunctionRecursionConfig {
        /// The function.
        function: String,
        /// `RecursiveLoop`: `Terminate` or `Allow`.
        recursive_loop: String,
    },
    /// `GetFunctionRecursionConfig`.
    GetFunctionRecursionConfig {
        /// The function.
        function: String,
    },
    /// `PutFunctionEventInvokeConfig`.
    PutFunctionEventInvokeConfig(EventInvokeChange),
    /// `UpdateFunctionEventInvokeConfig`.
    UpdateFunctionEventInvokeConfig(EventInvokeChange),
    /// `GetFunctionEventInvokeConfig`.
    GetFunctionEventInvokeConfig {
        /// The function.
        function: String,
    },
    /// `ListFunctionEventInvokeConfigs`.
    ListFunctionEventInvokeConfigs {
        /// The function.
        function: String,
    },
    /// `DeleteFunctionEventInvokeConfig`.
    DeleteFunctionEventInvokeConfig {
        /// The function.
        function: String,
    },
    /// `CreateEventSourceMapping`.
    CreateEventSourceMapping(Box<CreateMapping>),
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
        /// Which of them.
        page: Page,
    },
    /// `UpdateEventSourceMapping`.
    UpdateEventSourceMapping {
        /// Its UUID.
        uuid: String,
        /// What changes.
        change: Box<MappingChange>,
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
        /// `RevisionId`, when the statement is only to be removed from this revision.
        revision: Option<String>,
    },
    /// `GetPolicy`.
    GetPolicy {
        /// The function.
        function: String,
    },
    /// `CreateFunctionUrlConfig`.
    CreateFunctionUrlConfig(UrlChange),
    /// `UpdateFunctionUrlConfig`.
    UpdateFunctionUrlConfig(UrlChange),
    /// `GetFunctionUrlConfig`.
    GetFunctionUrlConfig {
        /// The function.
        function: String,
    },
    /// `ListFunctionUrlConfigs`.
    ListFunctionUrlConfigs {
        /// The function.
        function: String,
    },
    /// `DeleteFunctionUrlConfig`.
    DeleteFunctionUrlConfig {
        /// The function.
        function: String,
    },
    /// `TagResource`.
    TagResource {
        /// The ARN of a function or of an event source mapping.
        resource: String,
        /// The tags to set.
        tags: BTreeMap<String, String>,
    },
    /// `UntagResource`.
    UntagResource {
        /// The ARN of a function or of an event source mapping.
        resource: String,
        /// The names of the tags to remove.
        keys: Vec<String>,
    },
    /// `ListTags`.
    ListTags {
        /// The ARN of a function or of an event source mapping.
        resource: String,
    },
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// `Marker`: the `NextMarker` of the answer before.
    pub marker: Option<String>,
    /// `MaxItems`.
    pub items_max: Option<i64>,
}

/// The answer to a [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Response {
    /// An invocation was made: `Invoke`, `InvokeWithResponseStream` and function URLs.
    Invoked(Invoked),
    /// `ListFunctions`.
    Functions {
        /// One page of them, by name.
        functions: Vec<FunctionDescription>,
        /// `NextMarker`.
        next: Option<String>,
    },
    /// `ListVersionsByFunction`: `$LATEST` alone.
    Versions(Vec<FunctionDescription>),
    /// `GetFunctionCodeSigningConfig`: the name of a function, which has none.
    CodeSigning(String),
    /// `GetFunction`.
    Function(Box<FunctionDescription>),
    /// `CreateFunction`, answered with 201.
    FunctionCreated(Box<FunctionDescription>),
    /// `GetFunctionConfiguration`, `UpdateFunctionConfiguration` and `UpdateFunctionCode`.
    Configuration(Box<FunctionDescription>),
    /// `GetAccountSettings`.
    AccountSettings(AccountSettings),
    /// `PutFunctionConcurrency` and `GetFunctionConcurrency`.
    Concurrency(Option<u32>),
    /// `PutFunctionRecursionConfig` and `GetFunctionRecursionConfig`: `Terminate` or `Allow`.
    RecursiveLoop(&'static str),
    /// `PutFunctionEventInvokeConfig`, `UpdateFunctionEventInvokeConfig` and `GetFunctionEventInvokeConfig`.
    EventInvoke(Box<EventInvokeDescription>),
    /// `ListFunctionEventInvokeConfigs`.
    EventInvokes(Vec<EventInvokeDescription>),
    /// `CreateEventSourceMapping`, `UpdateEventSourceMapping` and `DeleteEventSourceMapping`, answered with 202.
    MappingAccepted(Box<MappingDescription>),
    /// `GetEventSourceMapping`.
    Mapping(Box<MappingDescription>),
    /// `ListEventSourceMappings`.
    Mappings {
        /// One page of them, in the order of their creation.
        mappings: Vec<MappingDescription>,
        /// `NextMarker`.
        next: Option<String>,
    },
    /// `AddPermission`: the statement, JSON text.
    Statement(String),
    /// `GetPolicy`.
    Policy {
        /// The policy, JSON text.
        policy: String,
        /// `RevisionId`.
        revision: String,
    },
    /// `CreateFunctionUrlConfig`, answered with 201.
    UrlCreated(UrlDescription),
    /// `GetFunctionUrlConfig` and `UpdateFunctionUrlConfig`.
    Url(UrlDescription),
    /// `ListFunctionUrlConfigs`.
    Urls(Vec<UrlDescription>),
    /// `ListTags`.
    Tags(BTreeMap<String, String>),
    /// Nothing to say, answered with 204.
    Empty,
}

/// Such as `2026-11-23T00:00:00.000Z`; empty for a time beyond the year 9999.
pub(super) fn iso_8601(at: Timestamp) -> String {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}
