//! What S3 buckets notify.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-notificationconfiguration.html>

use crate::properties::Properties;
use crate::{Arn, Bucket, Notification};

/// The lists of a notification configuration, with the property that names the target.
const LISTS: [(&str, &str); 3] =
    [("LambdaConfigurations", "Function"), ("QueueConfigurations", "Queue"), ("TopicConfigurations", "Topic")];

pub(super) fn read(bucket: &Bucket, properties: &Properties<'_>) -> Vec<Notification> {
    let Some(configuration) = properties.map("NotificationConfiguration") else { return Vec::new() };
    let mut notifications = Vec::new();
    for (list, target) in LISTS {
        for entry in configuration.maps(list) {
            let Some(target) = entry.required_arn(target) else { continue };
            notifications.push(Notification {
                id: bucket.id.clone(),
                bucket: bucket.arn.clone(),
                target: Some(Arn::new(target.as_str())),
                events: entry.strings("Event"),
                filter: entry.json_if_known("Filter"),
                span: entry.span(),
            });
        }
    }
    let to_event_bridge = configuration.map("EventBridgeConfiguration");
    if let Some(config) = to_event_bridge
        && config.flag("EventBridgeEnabled").unwrap_or(true)
    {
        notifications.push(Notification {
            id: bucket.id.clone(),
            bucket: bucket.arn.clone(),
            target: None,
            events: Vec::new(),
            filter: None,
            span: config.span(),
        });
    }
    notifications
}
