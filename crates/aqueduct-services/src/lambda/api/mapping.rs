//! Event source mappings.

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// `ProvisionedPollerConfig`: event pollers that are always there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvisionedPollers {
    /// `MinimumPollers`; the default is 2.
    pub min: Option<u32>,
    /// `MaximumPollers`; the default is 200.
    pub max: Option<u32>,
}

/// What `CreateEventSourceMapping` makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateMapping {
    /// The function.
    pub function: String,
    /// `EventSourceArn`: a queue.
    pub source: Arn,
    /// `Tags`.
    pub tags: BTreeMap<String, String>,
    /// The settings that can be changed later.
    pub settings: MappingChange,
}

/// What `UpdateEventSourceMapping` changes; `None` leaves a setting as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MappingChange {
    /// `FunctionName`: another function.
    pub function: Option<String>,
    /// `Enabled`; the default is true.
    pub enabled: Option<bool>,
    /// `BatchSize`; the default is 10.
    pub batch_size: Option<i64>,
    /// `MaximumBatchingWindowInSeconds`; the default is 0.
    pub window: Option<i64>,
    /// `ScalingConfig.MaximumConcurrency`; `Some(None)` removes it, as an empty `ScalingConfig` does.
    pub concurrency_max: Option<Option<i64>>,
    /// `ProvisionedPollerConfig`; `Some(None)` removes it, as an empty one does.
    pub provisioned: Option<Option<ProvisionedPollers>>,
    /// Whether `FunctionResponseTypes` has `ReportBatchItemFailures`.
    pub reports_batch_item_failures: Option<bool>,
    /// `FilterCriteria.Filters[].Pattern`, replacing all of them; a filter without a pattern is `None`.
    pub filters: Option<Vec<Option<String>>>,
    /// `KMSKeyArn`, which encrypts the filters.
    pub kms_key: Option<String>,
}

/// An event source mapping as the API describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingDescription {
    /// Logical id in the template, or its UUID when the API made it.
    pub id: String,
    /// `UUID`.
    pub uuid: String,
    /// `EventSourceMappingArn`.
    pub arn: Arn,
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
    /// `ProvisionedPollerConfig`.
    pub provisioned: Option<ProvisionedPollers>,
    /// Whether `FunctionResponseTypes` has `ReportBatchItemFailures`.
    pub reports_batch_item_failures: bool,
    /// `FilterCriteria.Filters[].Pattern`, JSON texts.
    pub filters: Vec<String>,
    /// `KMSKeyArn`.
    pub kms_key: Option<String>,
    /// `State`: `Creating`, `Enabling`, `Enabled`, `Disabling`, `Disabled`, `Updating` or `Deleting`.
    pub state: &'static str,
    /// `LastModified`.
    pub modified: Timestamp,
    /// Batches that run or wait to be tried again after a throttle.
    pub batches: usize,
    /// Messages held for a batch that is not full yet.
    pub held: usize,
}
