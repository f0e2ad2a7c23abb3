//! A schedule: when it is due, and what it sends.

use std::time::Duration;

use aqueduct_message::subject_of;
use aqueduct_topology::Arn;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value, json};

use super::answers::{ListedSchedule, ListedTarget, ScheduleDescription};
use super::api::{CreateSchedule, FlexibleTimeWindow, ScheduleTarget};
use super::check::{Meaning, read, read_expression};
use super::groups::DEFAULT_GROUP;
use super::request::parameters;
use super::universal::{self, Messages};
use crate::events::api::RetryPolicy;
use crate::events::delivery::{AGE_DEFAULT, Failure, Job, RETRIES_DEFAULT, SCHEDULES};
use crate::events::event::time;
use crate::events::schedule::Expression;
use crate::{ApiError, Handover, Site, Timestamp};

/// A schedule.
#[derive(Debug)]
pub(in crate::events) struct Schedule {
    record: Record,
    expression: Expression,
    zone: TimeZone,
}

/// What a schedule is told, and where it stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Record {
    name: String,
    group: String,
    arn: Arn,
    expression: String,
    zone: String,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    state: String,
    description: Option<String>,
    kms_key: Option<String>,
    window: FlexibleTimeWindow,
    action_after_completion: String,
    target: ScheduleTarget,
    token: Option<String>,
    created: Timestamp,
    modified: Timestamp,
    /// When a rate began to count.
    started: Timestamp,
    /// The time that it runs for next.
    due: Option<Timestamp>,
    /// When it runs, which is later than `due` within a flexible window.
    runs: Option<Timestamp>,
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.record.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let record = Record::deserialize(deserializer)?;
        let (expression, zone) = read_expression(&record.expression, Some(&record.zone)).map_err(de::Error::custom)?;
        Ok(Self { record, expression, zone })
    }
}

impl Schedule {
    /// A schedule as `CreateSchedule` makes it; `chance` decides where in its window it runs.
    pub(super) fn create(site: &Site, now: Timestamp, request: CreateSchedule, chance: u64) -> Result<Self, ApiError> {
        let Meaning { expression, zone, window, mut target } = read(site, now, &request)?;
        let group = request.group_name.unwrap_or_else(|| DEFAULT_GROUP.to_owned());
        let retry = target.retry_policy.unwrap_or_default();
        // Recorded by LocalStack's AWS-validated test `test_get_schedule`.
        target.retry_policy = Some(RetryPolicy {
            maximum_retry_attempts: retry.maximum_retry_attempts.or(Some(RETRIES_DEFAULT)),
            maximum_event_age_in_seconds: retry.maximum_event_age_in_seconds.or(Some(AGE_DEFAULT)),
        });
        let started = request.start_date.filter(|_| !matches!(expression, Expression::At(_))).unwrap_or(now);
        let record = Record {
            arn: site.arn("scheduler", &format!("schedule/{group}/{}", request.name)),
            name: request.name,
            group,
            expression: request.schedule_expression,
            zone: request.schedule_expression_timezone.unwrap_or_else(|| "UTC".to_owned()),
            start: request.start_date,
            end: request.end_date,
            state: request.state.unwrap_or_else(|| "ENABLED".to_owned()),
            description: request.description,
            kms_key: request.kms_key_arn,
            window,
            action_after_completion: request.action_after_completion.unwrap_or_else(|| "NONE".to_owned()),
            target,
            token: request.client_token,
            created: now,
            modified: now,
            started,
            due: None,
            runs: None,
        };
        let mut schedule = Self { record, expression, zone };
        // A rate without a start date is due at once, so the very start counts.
        let before = schedule.record.started.max(now);
        schedule.plan(Timestamp::from_millis(before.as_millis().saturating_sub(1)), chance);
        Ok(schedule)
    }

    pub(super) fn key(&self) -> (String, String) {
        (self.record.group.clone(), self.record.name.clone())
    }

    pub(super) const fn arn(&self) -> &Arn {
        &self.record.arn
    }

    /// Whether a call with this token made the schedule.
    pub(super) fn was_made_by(&self, token: Option<&str>) -> bool {
        token.is_some() && self.record.token.as_deref() == token
    }

    /// Takes over when the schedule before an update was created.
    pub(super) const fn follow(&mut self, before: &Self) {
        self.record.created = before.record.created;
    }

    /// When it runs next.
    pub(in crate::events) const fn runs(&self) -> Option<Timestamp> {
        self.record.runs
    }

    /// Whether its last run is over and it is to go then.
    pub(super) fn is_over(&self) -> bool {
        self.record.due.is_none() && self.record.action_after_completion == "DELETE"
    }

    fn window(&self) -> Duration {
        Duration::from_mins(self.record.window.maximum_window_in_minutes.unwrap_or(0).into())
    }

    fn plan(&mut self, after: Timestamp, chance: u64) {
        let due = self.expression.next(after, self.record.started, &self.zone);
        let end = self.record.end.filter(|_| !matches!(self.expression, Expression::At(_)));
        let is_enabled = self.record.state == "ENABLED";
        self.record.due = due.filter(|due| is_enabled && end.is_none_or(|end| *due <= end));
        let seconds = self.window().as_secs();
        let wait = Duration::from_secs(if seconds == 0 { 0 } else { chance % seconds });
        self.record.runs = self.record.due.map(|due| due + wait);
    }

    /// The deliveries of the run that is due at `now`, after which the next one is planned. Times that went by unseen
    /// are not made up for, but for one.
    pub(super) fn run(&mut self, now: Timestamp, site: &Site, id: &str, chance: u64) -> Vec<(Job, Option<Failure>)> {
        let Some(due) = self.record.due else { return Vec::new() };
        let jobs = self.jobs(now, due, site, id);
        self.plan(due.max(now - self.window()), chance);
        jobs
    }

    fn jobs(&self, now: Timestamp, due: Timestamp, site: &Site, id: &str) -> Vec<(Job, Option<Failure>)> {
        let payload = self.payload(due, site, id);
        let target = &self.record.target;
        match self.messages(site, &payload) {
            Ok(messages) => {
                let job = |(to, message): (Arn, Handover)| {
                    let is_call = target.arn.service() == "scheduler";
                    let call = if is_call { payload.clone() } else { parameters(site, target, &to, &message) };
                    (self.job(now, due, id, call, to, message), None)
                };
                messages.into_iter().map(job).collect()
            }
            Err(error) => {
                let failure = Failure::new("INVALID_PARAMETER", error.message);
                let job = self.job(now, due, id, payload, target.arn.clone(), Handover::default());
                vec![(job, Some(failure))]
            }
        }
    }

    /// What goes where.
    fn messages(&self, site: &Site, payload: &str) -> Result<Messages, ApiError> {
        let target = &self.record.target;
        if target.arn.service() == "scheduler" {
            return universal::messages(site, &target.arn, payload);
        }
        let body = match &target.event_bridge_parameters {
            Some(event) => {
                let detail = target.input.as_ref().and_then(|_| serde_json::from_str(payload).ok());
                let detail = detail.unwrap_or_else(|| Value::Object(Map::new()));
                let (source, kind, resources) = (&event.source, &event.detail_type, [&self.record.arn]);
                json!({ "source": source, "detail-type": kind, "resources": resources, "detail": detail }).to_string()
            }
            None => payload.to_owned(),
        };
        let group = target.sqs_parameters.as_ref().and_then(|it| it.message_group_id.clone());
        Ok(vec![(target.arn.clone(), Handover { body, group, ..Handover::default() })])
    }

    fn job(&self, now: Timestamp, due: Timestamp, id: &str, call: String, to: Arn, message: Handover) -> Job {
        let target = &self.record.target;
        let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Job {
            service: SCHEDULES.to_owned(),
            source: self.record.arn.clone(),
            to,
            target: target.arn.clone(),
            subject: subject_of(&message.body),
            original: Some(call),
            message,
            dead_letter: target.dead_letter_config.as_ref().and_then(|config| config.arn.clone()),
            retry: target.retry_policy.unwrap_or_default(),
            labels: vec![
                label("SCHEDULE_ARN", self.record.arn.as_str()),
                label("SCHEDULED_TIME", &time(due)),
                label("EXECUTION_ID", id),
                label("IS_PAYLOAD_TRUNCATED", "false"),
            ],
            event_id: id.to_owned(),
            since: now,
            failures: 0,
            given_up: None,
            due: None,
        }
    }

    /// The input, its context attributes filled in, or the default notification.
    ///
    /// Source: <https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html>; the
    /// default notification as functions got it from AWS, whose `detail` is a text.
    fn payload(&self, due: Timestamp, site: &Site, id: &str) -> String {
        let arn = self.record.arn.as_str();
        if let Some(input) = &self.record.target.input {
            return input
                .replace("<aws.scheduler.schedule-arn>", arn)
                .replace("<aws.scheduler.scheduled-time>", &time(due))
                .replace("<aws.scheduler.execution-id>", id);
        }
        json!({
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
        .to_string()
    }

    /// The schedule as `GetSchedule` answers it.
    pub(super) fn description(&self) -> ScheduleDescription {
        let record = self.record.clone();
        ScheduleDescription {
            arn: record.arn,
            name: record.name,
            group_name: record.group,
            schedule_expression: record.expression,
            schedule_expression_timezone: record.zone,
            start_date: record.start,
            end_date: record.end,
            state: record.state,
            description: record.description,
            kms_key_arn: record.kms_key,
            flexible_time_window: record.window,
            action_after_completion: record.action_after_completion,
            target: record.target,
            creation_date: record.created,
            last_modification_date: record.modified,
        }
    }

    /// Whether a list that asks so names it.
    pub(super) fn is_asked(&self, prefix: &str, state: Option<&str>) -> bool {
        self.record.name.starts_with(prefix) && state.is_none_or(|state| self.record.state == state)
    }

    /// The schedule as `ListSchedules` answers it.
    pub(super) fn listed(&self) -> ListedSchedule {
        let record = &self.record;
        ListedSchedule {
            arn: record.arn.clone(),
            name: record.name.clone(),
            group_name: record.group.clone(),
            state: record.state.clone(),
            target: ListedTarget { arn: record.target.arn.clone() },
            creation_date: record.created,
            last_modification_date: record.modified,
        }
    }
}
