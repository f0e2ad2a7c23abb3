//! Amazon EventBridge: buses, rules, targets, archives and their replays, and the schedules of EventBridge Scheduler.
//!
//! Rules deliver to SQS, SNS, Lambda and the account's other buses, schedules to all of these and to calls of their APIs.
//! What else AWS has (API destinations, partner event sources, other targets, other accounts) is refused by name. Roles are
//! asked for where AWS wants one, and allow everything.

use std::collections::BTreeMap;

use aqueduct_topology::Arn;

use crate::keep::Kept;
use crate::outbox::Outbox;
use crate::{ApiError, Delivery, Handover, Ids, Note, Principal, Refusal, Site, Timestamp};

mod agenda;
mod answers;
mod api;
mod archive;
mod archives;
mod bus;
mod buses;
mod constraints;
mod delivery;
mod durable;
mod entry;
mod event;
mod page;
#[cfg(test)]
mod properties;
mod put;
mod refusals;
mod replay;
mod replays;
#[cfg(test)]
mod replays_tests;
mod rule;
mod rules;
pub mod schedule;
mod scheduler;
mod target;
#[cfg(test)]
mod tests;
mod transform;

pub use answers::{
    ArchiveDescription, BusDescription, BusSettings, CancelledReplay, CreatedArchive, CreatedBus, CreatedRule,
    FailedTargets, ListedArchives, ListedBuses, ListedReplays, ListedRuleNames, ListedRules, ListedTargets, PutResult,
    PutResults, ReplayDescription, Response, RuleDescription, StartedReplay, Tags, TestResult, UpdatedBus,
};
pub use api::{
    Condition, CreateArchive, CreateEventBus, DeadLetterConfig, DeleteRule, Entry, InputTransformer, ListArchives,
    ListEventBuses, ListReplays, ListRuleNamesByTarget, ListRules, ListTags, ListTargetsByRule, NamedArchive, NamedBus,
    NamedReplay, NamedRule, PutEvents, PutPermission, PutRule, PutTargets, RemovePermission, RemoveTargets,
    ReplayDestination, Request, RetryPolicy, SqsParameters, StartReplay, Tag, TagResource, Target, TestEventPattern,
    UntagResource, UpdateArchive, UpdateEventBus,
};
pub use scheduler::{
    CreateSchedule, CreateScheduleGroup, CreatedSchedule, CreatedScheduleGroup, EventBridgeParameters,
    FlexibleTimeWindow, ListScheduleGroups, ListSchedules, ListedSchedule, ListedScheduleGroups, ListedSchedules,
    ListedTarget, NamedSchedule, NamedScheduleGroup, ScheduleDescription, ScheduleGroupDescription, ScheduleTarget,
};

use agenda::Agenda;
use archive::{Archive, Archived, Place, Shelf};
use bus::{Bus, DEFAULT_BUS};
use delivery::{Failure, Job};
use event::Event;
use replay::Replay;
use rule::Rule;
use scheduler::{Group, Schedule};

/// The largest sum of the sizes of a call's entries, in bytes.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>; it was 256 KB until January
/// 2026.
const ENTRIES_BYTES_MAX: usize = 1024 * 1024;

/// All buses, rules and schedules of one account and Region.
#[derive(Debug)]
pub struct EventBridge {
    site: Site,
    ids: Ids,
    entries_bytes_max: usize,
    buses: Kept<String, Bus>,
    /// By bus and name.
    rules: Kept<(String, String), Rule>,
    due_rules: Agenda<(String, String)>,
    archives: Kept<String, Archive>,
    archived: Kept<Place, Archived>,
    last_archived: u64,
    shelves: BTreeMap<String, Shelf>,
    replays: Kept<String, Replay>,
    due_replays: Agenda<String>,
    groups: Kept<String, Group>,
    /// By group and name.
    schedules: Kept<(String, String), Schedule>,
    due_schedules: Agenda<(String, String)>,
    jobs: Kept<u64, Job>,
    last_job: u64,
    outbox: Outbox<u64>,
    notes: Vec<Note>,
}

impl EventBridge {
    /// The default bus and the default group of schedules, and nothing else yet.
    pub fn new(site: Site, ids: Ids) -> Self {
        let (mut buses, mut groups) = (Kept::default(), Kept::default());
        buses.insert(DEFAULT_BUS.to_owned(), Bus::new(&site, Timestamp::default(), DEFAULT_BUS));
        groups.insert(scheduler::DEFAULT_GROUP.to_owned(), Group::default_of(&site));
        Self {
            site,
            ids,
            entries_bytes_max: ENTRIES_BYTES_MAX,
            buses,
            rules: Kept::default(),
            due_rules: Agenda::default(),
            archives: Kept::default(),
            archived: Kept::default(),
            last_archived: 0,
            shelves: BTreeMap::new(),
            replays: Kept::default(),
            due_replays: Agenda::default(),
            groups,
            schedules: Kept::default(),
            due_schedules: Agenda::default(),
            jobs: Kept::default(),
            last_job: 0,
            outbox: Outbox::default(),
            notes: Vec::new(),
        }
    }

    /// Bounds the entries of a `PutEvents` call together, in bytes: 1 MiB by default, and 256 KiB where AWS has not
    /// raised it.
    pub const fn set_entries_bytes_max(&mut self, bytes: usize) {
        self.entries_bytes_max = bytes;
    }

    /// Answers a call; what it sets in motion comes out of [`Self::take_deliveries`].
    pub fn call(&mut self, now: Timestamp, request: Request) -> Result<Response, ApiError> {
        match request {
            Request::CreateEventBus(request) => self.create_bus(now, request),
            Request::DeleteEventBus(request) => self.delete_bus(&request),
            Request::DescribeEventBus(request) => self.describe_bus(&request),
            Request::ListEventBuses(list) => self.list_buses(&list),
            Request::UpdateEventBus(request) => self.update_bus(now, request),
            Request::PutPermission(request) => self.put_permission(now, request),
            Request::RemovePermission(request) => self.remove_permission(now, &request),
            Request::TagResource(request) => self.tag(request),
            Request::UntagResource(request) => self.untag(&request),
            Request::ListTagsForResource(list) => self.tags(&list.resource),
            Request::PutRule(request) => self.put_rule(now, request),
            Request::DeleteRule(request) => self.delete_rule(&request),
            Request::DescribeRule(named) => self.describe_rule(&named),
            Request::ListRules(list) => self.list_rules(&list),
            Request::ListRuleNamesByTarget(list) => self.list_rule_names(&list),
            Request::EnableRule(named) => self.switch_rule(now, &named, true),
            Request::DisableRule(named) => self.switch_rule(now, &named, false),
            Request::PutTargets(request) => self.put_targets(request),
            Request::RemoveTargets(request) => self.remove_targets(&request),
            Request::ListTargetsByRule(list) => self.list_targets(&list),
            Request::PutEvents(request) => self.put_events(now, request).map(Response::PutEvents),
            Request::TestEventPattern(request) => rules::test_event_pattern(&request),
            Request::CreateArchive(request) => self.create_archive(now, request),
            Request::UpdateArchive(request) => self.update_archive(now, request),
            Request::DeleteArchive(named) => self.delete_archive(&named),
            Request::DescribeArchive(named) => self.describe_archive(now, &named),
            Request::ListArchives(list) => self.list_archives(now, &list),
            Request::StartReplay(request) => self.start_replay(now, request),
            Request::CancelReplay(named) => self.cancel_replay(&named),
            Request::DescribeReplay(named) => self.describe_replay(now, &named),
            Request::ListReplays(list) => self.list_replays(now, &list),
            request => self.call_scheduler(now, request),
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
        self.hand_over_event(now, to, &message.body, from)
    }

    /// Messages to hand on now.
    pub fn take_deliveries(&mut self) -> Vec<Delivery> {
        self.outbox.take_ready()
    }

    /// How a delivery went; a refusal leads to a retry, a dead-letter queue or a loss that is noted.
    pub fn delivered(&mut self, now: Timestamp, ticket: u64, result: Result<(), Refusal>) {
        let Some(job) = self.outbox.settle(ticket) else { return };
        match result {
            Ok(()) => self.accepted(now, job),
            Err(refusal) => self.failed(now, job, &Failure::from(&refusal)),
        }
    }

    /// Whether no delivery is under way or waits to be tried again, and no replay runs. Schedules that only wait for
    /// their time are idle.
    pub fn is_idle(&self) -> bool {
        self.jobs.is_empty() && self.due_replays.len() == 0
    }

    /// Lets time pass up to `now`: retries, schedules and replays that are due.
    ///
    /// What was due more than once since the last call runs once, for the first of the times.
    pub fn tick(&mut self, now: Timestamp) {
        self.retry_due(now);
        while let Some(key) = self.due_rules.take_due(now) {
            let Some(rule) = self.rules.get_mut(&key) else { continue };
            let (due, arn) = (rule.due().unwrap_or(now), rule.arn().clone());
            rule.plan(now);
            self.due_rules.shift(&key, None, rule.due());
            let event = Event::scheduled(&self.site, self.ids.uuid(), &arn, due);
            self.invoke(now, &key, &event);
        }
        self.run_schedules(now);
        self.run_replays(now);
    }

    /// When [`Self::tick`] has something to do next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let due = [self.due_rules.next(), self.due_schedules.next(), self.due_replays.next()];
        due.into_iter().chain([self.outbox.next_wake()]).flatten().min()
    }

    /// What happened since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// The events that an archive keeps, JSON text, the oldest first; nothing for an archive that does not exist.
    pub fn archived(&self, archive: &str) -> impl Iterator<Item = &str> {
        let stock = self.shelves.get(archive).into_iter().flat_map(|stock| &stock.places);
        stock.filter_map(|(_, place)| self.archived.get(place)).map(|event| event.text.as_str())
    }
}
