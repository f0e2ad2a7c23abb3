//! The actions on archives, and the keeping itself.

use super::EventBridge;
use super::answers::{ListedArchives, Response};
use super::api::{CreateArchive, ListArchives, NamedArchive, UpdateArchive};
use super::archive::{Archive, Archived, Place, Shelf};
use super::constraints::Constraints;
use super::event::Event;
use super::page::Page;
use super::refusals::{exists, invalid, no_bus, not_found};
use super::rule::Rule;
use crate::{ApiError, Fault, Timestamp};

const STATES: [&str; 6] = ["ENABLED", "DISABLED", "CREATING", "UPDATING", "CREATE_FAILED", "UPDATE_FAILED"];

impl EventBridge {
    /// Makes an archive and the managed rule that feeds it.
    ///
    /// Refusals recorded by LocalStack's AWS-validated tests `test_create_archive_error_duplicate` and
    /// `test_create_archive_error_unknown_event_bus`.
    pub(super) fn create_archive(&mut self, now: Timestamp, request: CreateArchive) -> Result<Response, ApiError> {
        let archive = Archive::create(&self.site, now, request)?;
        if self.archives.contains_key(&archive.name) {
            return Err(exists(format!("Archive {} already exists.", archive.name)));
        }
        let bus = archive.bus.name().to_owned();
        if self.buses.get(&bus).is_none_or(|known| known.arn != archive.bus) {
            return Err(no_bus(&bus));
        }
        self.feed(now, &archive)?;
        let created = archive.created();
        self.shelves.insert(archive.name.clone(), Shelf::default());
        self.archives.insert(archive.name.clone(), archive);
        Ok(Response::CreateArchive(created))
    }

    /// Puts the rule that feeds an archive.
    fn feed(&mut self, now: Timestamp, archive: &Archive) -> Result<(), ApiError> {
        let pattern = archive.pattern.as_deref();
        let rule = Rule::for_archive(&self.site, now, archive.bus.name(), &archive.name, pattern)?;
        self.take_rule(&rule.key());
        self.insert_rule(rule);
        Ok(())
    }

    /// AWS fails inside for an archive that there is not: recorded by LocalStack's AWS-validated test
    /// `test_update_archive_error_unknown_archive`.
    pub(super) fn update_archive(&mut self, now: Timestamp, request: UpdateArchive) -> Result<Response, ApiError> {
        let Some(archive) = self.archives.get(&request.archive_name) else {
            let message = "Service encountered unexpected problem. Please try again.";
            let error = ApiError::sender("InternalException", message).with_status(500);
            return Err(ApiError { fault: Fault::Receiver, ..error });
        };
        let mut archive = archive.clone();
        archive.update(request)?;
        self.feed(now, &archive)?;
        let created = archive.created();
        self.archives.insert(archive.name.clone(), archive);
        Ok(Response::CreateArchive(created))
    }

    /// Refusal recorded by LocalStack's AWS-validated test `test_delete_archive_error_unknown_archive`.
    pub(super) fn delete_archive(&mut self, named: &NamedArchive) -> Result<Response, ApiError> {
        let name = &named.archive_name;
        let archive = self.archives.remove(name).ok_or_else(|| no_archive(name))?;
        self.take_rule(&(archive.bus.name().to_owned(), format!("Events-Archive-{name}")));
        for (_, place) in self.shelves.remove(name).unwrap_or_default().places {
            self.archived.remove(&place);
        }
        Ok(Response::Done {})
    }

    pub(super) fn describe_archive(&mut self, now: Timestamp, named: &NamedArchive) -> Result<Response, ApiError> {
        let name = &named.archive_name;
        self.expire(now, name);
        let archive = self.archives.get(name).ok_or_else(|| no_archive(name))?;
        let description = self.shelves.get(name).map(|stock| archive.description(stock));
        description.map(Response::DescribeArchive).ok_or_else(|| no_archive(name))
    }

    /// Refusal recorded by LocalStack's AWS-validated test `test_list_archive_error_unknown_source_arn`.
    pub(super) fn list_archives(&mut self, now: Timestamp, list: &ListArchives) -> Result<Response, ApiError> {
        let mut constraints = Constraints::default();
        constraints.one_of("state", list.state.as_deref(), &STATES);
        constraints.check()?;
        check_filters(
            "ListArchives",
            [list.name_prefix.is_some(), list.event_source_arn.is_some(), list.state.is_some()],
        )?;
        if let Some(bus) = &list.event_source_arn
            && !self.buses.values().any(|known| known.arn == *bus)
        {
            return Err(no_bus(bus.name()));
        }
        let names: Vec<String> = self.archives.keys().cloned().collect();
        for name in &names {
            self.expire(now, name);
        }
        let prefix = list.name_prefix.as_deref().unwrap_or_default();
        let wanted = self.archives.values().filter(|archive| {
            archive.name.starts_with(prefix)
                && list.event_source_arn.as_ref().is_none_or(|bus| archive.bus == *bus)
                && list.state.as_deref().is_none_or(|state| state == "ENABLED")
        });
        let listed = wanted.filter_map(|archive| {
            let stock = self.shelves.get(&archive.name)?;
            Some((archive.name.clone(), archive.listed(stock)))
        });
        let page = Page { limit_name: "limit", limit: list.limit, token: list.next_token.as_deref() };
        let (archives, next_token) = page.of(listed)?;
        Ok(Response::ListArchives(ListedArchives { archives, next_token }))
    }

    /// Keeps an event.
    pub(super) fn archive(&mut self, now: Timestamp, archive: &str, event: &Event, size: u64) {
        self.expire(now, archive);
        let Some(stock) = self.shelves.get_mut(archive) else { return };
        self.last_archived += 1;
        let place: Place = (archive.to_owned(), event.time, self.last_archived);
        stock.places.push_back((event.ingested, place.clone()));
        stock.size += size;
        self.archived.insert(place, Archived { text: event.text.clone(), ingested: event.ingested, size });
    }

    /// Drops the events that an archive has kept for long enough.
    pub(super) fn expire(&mut self, now: Timestamp, archive: &str) {
        let Some(retention) = self.archives.get(archive).and_then(Archive::retention) else { return };
        let Some(stock) = self.shelves.get_mut(archive) else { return };
        while let Some((ingested, _)) = stock.places.front()
            && now.since(*ingested) >= retention
        {
            let Some((_, place)) = stock.places.pop_front() else { return };
            stock.size -= self.archived.remove(&place).map_or(0, |event| event.size).min(stock.size);
        }
    }
}

fn no_archive(name: &str) -> ApiError {
    not_found(format!("Archive {name} does not exist."))
}

/// Lists of archives and replays take one filter.
pub(super) fn check_filters(action: &str, given: [bool; 3]) -> Result<(), ApiError> {
    if given.into_iter().filter(|given| *given).count() <= 1 {
        return Ok(());
    }
    Err(invalid(format!(
        "At most one filter is allowed for {action}. Use either : State, EventSourceArn, or NamePrefix."
    )))
}
