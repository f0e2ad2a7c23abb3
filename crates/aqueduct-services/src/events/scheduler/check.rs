//! What a schedule must be.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::api::{CreateSchedule, FlexibleTimeWindow, ScheduleTarget};
use super::universal;
use crate::events::constraints::{Constraints, SCHEDULE_NAME};
use crate::events::refusals::invalid;
use crate::events::schedule::Expression;
use crate::events::target::{check_retry, is_fifo};
use crate::{ApiError, Site, Timestamp};

/// What the texts of a schedule mean.
pub(super) struct Meaning {
    pub(super) expression: Expression,
    pub(super) zone: TimeZone,
    pub(super) window: FlexibleTimeWindow,
    pub(super) target: ScheduleTarget,
}

/// Reads a schedule.
///
/// Words about expressions recorded by LocalStack's AWS-validated test
/// `tests_create_schedule_with_invalid_schedule_expression`.
pub(super) fn read(site: &Site, now: Timestamp, request: &CreateSchedule) -> Result<Meaning, ApiError> {
    check_members(request)?;
    let (Some(window), Some(target)) = (request.flexible_time_window.clone(), request.target.clone()) else {
        return Err(invalid("FlexibleTimeWindow and Target must be specified."));
    };
    let (expression, zone) =
        read_expression(&request.schedule_expression, request.schedule_expression_timezone.as_deref())?;
    if !matches!(expression, Expression::At(_)) {
        check_dates(now, request.start_date, request.end_date)?;
    }
    check_window(&window)?;
    check_target(site, &target)?;
    Ok(Meaning { expression, zone, window, target })
}

/// Reads an expression and its time zone, which is UTC when there is none.
pub(super) fn read_expression(text: &str, zone: Option<&str>) -> Result<(Expression, TimeZone), ApiError> {
    let expression =
        Expression::parse_lenient(text).map_err(|_| invalid(format!("Invalid Schedule Expression {text}.")))?;
    let name = zone.unwrap_or("UTC");
    let zone = TimeZone::get(name)
        .map_err(|_| invalid(format!("The time zone {name} is not a valid ScheduleExpressionTimezone.")))?;
    Ok((expression, zone))
}

fn check_members(request: &CreateSchedule) -> Result<(), ApiError> {
    let mut constraints = Constraints::default();
    constraints.length("name", &request.name, 1, 64);
    constraints.characters("name", &request.name, SCHEDULE_NAME);
    if let Some(group) = &request.group_name {
        constraints.length("groupName", group, 1, 64);
        constraints.characters("groupName", group, SCHEDULE_NAME);
    }
    constraints.length("scheduleExpression", &request.schedule_expression, 1, 256);
    if let Some(description) = &request.description {
        constraints.length("description", description, 0, 512);
    }
    constraints.one_of("state", request.state.as_deref(), &["ENABLED", "DISABLED"]);
    constraints.one_of("actionAfterCompletion", request.action_after_completion.as_deref(), &["NONE", "DELETE"]);
    constraints.present("flexibleTimeWindow", request.flexible_time_window.as_ref());
    if let Some(window) = &request.flexible_time_window {
        constraints.one_of("flexibleTimeWindow.mode", Some(&window.mode), &["OFF", "FLEXIBLE"]);
        let minutes = window.maximum_window_in_minutes;
        constraints.range("flexibleTimeWindow.maximumWindowInMinutes", minutes, 1, 1440);
    }
    constraints.present("target", request.target.as_ref());
    let retry = request.target.as_ref().and_then(|target| target.retry_policy);
    check_retry(&mut constraints, "target.retryPolicy", retry.unwrap_or_default());
    constraints.check()
}

/// Dates of a schedule that recurs; one that runs once has none.
///
/// Source: <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html>
fn check_dates(now: Timestamp, start: Option<Timestamp>, end: Option<Timestamp>) -> Result<(), ApiError> {
    if start.is_some_and(|start| now.since(start).as_secs() > 300) {
        return Err(invalid("The StartDate you specify cannot be earlier than 5 minutes ago."));
    }
    if let (Some(start), Some(end)) = (start, end)
        && start >= end
    {
        return Err(invalid("The StartDate must come before the EndDate."));
    }
    Ok(())
}

fn check_window(window: &FlexibleTimeWindow) -> Result<(), ApiError> {
    match (window.mode.as_str(), window.maximum_window_in_minutes) {
        ("FLEXIBLE", None) => Err(invalid("A flexible time window needs MaximumWindowInMinutes.")),
        ("OFF", Some(_)) => {
            Err(invalid("MaximumWindowInMinutes must not be set when the flexible time window is OFF."))
        }
        _ => Ok(()),
    }
}

fn check_target(site: &Site, target: &ScheduleTarget) -> Result<(), ApiError> {
    if let Some(name) = target.other.keys().next() {
        return Err(ApiError::not_modelled(&format!("{name} of a schedule's target")));
    }
    match target.arn.service() {
        "sqs" | "sns" | "lambda" => {}
        "events" if target.event_bridge_parameters.is_some() => {}
        "events" => return Err(invalid("EventBridgeParameters must be specified for a target that is an event bus.")),
        "scheduler" => universal::check(site, target)?,
        service => return Err(ApiError::not_modelled(&format!("the service {service} as the target of a schedule"))),
    }
    let dead_letter = target.dead_letter_config.as_ref().and_then(|config| config.arn.as_ref());
    if dead_letter.is_some_and(|queue| queue.service() != "sqs" || is_fifo(queue)) {
        return Err(invalid("The dead-letter queue of a schedule must be a standard SQS queue."));
    }
    let needs_json = matches!(target.arn.service(), "lambda" | "events");
    let is_json = |input: &str| serde_json::from_str::<Value>(input).is_ok();
    if needs_json && target.input.as_deref().is_some_and(|input| !is_json(input)) {
        return Err(invalid("Invalid Input: the input of this target must be well-formed JSON."));
    }
    Ok(())
}
