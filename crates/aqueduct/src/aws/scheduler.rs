//! Messages for later, by EventBridge Scheduler.

use std::borrow::Cow;

use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::operation::create_schedule::CreateScheduleError;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, EventBridgeParameters, FlexibleTimeWindow, FlexibleTimeWindowMode, SqsParameters, Target,
};
use futures_util::future::{BoxFuture, FutureExt as _};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::arn::queue_url;
use super::client::reason;
use super::refused;
use crate::claim_check::beside;
use crate::publish::{Ack, Fate, Later, Outgoing, Refusal};

/// Sends a message to its queue, topic or bus at a time, by a schedule that is deleted after it.
///
/// The schedule is named after the message's type and key: the same message scheduled again, as by a second run of its
/// handler, is the schedule that is there, and its time stays. A message of more than 256 KB is too large for a schedule: its
/// channel needs [large bodies](crate::claim_check). The function's role needs `scheduler:CreateSchedule` and
/// `iam:PassRole` for the role with which Scheduler sends.
#[derive(Clone, Debug)]
pub struct Scheduler {
    client: Client,
    role: String,
    to: To,
    group: Option<String>,
}

#[derive(Clone, Debug)]
enum To {
    Queue(String),
    Topic(String),
    Bus(String),
}

/// Scheduler's own target for a queue has no attributes and that for a topic none that filter policies read, so a topic
/// is published to as the SDK would, and so is a pointer sent to a queue, where an attribute marks it.
///
/// Source: <https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html>
const SNS_PUBLISH: &str = "arn:aws:scheduler:::aws-sdk:sns:publish";
const SQS_SEND: &str = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage";

/// AWS says 256 KB.
///
/// Source: <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html>
const BYTES_MAX: usize = 256 * 1000;

impl Scheduler {
    fn new(client: Client, role: impl Into<String>, to: To) -> Self {
        Self { client, role: role.into(), to, group: None }
    }

    /// To the queue with this ARN, with the role with this ARN, which needs `sqs:SendMessage`.
    pub fn to_queue(client: Client, role: impl Into<String>, arn: impl Into<String>) -> Self {
        Self::new(client, role, To::Queue(arn.into()))
    }

    /// To the topic with this ARN, with the role with this ARN, which needs `sns:Publish`.
    pub fn to_topic(client: Client, role: impl Into<String>, arn: impl Into<String>) -> Self {
        Self::new(client, role, To::Topic(arn.into()))
    }

    /// To the bus with this ARN, with the role with this ARN, which needs `events:PutEvents`.
    pub fn to_bus(client: Client, role: impl Into<String>, arn: impl Into<String>) -> Self {
        Self::new(client, role, To::Bus(arn.into()))
    }

    /// Puts schedules into this schedule group rather than the default one.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    fn target(&self, message: &Outgoing) -> Result<Target, String> {
        let (call, input) = self.call(message)?;
        let target = Target::builder().role_arn(&self.role).arn(call).input(input);
        let header = &message.header;
        let target = match &self.to {
            To::Queue(arn) if message.stored.is_none() => {
                let parameters =
                    group(message, arn).map(|group| SqsParameters::builder().message_group_id(group).build());
                target.set_sqs_parameters(parameters)
            }
            To::Queue(_) | To::Topic(_) => target,
            To::Bus(_) => {
                let parameters =
                    EventBridgeParameters::builder().detail_type(&header.kind).source(&header.source).build();
                target.event_bridge_parameters(parameters.map_err(reason)?)
            }
        };
        target.build().map_err(reason)
    }

    /// What the schedule calls, and what it gives to it.
    fn call<'a>(&'a self, message: &'a Outgoing) -> Result<(&'a str, Cow<'a, str>), String> {
        match &self.to {
            To::Queue(arn) if message.stored.is_some() => {
                let url = queue_url(arn).ok_or_else(|| format!("{arn} is not a queue's ARN"))?;
                let call = json!({"QueueUrl": url, "MessageBody": message.body});
                Ok((SQS_SEND, Cow::Owned(with_attributes(call, message, arn))))
            }
            To::Topic(arn) => {
                let call = json!({"TopicArn": arn, "Message": message.body});
                Ok((SNS_PUBLISH, Cow::Owned(with_attributes(call, message, arn))))
            }
            To::Queue(arn) | To::Bus(arn) => Ok((arn, Cow::Borrowed(&message.body))),
        }
    }
}

/// The message group, where the queue or topic has groups.
fn group<'a>(message: &'a Outgoing, arn: &str) -> Option<&'a String> {
    message.header.group.as_ref().filter(|_| arn.ends_with(".fifo"))
}

/// A call with what goes beside the body.
fn with_attributes(mut call: Value, message: &Outgoing, arn: &str) -> String {
    let mut attributes = json!({"type": {"DataType": "String", "StringValue": message.header.kind}});
    for (name, data_type, value) in beside(message) {
        attributes[name] = json!({"DataType": data_type, "StringValue": value});
    }
    call["MessageAttributes"] = attributes;
    if let Some(group) = group(message, arn) {
        call["MessageGroupId"] = json!(group);
        call["MessageDeduplicationId"] = json!(schedule_name(message));
    }
    call.to_string()
}

/// At most 64 characters of letters, digits, `-`, `_` and `.`.
fn schedule_name(message: &Outgoing) -> String {
    let of = format!("{}/{}", message.header.kind, message.header.idempotency_key());
    format!("aqueduct-{}", uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, of.as_bytes()))
}

/// A time in UTC, in whole seconds and not before the time.
fn expression(at: Timestamp) -> Option<String> {
    let part = i64::from(at.subsec_nanosecond() > 0);
    let at = Timestamp::from_second(at.as_second()).ok()?.checked_add(SignedDuration::from_secs(part)).ok()?;
    Some(format!("at({})", at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S")))
}

impl Later for Scheduler {
    fn bytes_max(&self) -> usize {
        BYTES_MAX
    }

    fn weigh(&self, message: &Outgoing) -> usize {
        // What cannot be called is refused when it is scheduled, with the reason.
        self.call(message).map_or(0, |(_, input)| input.len())
    }

    fn schedule<'a>(&'a self, message: &'a Outgoing, at: Timestamp) -> BoxFuture<'a, Fate> {
        async move {
            let unusable = |why: String| Refusal::last("Unusable", why);
            let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build();
            let name = schedule_name(message);
            let request = self
                .client
                .create_schedule()
                .name(&name)
                .set_group_name(self.group.clone())
                .schedule_expression(expression(at).ok_or_else(|| unusable(format!("{at} is no time")))?)
                .schedule_expression_timezone("UTC")
                .flexible_time_window(window.map_err(|error| unusable(reason(error)))?)
                .action_after_completion(ActionAfterCompletion::Delete)
                .target(self.target(message).map_err(unusable)?);
            match request.send().await {
                Ok(_) => Ok(Ack(name)),
                Err(error) if error.as_service_error().is_some_and(CreateScheduleError::is_conflict_exception) => {
                    Ok(Ack(name))
                }
                Err(error) => Err(refused(error)),
            }
        }
        .boxed()
    }
}
