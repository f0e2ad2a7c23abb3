//! Resource policies on the edges between services: may this principal do that here?

use std::fmt::Write as _;

use aqueduct_topology::Arn;
use serde_json::Value;

use crate::Principal;

/// Whether a service acts with a role of the account instead of by the receiving resource's policy.
///
/// Lambda sends to destinations and dead-letter queues with the function's role, EventBridge Scheduler and Pipes with
/// their execution roles. Sources: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>,
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html>
pub fn acts_through_role(service: &str) -> bool {
    matches!(service, "lambda.amazonaws.com" | "scheduler.amazonaws.com" | "pipes.amazonaws.com")
}

/// Asks a resource's policy, `null` when it has none, whether a service may act on it.
///
/// A request is allowed when a statement allows it and none denies it. An error says which statement would be needed.
/// `action` is written like `sqs:SendMessage`; its case does not matter.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
pub fn allows(document: &Value, action: &str, resource: &Arn, from: &Principal) -> Result<(), String> {
    let question = Question { action, resource: resource.as_str(), from };
    let mut allowed = false;
    let mut doubts = Vec::new();
    for statement in members(document.get("Statement").unwrap_or(&Value::Null)) {
        match question.applies(statement, &mut doubts) {
            Some("Allow") => allowed = true,
            Some("Deny") => return Err(question.denial(statement)),
            _ => {}
        }
    }
    if allowed { Ok(()) } else { Err(question.needed(document, &doubts)) }
}

/// What a policy is asked.
struct Question<'a> {
    action: &'a str,
    resource: &'a str,
    from: &'a Principal,
}

impl Question<'_> {
    /// The effect of a statement when it is about this question.
    fn applies<'s>(&self, statement: &'s Value, doubts: &mut Vec<String>) -> Option<&'s str> {
        let effect = statement.get("Effect").and_then(Value::as_str)?;
        let speaks_of_us = self.is_principal(statement) && self.is_action(statement) && self.is_resource(statement);
        (speaks_of_us && self.conditions_hold(statement, effect, doubts)).then_some(effect)
    }

    fn is_principal(&self, statement: &Value) -> bool {
        let names_us = |principal: &Value| match principal {
            Value::String(text) => text == "*",
            Value::Object(kinds) => kinds.iter().any(|(kind, names)| {
                let service = kind == "Service";
                texts(names).any(|name| (service && name == self.from.service) || (name == "*" && kind != "Federated"))
            }),
            _ => false,
        };
        match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (Some(principal), _) => names_us(principal),
            (None, Some(others)) => !names_us(others),
            (None, None) => false,
        }
    }

    fn is_action(&self, statement: &Value) -> bool {
        let asked = self.action.to_ascii_lowercase();
        let named = |actions: &Value| texts(actions).any(|action| like(&action.to_ascii_lowercase(), &asked));
        match (statement.get("Action"), statement.get("NotAction")) {
            (Some(actions), _) => named(actions),
            (None, Some(others)) => !named(others),
            (None, None) => false,
        }
    }

    /// A statement without a resource is about the resource that the policy belongs to.
    fn is_resource(&self, statement: &Value) -> bool {
        let named = |resources: &Value| texts(resources).any(|resource| like(resource, self.resource));
        match (statement.get("Resource"), statement.get("NotResource")) {
            (Some(resources), _) => named(resources),
            (None, Some(others)) => !named(others),
            (None, None) => true,
        }
    }

    fn conditions_hold(&self, statement: &Value, effect: &str, doubts: &mut Vec<String>) -> bool {
        let Some(operators) = statement.get("Condition").and_then(Value::as_object) else { return true };
        operators.iter().all(|(operator, keys)| {
            let Some(keys) = keys.as_object() else { return false };
            keys.iter().all(|(key, wanted)| {
                self.condition_holds(operator, key, wanted).unwrap_or_else(|doubt| {
                    doubts.push(format!("{doubt} in {} is not modelled and counts as not met", name_of(statement)));
                    // What cannot be judged never widens access: an Allow does not apply, a Deny does.
                    effect == "Deny"
                })
            })
        })
    }

    /// Whether one condition holds; an error names what is not modelled.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
    fn condition_holds(&self, operator: &str, key: &str, wanted: &Value) -> Result<bool, String> {
        let source_account = self.from.source_arn.account();
        let actual = match key.to_ascii_lowercase().as_str() {
            "aws:sourcearn" => Some(self.from.source_arn.as_str()),
            "aws:sourceaccount" => (!source_account.is_empty()).then_some(source_account),
            "aws:principalservicename" => Some(self.from.service),
            // The caller is a service, and services speak to each other over TLS.
            "aws:principalisawsservice" | "aws:securetransport" => Some("true"),
            _ => return Err(format!("condition key {key:?}")),
        };
        let base = operator.strip_prefix("ForAnyValue:").or_else(|| operator.strip_prefix("ForAllValues:"));
        let base = base.unwrap_or(operator);
        let (base, if_exists) = base.strip_suffix("IfExists").map_or((base, false), |base| (base, true));
        if base == "Null" {
            return Ok(texts_or_bools(wanted).any(|wanted| (wanted == "true") == actual.is_none()));
        }
        let (negated, compare) = comparison(base).ok_or_else(|| format!("condition operator {operator:?}"))?;
        let Some(actual) = actual else { return Ok(negated || if_exists) };
        Ok(texts_or_bools(wanted).any(|wanted| compare(&wanted, actual)) != negated)
    }

    fn denial(&self, statement: &Value) -> String {
        format!("{} denies {} on {} to {}", name_of(statement), self.action, self.resource, self.from.service)
    }

    fn needed(&self, document: &Value, doubts: &[String]) -> String {
        let has = if document.is_null() { "has no policy" } else { "has a policy without a statement for it" };
        let mut text = format!(
            "{} may not {} on {}, which {has}; needed is an Allow with Principal {{\"Service\": \"{}\"}}, Action \"{}\", \
             Resource \"{}\" and, if a condition is wanted, ArnEquals {{\"aws:SourceArn\": \"{}\"}}",
            self.from.service,
            self.action,
            self.resource,
            self.from.service,
            self.action,
            self.resource,
            self.from.source_arn,
        );
        for doubt in doubts {
            // Writing to a String cannot fail.
            let _ = write!(text, "; {doubt}");
        }
        text
    }
}

type Compare = fn(&str, &str) -> bool;

/// How a condition operator compares a wanted with an actual value, and whether it negates.
fn comparison(operator: &str) -> Option<(bool, Compare)> {
    let equal: Compare = |wanted, actual| wanted == actual;
    let equal_ignoring_case: Compare = |wanted, actual| wanted.eq_ignore_ascii_case(actual);
    match operator {
        "StringEquals" => Some((false, equal)),
        "StringNotEquals" => Some((true, equal)),
        "StringEqualsIgnoreCase" | "Bool" => Some((false, equal_ignoring_case)),
        "StringNotEqualsIgnoreCase" => Some((true, equal_ignoring_case)),
        "StringLike" => Some((false, like)),
        "StringNotLike" => Some((true, like)),
        // `ArnEquals` and `ArnLike` behave alike: both take wildcards in each part of the ARN.
        "ArnEquals" | "ArnLike" => Some((false, arn_like)),
        "ArnNotEquals" | "ArnNotLike" => Some((true, arn_like)),
        _ => None,
    }
}

/// Each of an ARN's six parts is matched by itself, so that a `*` does not reach over a colon.
fn arn_like(pattern: &str, arn: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (mut patterns, mut parts) = (pattern.splitn(6, ':'), arn.splitn(6, ':'));
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if like(pattern, part) => {}
            _ => return false,
        }
    }
}

/// Matches `*` against any run of characters and `?` against one.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut position) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while position < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                last_star = Some((at, position));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[position] => {
                at += 1;
                position += 1;
            }
            _ => {
                let Some((star, from)) = last_star else { return false };
                last_star = Some((star, from + 1));
                at = star + 1;
                position = from + 1;
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

/// A statement's `Sid`, as a person would call it.
fn name_of(statement: &Value) -> String {
    statement
        .get("Sid")
        .and_then(Value::as_str)
        .map_or_else(|| "a statement".into(), |sid| format!("statement {sid:?}"))
}

/// One value or a list of values.
fn members(value: &Value) -> impl Iterator<Item = &Value> {
    let (one, many) = match value {
        Value::Array(values) => (None, values.as_slice()),
        Value::Null => (None, [].as_slice()),
        value => (Some(value), [].as_slice()),
    };
    one.into_iter().chain(many)
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    members(value).filter_map(Value::as_str)
}

fn texts_or_bools(value: &Value) -> impl Iterator<Item = String> {
    members(value).filter_map(|value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn topic() -> Principal {
        Principal {
            service: "sns.amazonaws.com",
            source_arn: Arn::new("arn:aws:sns:eu-central-1:000000000000:OrderEvents"),
        }
    }

    fn asked(statement: &Value) -> Result<(), String> {
        let queue = Arn::new("arn:aws:sqs:eu-central-1:000000000000:Fulfilment");
        allows(&json!({ "Statement": statement }), "sqs:SendMessage", &queue, &topic())
    }

    fn statement(condition: &Value) -> Value {
        json!({
            "Sid": "FromTopic", "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-central-1:000000000000:Fulfilment",
            "Condition": condition,
        })
    }

    #[test]
    fn conditions_decide() {
        let own = "arn:aws:sns:eu-central-1:000000000000:OrderEvents";
        let cases = [
            (json!({}), true),
            (json!({"ArnEquals": {"aws:SourceArn": own}}), true),
            (json!({"ArnEquals": {"aws:sourcearn": [own, "arn:aws:sns:a:b:c"]}}), true),
            (json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:Order*"}}), true),
            (json!({"ArnLike": {"aws:SourceArn": "arn:*:OrderEvents"}}), false),
            (json!({"StringLike": {"aws:SourceArn": "arn:*:OrderEvents"}}), true),
            (json!({"StringEquals": {"aws:SourceAccount": "000000000000"}}), true),
            (json!({"StringEquals": {"aws:SourceAccount": "111111111111"}}), false),
            (json!({"ArnEquals": {"aws:SourceArn": own}, "StringEquals": {"aws:SourceAccount": "1"}}), false),
            (json!({"ForAnyValue:StringEquals": {"aws:SourceAccount": ["1", "000000000000"]}}), true),
            (json!({"StringNotEquals": {"aws:SourceAccount": "1"}}), true),
            (json!({"Bool": {"aws:SecureTransport": "false"}}), false),
            (json!({"Null": {"aws:SourceArn": "false"}}), true),
        ];
        for (condition, allowed) in cases {
            assert_eq!(asked(&statement(&condition)).is_ok(), allowed, "{condition}");
        }
    }

    #[test]
    fn principals_actions_and_resources_decide() {
        let mut cases: Vec<(Value, bool)> = vec![];
        for (field, value, allowed) in [
            ("Principal", json!("*"), true),
            ("Principal", json!({"AWS": "*"}), true),
            ("Principal", json!({"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}), true),
            ("Principal", json!({"Service": "events.amazonaws.com"}), false),
            ("Principal", json!({"AWS": "arn:aws:iam::000000000000:root"}), false),
            ("Action", json!("SQS:SendMessage"), true),
            ("Action", json!(["sqs:Get*", "sqs:*"]), true),
            ("Action", json!("*"), true),
            ("Action", json!("sqs:ReceiveMessage"), false),
            ("Resource", json!("*"), true),
            ("Resource", json!("arn:aws:sqs:*:*:Ful?ilment"), true),
            ("Resource", json!("arn:aws:sqs:eu-central-1:000000000000:Other"), false),
            ("Effect", json!("Deny"), false),
        ] {
            let mut statement = statement(&json!({}));
            statement[field] = value;
            cases.push((statement, allowed));
        }
        for (statement, allowed) in cases {
            assert_eq!(asked(&statement).is_ok(), allowed, "{statement}");
        }
    }

    #[test]
    fn a_refusal_says_which_statement_is_needed() {
        let refusal = asked(&json!([])).unwrap_err();
        for needed in ["sns.amazonaws.com", "sqs:SendMessage", ":Fulfilment", ":OrderEvents", "aws:SourceArn"] {
            assert!(refusal.contains(needed), "{refusal}");
        }
        let queue = Arn::new("arn:aws:sqs:eu-central-1:000000000000:Fulfilment");
        assert!(allows(&Value::Null, "sqs:SendMessage", &queue, &topic()).unwrap_err().contains("has no policy"));
    }

    #[test]
    fn what_is_not_modelled_never_widens_access() {
        let strange = json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}});
        let refusal = asked(&statement(&strange)).unwrap_err();
        assert!(refusal.contains("aws:SourceIp") && refusal.contains("FromTopic"), "{refusal}");
        let mut deny = statement(&strange);
        deny["Effect"] = json!("Deny");
        assert!(asked(&json!([statement(&json!({})), deny])).is_err());
    }

    #[test]
    fn a_denial_wins() {
        let mut deny = statement(&json!({}));
        deny["Effect"] = json!("Deny");
        assert!(asked(&json!([deny, statement(&json!({}))])).unwrap_err().contains("denies"));
    }
}
