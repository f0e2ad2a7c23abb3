//! Event source mappings of streams and brokers.

use std::time::Duration;

use crate::properties::Properties;
use crate::resolved::Resolved;
use crate::scope::Scope;
use crate::template::Resource;
use crate::{Arn, StreamKind, StreamMapping, identity};

/// Reads a mapping whose source is `source`, or a Kafka cluster elsewhere.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html>
pub(super) fn read(
    scope: &Scope<'_>,
    resource: &Resource,
    properties: &Properties<'_>,
    source: Option<Arn>,
) -> Option<StreamMapping> {
    let kind = match source.as_ref().map(Arn::service) {
        None => StreamKind::SelfManagedKafka,
        Some("kinesis") => StreamKind::Kinesis,
        Some("dynamodb") => StreamKind::DynamoDb,
        Some("kafka") => StreamKind::Kafka,
        Some("mq") => StreamKind::Mq,
        Some("rds") => StreamKind::DocumentDb,
        Some(_) => return None,
    };
    // -1 means the same as nothing: as long as the record lives.
    let limit = |name: &str| match properties.string_if_known(name) {
        Some(text) if text == "-1" => None,
        _ => properties.number(name),
    };
    let on_failure = properties.map("DestinationConfig").and_then(|config| config.map("OnFailure"));
    Some(StreamMapping {
        id: resource.id.clone(),
        kind,
        source,
        function: identity::function_arn(scope, &properties.required("FunctionName")?),
        batch_size: properties.number("BatchSize").unwrap_or(100),
        window: properties.seconds("MaximumBatchingWindowInSeconds").unwrap_or_default(),
        reports_batch_item_failures: reports_batch_item_failures(properties),
        filters: filters(properties),
        retries_max: limit("MaximumRetryAttempts"),
        age_max: limit("MaximumRecordAgeInSeconds").map(|seconds| Duration::from_secs(seconds.into())),
        bisects: properties.flag("BisectBatchOnFunctionError").unwrap_or(false),
        parallelization: properties.number("ParallelizationFactor").unwrap_or(1),
        starting_position: properties.string("StartingPosition"),
        on_failure: on_failure.and_then(|destination| destination.arn("Destination")),
        enabled: properties.flag("Enabled").unwrap_or(true),
        span: resource.span,
    })
}

pub(super) fn reports_batch_item_failures(properties: &Properties<'_>) -> bool {
    properties.strings("FunctionResponseTypes").iter().any(|kind| kind == "ReportBatchItemFailures")
}

/// The patterns of `FilterCriteria`.
pub(super) fn filters(properties: &Properties<'_>) -> Vec<String> {
    let filters = properties.map("FilterCriteria").map(|criteria| criteria.maps("Filters")).unwrap_or_default();
    filters.iter().filter_map(pattern_text).collect()
}

/// `Pattern` is JSON text; a map, which SAM users write by mistake, is read as what they mean.
fn pattern_text(filter: &Properties<'_>) -> Option<String> {
    let item = filter.item("Pattern")?;
    match &item.value {
        Resolved::Map(_) => Some(item.value.to_json().to_string()),
        value => value.text().or_else(|| Some(value.to_json().to_string())),
    }
}
