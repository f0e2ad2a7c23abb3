//! The settings of an event source mapping and what Lambda refuses about them.

use std::time::Duration;

use aqueduct_pattern::{Dialect, Pattern};
use aqueduct_topology as topology;
use serde::{Deserialize, Serialize};

use crate::ApiError;
use crate::lambda::api::{MappingChange, ProvisionedPollers};
use crate::lambda::pace::Scale;
use crate::lambda::refusals::{in_range, invalid};

/// The largest batch of a standard queue's mapping, and of a FIFO queue's.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html>
const BATCH_SIZE_MAX: i64 = 10_000;
const FIFO_BATCH_SIZE_MAX: u32 = 10;

/// Patterns of one mapping, and characters of one pattern.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>
const FILTERS_MAX: usize = 10;
const FILTER_CHARS_MAX: usize = 4_096;

/// Event pollers at least and at most that can be asked for, and those of a mapping that says neither.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>
const MIN_POLLERS: std::ops::RangeInclusive<i64> = 2..=200;
const MAX_POLLERS: std::ops::RangeInclusive<i64> = 2..=2_000;
pub(in crate::lambda) const MIN_POLLERS_DEFAULT: u32 = 2;
pub(in crate::lambda) const MAX_POLLERS_DEFAULT: u32 = 200;

/// What can be set about a mapping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::lambda) struct Settings {
    pub(in crate::lambda) enabled: bool,
    pub(in crate::lambda) batch_size: u32,
    pub(in crate::lambda) window: Duration,
    pub(in crate::lambda) concurrency_max: Option<u32>,
    pub(in crate::lambda) provisioned: Option<ProvisionedPollers>,
    pub(in crate::lambda) reports_batch_item_failures: bool,
    pub(in crate::lambda) filters: Vec<String>,
    pub(in crate::lambda) kms_key: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            batch_size: 10,
            window: Duration::ZERO,
            concurrency_max: None,
            provisioned: None,
            reports_batch_item_failures: false,
            filters: Vec::new(),
            kms_key: None,
        }
    }
}

impl From<&topology::Mapping> for Settings {
    fn from(mapping: &topology::Mapping) -> Self {
        Self {
            enabled: mapping.enabled,
            batch_size: mapping.batch_size,
            window: mapping.window,
            concurrency_max: mapping.concurrency_max,
            reports_batch_item_failures: mapping.reports_batch_item_failures,
            filters: mapping.filters.clone(),
            ..Self::default()
        }
    }
}

impl Settings {
    /// These settings with a change, unless a number of it is out of its range.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html>
    pub(in crate::lambda) fn changed(mut self, change: MappingChange) -> Result<Self, ApiError> {
        self.enabled = change.enabled.unwrap_or(self.enabled);
        if let Some(size) = change.batch_size {
            self.batch_size = number(size, "batchSize", 1..=BATCH_SIZE_MAX)?;
        }
        if let Some(seconds) = change.window {
            let seconds = number(seconds, "maximumBatchingWindowInSeconds", 0..=300)?;
            self.window = Duration::from_secs(seconds.into());
        }
        if let Some(max) = change.concurrency_max {
            let member = "scalingConfig.maximumConcurrency";
            self.concurrency_max = max.map(|max| number(max, member, 2..=1_000)).transpose()?;
        }
        if let Some(provisioned) = change.provisioned {
            self.provisioned = provisioned.map(checked_pollers).transpose()?;
        }
        self.reports_batch_item_failures =
            change.reports_batch_item_failures.unwrap_or(self.reports_batch_item_failures);
        if let Some(filters) = change.filters {
            let filters: Option<Vec<String>> = filters.into_iter().collect();
            self.filters = filters.ok_or_else(invalid_pattern)?;
        }
        if let Some(key) = change.kms_key {
            self.kms_key = (!key.is_empty()).then_some(key);
        }
        Ok(self)
    }

    /// Refuses what Lambda refuses; answers with the filters' patterns.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>, and LocalStack's
    /// AWS-validated tests `test_event_source_mapping_default_batch_size` and `test_sqs_invalid_event_filter`
    pub(in crate::lambda) fn check(
        &self,
        fifo: bool,
        visibility_timeout: Duration,
        function_timeout: Duration,
    ) -> Result<Vec<Pattern>, ApiError> {
        if fifo && !self.window.is_zero() {
            return Err(invalid("Batching window is not supported for FIFO queues"));
        }
        if fifo && self.batch_size > FIFO_BATCH_SIZE_MAX {
            return Err(invalid(format!(
                "Batch size exceeds limit for event source. Batch size must not be greater than {FIFO_BATCH_SIZE_MAX} for \
                 FIFO queues."
            )));
        }
        if self.batch_size > 10 && self.window.is_zero() {
            return Err(invalid(
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
            ));
        }
        if self.concurrency_max.is_some() && self.provisioned.is_some() {
            return Err(invalid("ScalingConfig and ProvisionedPollerConfig cannot be used together."));
        }
        if visibility_timeout < function_timeout {
            return Err(invalid(format!(
                "Queue visibility timeout: {} seconds is less than Function timeout: {} seconds",
                visibility_timeout.as_secs(),
                function_timeout.as_secs()
            )));
        }
        self.patterns()
    }

    /// How it scales on a standard queue.
    pub(super) fn scale(&self) -> Scale {
        self.provisioned.map_or_else(
            || Scale::on_demand(self.concurrency_max),
            |pollers| Scale::provisioned(pollers.min, pollers.max),
        )
    }

    /// The filters' patterns.
    pub(super) fn patterns(&self) -> Result<Vec<Pattern>, ApiError> {
        if self.filters.len() > FILTERS_MAX {
            return Err(invalid(format!("A mapping takes at most {FILTERS_MAX} filters")));
        }
        self.filters.iter().map(|text| pattern(text)).collect()
    }
}

fn number(value: i64, member: &str, range: std::ops::RangeInclusive<i64>) -> Result<u32, ApiError> {
    let value = in_range(value, member, *range.start(), *range.end())?;
    Ok(u32::try_from(value).unwrap_or(u32::MAX))
}

fn checked_pollers(pollers: ProvisionedPollers) -> Result<ProvisionedPollers, ApiError> {
    let check = |value: Option<u32>, member: &str, range| {
        value.map(|value| number(value.into(), &format!("provisionedPollerConfig.{member}"), range)).transpose()
    };
    let (min, max) =
        (check(pollers.min, "minimumPollers", MIN_POLLERS)?, check(pollers.max, "maximumPollers", MAX_POLLERS)?);
    if min.unwrap_or(MIN_POLLERS_DEFAULT) > max.unwrap_or(MAX_POLLERS_DEFAULT) {
        return Err(invalid("MinimumPollers must not be greater than MaximumPollers."));
    }
    Ok(ProvisionedPollers { min, max })
}

fn pattern(text: &str) -> Result<Pattern, ApiError> {
    if text.chars().count() > FILTER_CHARS_MAX {
        return Err(invalid_pattern());
    }
    Pattern::parse_text(Dialect::Lambda, text).map_err(|_| invalid_pattern())
}

fn invalid_pattern() -> ApiError {
    invalid("Invalid filter pattern definition.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(settings: &Settings, fifo: bool) -> Option<String> {
        settings.check(fifo, Duration::from_secs(30), Duration::from_secs(10)).err().map(|error| error.message)
    }

    #[test]
    fn refusals() {
        let settings = Settings::default;
        assert_eq!(refusal(&settings(), false), None);
        let without_window = Settings { batch_size: 11, ..settings() };
        assert_eq!(
            refusal(&without_window, false).as_deref(),
            Some("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
        );
        let window = Settings { batch_size: 11, window: Duration::from_secs(1), ..settings() };
        assert_eq!(refusal(&window, false), None);
        assert_eq!(refusal(&window, true).as_deref(), Some("Batching window is not supported for FIFO queues"));
        assert!(refusal(&Settings { filters: vec!["not json".to_owned()], ..settings() }, false).is_some());
        let pollers = ProvisionedPollers { min: Some(2), max: None };
        let both = Settings { concurrency_max: Some(2), provisioned: Some(pollers), ..settings() };
        assert!(refusal(&both, false).is_some());
        let error = settings().check(false, Duration::from_secs(30), Duration::from_mins(1)).unwrap_err();
        assert_eq!(error.message, "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds");
    }

    #[test]
    fn numbers_have_their_ranges() {
        let change = MappingChange::default;
        let cases = [
            (MappingChange { batch_size: Some(0), ..change() }, "batchSize"),
            (MappingChange { batch_size: Some(10_001), ..change() }, "batchSize"),
            (MappingChange { window: Some(301), ..change() }, "maximumBatchingWindowInSeconds"),
            (MappingChange { concurrency_max: Some(Some(1)), ..change() }, "scalingConfig.maximumConcurrency"),
        ];
        for (change, member) in cases {
            let error = Settings::default().changed(change).unwrap_err();
            assert!(error.code == "ValidationException" && error.message.contains(member), "{error}");
        }
        let cleared = Settings { concurrency_max: Some(5), ..Settings::default() };
        let cleared = cleared.changed(MappingChange { concurrency_max: Some(None), ..change() }).unwrap();
        assert_eq!(cleared.concurrency_max, None);
    }
}
