//! What a rule's target must be.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html>

use aqueduct_topology::Arn;
use serde_json::Value;

use super::api::{InputTransformer, RetryPolicy, Target};
use super::constraints::{Constraints, NAME};
use super::refusals::invalid;
use super::transform::{Path, placeholders};
use crate::{ApiError, Site};

/// The most targets of a rule.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html>
pub(super) const TARGETS_MAX: usize = 5;

/// The most targets of a call.
const CALL_MAX: usize = 100;

/// The most variables of an input transformer.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html>
const VARIABLES_MAX: usize = 100;

/// Checks the targets of a call.
///
/// Words about ids recorded by LocalStack's AWS-validated test `test_put_target_id_validation`.
pub(super) fn check_all(site: &Site, targets: &[Target]) -> Result<(), ApiError> {
    let mut constraints = Constraints::default();
    constraints.count("targets", &"[]", targets.len(), 1, CALL_MAX);
    for (index, target) in targets.iter().enumerate() {
        let at = |member: &str| format!("targets.{}.member.{member}", index + 1);
        constraints.length(&at("id"), &target.id, 1, 64);
        constraints.characters(&at("id"), &target.id, NAME);
        if let Some(input) = &target.input {
            constraints.length(&at("input"), input, 0, 8192);
        }
        if let Some(path) = &target.input_path {
            constraints.length(&at("inputPath"), path, 0, 256);
        }
        if let Some(transformer) = &target.input_transformer {
            constraints.length(&at("inputTransformer.inputTemplate"), &transformer.input_template, 1, 8192);
        }
        check_retry(&mut constraints, &at("retryPolicy"), target.retry_policy.unwrap_or_default());
    }
    constraints.check()?;
    targets.iter().try_for_each(|target| check(site, target))
}

/// Bounds of a retry policy.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html>
pub(super) fn check_retry(constraints: &mut Constraints, at: &str, retry: RetryPolicy) {
    constraints.range(&format!("{at}.maximumRetryAttempts"), retry.maximum_retry_attempts, 0, 185);
    constraints.range(&format!("{at}.maximumEventAgeInSeconds"), retry.maximum_event_age_in_seconds, 60, 86_400);
}

fn check(site: &Site, target: &Target) -> Result<(), ApiError> {
    if let Some(name) = target.other.keys().next() {
        return Err(ApiError::not_modelled(&format!("{name} of the target {}", target.id)));
    }
    match target.arn.service() {
        "sqs" | "sns" | "lambda" => {}
        "events" => check_bus(site, target)?,
        "" => {
            return Err(invalid(format!(
                "Parameter {} is not valid. Reason: Provided Arn is not in correct format.",
                target.arn
            )));
        }
        service => return Err(ApiError::not_modelled(&format!("the service {service} as the target of a rule"))),
    }
    let group = target.sqs_parameters.as_ref().and_then(|it| it.message_group_id.as_deref());
    if is_fifo(&target.arn) && group.is_none() {
        return Err(invalid(format!("Parameter(s) SqsParameters must be specified for target: {}.", target.id)));
    }
    check_input(target)?;
    let dead_letter = target.dead_letter_config.as_ref().and_then(|config| config.arn.as_ref());
    if dead_letter.is_some_and(|queue| queue.service() != "sqs" || is_fifo(queue)) {
        return Err(invalid(format!(
            "Parameter DeadLetterConfig is not valid for target {}. Reason: the dead-letter queue must be a standard SQS \
             queue.",
            target.id
        )));
    }
    Ok(())
}

/// Whether this is a FIFO queue.
pub(super) fn is_fifo(arn: &Arn) -> bool {
    arn.service() == "sqs" && arn.resource().ends_with(".fifo")
}

/// Another bus takes whole events, and is reached with a role.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html>
fn check_bus(site: &Site, target: &Target) -> Result<(), ApiError> {
    let is_own = target.arn.account() == site.account && target.arn.region() == site.region;
    if !target.arn.resource().starts_with("event-bus/") || !is_own {
        let what = format!("{} as the target of a rule: another account, Region or kind of resource", target.arn);
        return Err(ApiError::not_modelled(&what));
    }
    if target.role_arn.is_none() {
        return Err(invalid(format!("RoleArn is required for target {}.", target.arn)));
    }
    if target.input.is_some() || target.input_path.is_some() || target.input_transformer.is_some() {
        return Err(ApiError::not_modelled("Input, InputPath and InputTransformer of a target that is an event bus"));
    }
    Ok(())
}

/// Words recorded by LocalStack's AWS-validated tests `test_put_event_input_path_and_input_transformer` and
/// `test_put_events_with_input_transformer_missing_keys`.
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
    target.input_transformer.iter().try_for_each(|transformer| check_transformer(id, transformer))
}

fn check_transformer(id: &str, transformer: &InputTransformer) -> Result<(), ApiError> {
    if transformer.input_paths_map.len() > VARIABLES_MAX {
        return Err(invalid(format!("InputPathsMap for target {id} has more than {VARIABLES_MAX} entries.")));
    }
    if let Some(name) = transformer.input_paths_map.keys().find(|name| name.starts_with("AWS")) {
        return Err(invalid(format!("InputPathsMap for target {id} contains the reserved key {name}.")));
    }
    match placeholders(transformer).find(|(_, is_known)| !is_known) {
        Some((name, _)) => Err(invalid(format!("InputTemplate for target {id} contains invalid placeholder {name}."))),
        None => Ok(()),
    }
}
