//! CloudWatch alarms.

use crate::Alarm;
use crate::properties::Properties;
use crate::resolved::Property;
use crate::scope::Scope;
use crate::template::Resource;

/// Reads an alarm; one on a metric expression counts once for each metric in it.
pub(super) fn read(scope: &Scope<'_>, resource: &Resource) -> Vec<Alarm> {
    let properties = Properties::new(scope, resource);
    let treat_missing_data = properties.string("TreatMissingData");
    let alarm = |metric: &Properties<'_>, stat: &Properties<'_>| {
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
            statistic: ["Statistic", "ExtendedStatistic", "Stat"].iter().find_map(|name| stat.string(name)),
            comparison: properties.string("ComparisonOperator"),
            threshold: properties.decimal("Threshold"),
            period: stat.number("Period"),
            evaluation_periods: properties.number("EvaluationPeriods"),
            datapoints: properties.number("DatapointsToAlarm"),
            actions: texts(&properties, "AlarmActions"),
            actions_enabled: properties.flag("ActionsEnabled").unwrap_or(true),
            span: resource.span,
        })
    };
    if properties.has("MetricName") {
        return alarm(&properties, &properties).into_iter().collect();
    }
    properties
        .maps("Metrics")
        .iter()
        .filter(|query| query.has("MetricStat"))
        .filter_map(|query| {
            let stat = query.map("MetricStat")?;
            alarm(&stat.map("Metric")?, &stat)
        })
        .collect()
}

/// The texts of a list that are known.
fn texts(properties: &Properties<'_>, name: &str) -> Vec<String> {
    let items = properties.item_if_known(name).map(Property::list).unwrap_or_default();
    items.iter().filter_map(|item| item.value.text()).collect()
}
