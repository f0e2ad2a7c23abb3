//! EventBridge pipes.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_CreatePipe.html>

use std::time::Duration;

use super::{named, stream};
use crate::Pipe;
use crate::properties::Properties;
use crate::scope::Scope;
use crate::template::Resource;

pub(super) fn read(scope: &Scope<'_>, resource: &Resource) -> Option<Pipe> {
    let (name, arn) = named(scope, resource)?;
    let properties = Properties::new(scope, resource);
    let parameters = properties.map("SourceParameters");
    // Each kind of source has a map of its own, `SqsQueueParameters` and so on.
    let of_source: Vec<Properties<'_>> = parameters
        .iter()
        .flat_map(|parameters| {
            parameters.keys().filter(|name| name.ends_with("Parameters")).filter_map(|name| parameters.map(name))
        })
        .collect();
    let number = |name: &str| of_source.iter().find_map(|source| source.number(name));
    Some(Pipe {
        id: resource.id.clone(),
        name,
        arn,
        source: properties.required_arn("Source")?,
        enrichment: properties.arn("Enrichment"),
        target: properties.required_arn("Target")?,
        role: properties.arn("RoleArn"),
        filters: parameters.as_ref().map(stream::filters).unwrap_or_default(),
        batch_size: number("BatchSize"),
        window: number("MaximumBatchingWindowInSeconds").map_or(Duration::ZERO, |it| Duration::from_secs(it.into())),
        dead_letter: of_source.iter().find_map(|source| super::dead_letter(source, "DeadLetterConfig", "Arn")),
        target_parameters: properties.json_if_known("TargetParameters"),
        enabled: properties.string("DesiredState").as_deref() != Some("STOPPED"),
        span: resource.span,
    })
}
