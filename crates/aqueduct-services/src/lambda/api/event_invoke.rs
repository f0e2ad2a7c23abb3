//! Settings of asynchronous invocations.

use aqueduct_topology::Arn;

use crate::Timestamp;

/// What `PutFunctionEventInvokeConfig` sets and `UpdateFunctionEventInvokeConfig` changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventInvokeChange {
    /// The function.
    pub function: String,
    /// `MaximumRetryAttempts`.
    pub retries_max: Option<i64>,
    /// `MaximumEventAgeInSeconds`.
    pub age_max: Option<i64>,
    /// `DestinationConfig`: those for success and for failure; an empty one removes it.
    pub destinations: Option<(Option<String>, Option<String>)>,
}

/// The settings of asynchronous invocations as the API describes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventInvokeDescription {
    /// The function's ARN with `:$LATEST`.
    pub function: String,
    /// `MaximumRetryAttempts`.
    pub retries_max: Option<u32>,
    /// `MaximumEventAgeInSeconds`.
    pub age_max: Option<u64>,
    /// `DestinationConfig.OnSuccess.Destination`.
    pub on_success: Option<Arn>,
    /// `DestinationConfig.OnFailure.Destination`.
    pub on_failure: Option<Arn>,
    /// `LastModified`.
    pub modified: Timestamp,
}
