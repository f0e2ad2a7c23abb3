//! The rules, one file each.

mod alarm_on_dead_letter_sends;
mod batch_without_partial_responses;
mod concurrency_over_reserved;
mod consumed_queue_without_redrive;
mod dead_letter_cycle;
mod dead_letter_queue_without_alarm;
mod few_receives_before_dead_letter;
mod ignore_without_reason;
mod rejected_filter;
mod short_dead_letter_retention;
mod subscription_without_dead_letter_queue;
mod subscription_without_function_permission;
mod subscription_without_queue_policy;
mod target_without_dead_letter_queue;
mod target_without_function_permission;
mod target_without_queue_policy;
mod unknown_rule;
mod unused_ignore;
mod visibility_under_function_timeout;
mod visibility_without_retry_room;

use aqueduct_topology::{Alarm, Queue, Topology};

use crate::Rule;

pub(crate) use ignore_without_reason::RULE as IGNORE_WITHOUT_REASON;
pub(crate) use unknown_rule::RULE as UNKNOWN_RULE;
pub(crate) use unused_ignore::RULE as UNUSED_IGNORE;

/// Every rule, sorted by id.
pub(crate) static REGISTRY: &[&Rule] = &[
    &alarm_on_dead_letter_sends::RULE,
    &batch_without_partial_responses::RULE,
    &concurrency_over_reserved::RULE,
    &consumed_queue_without_redrive::RULE,
    &dead_letter_cycle::RULE,
    &dead_letter_queue_without_alarm::RULE,
    &few_receives_before_dead_letter::RULE,
    &ignore_without_reason::RULE,
    &rejected_filter::RULE,
    &short_dead_letter_retention::RULE,
    &subscription_without_dead_letter_queue::RULE,
    &subscription_without_function_permission::RULE,
    &subscription_without_queue_policy::RULE,
    &target_without_dead_letter_queue::RULE,
    &target_without_function_permission::RULE,
    &target_without_queue_policy::RULE,
    &unknown_rule::RULE,
    &unused_ignore::RULE,
    &visibility_under_function_timeout::RULE,
    &visibility_without_retry_room::RULE,
];

/// The rule called `id`.
pub(crate) fn find(id: &str) -> Option<&'static Rule> {
    REGISTRY.binary_search_by(|rule| rule.id.cmp(id)).ok().map(|index| REGISTRY[index])
}

/// The alarms on a metric of `queue`.
fn alarms_on<'a>(topology: &'a Topology, queue: &'a Queue) -> impl Iterator<Item = &'a Alarm> {
    topology
        .alarms
        .iter()
        .filter(|alarm| alarm.namespace == "AWS/SQS" && alarm.dimensions.get("QueueName") == Some(&queue.name))
}
