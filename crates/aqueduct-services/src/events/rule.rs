//! Rules and their targets.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html> and
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html>

use aqueduct_pattern::{Dialect, Pattern};
use aqueduct_topology::Arn;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::answers::RuleDescription;
use super::api::{PutRule, Target};
use super::refusals::{check_name, invalid};
use super::schedule::Expression;
use super::transform::Path;
use super::{DEFAULT_BUS, bus_name};
use crate::{ApiError, Site, Timestamp};

/// The most targets of a rule.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html>
const TARGETS_MAX: usize = 5;

/// A rule on a bus.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) arn: Arn,
    pub(super) bus: String,
    pub(super) enabled: bool,
    pub(super) targets: Vec<Target>,
    /// When its schedule is next due.
    pub(super) due: Option<Timestamp>,
    pattern: Option<(String, Pattern)>,
    schedule: Option<(String, Expression)>,
    /// When its rate began to count.
    started: Timestamp,
    description: Option<String>,
    role: Option<Arn>,
}

impl Rule {
    /// A rule as `PutRule` makes it.
    ///
    /// Error texts recorded by LocalStack's AWS-validated tests `tests_put_rule_with_schedule_custom_event_bus`,
    /// `test_put_rule_with_invalid_schedule_rate`.
    pub(super) fn create(site: &Site, now: Timestamp, request: &PutRule) -> Result<Self, ApiError> {
        check_name("name", &request.name, 64)?;
        let bus = bus_name(request.event_bus_name.as_deref()).to_owned();
        if request.event_pattern.is_none() && request.schedule_expression.is_none() {
            return Err(invalid("Parameter(s) EventPattern or ScheduleExpression must be specified."));
        }
        if request.schedule_expression.is_some() && bus != DEFAULT_BUS {
            return Err(invalid("ScheduleExpression is supported only on the default event bus."));
        }
        let pattern = match &request.event_pattern {
            Some(text) => Some((text.clone(), parse_pattern(text)?)),
            None => None,
        };
        let schedule = match &request.schedule_expression {
            Some(text) => Some((text.clone(), parse_schedule(text)?)),
            None => None,
        };
        let resource = if bus == DEFAULT_BUS { request.name.clone() } else { format!("{bus}/{}", request.name) };
        let mut rule = Self {
            name: request.name.clone(),
            arn: site.arn("events", &format!("rule/{resource}")),
            bus,
            enabled: false,
            targets: Vec::new(),
            due: None,
            pattern,
            schedule,
            started: now,
            description: request.description.clone(),
            role: request.role_arn.clone(),
        };
        match request.state.as_deref() {
            None | Some("ENABLED") => rule.enable(now),
            Some("DISABLED") => {}
            Some(state) => return Err(ApiError::not_modelled(&format!("the rule state {state}"))),
        }
        Ok(rule)
    }

    /// Lets the rule match, and its rate count from now on.
    pub(super) fn enable(&mut self, now: Timestamp) {
        self.enabled = true;
        self.started = now;
        self.plan(now);
    }

    /// Keeps the rule from matching.
    pub(super) fn disable(&mut self) {
        self.enabled = false;
        self.due = None;
    }

    /// Finds out when the schedule is due next.
    pub(super) fn plan(&mut self, now: Timestamp) {
        let schedule = self.schedule.as_ref().filter(|_| self.enabled);
        self.due = schedule.and_then(|(_, expression)| expression.next(now, self.started, &TimeZone::UTC));
    }

    /// Whether an event on its bus is for its targets.
    pub(super) fn matches(&self, event: &Value) -> bool {
        self.enabled && self.pattern.as_ref().is_some_and(|(_, pattern)| pattern.matches(event))
    }

    /// Adds targets, and replaces those whose ids it has.
    pub(super) fn put_targets(&mut self, targets: Vec<Target>) -> Result<(), ApiError> {
        if targets.is_empty() {
            return Err(invalid(
                "1 validation error detected: Value '[]' at 'targets' failed to satisfy constraint: Member must have \
                 length greater than or equal to 1",
            ));
        }
        targets.iter().try_for_each(check_target)?;
        let mut all = self.targets.clone();
        for target in targets {
            match all.iter_mut().find(|existing| existing.id == target.id) {
                Some(existing) => *existing = target,
                None => all.push(target),
            }
        }
        if all.len() > TARGETS_MAX {
            return Err(ApiError::sender(
                "LimitExceededException",
                "The requested resource exceeds the maximum number allowed.",
            ));
        }
        self.targets = all;
        Ok(())
    }

    /// The rule as `DescribeRule` and `ListRules` answer it.
    pub(super) fn description(&self) -> RuleDescription {
        RuleDescription {
            name: self.name.clone(),
            arn: self.arn.clone(),
            event_bus_name: self.bus.clone(),
            event_pattern: self.pattern.as_ref().map(|(text, _)| text.clone()),
            schedule_expression: self.schedule.as_ref().map(|(text, _)| text.clone()),
            state: if self.enabled { "ENABLED" } else { "DISABLED" }.to_owned(),
            description: self.description.clone(),
            role_arn: self.role.clone(),
        }
    }
}

/// Reads the text of an event pattern.
pub(super) fn parse_pattern(text: &str) -> Result<Pattern, ApiError> {
    let refuse = |reason: String| {
        ApiError::sender("InvalidEventPatternException", format!("Event pattern is not valid. Reason: {reason}"))
    };
    let json: Value = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    Pattern::parse(Dialect::Bus, &json).map_err(|error| {
        let said = error.message.trim_start_matches("Event pattern is not valid. Reason: ");
        refuse(said.to_owned())
    })
}

fn parse_schedule(text: &str) -> Result<Expression, ApiError> {
    match Expression::parse(text) {
        Ok(expression @ (Expression::Rate(_) | Expression::Cron(_))) => Ok(expression),
        _ => Err(invalid("Parameter ScheduleExpression is not valid.")),
    }
}

fn check_target(target: &Target) -> Result<(), ApiError> {
    if let Some(name) = target.other.keys().next() {
        return Err(ApiError::not_modelled(&format!("{name} of the target {}", target.id)));
    }
    match target.arn.service() {
        "sqs" | "sns" | "lambda" => {}
        "" => {
            return Err(invalid(format!(
                "Parameter {} is not valid. Reason: Provided Arn is not in correct format.",
                target.arn
            )));
        }
        service => return Err(ApiError::not_modelled(&format!("the service {service} as the target of a rule"))),
    }
    let group = target.sqs_parameters.as_ref().and_then(|it| it.message_group_id.as_deref());
    if target.arn.service() == "sqs" && target.arn.resource().ends_with(".fifo") && group.is_none() {
        return Err(invalid(format!("Parameter(s) SqsParameters must be specified for target: {}.", target.id)));
    }
    check_input(target)?;
    let retry = target.retry_policy.unwrap_or_default();
    super::check_retry(retry)?;
    let dead_letter = target.dead_letter_config.as_ref().and_then(|config| config.arn.as_ref());
    if dead_letter.is_some_and(|queue| queue.service() != "sqs" || queue.resource().ends_with(".fifo")) {
        return Err(invalid(format!(
            "Parameter DeadLetterConfig is not valid for target {}. Reason: the dead-letter queue must be a standard SQS \
             queue.",
            target.id
        )));
    }
    Ok(())
}

fn check_input(target: &Target) -> Result<(), ApiError> {
    let id = &target.id;
    let ways = [target.input.is_some(), target.input_path.is_some(), target.input_transformer.is_some()];
    if ways.into_iter().filter(|way| *way).count() > 1 {
        return Err(invalid(format!(
            "Only one of Input, InputPath, or InputTransformer must be provided for target {id}."
        )));
    }
    if target.input.as_deref().is_some_and(|input| serde_json::from_str::<Value>(input).is_err()) {
        return Err(invalid(format!("JSON syntax error in input for target {id}")));
    }
    let transformer_paths = target.input_transformer.iter().flat_map(|it| it.input_paths_map.values());
    for path in target.input_path.iter().chain(transformer_paths) {
        if path.contains('*') {
            return Err(ApiError::not_modelled("wildcards in the path of a target's input"));
        }
        if Path::parse(path).is_none() {
            return Err(invalid(format!("Invalid JSON path {path} for target {id}")));
        }
    }
    Ok(())
}
