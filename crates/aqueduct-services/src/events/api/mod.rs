//! The calls of the EventBridge and EventBridge Scheduler APIs, as their models name the fields.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html>

use serde::{Deserialize, Deserializer, Serializer};

use super::scheduler::{
    CreateSchedule, CreateScheduleGroup, ListScheduleGroups, ListSchedules, NamedSchedule, NamedScheduleGroup,
};
use crate::Timestamp;

mod archives;
mod buses;
mod put;
mod rules;

pub use archives::{
    CreateArchive, ListArchives, ListReplays, NamedArchive, NamedReplay, ReplayDestination, StartReplay, UpdateArchive,
};
pub use buses::{
    Condition, CreateEventBus, ListEventBuses, ListTags, NamedBus, PutPermission, RemovePermission, Tag, TagResource,
    UntagResource, UpdateEventBus,
};
pub use put::{Entry, PutEvents, TestEventPattern};
pub use rules::{
    DeadLetterConfig, DeleteRule, InputTransformer, ListRuleNamesByTarget, ListRules, ListTargetsByRule, NamedRule,
    PutRule, PutTargets, RemoveTargets, RetryPolicy, SqsParameters, Target,
};

/// A call of the API.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Request {
    /// `CreateEventBus`.
    CreateEventBus(CreateEventBus),
    /// `DeleteEventBus`.
    DeleteEventBus(NamedBus),
    /// `DescribeEventBus`.
    DescribeEventBus(NamedBus),
    /// `ListEventBuses`.
    ListEventBuses(ListEventBuses),
    /// `UpdateEventBus`.
    UpdateEventBus(UpdateEventBus),
    /// `PutPermission`.
    PutPermission(PutPermission),
    /// `RemovePermission`.
    RemovePermission(RemovePermission),
    /// `TagResource`.
    TagResource(TagResource),
    /// `UntagResource`.
    UntagResource(UntagResource),
    /// `ListTagsForResource`.
    ListTagsForResource(ListTags),
    /// `PutRule`.
    PutRule(PutRule),
    /// `DeleteRule`.
    DeleteRule(DeleteRule),
    /// `DescribeRule`.
    DescribeRule(NamedRule),
    /// `ListRules`.
    ListRules(ListRules),
    /// `ListRuleNamesByTarget`.
    ListRuleNamesByTarget(ListRuleNamesByTarget),
    /// `EnableRule`.
    EnableRule(NamedRule),
    /// `DisableRule`.
    DisableRule(NamedRule),
    /// `PutTargets`.
    PutTargets(PutTargets),
    /// `RemoveTargets`.
    RemoveTargets(RemoveTargets),
    /// `ListTargetsByRule`.
    ListTargetsByRule(ListTargetsByRule),
    /// `PutEvents`.
    PutEvents(PutEvents),
    /// `TestEventPattern`.
    TestEventPattern(TestEventPattern),
    /// `CreateArchive`.
    CreateArchive(CreateArchive),
    /// `DeleteArchive`.
    DeleteArchive(NamedArchive),
    /// `DescribeArchive`.
    DescribeArchive(NamedArchive),
    /// `ListArchives`.
    ListArchives(ListArchives),
    /// `UpdateArchive`.
    UpdateArchive(UpdateArchive),
    /// `StartReplay`.
    StartReplay(StartReplay),
    /// `CancelReplay`.
    CancelReplay(NamedReplay),
    /// `DescribeReplay`.
    DescribeReplay(NamedReplay),
    /// `ListReplays`.
    ListReplays(ListReplays),
    /// EventBridge Scheduler's `CreateSchedule`.
    CreateSchedule(Box<CreateSchedule>),
    /// EventBridge Scheduler's `UpdateSchedule`, which replaces the whole schedule.
    UpdateSchedule(Box<CreateSchedule>),
    /// EventBridge Scheduler's `GetSchedule`.
    GetSchedule(NamedSchedule),
    /// EventBridge Scheduler's `DeleteSchedule`.
    DeleteSchedule(NamedSchedule),
    /// EventBridge Scheduler's `ListSchedules`.
    ListSchedules(ListSchedules),
    /// EventBridge Scheduler's `CreateScheduleGroup`.
    CreateScheduleGroup(CreateScheduleGroup),
    /// EventBridge Scheduler's `GetScheduleGroup`.
    GetScheduleGroup(NamedScheduleGroup),
    /// EventBridge Scheduler's `DeleteScheduleGroup`.
    DeleteScheduleGroup(NamedScheduleGroup),
    /// EventBridge Scheduler's `ListScheduleGroups`.
    ListScheduleGroups(ListScheduleGroups),
    /// EventBridge Scheduler's `TagResource`.
    TagScheduleGroup(TagResource),
    /// EventBridge Scheduler's `UntagResource`.
    UntagScheduleGroup(UntagResource),
    /// EventBridge Scheduler's `ListTagsForResource`.
    ListScheduleGroupTags(ListTags),
}

/// Writes a time as both JSON protocols do: seconds since the epoch, with fractions.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over by reference")]
pub(in crate::events) fn epoch_seconds<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this millennium are far below 2^52")]
    let seconds = at.as_millis() as f64 / 1000.0;
    serializer.serialize_f64(seconds)
}

/// Writes a time as [`epoch_seconds`] does; fields without one are skipped.
#[expect(clippy::ref_option, reason = "serde hands fields over by reference")]
pub(in crate::events) fn optional_epoch_seconds<S: Serializer>(
    at: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => epoch_seconds(at, serializer),
        None => serializer.serialize_none(),
    }
}

/// Reads what [`epoch_seconds`] writes. Finer fractions are cut off, as a clock of milliseconds cuts them off, so that
/// what was earlier for a caller is not later here.
pub(in crate::events) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    let timestamp = |seconds: f64| Timestamp::from_millis((seconds * 1_000_000.0).round() as u64 / 1000);
    Ok(Option::<f64>::deserialize(deserializer)?.map(timestamp))
}
