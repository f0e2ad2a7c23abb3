//! Resource policies on the edges between services: may this principal do that here?

mod condition;
mod like;
mod refusal;

use aqueduct_topology::Arn;
use serde_json::Value;

use crate::Principal;
use like::like;

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
/// A request is allowed when a statement allows it and none denies it. What cannot be judged, such as an unknown condition
/// key or a policy variable, never widens access: an `Allow` with it does not apply, a `Deny` does. An error holds the
/// statement that would be needed, ready to paste, and says why the statement that comes closest does not do.
/// `action` is written like `sqs:SendMessage`; its case does not matter.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
pub fn allows(document: &Value, action: &str, resource: &Arn, from: &Principal) -> Result<(), String> {
    let question = Question { action, resource, from };
    let statements = || members(document.get("Statement").unwrap_or(&Value::Null));
    let with = |effect: &'static str| statements().filter(move |it| it.get("Effect").is_some_and(|it| it == effect));
    if let Some((statement, doubts)) = with("Deny").find_map(|it| Some((it, question.denied_by(it)?))) {
        return Err(question.denial(statement, &doubts));
    }
    let mut closest: Option<(&Value, Vec<String>)> = None;
    for statement in with("Allow") {
        let misses = question.misses(statement);
        if misses.is_empty() {
            return Ok(());
        }
        if closest.as_ref().is_none_or(|(_, least)| misses.len() < least.len()) {
            closest = Some((statement, misses));
        }
    }
    Err(question.needed(document, closest))
}

/// What a policy is asked.
struct Question<'a> {
    action: &'a str,
    resource: &'a Arn,
    from: &'a Principal,
}

/// Whether a part of a statement is about the question.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Judgement {
    Fits,
    /// Why it does not.
    Misses(String),
    /// What is not modelled.
    Unknown(String),
}

impl Judgement {
    fn of(fits: bool, why: impl FnOnce() -> String) -> Self {
        if fits { Self::Fits } else { Self::Misses(why()) }
    }
}

impl Question<'_> {
    /// Why a statement that allows is not about this question.
    fn misses(&self, statement: &Value) -> Vec<String> {
        let why = |judgement| match judgement {
            Judgement::Fits => None,
            Judgement::Misses(why) => Some(why),
            Judgement::Unknown(what) => Some(format!("{what} is not modelled and counts as not met")),
        };
        self.judgements(statement).into_iter().filter_map(why).collect()
    }

    /// Whether a statement that denies is about this question, and what of it is not modelled.
    fn denied_by(&self, statement: &Value) -> Option<Vec<String>> {
        let judgements = self.judgements(statement);
        let misses = judgements.iter().any(|judgement| matches!(judgement, Judgement::Misses(_)));
        let doubt = |judgement| if let Judgement::Unknown(what) = judgement { Some(what) } else { None };
        (!misses).then(|| judgements.into_iter().filter_map(doubt).collect())
    }

    fn judgements(&self, statement: &Value) -> Vec<Judgement> {
        let mut judgements = vec![self.principal(statement), self.action(statement), self.resource(statement)];
        judgements.extend(self.conditions(statement));
        judgements
    }

    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
    fn principal(&self, statement: &Value) -> Judgement {
        let names_us = |principal: &Value| match principal {
            Value::String(text) => text == "*",
            Value::Object(kinds) => kinds.iter().any(|(kind, names)| {
                let service = kind == "Service";
                texts(names).any(|name| (service && name == self.from.service) || (name == "*" && kind != "Federated"))
            }),
            _ => false,
        };
        element(statement, "Principal", "NotPrincipal", names_us, false)
    }

    fn action(&self, statement: &Value) -> Judgement {
        let asked = self.action.to_ascii_lowercase();
        let named = |actions: &Value| texts(actions).any(|action| like(&action.to_ascii_lowercase(), &asked));
        element(statement, "Action", "NotAction", named, false)
    }

    /// A statement without a resource is about the resource that the policy belongs to.
    fn resource(&self, statement: &Value) -> Judgement {
        let variable = |element: &str| statement.get(element).is_some_and(|it| texts(it).any(has_variable));
        if variable("Resource") || variable("NotResource") {
            return Judgement::Unknown("a policy variable in its Resource".to_owned());
        }
        let named = |resources: &Value| texts(resources).any(|resource| like(resource, self.resource.as_str()));
        element(statement, "Resource", "NotResource", named, true)
    }
}

/// Whether a statement's element, or the absence of what its negation names, is about the question.
fn element(
    statement: &Value,
    name: &str,
    negation: &str,
    is_named: impl Fn(&Value) -> bool,
    without: bool,
) -> Judgement {
    match (statement.get(name), statement.get(negation)) {
        (Some(named), _) => Judgement::of(is_named(named), || format!("its {name} is {}", refusal::shown(named))),
        (None, Some(others)) => {
            Judgement::of(!is_named(others), || format!("its {negation} is {}", refusal::shown(others)))
        }
        (None, None) => Judgement::of(without, || format!("it has no {name}")),
    }
}

/// Whether a text has a part that the request fills in, such as `${aws:PrincipalTag/team}`.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
fn has_variable(text: &str) -> bool {
    text.contains("${")
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

#[cfg(test)]
mod tests;
