//! CloudWatch alarms.

use crate::Alarm;
use crate::properties::Properties;
use crate::scope::Scope;
use crate::template::Resource;

/// Reads an alarm; one on a metric expression counts once for each metric in it.
pub(super) fn read(scope: &Scope<'_>, resource: &Resource) -> Vec<Alarm> {
    let properties = Properties::new(scope, resource);
    let treat_missing_data = properties.string("TreatMissingData");
    let alarm = |metric: &Properties<'_>| {
        let dimensions = metric.maps("Dimensions");
        Some(Alarm {
            id: resource.id.clone(),
            namespace: metric.string("Namespace")?,
            metric: metric.string("MetricName")?,
            dimensions: dimensions
                .iter()
                .filter_map(|dimension| Some((dimension.string("Name")?, dimension.string("Value")?)))
                .collect(),
            treat_missing_data: treat_missing_data.clone(),
            span: resource.span,
        })
    };
    if properties.has("MetricName") {
        return alarm(&properties).into_iter().collect();
    }
    properties
        .maps("Metrics")
        .iter()
        .filter(|query| query.has("MetricStat"))
        .filter_map(|query| alarm(&query.map("MetricStat")?.map("Metric")?))
        .collect()
}
