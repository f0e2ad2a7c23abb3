//! The rules, one file each.

mod absence_of_object;
mod action_of_no_service;
mod alarm_on_dead_letter_sends;
mod alarm_on_idle_queue;
mod async_function_without_failure_destination;
mod attempts_over_receives;
mod attribute_filter_without_attributes;
mod batch_over_timeout;
mod batch_without_partial_responses;
mod beyond_default_quota;
mod bus_behind_buses;
mod bus_without_rules;
mod competing_consumers;
mod concurrency_limit_beside_pollers;
mod concurrency_over_reserved;
mod consumed_event_without_sample;
mod consumed_queue_without_redrive;
mod consumer_of_its_dead_letters;
mod consumer_without_concurrency;
mod dead_letter_cycle;
mod dead_letter_queue_deleted_with_stack;
mod dead_letter_queue_elsewhere;
mod dead_letter_queue_of_other_kind;
mod dead_letter_queue_without_alarm;
mod dead_letters_break_order;
mod dead_letters_expired_on_arrival;
mod dead_letters_outlive_events;
mod deduplication_by_volatile_content;
mod delivery_loop;
mod disabled_trigger;
mod duplicates_without_idempotency;
mod durable_execution_over_mapping_limit;
mod encrypted_bus_without_dead_letter_queue;
mod event_age_under_outage;
mod event_on_other_bus;
mod event_that_never_comes;
mod event_without_consumer;
mod failure_destination_loop;
mod failure_destination_on_queue_mapping;
mod failure_destination_without_permission;
mod few_receives_before_dead_letter;
mod fifo_batch_beyond_limits;
mod fifo_dead_letter_queue;
mod fifo_mixed_subscription;
mod fifo_publish_without_group;
mod fifo_target_without_group;
mod fifo_topic_to_standard_queue;
mod filter_deletes_every_event;
mod filter_deletes_messages;
mod filter_matches_nothing;
mod filter_on_wrapped_body;
mod filter_without_sample;
mod generated_subscription_queue;
mod group_throughput_with_queue_deduplication;
mod http_subscription_with_default_retries;
mod idempotency_shorter_than_redelivery;
mod ignore_without_reason;
mod key_closed_to_service;
mod large_batch_without_window;
mod latency_under_waiting;
mod managed_key_behind_service;
mod message_delay_on_fifo_queue;
mod one_at_a_time_over_parallel_source;
mod order_over_unordered_channel;
mod outage_over_receives;
mod overlapping_rules;
mod oversized_queue_policy;
mod partial_response_ignored;
mod partial_response_out_of_order;
mod payload_over_queue_limit;
mod payload_over_topic_limit;
mod permission_on_other_qualifier;
mod pipe_role_without_permission;
mod pipe_steps_over_limit;
mod policy_open_to_any_source;
mod pollers_over_reserved;
mod publisher_without_permission;
mod queue_policy_excludes_sender;
mod queue_policy_replaced;
mod queue_without_age_alarm;
mod queue_without_consumer;
mod recursive_loop_allowed;
mod redrive_not_allowed;
mod rejected_filter;
mod reserved_concurrency_on_queue_consumer;
mod retention_under_receives;
mod role_without_decryption;
mod role_without_polling_rights;
mod rule_without_targets;
mod sam_role_without_polling_rights;
mod sample_without_consumer;
mod shared_dead_letter_queue;
mod short_dead_letter_retention;
mod silent_drops_without_alarm;
mod single_attempt_function;
mod single_attempt_target;
mod single_receive_before_dead_letter;
mod standard_dead_letter_queue_of_fifo_subscription;
mod subscriber_role_without_permission;
mod subscriber_timeout_under_function_timeout;
mod subscriber_with_default_retries;
mod subscriber_without_dead_letter_queue;
mod subscription_dead_letter_queue_without_policy;
mod subscription_without_dead_letter_queue;
mod subscription_without_function_permission;
mod subscription_without_queue_policy;
mod target_dead_letter_queue_without_policy;
mod target_role_without_permission;
mod target_without_dead_letter_queue;
mod target_without_function_permission;
mod target_without_queue_policy;
mod target_without_topic_policy;
mod tenant_isolated_queue_consumer;
mod text_beyond_limit;
mod too_many_attributes;
mod too_many_targets;
mod topic_key_closed_to_service;
mod topic_without_subscription;
mod unknown_rule;
mod unqualified_durable_function;
mod unused_failure_destination;
mod unused_ignore;
mod version_not_read;
mod visibility_under_function_timeout;
mod visibility_without_retry_room;
mod visibility_without_window_room;
mod whole_response_to_partial_mapping;
mod wrapping_not_expected;

use crate::Rule;

pub(crate) use ignore_without_reason::RULE as IGNORE_WITHOUT_REASON;
pub(crate) use unknown_rule::RULE as UNKNOWN_RULE;
pub(crate) use unused_ignore::RULE as UNUSED_IGNORE;

/// Every rule, sorted by id.
pub(crate) static REGISTRY: &[&Rule] = &[
    &absence_of_object::RULE,
    &action_of_no_service::RULE,
    &alarm_on_dead_letter_sends::RULE,
    &alarm_on_idle_queue::RULE,
    &async_function_without_failure_destination::RULE,
    &attempts_over_receives::RULE,
    &attribute_filter_without_attributes::RULE,
    &batch_over_timeout::RULE,
    &batch_without_partial_responses::RULE,
    &beyond_default_quota::RULE,
    &bus_behind_buses::RULE,
    &bus_without_rules::RULE,
    &competing_consumers::RULE,
    &concurrency_limit_beside_pollers::RULE,
    &concurrency_over_reserved::RULE,
    &consumed_event_without_sample::RULE,
    &consumed_queue_without_redrive::RULE,
    &consumer_of_its_dead_letters::RULE,
    &consumer_without_concurrency::RULE,
    &dead_letter_cycle::RULE,
    &dead_letter_queue_deleted_with_stack::RULE,
    &dead_letter_queue_elsewhere::RULE,
    &dead_letter_queue_of_other_kind::RULE,
    &dead_letter_queue_without_alarm::RULE,
    &dead_letters_break_order::RULE,
    &dead_letters_expired_on_arrival::RULE,
    &dead_letters_outlive_events::RULE,
    &deduplication_by_volatile_content::RULE,
    &delivery_loop::RULE,
    &disabled_trigger::RULE,
    &duplicates_without_idempotency::RULE,
    &durable_execution_over_mapping_limit::RULE,
    &encrypted_bus_without_dead_letter_queue::RULE,
    &event_age_under_outage::RULE,
    &event_on_other_bus::RULE,
    &event_that_never_comes::RULE,
    &event_without_consumer::RULE,
    &failure_destination_loop::RULE,
    &failure_destination_on_queue_mapping::RULE,
    &failure_destination_without_permission::RULE,
    &few_receives_before_dead_letter::RULE,
    &fifo_batch_beyond_limits::RULE,
    &fifo_dead_letter_queue::RULE,
    &fifo_mixed_subscription::RULE,
    &fifo_publish_without_group::RULE,
    &fifo_target_without_group::RULE,
    &fifo_topic_to_standard_queue::RULE,
    &filter_deletes_every_event::RULE,
    &filter_deletes_messages::RULE,
    &filter_matches_nothing::RULE,
    &filter_on_wrapped_body::RULE,
    &filter_without_sample::RULE,
    &generated_subscription_queue::RULE,
    &group_throughput_with_queue_deduplication::RULE,
    &http_subscription_with_default_retries::RULE,
    &idempotency_shorter_than_redelivery::RULE,
    &ignore_without_reason::RULE,
    &key_closed_to_service::RULE,
    &large_batch_without_window::RULE,
    &latency_under_waiting::RULE,
    &managed_key_behind_service::RULE,
    &message_delay_on_fifo_queue::RULE,
    &one_at_a_time_over_parallel_source::RULE,
    &order_over_unordered_channel::RULE,
    &outage_over_receives::RULE,
    &overlapping_rules::RULE,
    &oversized_queue_policy::RULE,
    &partial_response_ignored::RULE,
    &partial_response_out_of_order::RULE,
    &payload_over_queue_limit::RULE,
    &payload_over_topic_limit::RULE,
    &permission_on_other_qualifier::RULE,
    &pipe_role_without_permission::RULE,
    &pipe_steps_over_limit::RULE,
    &policy_open_to_any_source::RULE,
    &pollers_over_reserved::RULE,
    &publisher_without_permission::RULE,
    &queue_policy_excludes_sender::RULE,
    &queue_policy_replaced::RULE,
    &queue_without_age_alarm::RULE,
    &queue_without_consumer::RULE,
    &recursive_loop_allowed::RULE,
    &redrive_not_allowed::RULE,
    &rejected_filter::RULE,
    &reserved_concurrency_on_queue_consumer::RULE,
    &retention_under_receives::RULE,
    &role_without_decryption::RULE,
    &role_without_polling_rights::RULE,
    &rule_without_targets::RULE,
    &sam_role_without_polling_rights::RULE,
    &sample_without_consumer::RULE,
    &shared_dead_letter_queue::RULE,
    &short_dead_letter_retention::RULE,
    &silent_drops_without_alarm::RULE,
    &single_attempt_function::RULE,
    &single_attempt_target::RULE,
    &single_receive_before_dead_letter::RULE,
    &standard_dead_letter_queue_of_fifo_subscription::RULE,
    &subscriber_role_without_permission::RULE,
    &subscriber_timeout_under_function_timeout::RULE,
    &subscriber_with_default_retries::RULE,
    &subscriber_without_dead_letter_queue::RULE,
    &subscription_dead_letter_queue_without_policy::RULE,
    &subscription_without_dead_letter_queue::RULE,
    &subscription_without_function_permission::RULE,
    &subscription_without_queue_policy::RULE,
    &target_dead_letter_queue_without_policy::RULE,
    &target_role_without_permission::RULE,
    &target_without_dead_letter_queue::RULE,
    &target_without_function_permission::RULE,
    &target_without_queue_policy::RULE,
    &target_without_topic_policy::RULE,
    &tenant_isolated_queue_consumer::RULE,
    &text_beyond_limit::RULE,
    &too_many_attributes::RULE,
    &too_many_targets::RULE,
    &topic_key_closed_to_service::RULE,
    &topic_without_subscription::RULE,
    &unknown_rule::RULE,
    &unqualified_durable_function::RULE,
    &unused_failure_destination::RULE,
    &unused_ignore::RULE,
    &version_not_read::RULE,
    &visibility_under_function_timeout::RULE,
    &visibility_without_retry_room::RULE,
    &visibility_without_window_room::RULE,
    &whole_response_to_partial_mapping::RULE,
    &wrapping_not_expected::RULE,
];

/// The rule called `id`.
pub(crate) fn find(id: &str) -> Option<&'static Rule> {
    REGISTRY.binary_search_by(|rule| rule.id.cmp(id)).ok().map(|index| REGISTRY[index])
}
