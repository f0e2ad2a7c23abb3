//! A topology brought into being, in the order in which its parts need each other.

use std::collections::{BTreeMap, BTreeSet};

use aqueduct_topology::{
    Archive, Arn, Permission, Queue, ResourcePolicy, Rule, Schedule, Subscription, Target, Topic, Topology,
};
use serde_json::json;

use super::Cloud;
use super::update::or_there;
use crate::lambda::AddPermission;
use crate::{ApiError, CallId, Timestamp, events, sns, sqs};

/// No driver names a call so; calls made in here are answered at once.
const OWN_CALL: CallId = CallId(u64::MAX);

impl Cloud {
    /// Creates what the topology describes, as its deployment would; the first refusal ends it, and names the logical
    /// id of what was refused. What is there already is brought to what the topology describes, and keeps its messages.
    pub fn provision(&mut self, now: Timestamp, topology: &Topology) -> Result<(), ApiError> {
        let topology = &*topology.unaliased();
        for queue in &topology.queues {
            self.create_queue(now, queue).map_err(named(&queue.id))?;
        }
        for queue in topology.queues.iter().filter(|queue| queue.redrive.is_some()) {
            self.set_redrive(now, queue).map_err(named(&queue.id))?;
        }
        for topic in &topology.topics {
            self.create_topic(now, topic).map_err(named(&topic.id))?;
        }
        for policy in &topology.policies {
            self.set_policy(now, policy).map_err(named(&policy.id))?;
        }
        for function in &topology.functions {
            self.lambda.deploy(now, function);
        }
        for permission in &topology.permissions {
            self.permit(now, permission).map_err(named(&permission.id))?;
        }
        for subscription in &topology.subscriptions {
            self.subscribe(now, subscription).map_err(named(&subscription.id))?;
        }
        for bus in topology.buses.iter().filter(|bus| bus.name != "default") {
            let request = events::CreateEventBus { name: bus.name.clone(), ..events::CreateEventBus::default() };
            or_there(self.events.call(now, events::Request::CreateEventBus(request))).map_err(named(&bus.id))?;
        }
        for archive in &topology.archives {
            if !or_there(self.create_archive(now, archive)).map_err(named(&archive.id))? {
                self.update_archive(now, archive).map_err(named(&archive.id))?;
            }
        }
        for rule in &topology.rules {
            self.put_rule(now, rule).map_err(named(&rule.id))?;
        }
        for schedule in &topology.schedules {
            self.create_schedule(now, schedule).map_err(named(&schedule.id))?;
        }
        for mapping in &topology.mappings {
            self.lambda.map(now, mapping, &self.sqs).map_err(named(&mapping.id))?;
        }
        self.let_messages_rest(topology);
        self.settle(now);
        Ok(())
    }

    fn create_queue(&mut self, now: Timestamp, queue: &Queue) -> Result<(), ApiError> {
        let mut attributes = BTreeMap::new();
        let mut set = |name: &str, value: String| drop(attributes.insert(name.to_owned(), value));
        set("VisibilityTimeout", queue.visibility_timeout.as_secs().to_string());
        set("MessageRetentionPeriod", queue.retention.as_secs().to_string());
        set("DelaySeconds", queue.delay.as_secs().to_string());
        set("ReceiveMessageWaitTimeSeconds", queue.receive_wait.as_secs().to_string());
        set("MaximumMessageSize", queue.message_bytes_max.to_string());
        if queue.fifo {
            set("FifoQueue", "true".to_owned());
            set("ContentBasedDeduplication", queue.content_based_deduplication.to_string());
        }
        let texts = [
            ("DeduplicationScope", queue.deduplication_scope.clone()),
            ("FifoThroughputLimit", queue.fifo_throughput_limit.clone()),
            ("RedriveAllowPolicy", queue.redrive_allow.as_ref().map(ToString::to_string)),
            ("KmsMasterKeyId", queue.kms_key.clone()),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                set(name, value);
            }
        }
        if self.has_queue(queue) {
            return self.update_queue(now, queue, attributes);
        }
        self.sqs.create(now, &queue.name, attributes).map(drop)
    }

    fn set_redrive(&mut self, now: Timestamp, queue: &Queue) -> Result<(), ApiError> {
        let Some(redrive) = &queue.redrive else { return Ok(()) };
        let policy = json!({ "deadLetterTargetArn": redrive.target, "maxReceiveCount": redrive.receives_max });
        self.set_queue_attribute(now, &queue.arn, "RedrivePolicy", policy.to_string())
    }

    fn create_topic(&mut self, now: Timestamp, topic: &Topic) -> Result<(), ApiError> {
        let mut attributes = topic.attributes.clone();
        if topic.fifo {
            attributes.insert("FifoTopic".to_owned(), "true".to_owned());
            let content_based = topic.content_based_deduplication.to_string();
            attributes.insert("ContentBasedDeduplication".to_owned(), content_based);
        }
        if let Some(key) = &topic.kms_key {
            attributes.insert("KmsMasterKeyId".to_owned(), key.clone());
        }
        if self.has_topic(now, topic) {
            return self.update_topic(now, topic, attributes);
        }
        let request = sns::CreateTopic { name: topic.name.clone(), attributes, tags: Vec::new() };
        self.sns.call(now, sns::Request::CreateTopic(request)).map(drop)
    }

    fn set_policy(&mut self, now: Timestamp, policy: &ResourcePolicy) -> Result<(), ApiError> {
        let document = policy.document.to_string();
        for resource in &policy.resources {
            if resource.service() == "sns" {
                let (topic_arn, name, value) = (resource.clone(), "Policy".to_owned(), document.clone());
                let request = sns::SetTopicAttributes { topic_arn, name, value };
                self.sns.call(now, sns::Request::SetTopicAttributes(request))?;
            } else {
                self.set_queue_attribute(now, resource, "Policy", document.clone())?;
            }
        }
        Ok(())
    }

    fn set_queue_attribute(&mut self, now: Timestamp, queue: &Arn, name: &str, value: String) -> Result<(), ApiError> {
        let attributes = BTreeMap::from([(name.to_owned(), value)]);
        let request = sqs::SetQueueAttributes { queue_url: self.queue_url(queue), attributes };
        match self.sqs.call(now, OWN_CALL, sqs::Request::SetQueueAttributes(request)) {
            Some(result) => result.map(drop),
            None => Ok(()),
        }
    }

    fn permit(&mut self, now: Timestamp, permission: &Permission) -> Result<(), ApiError> {
        let permission = AddPermission {
            function: permission.function.to_string(),
            statement_id: permission.id.clone(),
            action: "lambda:InvokeFunction".to_owned(),
            principal: permission.principal.clone(),
            source_arn: permission.source_arn.clone(),
            ..AddPermission::default()
        };
        self.lambda.permit(now, &permission).map(drop)
    }

    fn subscribe(&mut self, now: Timestamp, subscription: &Subscription) -> Result<(), ApiError> {
        let mut attributes = subscription.attributes.clone();
        if subscription.raw {
            attributes.insert("RawMessageDelivery".to_owned(), "true".to_owned());
        }
        if let Some(policy) = &subscription.filter_policy {
            attributes.insert("FilterPolicyScope".to_owned(), subscription.filter_policy_scope.clone());
            attributes.insert("FilterPolicy".to_owned(), policy.to_string());
        }
        if let Some(queue) = &subscription.dead_letter {
            let policy = json!({ "deadLetterTargetArn": queue });
            attributes.insert("RedrivePolicy".to_owned(), policy.to_string());
        }
        if let Some(existing) = self.subscription_like(now, subscription) {
            return self.update_subscription(now, &existing, &attributes);
        }
        let request = sns::Subscribe {
            topic_arn: subscription.topic.clone(),
            protocol: subscription.protocol.clone(),
            endpoint: subscription.endpoint.clone(),
            attributes,
            return_subscription_arn: true,
        };
        self.sns.call(now, sns::Request::Subscribe(request)).map(drop)
    }

    fn put_rule(&mut self, now: Timestamp, rule: &Rule) -> Result<(), ApiError> {
        let bus = Some(rule.bus.to_string());
        let state = if rule.enabled { "ENABLED" } else { "DISABLED" };
        let request = events::PutRule {
            name: rule.name.clone(),
            event_bus_name: bus.clone(),
            event_pattern: rule.pattern.as_ref().map(ToString::to_string),
            schedule_expression: rule.schedule.clone(),
            state: Some(state.to_owned()),
            ..events::PutRule::default()
        };
        self.events.call(now, events::Request::PutRule(request))?;
        self.drop_other_targets(now, rule)?;
        if rule.targets.is_empty() {
            return Ok(());
        }
        let targets = rule.targets.iter().map(target).collect::<Result<_, _>>()?;
        let request = events::PutTargets { rule: rule.name.clone(), event_bus_name: bus, targets };
        self.events.call(now, events::Request::PutTargets(request)).map(drop)
    }

    fn create_schedule(&mut self, now: Timestamp, schedule: &Schedule) -> Result<(), ApiError> {
        let target = &schedule.target;
        let role = match &target.role {
            Some(role) => role.clone(),
            // SAM makes a role for a schedule that names none.
            None => Arn::new(format!("arn:aws:iam::{}:role/{}", self.site.account, schedule.id)),
        };
        let state = if schedule.enabled { "ENABLED" } else { "DISABLED" };
        if let Some(group) = &schedule.group {
            self.provide_group(now, group)?;
        }
        let request = events::CreateSchedule {
            name: schedule.name.clone(),
            group_name: schedule.group.clone(),
            start_date: date("StartDate", schedule.start.as_deref())?,
            end_date: date("EndDate", schedule.end.as_deref())?,
            schedule_expression: schedule.expression.clone(),
            schedule_expression_timezone: schedule.time_zone.clone(),
            state: Some(state.to_owned()),
            flexible_time_window: Some(events::FlexibleTimeWindow {
                mode: if schedule.window_minutes.is_some() { "FLEXIBLE" } else { "OFF" }.to_owned(),
                maximum_window_in_minutes: schedule.window_minutes,
            }),
            target: Some(events::ScheduleTarget {
                event_bridge_parameters: target
                    .event
                    .clone()
                    .map(|(source, detail_type)| events::EventBridgeParameters { detail_type, source }),
                input: target.input.clone(),
                sqs_parameters: sqs_parameters(target),
                dead_letter_config: dead_letter_config(target),
                retry_policy: Some(retry_policy(target)),
                ..events::ScheduleTarget::new(target.arn.clone(), role)
            }),
            ..events::CreateSchedule::default()
        };
        let made = self.events.call(now, events::Request::CreateSchedule(Box::new(request.clone())));
        if !or_there(made)? {
            self.events.call(now, events::Request::UpdateSchedule(Box::new(request)))?;
        }
        Ok(())
    }

    /// Groups have nothing but a name here: one that a schedule names is there.
    fn provide_group(&mut self, now: Timestamp, name: &str) -> Result<(), ApiError> {
        let named = events::NamedScheduleGroup { name: name.to_owned() };
        if self.events.call(now, events::Request::GetScheduleGroup(named)).is_ok() {
            return Ok(());
        }
        let request = events::CreateScheduleGroup { name: name.to_owned(), ..events::CreateScheduleGroup::default() };
        self.events.call(now, events::Request::CreateScheduleGroup(request)).map(drop)
    }

    fn create_archive(&mut self, now: Timestamp, archive: &Archive) -> Result<(), ApiError> {
        let request = events::CreateArchive {
            archive_name: archive.name.clone(),
            event_source_arn: Some(archive.bus.clone()),
            event_pattern: archive.pattern.as_ref().map(ToString::to_string),
            retention_days: archive.retention_days,
            ..events::CreateArchive::default()
        };
        self.events.call(now, events::Request::CreateArchive(request)).map(drop)
    }

    /// Messages that a service gave up on rest where they are, and those in a queue that no mapping polls, and do not keep the
    /// cloud from being idle.
    fn let_messages_rest(&mut self, topology: &Topology) {
        let polled: BTreeSet<&Arn> = topology.mappings.iter().map(|mapping| &mapping.queue).collect();
        for queue in topology.queues.iter().filter(|queue| !polled.contains(&queue.arn)) {
            self.sqs.rest(&queue.arn);
        }
        let subscriptions = topology.subscriptions.iter().filter_map(|subscription| subscription.dead_letter.as_ref());
        let rules = topology.rules.iter().flat_map(|rule| &rule.targets);
        let targets = rules.chain(topology.schedules.iter().map(|schedule| &schedule.target));
        let functions = topology.functions.iter().map(|function| &function.asynchronous);
        let functions = functions.flat_map(|config| [config.dead_letter.as_ref(), config.on_failure.as_ref()]);
        let queues = subscriptions.chain(targets.filter_map(|target| target.dead_letter.as_ref()));
        for queue in queues.chain(functions.flatten()).filter(|arn| arn.service() == "sqs") {
            self.sqs.rest(queue);
        }
    }
}

/// A rule's target as the API takes it.
fn target(target: &Target) -> Result<events::Target, ApiError> {
    let transformer = target.input_transformer.clone().map(serde_json::from_value).transpose();
    let input_transformer = transformer.map_err(|error| {
        ApiError::sender("ValidationException", format!("InputTransformer of target {}: {error}", target.id))
    })?;
    Ok(events::Target {
        role_arn: target.role.clone(),
        input: target.input.clone(),
        input_path: target.input_path.clone(),
        input_transformer,
        sqs_parameters: sqs_parameters(target),
        dead_letter_config: dead_letter_config(target),
        retry_policy: Some(retry_policy(target)),
        ..events::Target::new(target.id.clone(), target.arn.clone())
    })
}

/// A time of a template.
fn date(property: &str, text: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    let time = text.parse::<jiff::Timestamp>().ok().and_then(|time| u64::try_from(time.as_millisecond()).ok());
    match time {
        Some(millis) => Ok(Some(Timestamp::from_millis(millis))),
        None => Err(ApiError::sender("ValidationException", format!("{property} {text} is not a time"))),
    }
}

fn sqs_parameters(target: &Target) -> Option<events::SqsParameters> {
    target.group.clone().map(|group| events::SqsParameters { message_group_id: Some(group) })
}

fn dead_letter_config(target: &Target) -> Option<events::DeadLetterConfig> {
    target.dead_letter.clone().map(|arn| events::DeadLetterConfig { arn: Some(arn) })
}

fn retry_policy(target: &Target) -> events::RetryPolicy {
    events::RetryPolicy {
        maximum_retry_attempts: Some(target.retries_max),
        maximum_event_age_in_seconds: Some(u32::try_from(target.age_max.as_secs()).unwrap_or(u32::MAX)),
    }
}

/// Puts the logical id in front of what a service says.
pub(super) fn named(id: &str) -> impl FnOnce(ApiError) -> ApiError {
    move |error| ApiError { message: format!("{id}: {}", error.message), ..error }
}
