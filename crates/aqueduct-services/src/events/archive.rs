//! An archive: events kept for a while.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html>

use std::collections::VecDeque;
use std::time::Duration;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};

use super::answers::{ArchiveDescription, CreatedArchive};
use super::api::{CreateArchive, UpdateArchive};
use super::constraints::{Constraints, NAME};
use super::refusals::required;
use super::rule::parse_pattern;
use crate::{ApiError, Site, Timestamp};

/// An archive of a bus.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Archive {
    pub(super) name: String,
    pub(super) arn: Arn,
    pub(super) bus: Arn,
    pub(super) created: Timestamp,
    pub(super) pattern: Option<String>,
    pub(super) retention_days: u32,
    pub(super) description: Option<String>,
    pub(super) kms_key: Option<String>,
}

/// An event that an archive keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Archived {
    /// The event as JSON text.
    pub(super) text: String,
    pub(super) ingested: Timestamp,
    /// What it counts for, in bytes.
    pub(super) size: u64,
}

/// Where an archived event stands: its archive, when it happened, and a number of its own.
pub(super) type Place = (String, Timestamp, u64);

/// The events of an archive in the order in which they came, which is the order in which they expire.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) places: VecDeque<(Timestamp, Place)>,
    pub(super) size: u64,
}

impl Archive {
    /// An archive as `CreateArchive` makes it.
    pub(super) fn create(site: &Site, now: Timestamp, request: CreateArchive) -> Result<Self, ApiError> {
        let mut constraints = Constraints::default();
        constraints.length("archiveName", &request.archive_name, 1, 48);
        constraints.characters("archiveName", &request.archive_name, NAME);
        check_description(&mut constraints, request.description.as_deref());
        constraints.check()?;
        let bus = request.event_source_arn.ok_or_else(|| required("EventSourceArn"))?;
        if let Some(text) = &request.event_pattern {
            parse_pattern(text)?;
        }
        Ok(Self {
            arn: site.arn("events", &format!("archive/{}", request.archive_name)),
            name: request.archive_name,
            bus,
            created: now,
            pattern: request.event_pattern,
            retention_days: request.retention_days,
            description: request.description,
            kms_key: request.kms_key_identifier,
        })
    }

    /// Changes what a request names; events that are kept already stay.
    pub(super) fn update(&mut self, request: UpdateArchive) -> Result<(), ApiError> {
        let mut constraints = Constraints::default();
        check_description(&mut constraints, request.description.as_deref());
        constraints.check()?;
        if let Some(text) = request.event_pattern {
            parse_pattern(&text)?;
            self.pattern = Some(text);
        }
        self.description = request.description.or(self.description.take());
        self.kms_key = request.kms_key_identifier.or(self.kms_key.take());
        self.retention_days = request.retention_days.unwrap_or(self.retention_days);
        Ok(())
    }

    /// How long an event is kept; none for ever.
    pub(super) fn retention(&self) -> Option<Duration> {
        (self.retention_days > 0).then(|| Duration::from_secs(u64::from(self.retention_days) * 86_400))
    }

    /// The archive as `CreateArchive` and `UpdateArchive` answer it.
    pub(super) fn created(&self) -> CreatedArchive {
        CreatedArchive { archive_arn: self.arn.clone(), state: "ENABLED", creation_time: self.created }
    }

    /// The archive as `DescribeArchive` answers it.
    pub(super) fn description(&self, stock: &Shelf) -> ArchiveDescription {
        ArchiveDescription {
            archive_arn: Some(self.arn.clone()),
            archive_name: self.name.clone(),
            event_source_arn: self.bus.clone(),
            description: self.description.clone(),
            event_pattern: self.pattern.clone(),
            state: "ENABLED",
            kms_key_identifier: self.kms_key.clone(),
            retention_days: self.retention_days,
            size_bytes: stock.size,
            event_count: stock.places.len(),
            creation_time: self.created,
        }
    }

    /// The archive as `ListArchives` answers it.
    pub(super) fn listed(&self, stock: &Shelf) -> ArchiveDescription {
        ArchiveDescription {
            archive_arn: None,
            description: None,
            event_pattern: None,
            kms_key_identifier: None,
            ..self.description(stock)
        }
    }
}

fn check_description(constraints: &mut Constraints, description: Option<&str>) {
    if let Some(description) = description {
        constraints.length("description", description, 0, 512);
    }
}
