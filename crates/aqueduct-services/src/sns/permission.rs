//! Who may do what to a topic.

use serde_json::{Value, json};

use super::api::AddPermission;
use super::refusals::invalid;
use super::topic::Topic;
use crate::{ApiError, Principal, policy};

/// The actions that a topic's policy can be about.
///
/// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html>
const ACTIONS: [&str; 9] = [
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
    "Receive",
];

/// The statement that `AddPermission` adds to a topic's policy.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html>
pub(super) fn statement(request: &AddPermission) -> Result<Value, ApiError> {
    if request.label.is_empty() {
        return Err(invalid("Label Reason: no value for required parameter"));
    }
    if request.actions.is_empty() || request.actions.iter().any(|action| !is_action(action)) {
        return Err(invalid("Policy statement action out of service scope!"));
    }
    let is_account = |account: &String| account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    if request.accounts.is_empty() || !request.accounts.iter().all(is_account) {
        return Err(invalid("AWSAccountId"));
    }
    let principals: Vec<String> =
        request.accounts.iter().map(|account| format!("arn:aws:iam::{account}:root")).collect();
    let actions: Vec<String> = request.actions.iter().map(|action| format!("SNS:{action}")).collect();
    Ok(json!({
        "Sid": request.label,
        "Effect": "Allow",
        "Principal": { "AWS": one_or_many(principals) },
        "Action": one_or_many(actions),
        "Resource": request.topic_arn,
    }))
}

fn is_action(action: &str) -> bool {
    action == "*" || ACTIONS.iter().any(|known| known.eq_ignore_ascii_case(action))
}

fn one_or_many(mut texts: Vec<String>) -> Value {
    if texts.len() == 1 { json!(texts.remove(0)) } else { json!(texts) }
}

/// Lambda's destinations and EventBridge Scheduler act with a role of their own account, whose permissions suffice
/// without a statement in the topic's policy; every other service needs one.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
pub(super) fn check(topic: &Topic, from: &Principal) -> Result<(), String> {
    if policy::acts_through_role(from.service) {
        return Ok(());
    }
    match &topic.policy {
        Some(document) => policy::allows(document, "sns:Publish", &topic.arn, from),
        None => Err(format!(
            "the topic {} has no policy that lets {} publish: add an AWS::SNS::TopicPolicy that allows sns:Publish with \
             aws:SourceArn {}",
            topic.name, from.service, from.source_arn
        )),
    }
}
