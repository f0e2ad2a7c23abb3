//! Whether policies of resources and roles let somebody do something.

use aqueduct_topology::{Arn, Role};
use serde_json::Value;

/// An attempt by an AWS service to act on a resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access<'a> {
    /// Service principal, such as `sns.amazonaws.com`.
    pub(crate) principal: &'a str,
    /// Such as `sqs:SendMessage`.
    pub(crate) action: &'a str,
    /// What is acted on.
    pub(crate) resource: &'a Arn,
    /// On whose behalf the service acts: the topic or rule.
    pub(crate) source: &'a Arn,
}

impl Access<'_> {
    /// Whether a statement of `document` may allow it. What cannot be decided here (a value that is not resolved, a
    /// condition on another key, an element such as `NotAction`) counts as allowing.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>
    pub(crate) fn may_be_allowed_by(&self, document: &Value) -> bool {
        let statements = &document["Statement"];
        if !(statements.is_array() || statements.is_object()) {
            return true;
        }
        self.denial(document).is_none()
            && list(statements).iter().any(|statement| self.may_be_allowed_by_statement(statement))
    }

    /// The statement of `document` that denies it, whatever others allow.
    fn denial<'d>(&self, document: &'d Value) -> Option<&'d Value> {
        list(&document["Statement"]).iter().find(|statement| {
            denies(statement, self.action, self.resource.as_str())
                && denied_service(&statement["Principal"], self.principal)
        })
    }

    fn may_be_allowed_by_statement(&self, statement: &Value) -> bool {
        statement["Effect"] != "Deny"
            && principal_fits(&statement["Principal"], self.principal)
            && fits(&statement["Action"], &self.action.to_lowercase(), true)
            && fits(&statement["Resource"], self.resource.as_str(), false)
            && self.meets(&statement["Condition"])
    }

    /// What keeps the access out of the statement of `document` that comes nearest to allowing it: one that is for the
    /// principal and the action. None when no statement is, or when one may allow it.
    pub(crate) fn obstacle(&self, document: &Value) -> Option<Obstacle> {
        if self.may_be_allowed_by(document) {
            return None;
        }
        if let Some(denial) = self.denial(document) {
            return Some(Obstacle { element: DENY, value: shown_statement(denial) });
        }
        let near = list(&document["Statement"]).iter().find(|statement| {
            statement["Effect"] != "Deny"
                && principal_fits(&statement["Principal"], self.principal)
                && fits(&statement["Action"], &self.action.to_lowercase(), true)
        })?;
        if fits(&near["Resource"], self.resource.as_str(), false) {
            return Some(Obstacle { element: "Condition", value: first_text(&near["Condition"]) });
        }
        Some(Obstacle { element: "Resource", value: first_text(&near["Resource"]) })
    }

    fn meets(&self, condition: &Value) -> bool {
        let Some(operators) = condition.as_object() else { return true };
        operators.iter().filter(|(operator, _)| is_positive(operator)).all(|(_, keys)| {
            keys.as_object().is_none_or(|keys| {
                keys.iter().all(|(key, wanted)| match key.to_lowercase().as_str() {
                    "aws:sourcearn" => fits(wanted, self.source.as_str(), false),
                    "aws:sourceaccount" => fits(wanted, self.source.account(), false),
                    _ => true,
                })
            })
        })
    }
}

/// What of a statement excludes an access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    /// `Resource` or `Condition` of a statement that allows, or [`DENY`].
    pub(crate) element: &'static str,
    /// What it names, or the statement that denies.
    pub(crate) value: String,
}

/// The element of an obstacle that is a statement of its own.
pub(crate) const DENY: &str = "Deny";

/// How messages call a statement.
pub(crate) fn shown_statement(statement: &Value) -> String {
    statement["Sid"].as_str().map_or_else(|| "a Deny statement".to_owned(), |sid| format!("the Deny statement {sid}"))
}

/// Whether a statement denies `action` on `resource` for certain. A condition may not be met, and what only the deployment
/// knows may be something else.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
pub(crate) fn denies(statement: &Value, action: &str, resource: &str) -> bool {
    statement["Effect"] == "Deny"
        && statement["Condition"].is_null()
        && names(statement, ["Action", "NotAction"], &action.to_lowercase(), true)
        && names(statement, ["Resource", "NotResource"], resource, false)
}

/// Whether an element of a statement, or what its opposite leaves, has `text` for certain.
fn names(statement: &Value, [element, opposite]: [&str; 2], text: &str, lowercase: bool) -> bool {
    // A variable such as `${aws:username}` becomes another text for each caller.
    let known = |pattern: &Value| {
        let pattern = pattern.as_str().filter(|it| !it.contains("${"))?;
        Some(if lowercase { like(&pattern.to_lowercase(), text) } else { like(pattern, text) })
    };
    match (&statement[element], &statement[opposite]) {
        (Value::Null, Value::Null) => false,
        (Value::Null, others) => list(others).iter().all(|pattern| known(pattern) == Some(false)),
        (named, _) => list(named).iter().any(|pattern| known(pattern) == Some(true)),
    }
}

/// Whether a principal that is denied is this service, for certain.
fn denied_service(principal: &Value, service: &str) -> bool {
    let is = |values: &Value, wanted: &str| list(values).iter().any(|it| it == "*" || it == wanted);
    match principal.as_object() {
        Some(kinds) => kinds.iter().any(|(kind, values)| match kind.as_str() {
            "Service" => is(values, service),
            "AWS" => is(values, "*"),
            _ => false,
        }),
        None => principal == "*",
    }
}

/// Whether a principal that is denied is this role, for certain; the account stands for all who belong to it.
fn denied_role(principal: &Value, role: &Role) -> bool {
    let account = role.arn.account();
    let is_role = |value: &Value| {
        value.as_str().is_some_and(|name| {
            name == "*" || name == role.arn.as_str() || (!account.is_empty() && is_account(name, account))
        })
    };
    match principal.as_object() {
        Some(kinds) => kinds.get("AWS").is_some_and(|values| list(values).iter().any(is_role)),
        None => principal == "*",
    }
}

/// Whether a principal is the account: its number, or its root.
fn is_account(name: &str, account: &str) -> bool {
    name == account || (name.ends_with(":root") && name.split(':').nth(4) == Some(account))
}

/// The statement of a resource's policy that denies the role `action`, for certain.
pub(crate) fn denial_of_role<'d>(document: &'d Value, role: &Role, action: &str, resource: &str) -> Option<&'d Value> {
    list(&document["Statement"])
        .iter()
        .find(|statement| denies(statement, action, resource) && denied_role(&statement["Principal"], role))
}

/// The first text in a value.
fn first_text(value: &Value) -> String {
    match value {
        Value::Array(items) => items.first().map(first_text).unwrap_or_default(),
        Value::Object(members) => members.values().next().map(first_text).unwrap_or_default(),
        value => value.as_str().unwrap_or_default().to_owned(),
    }
}

/// A policy as if none of its statements had a condition.
pub(crate) fn unconditional(document: &Value) -> Value {
    let mut document = document.clone();
    let statements = match document.get_mut("Statement") {
        Some(Value::Array(statements)) => statements.as_mut_slice(),
        Some(statement) => std::slice::from_mut(statement),
        None => &mut [],
    };
    for statement in statements.iter_mut().filter_map(Value::as_object_mut) {
        statement.remove("Condition");
    }
    document
}

/// Whether a statement of a role may allow `action` on some resource.
pub(crate) fn may_act(statement: &Value, action: &str) -> bool {
    statement["Effect"] != "Deny" && fits(&statement["Action"], &action.to_lowercase(), true)
}

/// Whether a statement of a role may allow `action` on `resource`, whatever its condition.
pub(crate) fn may_allow(statement: &Value, action: &str, resource: &str) -> bool {
    statement["Effect"] != "Deny"
        && fits(&statement["Action"], &action.to_lowercase(), true)
        && fits(&statement["Resource"], resource, false)
}

/// Whether a statement of a role allows `action` on `resource` and names it, be it with a pattern that is more than `*`.
pub(crate) fn names_resource(statement: &Value, action: &str, resource: &str) -> bool {
    let named =
        list(&statement["Resource"]).iter().any(|it| it.as_str().is_some_and(|it| it != "*" && like(it, resource)));
    named && statement["Action"] != Value::Null && may_allow(statement, action, resource)
}

/// Whether a resource's policy may allow the role `action` by naming it. The account's root only hands on what the role's
/// own policies say.
pub(crate) fn grants_to_role(document: &Value, role: &Role, action: &str, resource: &str) -> bool {
    let names = |statement: &Value| match &statement["Principal"] {
        Value::Object(kinds) => kinds.get("AWS").is_some_and(|values| {
            list(values).iter().any(|value| {
                value.as_str().is_none_or(|name| name == "*" || name == role.arn.as_str() || name == role.name)
            })
        }),
        principal => principal.is_null() || principal == "*",
    };
    list(&document["Statement"]).iter().any(|statement| names(statement) && may_allow(statement, action, resource))
}

/// Whether the operator demands that a value be like one of its list.
fn is_positive(operator: &str) -> bool {
    let name = operator.strip_suffix("IfExists").unwrap_or(operator);
    matches!(name, "ArnEquals" | "ArnLike" | "StringEquals" | "StringLike" | "StringEqualsIgnoreCase")
}

fn principal_fits(principal: &Value, service: &str) -> bool {
    match principal.as_object() {
        Some(kinds) => kinds.iter().any(|(kind, values)| match kind.as_str() {
            "Service" => fits(values, service, false),
            "AWS" => list(values).iter().any(|value| *value == "*"),
            _ => false,
        }),
        None => principal.is_null() || principal == "*",
    }
}

/// Whether one of the texts in `patterns` is like `text`; nothing at all, or anything but a text, may be.
fn fits(patterns: &Value, text: &str, lowercase: bool) -> bool {
    patterns.is_null()
        || list(patterns).iter().any(|pattern| {
            pattern.as_str().is_none_or(|it| if lowercase { like(&it.to_lowercase(), text) } else { like(it, text) })
        })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

/// Whether `text` is what `pattern` spells, where `*` stands for any characters and `?` for one.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    if !pattern.contains(['*', '?']) {
        return pattern == text;
    }
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < text.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at, seen));
            at += 1;
        } else if pattern.get(at).is_some_and(|it| *it == '?' || *it == text[seen]) {
            at += 1;
            seen += 1;
        } else if let Some((back, from)) = star {
            // The last star takes one more character.
            star = Some((back, from + 1));
            at = back + 1;
            seen = from + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|it| *it == '*')
}

/// Whether a value holds an intrinsic function, whose value only the deployment knows.
pub(crate) fn holds_intrinsic(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(key, inner)| {
            (members.len() == 1 && (key.starts_with("Fn::") || (key == "Ref" && inner.is_string())))
                || holds_intrinsic(inner)
        }),
        Value::Array(elements) => elements.iter().any(holds_intrinsic),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn likeness() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("arn:aws:sns:*:*:Orders", "arn:aws:sns:us-east-1:1:Orders", true),
            ("arn:aws:sns:*:*:Orders", "arn:aws:sns:us-east-1:1:Orders2", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a*b*c", "a-b-x-c", true),
            ("a**", "a", true),
            ("", "a", false),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn denials() {
        let queue = "arn:aws:sqs:us-east-1:000000000000:orders";
        let denied = |changed: Value| {
            let mut statement = json!({ "Effect": "Deny", "Action": "sqs:SendMessage", "Resource": queue });
            for (key, value) in changed.as_object().unwrap() {
                statement[key] = value.clone();
            }
            denies(&statement, "sqs:SendMessage", queue)
        };
        for (changed, expected) in [
            (json!({}), true),
            (json!({ "Action": ["SQS:send*"], "Resource": "*" }), true),
            (json!({ "Action": null, "NotAction": ["sqs:ReceiveMessage"] }), true),
            (json!({ "Resource": null, "NotResource": "arn:aws:sqs:us-east-1:000000000000:other" }), true),
            (json!({ "Effect": "Allow" }), false),
            (json!({ "Action": "sqs:ReceiveMessage" }), false),
            (json!({ "Action": null, "NotAction": "sqs:*" }), false),
            (json!({ "Resource": "arn:aws:sqs:us-east-1:000000000000:other" }), false),
            (json!({ "Resource": { "Fn::ImportValue": "queue" } }), false),
            (json!({ "Resource": null }), false),
            (json!({ "Resource": null, "NotResource": [{ "Ref": "Other" }] }), false),
            (json!({ "Resource": null, "NotResource": "arn:aws:sqs:*:*:${aws:PrincipalTag/queue}" }), false),
            (json!({ "Condition": { "Bool": { "aws:SecureTransport": "false" } } }), false),
        ] {
            assert_eq!(denied(changed.clone()), expected, "{changed}");
        }
    }

    #[test]
    fn a_denial_goes_before_what_is_allowed() {
        let queue = Arn::new("arn:aws:sqs:us-east-1:000000000000:Orders");
        let topic = Arn::new("arn:aws:sns:us-east-1:000000000000:Events");
        let access =
            Access { principal: "sns.amazonaws.com", action: "sqs:SendMessage", resource: &queue, source: &topic };
        let document = |principal: Value| {
            json!({ "Statement": [
                { "Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*" },
                { "Sid": "Closed", "Effect": "Deny", "Principal": principal, "Action": "sqs:*", "Resource": "*" },
            ] })
        };
        for (principal, expected) in [
            (json!("*"), true),
            (json!({ "AWS": "*" }), true),
            (json!({ "Service": ["sns.amazonaws.com"] }), true),
            (json!({ "Service": "events.amazonaws.com" }), false),
            (json!({ "AWS": "arn:aws:iam::000000000000:root" }), false),
            (json!(null), false),
        ] {
            let document = document(principal.clone());
            assert_eq!(access.may_be_allowed_by(&document), !expected, "{principal}");
            let told = access.obstacle(&document).map(|it| (it.element, it.value));
            assert_eq!(told, expected.then(|| (DENY, "the Deny statement Closed".to_owned())), "{principal}");
        }
    }

    #[test]
    fn roles() {
        let role = Role {
            id: "WorkRole".to_owned(),
            name: "work".to_owned(),
            arn: Arn::new("arn:aws:iam::000000000000:role/work"),
            trust: None,
            statements: Vec::new(),
            managed_policies: Vec::new(),
            boundary: None,
            unknown: Vec::new(),
            span: aqueduct_topology::Span::default(),
        };
        let queue = "arn:aws:sqs:us-east-1:000000000000:orders";
        for (principal, expected) in [
            (json!({ "AWS": role.arn.as_str() }), true),
            (json!({ "AWS": { "Fn::ImportValue": "role" } }), true),
            (json!("*"), true),
            (json!({ "AWS": "arn:aws:iam::000000000000:root" }), false),
            (json!({ "Service": "lambda.amazonaws.com" }), false),
        ] {
            let document = json!({ "Statement": { "Effect": "Allow", "Principal": principal, "Action": "sqs:*" } });
            assert_eq!(grants_to_role(&document, &role, "sqs:SendMessage", queue), expected, "{document}");
        }
        for (statement, allows, names) in [
            (json!({ "Effect": "Allow", "Action": "sqs:Send*", "Resource": queue }), true, true),
            (json!({ "Effect": "Allow", "Action": "sqs:Send*", "Resource": "*" }), true, false),
            (json!({ "Effect": "Allow", "Action": ["sqs:ReceiveMessage"], "Resource": queue }), false, false),
            (json!({ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:sqs:*:*:refunds" }), false, false),
            (json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": queue }), true, false),
            (json!({ "Effect": "Deny", "Action": "*", "Resource": queue }), false, false),
        ] {
            assert_eq!(may_allow(&statement, "sqs:SendMessage", queue), allows, "{statement}");
            assert_eq!(names_resource(&statement, "sqs:SendMessage", queue), names, "{statement}");
        }
    }

    #[test]
    fn what_keeps_an_access_out_is_named() {
        let queue = Arn::new("arn:aws:sqs:us-east-1:000000000000:Orders");
        let topic = Arn::new("arn:aws:sns:us-east-1:000000000000:Events");
        let access =
            Access { principal: "sns.amazonaws.com", action: "sqs:SendMessage", resource: &queue, source: &topic };
        let document = |resource: &str, source: &str, service: &str| {
            json!({ "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": service },
                "Action": "sqs:SendMessage",
                "Resource": resource,
                "Condition": { "ArnLike": { "aws:SourceArn": source } },
            }] })
        };
        let (own, events, sns) = (queue.as_str(), topic.as_str(), "sns.amazonaws.com");
        assert_eq!(access.obstacle(&document(own, events, sns)), None);
        assert_eq!(access.obstacle(&document(own, events, "events.amazonaws.com")), None);
        let named = |element, value: &str| Some(Obstacle { element, value: value.to_owned() });
        assert_eq!(access.obstacle(&document(own, "arn:other", sns)), named("Condition", "arn:other"));
        assert_eq!(access.obstacle(&document("arn:other", events, sns)), named("Resource", "arn:other"));
        assert!(access.may_be_allowed_by(&unconditional(&document(own, "arn:other", sns))));
    }

    #[test]
    fn statements() {
        let queue = Arn::new("arn:aws:sqs:us-east-1:000000000000:Orders");
        let topic = Arn::new("arn:aws:sns:us-east-1:000000000000:Events");
        let access =
            Access { principal: "sns.amazonaws.com", action: "sqs:SendMessage", resource: &queue, source: &topic };
        let statement = |changed: Value| {
            let mut statement = json!({
                "Effect": "Allow",
                "Principal": { "Service": "sns.amazonaws.com" },
                "Action": "sqs:SendMessage",
                "Resource": queue.as_str(),
                "Condition": { "ArnEquals": { "aws:SourceArn": topic.as_str() } },
            });
            for (key, value) in changed.as_object().unwrap() {
                statement[key] = value.clone();
            }
            json!({ "Statement": [statement] })
        };
        for (changed, expected) in [
            (json!({}), true),
            (json!({ "Action": ["SQS:Send*", "sqs:ReceiveMessage"] }), true),
            (json!({ "Principal": "*" }), true),
            (json!({ "Principal": { "Service": ["events.amazonaws.com", "sns.amazonaws.com"] } }), true),
            (json!({ "Condition": null }), true),
            (json!({ "Condition": { "Bool": { "aws:SecureTransport": "true" } } }), true),
            (json!({ "Condition": { "StringEquals": { "aws:SourceAccount": "000000000000" } } }), true),
            (json!({ "Condition": { "ArnLike": { "AWS:SourceArn": { "Fn::ImportValue": "topic" } } } }), true),
            (json!({ "Effect": "Deny" }), false),
            (json!({ "Action": "sqs:ReceiveMessage" }), false),
            (json!({ "Principal": { "Service": "events.amazonaws.com" } }), false),
            (json!({ "Principal": { "AWS": "arn:aws:iam::000000000000:root" } }), false),
            (json!({ "Resource": "arn:aws:sqs:us-east-1:000000000000:Other" }), false),
            (json!({ "Condition": { "ArnEquals": { "aws:SourceArn": "arn:aws:sns:us-east-1:0:Other" } } }), false),
            (json!({ "Condition": { "StringEquals": { "aws:SourceAccount": "111111111111" } } }), false),
        ] {
            assert_eq!(access.may_be_allowed_by(&statement(changed.clone())), expected, "{changed}");
        }
    }
}
