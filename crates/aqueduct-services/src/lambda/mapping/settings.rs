//! The settings of an event source mapping and what Lambda refuses about them.

use std::time::Duration;

use aqueduct_pattern::{Dialect, Pattern};
use aqueduct_topology as topology;

use crate::ApiError;
use crate::lambda::{CreateMapping, MappingChange};

/// The largest batch of a standard queue's mapping, and of a FIFO queue's.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html>
const BATCH_SIZE_MAX: u32 = 10_000;
const FIFO_BATCH_SIZE_MAX: u32 = 10;

/// Patterns of one mapping, and characters of one pattern.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>
const FILTERS_MAX: usize = 10;
const FILTER_CHARS_MAX: usize = 4_096;

/// What can be set about a mapping.
#[derive(Clone, Debug)]
pub(in crate::lambda) struct Settings {
    pub(in crate::lambda) enabled: bool,
    pub(in crate::lambda) batch_size: u32,
    pub(in crate::lambda) window: Duration,
    pub(in crate::lambda) concurrency_max: Option<u32>,
    pub(in crate::lambda) reports_batch_item_failures: bool,
    pub(in crate::lambda) filters: Vec<String>,
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
        }
    }
}

impl From<&CreateMapping> for Settings {
    fn from(create: &CreateMapping) -> Self {
        Self {
            enabled: create.enabled.unwrap_or(true),
            batch_size: create.batch_size.unwrap_or(10),
            window: Duration::from_secs(create.window.unwrap_or(0).into()),
            concurrency_max: create.concurrency_max,
            reports_batch_item_failures: create.reports_batch_item_failures,
            filters: create.filters.clone(),
        }
    }
}

impl Settings {
    /// These settings with a change.
    pub(in crate::lambda) fn changed(&self, change: MappingChange) -> Self {
        Self {
            enabled: change.enabled.unwrap_or(self.enabled),
            batch_size: change.batch_size.unwrap_or(self.batch_size),
            window: change.window.map_or(self.window, |seconds| Duration::from_secs(seconds.into())),
            concurrency_max: change.concurrency_max.unwrap_or(self.concurrency_max),
            reports_batch_item_failures: change.reports_batch_item_failures.unwrap_or(self.reports_batch_item_failures),
            filters: change.filters.unwrap_or_else(|| self.filters.clone()),
        }
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
        let batch_size_max = if fifo { FIFO_BATCH_SIZE_MAX } else { BATCH_SIZE_MAX };
        if self.batch_size == 0 || self.batch_size > batch_size_max {
            return refuse(format!(
                "Batch size {} is not between 1 and {batch_size_max} for this queue",
                self.batch_size
            ));
        }
        if fifo && !self.window.is_zero() {
            return refuse("Batching window is not supported for FIFO queue");
        }
        if self.batch_size > 10 && self.window.is_zero() {
            return refuse(
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
            );
        }
        if self.window > Duration::from_mins(5) {
            return refuse("Maximum batch window in seconds must not be greater than 300");
        }
        if self.concurrency_max.is_some_and(|max| !(2..=1_000).contains(&max)) {
            return refuse("MaximumConcurrency must be between 2 and 1000");
        }
        if visibility_timeout < function_timeout {
            return refuse(format!(
                "Queue visibility timeout: {} seconds is less than Function timeout: {} seconds",
                visibility_timeout.as_secs(),
                function_timeout.as_secs()
            ));
        }
        self.patterns()
    }

    fn patterns(&self) -> Result<Vec<Pattern>, ApiError> {
        if self.filters.len() > FILTERS_MAX {
            return refuse(format!("A mapping takes at most {FILTERS_MAX} filters"));
        }
        self.filters.iter().map(|text| pattern(text)).collect()
    }
}

fn pattern(text: &str) -> Result<Pattern, ApiError> {
    let invalid = || ApiError::sender("InvalidParameterValueException", "Invalid filter pattern definition.");
    if text.chars().count() > FILTER_CHARS_MAX {
        return Err(invalid());
    }
    Pattern::parse_text(Dialect::Lambda, text).map_err(|_| invalid())
}

fn refuse<T>(message: impl Into<String>) -> Result<T, ApiError> {
    Err(ApiError::sender("InvalidParameterValueException", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            enabled: true,
            batch_size: 10,
            window: Duration::ZERO,
            concurrency_max: None,
            reports_batch_item_failures: false,
            filters: Vec::new(),
        }
    }

    fn refusal(settings: &Settings, fifo: bool) -> Option<String> {
        settings.check(fifo, Duration::from_secs(30), Duration::from_secs(10)).err().map(|error| error.message)
    }

    #[test]
    fn refusals() {
        assert_eq!(refusal(&settings(), false), None);
        let without_window = Settings { batch_size: 11, ..settings() };
        assert_eq!(
            refusal(&without_window, false).as_deref(),
            Some("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
        );
        let window = Settings { batch_size: 11, window: Duration::from_secs(1), ..settings() };
        assert_eq!(refusal(&window, false), None);
        assert!(refusal(&window, true).is_some());
        assert!(refusal(&Settings { concurrency_max: Some(1), ..settings() }, false).is_some());
        assert!(refusal(&Settings { filters: vec!["not json".to_owned()], ..settings() }, false).is_some());
        let error = settings().check(false, Duration::from_secs(30), Duration::from_mins(1)).unwrap_err();
        assert_eq!(error.message, "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds");
    }
}
