//! Archives: events kept for a while.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html>

use std::collections::VecDeque;
use std::time::Duration;

use aqueduct_pattern::Pattern;
use aqueduct_topology::Arn;

use super::answers::{ArchiveDescription, CreatedArchive};
use super::api::{CreateArchive, UpdateArchive};
use super::event::Event;
use super::refusals::{check_name, invalid};
use super::rule::parse_pattern;
use crate::{ApiError, Site, Timestamp};

/// An archive of a bus.
#[derive(Debug)]
pub(super) struct Archive {
    pub(super) name: String,
    pub(super) arn: Arn,
    pub(super) bus: Arn,
    pub(super) created: Timestamp,
    pattern: Option<(String, Pattern)>,
    retention_days: u32,
    description: Option<String>,
    kept: VecDeque<Kept>,
}

/// An event that an archive keeps.
#[derive(Debug)]
struct Kept {
    event: Event,
    /// The event as JSON text.
    text: String,
}

/// What an archive keeps of one minute.
#[derive(Debug)]
pub(super) struct Minute {
    /// Where the next minute begins.
    pub(super) end: Timestamp,
    pub(super) events: Vec<Event>,
}

impl Archive {
    /// An archive as `CreateArchive` makes it.
    pub(super) fn create(site: &Site, now: Timestamp, request: &CreateArchive) -> Result<Self, ApiError> {
        check_name("archiveName", &request.archive_name, 48)?;
        let Some(bus) = request.event_source_arn.clone() else {
            return Err(invalid("Parameter EventSourceArn must be specified."));
        };
        let pattern = match &request.event_pattern {
            Some(text) => Some((text.clone(), parse_pattern(text)?)),
            None => None,
        };
        Ok(Self {
            name: request.archive_name.clone(),
            arn: site.arn("events", &format!("archive/{}", request.archive_name)),
            bus,
            created: now,
            pattern,
            retention_days: request.retention_days,
            description: request.description.clone(),
            kept: VecDeque::new(),
        })
    }

    /// Keeps an event if the archive's pattern matches, and says whether it does.
    pub(super) fn keep(&mut self, now: Timestamp, event: &Event) -> bool {
        self.expire(now);
        let wanted = self.pattern.as_ref().is_none_or(|(_, pattern)| pattern.matches(&event.json));
        if wanted {
            self.kept.push_back(Kept { event: event.clone(), text: event.text() });
        }
        wanted
    }

    /// The events that it keeps, JSON text, the oldest first.
    pub(super) fn events(&self) -> impl Iterator<Item = &str> {
        self.kept.iter().map(|kept| kept.text.as_str())
    }

    /// The events of the first minute that has any, among those that happened between `from` and, at the latest, just
    /// before `until`. Minutes count from `from`.
    pub(super) fn first_minute(&mut self, now: Timestamp, from: Timestamp, until: Timestamp) -> Option<Minute> {
        self.expire(now);
        let events = || self.kept.iter().map(|kept| &kept.event).filter(|event| (from..until).contains(&event.time));
        let first = events().map(|event| event.time).min()?;
        let minutes = first.since(from).as_secs() / 60 + 1;
        let end = from + Duration::from_mins(minutes);
        Some(Minute { end, events: events().filter(|event| event.time < end).cloned().collect() })
    }

    /// Changes what a request names; events that are kept already stay.
    pub(super) fn update(&mut self, request: &UpdateArchive) -> Result<(), ApiError> {
        if let Some(text) = &request.event_pattern {
            self.pattern = Some((text.clone(), parse_pattern(text)?));
        }
        if let Some(description) = &request.description {
            self.description = Some(description.clone());
        }
        self.retention_days = request.retention_days.unwrap_or(self.retention_days);
        Ok(())
    }

    /// The archive as `CreateArchive` and `UpdateArchive` answer it.
    pub(super) fn created(&self) -> CreatedArchive {
        CreatedArchive { archive_arn: self.arn.clone(), state: "ENABLED", creation_time: self.created }
    }

    fn expire(&mut self, now: Timestamp) {
        let retention = Duration::from_secs(u64::from(self.retention_days) * 86_400);
        while self.retention_days > 0
            && self.kept.front().is_some_and(|kept| now.since(kept.event.ingested) >= retention)
        {
            self.kept.pop_front();
        }
    }

    /// The archive as `DescribeArchive` answers it.
    pub(super) fn description(&mut self, now: Timestamp) -> ArchiveDescription {
        self.expire(now);
        ArchiveDescription {
            archive_arn: Some(self.arn.clone()),
            archive_name: self.name.clone(),
            event_source_arn: self.bus.clone(),
            description: self.description.clone(),
            event_pattern: self.pattern.as_ref().map(|(text, _)| text.clone()),
            state: "ENABLED",
            retention_days: self.retention_days,
            size_bytes: self.kept.iter().map(|kept| kept.text.len()).sum(),
            event_count: self.kept.len(),
            creation_time: self.created,
        }
    }

    /// The archive as `ListArchives` answers it.
    pub(super) fn listed(&mut self, now: Timestamp) -> ArchiveDescription {
        ArchiveDescription { archive_arn: None, description: None, event_pattern: None, ..self.description(now) }
    }
}
