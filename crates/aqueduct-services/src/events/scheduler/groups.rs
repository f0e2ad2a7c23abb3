//! Groups of schedules, and their tags.

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};

use super::answers::{CreatedScheduleGroup, ListedScheduleGroups, ScheduleGroupDescription};
use super::api::{CreateScheduleGroup, ListScheduleGroups, NamedScheduleGroup};
use super::{conflict, not_found};
use crate::events::EventBridge;
use crate::events::answers::{Response, Tags};
use crate::events::api::{TagResource, UntagResource};
use crate::events::buses::{tag_list, tag_map};
use crate::events::constraints::{Constraints, SCHEDULE_NAME};
use crate::events::page::Page;
use crate::events::refusals::invalid;
use crate::{ApiError, Site, Timestamp};

/// The group of the schedules that name none.
pub(in crate::events) const DEFAULT_GROUP: &str = "default";

/// A group of schedules.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::events) struct Group {
    arn: Arn,
    tags: BTreeMap<String, String>,
    token: Option<String>,
    created: Timestamp,
    modified: Timestamp,
}

impl Group {
    /// The default group.
    pub(in crate::events) fn default_of(site: &Site) -> Self {
        Self::new(
            site,
            Timestamp::default(),
            CreateScheduleGroup { name: DEFAULT_GROUP.to_owned(), ..Default::default() },
        )
    }

    fn new(site: &Site, now: Timestamp, request: CreateScheduleGroup) -> Self {
        Self {
            arn: site.arn("scheduler", &format!("schedule-group/{}", request.name)),
            tags: tag_map(request.tags),
            token: request.client_token,
            created: now,
            modified: now,
        }
    }

    fn description(&self, name: &str) -> ScheduleGroupDescription {
        ScheduleGroupDescription {
            arn: self.arn.clone(),
            name: name.to_owned(),
            state: "ACTIVE".to_owned(),
            creation_date: self.created,
            last_modification_date: self.modified,
        }
    }
}

impl EventBridge {
    /// A creation that repeats the token of the one that made the group answers as that one did.
    pub(super) fn create_group(&mut self, now: Timestamp, request: CreateScheduleGroup) -> Result<Response, ApiError> {
        let mut constraints = Constraints::default();
        constraints.length("name", &request.name, 1, 64);
        constraints.characters("name", &request.name, SCHEDULE_NAME);
        constraints.check()?;
        if let Some(existing) = self.groups.get(&request.name) {
            if request.client_token.is_some() && existing.token == request.client_token {
                return Ok(Response::ScheduleGroup(CreatedScheduleGroup { schedule_group_arn: existing.arn.clone() }));
            }
            return Err(conflict(format!("Schedule group {} already exists.", request.name)));
        }
        let name = request.name.clone();
        let group = Group::new(&self.site, now, request);
        let schedule_group_arn = group.arn.clone();
        self.groups.insert(name, group);
        Ok(Response::ScheduleGroup(CreatedScheduleGroup { schedule_group_arn }))
    }

    pub(super) fn get_group(&self, named: &NamedScheduleGroup) -> Result<Response, ApiError> {
        let group = self.groups.get(&named.name).ok_or_else(|| no_group(&named.name))?;
        Ok(Response::GetScheduleGroup(group.description(&named.name)))
    }

    /// Its schedules go with it.
    ///
    /// Source: <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteScheduleGroup.html>
    pub(super) fn delete_group(&mut self, named: &NamedScheduleGroup) -> Result<Response, ApiError> {
        if named.name == DEFAULT_GROUP {
            return Err(invalid("The default schedule group cannot be deleted."));
        }
        self.groups.remove(&named.name).ok_or_else(|| no_group(&named.name))?;
        let from = (named.name.clone(), String::new());
        let range = self.schedules.range(from..).take_while(|((group, _), _)| *group == named.name);
        let keys: Vec<_> = range.map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.take_schedule(&key);
        }
        Ok(Response::Done {})
    }

    pub(super) fn list_groups(&self, list: &ListScheduleGroups) -> Result<Response, ApiError> {
        let prefix = list.name_prefix.as_deref().unwrap_or_default();
        let wanted = self.groups.iter().filter(|(name, _)| name.starts_with(prefix));
        let page = Page { limit_name: "maxResults", limit: list.max_results, token: list.next_token.as_deref() };
        let (schedule_groups, next_token) =
            page.of(wanted.map(|(name, group)| (name.clone(), group.description(name))))?;
        Ok(Response::ListScheduleGroups(ListedScheduleGroups { schedule_groups, next_token }))
    }

    /// Recorded by LocalStack's AWS-validated test `test_tag_resource`.
    pub(super) fn tag_group(&mut self, now: Timestamp, request: TagResource) -> Result<Response, ApiError> {
        let group = self.group_mut(&request.resource)?;
        group.tags.extend(tag_map(request.tags));
        group.modified = now;
        Ok(Response::Done {})
    }

    /// Recorded by LocalStack's AWS-validated test `test_untag_resource`.
    pub(super) fn untag_group(&mut self, now: Timestamp, request: &UntagResource) -> Result<Response, ApiError> {
        let group = self.group_mut(&request.resource)?;
        group.tags.retain(|key, _| !request.tag_keys.contains(key));
        group.modified = now;
        Ok(Response::Done {})
    }

    pub(super) fn group_tags(&self, arn: &Arn) -> Result<Response, ApiError> {
        let group = self.groups.get(arn.name()).filter(|group| group.arn == *arn);
        let group = group.ok_or_else(|| no_group(arn.name()))?;
        Ok(Response::Tags(Tags { tags: tag_list(&group.tags) }))
    }

    /// That a group exists.
    pub(super) fn check_group(&self, name: &str) -> Result<(), ApiError> {
        if self.groups.contains_key(name) { Ok(()) } else { Err(no_group(name)) }
    }

    fn group_mut(&mut self, arn: &Arn) -> Result<&mut Group, ApiError> {
        let name = arn.name();
        if self.groups.get(name).is_none_or(|group| group.arn != *arn) {
            return Err(no_group(name));
        }
        self.groups.get_mut(name).ok_or_else(|| no_group(name))
    }
}

fn no_group(name: &str) -> ApiError {
    not_found(format!("Schedule group {name} does not exist."))
}
