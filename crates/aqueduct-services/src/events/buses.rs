//! The actions on buses, their policies, and the tags of buses and rules.

use std::collections::BTreeMap;

use aqueduct_topology::Arn;

use super::EventBridge;
use super::answers::{BusSettings, CreatedBus, ListedBuses, Response, Tags, UpdatedBus};
use super::api::{
    CreateEventBus, ListEventBuses, NamedBus, PutPermission, RemovePermission, Tag, TagResource, UntagResource,
    UpdateEventBus,
};
use super::bus::{Bus, DEFAULT_BUS, bus_arn, bus_name};
use super::constraints::{Constraints, NAME};
use super::page::Page;
use super::refusals::{exists, invalid, no_bus, no_rule, not_found, too_many};
use crate::{ApiError, Timestamp};

/// The most buses of an account and Region.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html>
const BUSES_MAX: usize = 100;

impl EventBridge {
    /// Refusal recorded by LocalStack's AWS-validated test `test_create_multiple_event_buses_same_name`.
    pub(super) fn create_bus(&mut self, now: Timestamp, request: CreateEventBus) -> Result<Response, ApiError> {
        if request.event_source_name.is_some() {
            return Err(ApiError::not_modelled("partner event sources"));
        }
        let mut constraints = Constraints::default();
        constraints.length("name", &request.name, 1, 256);
        constraints.characters("name", &request.name, NAME);
        check_description(&mut constraints, request.description.as_deref());
        constraints.check()?;
        if self.buses.contains_key(&request.name) {
            return Err(exists(format!("Event bus {} already exists.", request.name)));
        }
        if self.buses.len() >= BUSES_MAX {
            return Err(too_many());
        }
        let mut bus = Bus::new(&self.site, now, &request.name);
        bus.set(BusSettings {
            description: request.description,
            kms_key_identifier: request.kms_key_identifier,
            dead_letter_config: request.dead_letter_config,
            log_config: request.log_config,
        });
        bus.tags = tag_map(request.tags);
        let created = CreatedBus { event_bus_arn: bus.arn.clone(), settings: bus.settings() };
        self.buses.insert(request.name, bus);
        Ok(Response::CreateEventBus(created))
    }

    /// Idempotent, as long as the bus has no rule.
    ///
    /// Recorded by LocalStack's AWS-validated tests `test_describe_delete_not_existing_event_bus` and
    /// `test_delete_default_event_bus`.
    pub(super) fn delete_bus(&mut self, named: &NamedBus) -> Result<Response, ApiError> {
        let name = bus_name(named.name.as_deref());
        if name == DEFAULT_BUS {
            return Err(invalid("Cannot delete event bus default."));
        }
        if self.rules_on(name).next().is_some() {
            return Err(invalid(format!("Event bus {name} can't be deleted since it has rules.")));
        }
        self.buses.remove(name);
        Ok(Response::Done {})
    }

    pub(super) fn describe_bus(&self, named: &NamedBus) -> Result<Response, ApiError> {
        let name = bus_name(named.name.as_deref());
        let bus = self.buses.get(name).ok_or_else(|| no_bus(name))?;
        Ok(Response::DescribeEventBus(bus.description(name)))
    }

    pub(super) fn list_buses(&self, list: &ListEventBuses) -> Result<Response, ApiError> {
        let prefix = list.name_prefix.as_deref().unwrap_or_default();
        let wanted = self.buses.iter().filter(|(name, _)| name.starts_with(prefix));
        let page = Page { limit_name: "limit", limit: list.limit, token: list.next_token.as_deref() };
        let (event_buses, next_token) = page.of(wanted.map(|(name, bus)| (name.clone(), bus.listed(name))))?;
        Ok(Response::ListEventBuses(ListedBuses { event_buses, next_token }))
    }

    pub(super) fn update_bus(&mut self, now: Timestamp, request: UpdateEventBus) -> Result<Response, ApiError> {
        let name = bus_name(request.name.as_deref()).to_owned();
        let mut constraints = Constraints::default();
        check_description(&mut constraints, request.description.as_deref());
        constraints.check()?;
        let bus = self.buses.get_mut(&name).ok_or_else(|| no_bus(&name))?;
        bus.set(BusSettings {
            description: request.description,
            kms_key_identifier: request.kms_key_identifier,
            dead_letter_config: request.dead_letter_config,
            log_config: request.log_config,
        });
        bus.modified = now;
        Ok(Response::UpdateEventBus(UpdatedBus { arn: bus.arn.clone(), settings: bus.settings(), name }))
    }

    /// Refusal recorded by LocalStack's AWS-validated test `test_put_permission_non_existing_event_bus`.
    pub(super) fn put_permission(&mut self, now: Timestamp, request: PutPermission) -> Result<Response, ApiError> {
        let name = bus_name(request.event_bus_name.as_deref()).to_owned();
        let bus = self.buses.get_mut(&name).ok_or_else(|| no_bus(&name))?;
        bus.permit(request)?;
        bus.modified = now;
        Ok(Response::Done {})
    }

    pub(super) fn remove_permission(
        &mut self,
        now: Timestamp,
        request: &RemovePermission,
    ) -> Result<Response, ApiError> {
        let name = bus_name(request.event_bus_name.as_deref());
        let bus = self.buses.get_mut(name).ok_or_else(|| no_bus(name))?;
        bus.forbid(request)?;
        bus.modified = now;
        Ok(Response::Done {})
    }

    pub(super) fn tag(&mut self, request: TagResource) -> Result<Response, ApiError> {
        self.tags_of(&request.resource)?.extend(tag_map(request.tags));
        Ok(Response::Done {})
    }

    pub(super) fn untag(&mut self, request: &UntagResource) -> Result<Response, ApiError> {
        self.tags_of(&request.resource)?.retain(|key, _| !request.tag_keys.contains(key));
        Ok(Response::Done {})
    }

    pub(super) fn tags(&mut self, resource: &Arn) -> Result<Response, ApiError> {
        Ok(Response::Tags(Tags { tags: tag_list(self.tags_of(resource)?) }))
    }

    /// The tags of a bus or a rule.
    fn tags_of(&mut self, resource: &Arn) -> Result<&mut BTreeMap<String, String>, ApiError> {
        let mut parts = resource.resource().split('/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some("event-bus"), Some(name), None) if *resource == bus_arn(&self.site, name) => {
                self.buses.get_mut(name).map(|bus| &mut bus.tags).ok_or_else(|| no_bus(name))
            }
            (Some("rule"), Some(first), second) => {
                let (bus, name) = second.map_or((DEFAULT_BUS, first), |name| (first, name));
                let rule = self.rules.get_mut(&(bus.to_owned(), name.to_owned()));
                rule.map(super::rule::Rule::tags).ok_or_else(|| no_rule(name, bus))
            }
            _ => Err(not_found(format!("Resource {resource} does not exist."))),
        }
    }
}

fn check_description(constraints: &mut Constraints, description: Option<&str>) {
    if let Some(description) = description {
        constraints.length("description", description, 0, 512);
    }
}

/// Tags by key.
pub(super) fn tag_map(tags: Vec<Tag>) -> BTreeMap<String, String> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// Tags as they are answered.
pub(super) fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}
