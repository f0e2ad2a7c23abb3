//! Amazon EventBridge: buses, rules, targets, archives and their replays, and the schedules of EventBridge Scheduler.
//!
//! Rules and schedules deliver to SQS, SNS and Lambda, schedules to buses too. What else AWS has (API destinations,
//! buses as targets of rules, cross-account permissions) is refused by name.

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde_json::Value;

use crate::outbox::Outbox;
use crate::{ApiError, Delivery, Handover, Ids, Note, Principal, Refusal, Site, Timestamp};

mod answers;
mod api;
mod archive;
mod delivery;
mod event;
mod put;
mod refusals;
mod replay;
mod replays;
#[cfg(test)]
mod replays_tests;
mod rule;
pub mod schedule;
mod scheduler;
#[cfg(test)]
mod tests;
mod transform;

pub use answers::{
    ArchiveDescription, BusDescription, CancelledReplay, CreatedArchive, CreatedBus, CreatedRule, FailedTargets,
    ListedArchives, ListedBuses, ListedReplays, ListedRules, ListedTargets, PutResult, PutResults, ReplayDescription,
    Response, RuleDescription, StartedReplay, TestResult,
};
pub use api::{
    CreateArchive, CreateEventBus, DeadLetterConfig, Entry, InputTransformer, List, ListReplays, ListTargetsByRule,
    NamedArchive, NamedBus, NamedReplay, NamedRule, PutEvents, PutRule, PutTargets, RemoveTargets, ReplayDestination,
    Request, RetryPolicy, SqsParameters, StartReplay, Target, TestEventPattern, UpdateArchive,
};
pub use scheduler::{
    CreateSchedule, CreatedSchedule, EventBridgeParameters, FlexibleTimeWindow, ListSchedules, ListedSchedule,
    ListedSchedules, ListedTarget, NamedSchedule, ScheduleDescription, ScheduleTarget,
};

use archive::Archive;
use refusals::{check_name, exists, invalid, no_bus, no_rule, not_found};
use replay::Replay;
use rule::{Rule, parse_pattern};
use scheduler::Schedule;

/// The bus that every account has.
const DEFAULT_BUS: &str = "default";

#[derive(Debug)]
struct Bus {
    arn: Arn,
    description: Option<String>,
    created: Timestamp,
}

/// All buses, rules and schedules of one account and Region.
#[derive(Debug)]
pub struct EventBridge {
    site: Site,
    ids: Ids,
    buses: BTreeMap<String, Bus>,
    /// By bus and name.
    rules: BTreeMap<(String, String), Rule>,
    archives: BTreeMap<String, Archive>,
    replays: BTreeMap<String, Replay>,
    schedules: BTreeMap<String, Schedule>,
    outbox: Outbox<delivery::Job>,
    notes: Vec<Note>,
}

impl EventBridge {
    /// The default bus, and nothing else yet.
    pub fn new(site: Site, ids: Ids) -> Self {
        let default = Bus { arn: bus_arn(&site, DEFAULT_BUS), description: None, created: Timestamp::default() };
        Self {
            site,
            ids,
            buses: BTreeMap::from([(DEFAULT_BUS.to_owned(), default)]),
            rules: BTreeMap::new(),
            archives: BTreeMap::new(),
            replays: BTreeMap::new(),
            schedules: BTreeMap::new(),
            outbox: Outbox::default(),
            notes: Vec::new(),
        }
    }

    /// Answers a call; what it sets in motion comes out of [`Self::take_deliveries`].
    pub fn call(&mut self, now: Timestamp, request: Request) -> Result<Response, ApiError> {
        match request {
            Request::CreateEventBus(request) => self.create_bus(now, request),
            Request::DeleteEventBus(request) => self.delete_bus(&request),
            Request::DescribeEventBus(request) => self.describe_bus(&request),
            Request::ListEventBuses(list) => Ok(self.list_buses(&list)),
            Request::PutRule(request) => self.put_rule(now, &request),
            Request::DeleteRule(named) => self.delete_rule(&named),
            Request::DescribeRule(named) => Ok(Response::DescribeRule(self.rule(&named)?.description())),
            Request::ListRules(list) => self.list_rules(&list),
            Request::EnableRule(named) => {
                self.rule(&named)?.enable(now);
                Ok(Response::Done {})
            }
            Request::DisableRule(named) => {
                self.rule(&named)?.disable();
                Ok(Response::Done {})
            }
            Request::PutTargets(request) => {
                let named = NamedRule { name: request.rule, event_bus_name: request.event_bus_name };
                self.rule(&named)?.put_targets(request.targets)?;
                Ok(Response::Targets(FailedTargets::default()))
            }
            Request::RemoveTargets(request) => {
                let named = NamedRule { name: request.rule, event_bus_name: request.event_bus_name };
                self.rule(&named)?.targets.retain(|target| !request.ids.contains(&target.id));
                Ok(Response::Targets(FailedTargets::default()))
            }
            Request::ListTargetsByRule(request) => {
                let named = NamedRule { name: request.rule, event_bus_name: request.event_bus_name };
                Ok(Response::ListTargetsByRule(ListedTargets { targets: self.rule(&named)?.targets.clone() }))
            }
            Request::PutEvents(request) => self.put_events(now, request).map(Response::PutEvents),
            Request::TestEventPattern(request) => test_event_pattern(&request),
            Request::StartReplay(request) => self.start_replay(now, request),
            Request::CancelReplay(named) => self.cancel_replay(&named),
            Request::DescribeReplay(named) => self.describe_replay(&named),
            Request::ListReplays(list) => Ok(self.list_replays(&list)),
            Request::CreateArchive(_)
            | Request::UpdateArchive(_)
            | Request::DeleteArchive(_)
            | Request::DescribeArchive(_)
            | Request::ListArchives(_) => self.call_archives(now, request),
            Request::CreateSchedule(request) => self.create_schedule(now, *request),
            Request::UpdateSchedule(request) => self.update_schedule(now, *request),
            Request::GetSchedule(named) => self.schedule_description(&named),
            Request::DeleteSchedule(named) => self.delete_schedule(&named),
            Request::ListSchedules(list) => Ok(self.list_schedules(&list)),
        }
    }

    /// Another service hands an event over: `body` is a JSON object with `source`, `detail-type`, an object `detail` and,
    /// where they matter, `resources`.
    ///
    /// Lambda's destinations and schedules, which put events here, do so with a role: no policy of the bus is asked.
    #[expect(clippy::needless_pass_by_value, reason = "as every service takes it")]
    pub fn hand_over(
        &mut self,
        now: Timestamp,
        to: &Arn,
        message: Handover,
        from: &Principal,
    ) -> Result<String, Refusal> {
        let _ = from;
        self.hand_over_event(now, to, &message.body)
    }

    /// Messages to hand on now.
    pub fn take_deliveries(&mut self) -> Vec<Delivery> {
        self.outbox.take_ready()
    }

    /// How a delivery went; a refusal leads to a retry, a dead-letter queue or a loss that is noted.
    pub fn delivered(&mut self, now: Timestamp, ticket: u64, result: Result<(), Refusal>) {
        let Some(job) = self.outbox.settle(ticket) else { return };
        match result {
            Ok(()) => self.accepted(now, &job),
            Err(refusal) => self.refused(now, job, &refusal),
        }
    }

    /// Whether no delivery is under way or waits to be tried again, and no replay runs. Schedules that only wait for their time are idle.
    pub fn is_idle(&self) -> bool {
        self.outbox.is_empty() && !self.replays.values().any(Replay::is_active)
    }

    /// Lets time pass up to `now`: retries, schedules and replays that are due.
    pub fn tick(&mut self, now: Timestamp) {
        for job in self.outbox.take_due(now) {
            self.send(job);
        }
        let mut due = Vec::new();
        for rule in self.rules.values_mut() {
            if let Some(at) = rule.due.filter(|at| *at <= now) {
                due.push((at, rule.arn.clone(), rule.targets.clone()));
                rule.plan(now);
            }
        }
        for (at, rule, targets) in due {
            let event = event::Event::scheduled(&self.site, self.ids.uuid(), &rule, at);
            self.invoke(now, &rule, &targets, &event);
        }
        self.run_schedules(now);
        self.run_replays(now);
    }

    /// When [`Self::tick`] has something to do next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let rules = self.rules.values().filter_map(|rule| rule.due);
        let schedules = self.schedules.values().filter_map(|schedule| schedule.due);
        let replays = self.replays.values().filter_map(|replay| replay.due);
        self.outbox.next_wake().into_iter().chain(rules).chain(schedules).chain(replays).min()
    }

    /// What happened since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// The events that an archive keeps, JSON text, the oldest first; nothing for an archive that does not exist.
    pub fn archived(&self, archive: &str) -> impl Iterator<Item = &str> {
        self.archives.get(archive).into_iter().flat_map(Archive::events)
    }

    fn create_bus(&mut self, now: Timestamp, request: CreateEventBus) -> Result<Response, ApiError> {
        check_name("name", &request.name, 256)?;
        if self.buses.contains_key(&request.name) {
            return Err(exists(format!("Event bus {} already exists.", request.name)));
        }
        let arn = bus_arn(&self.site, &request.name);
        let bus = Bus { arn: arn.clone(), description: request.description, created: now };
        self.buses.insert(request.name, bus);
        Ok(Response::CreateEventBus(CreatedBus { event_bus_arn: arn }))
    }

    /// Idempotent, as long as the bus has no rule.
    fn delete_bus(&mut self, named: &NamedBus) -> Result<Response, ApiError> {
        let name = bus_name(named.name.as_deref());
        if name == DEFAULT_BUS {
            return Err(invalid("Cannot delete event bus default."));
        }
        if self.rules.values().any(|rule| rule.bus == name) {
            return Err(invalid(format!("Event bus {name} can't be deleted since it has rules.")));
        }
        self.buses.remove(name);
        Ok(Response::Done {})
    }

    fn describe_bus(&self, named: &NamedBus) -> Result<Response, ApiError> {
        let name = bus_name(named.name.as_deref());
        let bus = self.buses.get(name).ok_or_else(|| no_bus(name))?;
        Ok(Response::DescribeEventBus(bus.description(name)))
    }

    fn list_buses(&self, list: &List) -> Response {
        let prefix = list.name_prefix.as_deref().unwrap_or_default();
        let wanted = self.buses.iter().filter(|(name, _)| name.starts_with(prefix));
        Response::ListEventBuses(ListedBuses { event_buses: wanted.map(|(name, bus)| bus.description(name)).collect() })
    }

    /// Replaces a rule of the same name, whose targets stay.
    fn put_rule(&mut self, now: Timestamp, request: &PutRule) -> Result<Response, ApiError> {
        let mut rule = Rule::create(&self.site, now, request)?;
        if !self.buses.contains_key(&rule.bus) {
            return Err(no_bus(&rule.bus));
        }
        let key = (rule.bus.clone(), rule.name.clone());
        if let Some(existing) = self.rules.remove(&key) {
            rule.targets = existing.targets;
        }
        let rule_arn = rule.arn.clone();
        self.rules.insert(key, rule);
        Ok(Response::PutRule(CreatedRule { rule_arn }))
    }

    /// Idempotent, as long as the rule has no target.
    fn delete_rule(&mut self, named: &NamedRule) -> Result<Response, ApiError> {
        let bus = bus_name(named.event_bus_name.as_deref());
        let key = (bus.to_owned(), named.name.clone());
        if self.rules.get(&key).is_some_and(|rule| !rule.targets.is_empty()) {
            return Err(invalid("Rule can't be deleted since it has targets."));
        }
        self.rules.remove(&key);
        Ok(Response::Done {})
    }

    fn list_rules(&self, list: &List) -> Result<Response, ApiError> {
        let bus = bus_name(list.event_bus_name.as_deref());
        if !self.buses.contains_key(bus) {
            return Err(no_bus(bus));
        }
        let prefix = list.name_prefix.as_deref().unwrap_or_default();
        let wanted = self.rules.values().filter(|rule| rule.bus == bus && rule.name.starts_with(prefix));
        Ok(Response::ListRules(ListedRules { rules: wanted.map(Rule::description).collect() }))
    }

    fn rule(&mut self, named: &NamedRule) -> Result<&mut Rule, ApiError> {
        let bus = bus_name(named.event_bus_name.as_deref());
        if !self.buses.contains_key(bus) {
            return Err(no_bus(bus));
        }
        let key = (bus.to_owned(), named.name.clone());
        self.rules.get_mut(&key).ok_or_else(|| no_rule(&named.name, bus))
    }

    fn call_archives(&mut self, now: Timestamp, request: Request) -> Result<Response, ApiError> {
        let no_archive = |name: &str| not_found(format!("Archive {name} does not exist."));
        match request {
            Request::CreateArchive(request) => {
                if self.archives.contains_key(&request.archive_name) {
                    return Err(exists(format!("Archive {} already exists.", request.archive_name)));
                }
                let archive = Archive::create(&self.site, now, &request)?;
                if !self.buses.values().any(|bus| bus.arn == archive.bus) {
                    return Err(no_bus(archive.bus.name()));
                }
                let created = archive.created();
                self.archives.insert(archive.name.clone(), archive);
                Ok(Response::CreateArchive(created))
            }
            // AWS answers an `InternalException` for an archive that there is not; its API reference has this one.
            Request::UpdateArchive(request) => {
                let archive = self.archives.get_mut(&request.archive_name);
                let archive = archive.ok_or_else(|| no_archive(&request.archive_name))?;
                archive.update(&request)?;
                Ok(Response::CreateArchive(archive.created()))
            }
            Request::DeleteArchive(named) => {
                self.archives.remove(&named.archive_name).ok_or_else(|| no_archive(&named.archive_name))?;
                Ok(Response::Done {})
            }
            Request::DescribeArchive(named) => {
                let archive = self.archives.get_mut(&named.archive_name);
                let archive = archive.ok_or_else(|| no_archive(&named.archive_name))?;
                Ok(Response::DescribeArchive(archive.description(now)))
            }
            Request::ListArchives(list) => {
                let prefix = list.name_prefix.unwrap_or_default();
                let wanted = self.archives.values_mut().filter(|archive| archive.name.starts_with(&prefix));
                let archives = wanted.map(|archive| archive.listed(now)).collect();
                Ok(Response::ListArchives(ListedArchives { archives }))
            }
            _ => Err(ApiError::not_modelled("this action on archives")),
        }
    }
}

impl Bus {
    fn description(&self, name: &str) -> BusDescription {
        BusDescription {
            name: name.to_owned(),
            arn: self.arn.clone(),
            description: self.description.clone(),
            creation_time: self.created,
        }
    }
}

fn bus_arn(site: &Site, name: &str) -> Arn {
    site.arn("events", &format!("event-bus/{name}"))
}

/// The name of a bus that is given by name, by ARN, or not at all.
fn bus_name(given: Option<&str>) -> &str {
    given.map_or(DEFAULT_BUS, |given| given.rsplit('/').next().unwrap_or(given))
}

/// Bounds of a retry policy.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html>
fn check_retry(retry: RetryPolicy) -> Result<(), ApiError> {
    if retry.maximum_retry_attempts.is_some_and(|attempts| attempts > 185) {
        return Err(invalid("MaximumRetryAttempts must be between 0 and 185."));
    }
    if retry.maximum_event_age_in_seconds.is_some_and(|age| !(60..=86_400).contains(&age)) {
        return Err(invalid("MaximumEventAgeInSeconds must be between 60 and 86400."));
    }
    Ok(())
}

fn test_event_pattern(request: &TestEventPattern) -> Result<Response, ApiError> {
    let pattern = parse_pattern(&request.event_pattern)?;
    let event: Value = serde_json::from_str(&request.event)
        .map_err(|error| invalid(format!("Parameter Event is not valid. Reason: {error}")))?;
    Ok(Response::TestEventPattern(TestResult { result: pattern.matches(&event) }))
}
