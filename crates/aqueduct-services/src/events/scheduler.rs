//! EventBridge Scheduler: schedules in their time zones.
//!
//! Source: <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html>

use aqueduct_topology::Arn;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use super::answers::Response;
use super::api::{DeadLetterConfig, RetryPolicy, SqsParameters, epoch_seconds, seconds};
use super::delivery::Job;
use super::event::time;
use super::refusals::{check_name, invalid};
use super::schedule::Expression;
use super::{EventBridge, check_retry};
use crate::{ApiError, Handover, Principal, Site, Timestamp};

/// The service principal that a schedule's role trusts.
pub(super) const SERVICE: &str = "scheduler.amazonaws.com";

/// Stands in an input for the number of the attempt, which is known when the input is sent.
pub(super) const ATTEMPT_NUMBER: &str = "<aws.scheduler.attempt-number>";

/// The only group of schedules that is modelled.
const DEFAULT_GROUP: &str = "default";

/// Input of `CreateSchedule` and `UpdateSchedule`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateSchedule {
    /// `Name`.
    pub name: String,
    /// `GroupName`; `default` when there is none.
    pub group_name: Option<String>,
    /// `ScheduleExpression`.
    pub schedule_expression: String,
    /// `ScheduleExpressionTimezone`; UTC when there is none.
    pub schedule_expression_timezone: Option<String>,
    /// `StartDate`.
    #[serde(deserialize_with = "seconds")]
    pub start_date: Option<Timestamp>,
    /// `EndDate`.
    #[serde(deserialize_with = "seconds")]
    pub end_date: Option<Timestamp>,
    /// `State`: `ENABLED`, the default, or `DISABLED`.
    pub state: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// `FlexibleTimeWindow`. A schedule with a window runs at the window's start, which is within it.
    pub flexible_time_window: Option<FlexibleTimeWindow>,
    /// `ActionAfterCompletion`: `NONE`, the default, or `DELETE`.
    pub action_after_completion: Option<String>,
    /// `Target`.
    pub target: Option<ScheduleTarget>,
}

/// When within a window a schedule may run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FlexibleTimeWindow {
    /// `Mode`: `OFF` or `FLEXIBLE`.
    pub mode: String,
    /// `MaximumWindowInMinutes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_window_in_minutes: Option<u32>,
}

/// The target of a schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScheduleTarget {
    /// `Arn` of a queue, topic, function or bus.
    pub arn: Arn,
    /// `RoleArn`.
    pub role_arn: Arn,
    /// `Input`; a default notification when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// `SqsParameters`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqs_parameters: Option<SqsParameters>,
    /// `EventBridgeParameters`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_bridge_parameters: Option<EventBridgeParameters>,
    /// `DeadLetterConfig`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// `RetryPolicy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_policy: Option<RetryPolicy>,
    /// Settings of targets that are not modelled: refused by name.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl ScheduleTarget {
    /// A target with nothing set.
    pub fn new(arn: Arn, role_arn: Arn) -> Self {
        Self {
            arn,
            role_arn,
            input: None,
            sqs_parameters: None,
            event_bridge_parameters: None,
            dead_letter_config: None,
            retry_policy: None,
            other: BTreeMap::new(),
        }
    }
}

/// What makes an input an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventBridgeParameters {
    /// `DetailType`.
    pub detail_type: String,
    /// `Source`.
    pub source: String,
}

/// Input of the calls that name a schedule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NamedSchedule {
    /// `Name`.
    pub name: String,
    /// `GroupName`; `default` when there is none.
    pub group_name: Option<String>,
}

/// Input of `ListSchedules`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListSchedules {
    /// `NamePrefix`.
    pub name_prefix: Option<String>,
}

/// Answer of `CreateSchedule` and `UpdateSchedule`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatedSchedule {
    /// `ScheduleArn`.
    pub schedule_arn: Arn,
}

/// Answer of `GetSchedule`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScheduleDescription {
    /// `Arn`.
    pub arn: Arn,
    /// `Name`.
    pub name: String,
    /// `GroupName`.
    pub group_name: String,
    /// `ScheduleExpression`.
    pub schedule_expression: String,
    /// `ScheduleExpressionTimezone`.
    pub schedule_expression_timezone: String,
    /// `State`.
    pub state: String,
    /// `Description`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `FlexibleTimeWindow`.
    pub flexible_time_window: FlexibleTimeWindow,
    /// `ActionAfterCompletion`.
    pub action_after_completion: String,
    /// `Target`.
    pub target: ScheduleTarget,
    /// `CreationDate`.
    #[serde(serialize_with = "epoch_seconds")]
    pub creation_date: Timestamp,
    /// `LastModificationDate`.
    #[serde(serialize_with = "epoch_seconds")]
    pub last_modification_date: Timestamp,
}

/// Answer of `ListSchedules`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedSchedules {
    /// `Schedules`.
    pub schedules: Vec<ListedSchedule>,
}

/// An item of `ListSchedules`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedSchedule {
    /// `Arn`.
    pub arn: Arn,
    /// `Name`.
    pub name: String,
    /// `GroupName`.
    pub group_name: String,
    /// `State`.
    pub state: String,
    /// `Target`.
    pub target: ListedTarget,
    /// `CreationDate`.
    #[serde(serialize_with = "epoch_seconds")]
    pub creation_date: Timestamp,
}

/// The target of an item of `ListSchedules`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedTarget {
    /// `Arn`.
    pub arn: Arn,
}

/// A schedule.
#[derive(Debug)]
pub(super) struct Schedule {
    description: ScheduleDescription,
    expression: Expression,
    zone: TimeZone,
    /// When a rate began to count.
    started: Timestamp,
    ends: Option<Timestamp>,
    /// When it is due next.
    pub(super) due: Option<Timestamp>,
}

impl Schedule {
    fn create(site: &Site, now: Timestamp, request: CreateSchedule) -> Result<Self, ApiError> {
        check_name("name", &request.name, 64)?;
        let group = group(request.group_name.as_deref())?;
        let expression = Expression::parse(&request.schedule_expression)
            .map_err(|_| invalid(format!("Invalid Schedule Expression {}.", request.schedule_expression)))?;
        let zone_name = request.schedule_expression_timezone.unwrap_or_else(|| "UTC".to_owned());
        let zone = TimeZone::get(&zone_name)
            .map_err(|_| invalid(format!("The time zone {zone_name} is not a valid ScheduleExpressionTimezone.")))?;
        let Some(target) = request.target else { return Err(invalid("Target must be specified.")) };
        check_target(&target)?;
        let mut schedule = Self {
            description: ScheduleDescription {
                arn: site.arn("scheduler", &format!("schedule/{group}/{}", request.name)),
                name: request.name,
                group_name: group.to_owned(),
                schedule_expression: request.schedule_expression,
                schedule_expression_timezone: zone_name,
                state: request.state.unwrap_or_else(|| "ENABLED".to_owned()),
                description: request.description,
                flexible_time_window: request
                    .flexible_time_window
                    .unwrap_or_else(|| FlexibleTimeWindow { mode: "OFF".to_owned(), maximum_window_in_minutes: None }),
                action_after_completion: request.action_after_completion.unwrap_or_else(|| "NONE".to_owned()),
                target,
                creation_date: now,
                last_modification_date: now,
            },
            expression,
            zone,
            started: request.start_date.unwrap_or(now),
            ends: request.end_date,
            due: None,
        };
        // A rate without a start date is due at once, so the very start counts.
        let before = schedule.started.max(now);
        schedule.plan(Timestamp::from_millis(before.as_millis().saturating_sub(1)));
        Ok(schedule)
    }

    fn plan(&mut self, after: Timestamp) {
        let due = self.expression.next(after, self.started, &self.zone);
        let is_enabled = self.description.state == "ENABLED";
        self.due = due.filter(|due| is_enabled && self.ends.is_none_or(|end| *due <= end));
    }

    /// The delivery for a run that is due.
    fn job(&self, now: Timestamp, due: Timestamp, site: &Site, id: String) -> Job {
        let target = &self.description.target;
        let body = self.payload(due, site, &id);
        Job {
            from: Principal { service: SERVICE, source_arn: self.description.arn.clone() },
            target: target.arn.clone(),
            message: Handover {
                body: body.clone(),
                group: target.sqs_parameters.as_ref().and_then(|it| it.message_group_id.clone()),
                ..Handover::default()
            },
            subject: aqueduct_message::subject_of(&body),
            original: body,
            dead_letter: target.dead_letter_config.as_ref().and_then(|config| config.arn.clone()),
            retry: target.retry_policy.unwrap_or_default(),
            labels: vec![
                ("SCHEDULE_ARN", self.description.arn.to_string()),
                ("SCHEDULED_TIME", time(due)),
                ("EXECUTION_ID", id.clone()),
                ("IS_PAYLOAD_TRUNCATED", "false".to_owned()),
            ],
            event_id: id,
            since: now,
            failures: 0,
            given_up: None,
        }
    }

    /// The input, its context attributes filled in, or the default notification.
    ///
    /// Source: <https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html>; the
    /// default notification as functions got it from AWS, whose `detail` is a text.
    fn payload(&self, due: Timestamp, site: &Site, id: &str) -> String {
        let arn = self.description.arn.as_str();
        let target = &self.description.target;
        let input = target.input.as_ref().map(|input| {
            input
                .replace("<aws.scheduler.schedule-arn>", arn)
                .replace("<aws.scheduler.scheduled-time>", &time(due))
                .replace("<aws.scheduler.execution-id>", id)
        });
        match (input, &target.event_bridge_parameters) {
            (input, Some(event)) => {
                let detail = input.and_then(|input| serde_json::from_str(&input).ok());
                let detail = detail.unwrap_or_else(|| Value::Object(Map::new()));
                json!({ "source": event.source, "detail-type": event.detail_type, "resources": [arn], "detail": detail })
                    .to_string()
            }
            (Some(input), None) => input,
            (None, None) => json!({
                "version": "0",
                "id": id,
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": site.account,
                "time": time(due),
                "region": site.region,
                "resources": [arn],
                "detail": "{}",
            })
            .to_string(),
        }
    }
}

impl EventBridge {
    pub(super) fn create_schedule(&mut self, now: Timestamp, request: CreateSchedule) -> Result<Response, ApiError> {
        if self.schedules.contains_key(&request.name) {
            return Err(ApiError::sender("ConflictException", format!("Schedule {} already exists.", request.name))
                .with_status(409));
        }
        let schedule = Schedule::create(&self.site, now, request)?;
        let schedule_arn = schedule.description.arn.clone();
        self.schedules.insert(schedule.description.name.clone(), schedule);
        Ok(Response::Schedule(CreatedSchedule { schedule_arn }))
    }

    pub(super) fn update_schedule(&mut self, now: Timestamp, request: CreateSchedule) -> Result<Response, ApiError> {
        let Some(existing) = self.schedules.get(&request.name) else { return Err(no_schedule(&request.name)) };
        let created = existing.description.creation_date;
        let mut schedule = Schedule::create(&self.site, now, request)?;
        schedule.description.creation_date = created;
        let schedule_arn = schedule.description.arn.clone();
        self.schedules.insert(schedule.description.name.clone(), schedule);
        Ok(Response::Schedule(CreatedSchedule { schedule_arn }))
    }

    pub(super) fn schedule_description(&self, named: &NamedSchedule) -> Result<Response, ApiError> {
        group(named.group_name.as_deref())?;
        let schedule = self.schedules.get(&named.name).ok_or_else(|| no_schedule(&named.name))?;
        Ok(Response::GetSchedule(Box::new(schedule.description.clone())))
    }

    pub(super) fn delete_schedule(&mut self, named: &NamedSchedule) -> Result<Response, ApiError> {
        group(named.group_name.as_deref())?;
        self.schedules.remove(&named.name).ok_or_else(|| no_schedule(&named.name))?;
        Ok(Response::Done {})
    }

    pub(super) fn list_schedules(&self, list: &ListSchedules) -> Response {
        let prefix = list.name_prefix.as_deref().unwrap_or_default();
        let listed = |schedule: &Schedule| ListedSchedule {
            arn: schedule.description.arn.clone(),
            name: schedule.description.name.clone(),
            group_name: schedule.description.group_name.clone(),
            state: schedule.description.state.clone(),
            target: ListedTarget { arn: schedule.description.target.arn.clone() },
            creation_date: schedule.description.creation_date,
        };
        let schedules =
            self.schedules.values().filter(|it| it.description.name.starts_with(prefix)).map(listed).collect();
        Response::ListSchedules(ListedSchedules { schedules })
    }

    /// Runs the schedules that are due. One that was due more than once since the last call runs once.
    pub(super) fn run_schedules(&mut self, now: Timestamp) {
        let mut jobs = Vec::new();
        for schedule in self.schedules.values_mut() {
            let Some(due) = schedule.due.filter(|due| *due <= now) else { continue };
            jobs.push(schedule.job(now, due, &self.site, self.ids.uuid()));
            schedule.plan(now);
        }
        self.schedules.retain(|_, it| {
            it.due.is_some() || it.description.action_after_completion != "DELETE" || it.description.state != "ENABLED"
        });
        for job in jobs {
            self.send(job);
        }
    }
}

fn no_schedule(name: &str) -> ApiError {
    ApiError::sender("ResourceNotFoundException", format!("Schedule {name} does not exist.")).with_status(404)
}

fn group(name: Option<&str>) -> Result<&str, ApiError> {
    match name.unwrap_or(DEFAULT_GROUP) {
        DEFAULT_GROUP => Ok(DEFAULT_GROUP),
        _ => Err(ApiError::not_modelled("schedule groups other than default")),
    }
}

fn check_target(target: &ScheduleTarget) -> Result<(), ApiError> {
    if let Some(name) = target.other.keys().next() {
        return Err(ApiError::not_modelled(&format!("{name} of a schedule's target")));
    }
    match target.arn.service() {
        "sqs" | "sns" | "lambda" => {}
        "events" if target.event_bridge_parameters.is_some() => {}
        "events" => return Err(invalid("EventBridgeParameters must be specified for a target that is an event bus.")),
        service => return Err(ApiError::not_modelled(&format!("the service {service} as the target of a schedule"))),
    }
    let needs_json = matches!(target.arn.service(), "lambda" | "events");
    let is_json = |input: &str| serde_json::from_str::<Value>(input).is_ok();
    if needs_json && target.input.as_deref().is_some_and(|input| !is_json(input)) {
        return Err(invalid("Invalid Input: the input of this target must be well-formed JSON."));
    }
    check_retry(target.retry_policy.unwrap_or_default())
}
