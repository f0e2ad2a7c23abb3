//! A topology brought into being, in the order in which its parts need each other.

use std::collections::BTreeMap;

use aqueduct_topology::{Arn, Permission, Queue, ResourcePolicy, Topology};
use serde_json::json;

use super::Cloud;
use crate::lambda::AddPermission;
use crate::{ApiError, CallId, Timestamp, sqs};

/// No driver names a call so; calls made in here are answered at once.
const OWN_CALL: CallId = CallId(u64::MAX);

impl Cloud {
    /// Creates what the topology describes, as its deployment would; the first refusal ends it, and names the logical
    /// id of what was refused.
    pub fn provision(&mut self, now: Timestamp, topology: &Topology) -> Result<(), ApiError> {
        for queue in &topology.queues {
            self.create_queue(now, queue).map_err(named(&queue.id))?;
        }
        for queue in topology.queues.iter().filter(|queue| queue.redrive.is_some()) {
            self.set_redrive(now, queue).map_err(named(&queue.id))?;
        }
        for policy in &topology.policies {
            self.set_policy(now, policy).map_err(named(&policy.id))?;
        }
        for function in &topology.functions {
            self.lambda.deploy(now, function);
        }
        for permission in &topology.permissions {
            self.permit(permission).map_err(named(&permission.id))?;
        }
        for mapping in &topology.mappings {
            self.lambda.map(now, mapping, &self.sqs).map_err(named(&mapping.id))?;
        }
        self.let_dead_letters_rest(topology);
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
        self.sqs.create(now, &queue.name, attributes).map(drop)
    }

    fn set_redrive(&mut self, now: Timestamp, queue: &Queue) -> Result<(), ApiError> {
        let Some(redrive) = &queue.redrive else { return Ok(()) };
        let policy = json!({ "deadLetterTargetArn": redrive.target, "maxReceiveCount": redrive.receives_max });
        self.set_queue_attribute(now, &queue.arn, "RedrivePolicy", policy.to_string())
    }

    fn set_policy(&mut self, now: Timestamp, policy: &ResourcePolicy) -> Result<(), ApiError> {
        let document = policy.document.to_string();
        for resource in &policy.resources {
            self.set_queue_attribute(now, resource, "Policy", document.clone())?;
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

    fn permit(&mut self, permission: &Permission) -> Result<(), ApiError> {
        let permission = AddPermission {
            function: permission.function.to_string(),
            statement_id: permission.id.clone(),
            action: "lambda:InvokeFunction".to_owned(),
            principal: permission.principal.clone(),
            source_arn: permission.source_arn.clone(),
        };
        self.lambda.add_permission(&permission).map(drop)
    }

    /// Messages that a service gave up on rest where they are, and do not keep the cloud from being idle.
    fn let_dead_letters_rest(&mut self, topology: &Topology) {
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

/// Puts the logical id in front of what a service says.
fn named(id: &str) -> impl FnOnce(ApiError) -> ApiError {
    move |error| ApiError { message: format!("{id}: {}", error.message), ..error }
}
