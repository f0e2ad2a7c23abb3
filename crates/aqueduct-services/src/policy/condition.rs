//! The conditions of a statement.

use serde_json::Value;

use super::like::{arn_like, like};
use super::{Judgement, Question, has_variable, members, refusal};

/// What a request says for a condition key.
enum Context {
    Values(Vec<String>),
    /// Requests of services do not have the key.
    Absent,
    /// Whether and what is not modelled.
    Unknown,
}

/// How a condition operator is written: `ForAnyValue:StringNotLikeIfExists`.
struct Operator {
    set: Option<Set>,
    negated: bool,
    compare: Compare,
    if_exists: bool,
}

/// How the several values of a key are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    All,
    Any,
}

type Compare = fn(&str, &str) -> bool;

impl Question<'_> {
    /// A judgement for each condition of a statement.
    pub(super) fn conditions(&self, statement: &Value) -> Vec<Judgement> {
        let operators = match statement.get("Condition") {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Object(operators)) => operators,
            Some(other) => return vec![Judgement::Misses(format!("its Condition is {}", refusal::shown(other)))],
        };
        let mut judgements = Vec::new();
        for (operator, keys) in operators {
            match keys.as_object() {
                Some(keys) => judgements.extend(keys.iter().map(|(key, wanted)| self.condition(operator, key, wanted))),
                None => judgements.push(Judgement::Misses(format!("its Condition {operator} has no keys"))),
            }
        }
        judgements
    }

    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>,
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
    fn condition(&self, operator: &str, key: &str, wanted: &Value) -> Judgement {
        let wanted: Vec<String> = members(wanted).filter_map(scalar).collect();
        if wanted.iter().any(|wanted| has_variable(wanted)) {
            return Judgement::Unknown(format!("the policy variable of its Condition {operator} {key}"));
        }
        let values = match self.context(key) {
            Context::Values(values) => values,
            Context::Absent => Vec::new(),
            Context::Unknown => return Judgement::Unknown(format!("the condition key {key:?}")),
        };
        let why = || {
            let is = if values.is_empty() {
                "is not there for a service".to_owned()
            } else {
                format!("is {}", quoted(&values))
            };
            format!("its Condition {operator} wants {key} {}, and it {is}", quoted(&wanted))
        };
        if operator == "Null" {
            let absent = if values.is_empty() { "true" } else { "false" };
            return Judgement::of(wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(absent)), why);
        }
        let Some(operator) = Operator::named(operator) else {
            return Judgement::Unknown(format!("the condition operator {operator:?}"));
        };
        Judgement::of(operator.holds(&wanted, &values), why)
    }

    /// The value of a condition key, whose case does not matter.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>; `aws:SourceOwner`:
    /// <https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html>
    fn context(&self, key: &str) -> Context {
        let one = |value: &str| Context::Values(vec![value.to_owned()]);
        let unless_empty = |value: &str| if value.is_empty() { Context::Absent } else { one(value) };
        let source = &self.from.source_arn;
        match key.to_ascii_lowercase().as_str() {
            "aws:sourcearn" => one(source.as_str()),
            "aws:sourceaccount" => unless_empty(source.account()),
            "aws:principalservicename" => one(self.from.service),
            "aws:principalservicenameslist" => Context::Values(self.service_names()),
            "aws:requestedregion" => unless_empty(self.resource.region()),
            // The caller is a service, and services speak to each other over TLS.
            "aws:principalisawsservice" | "aws:securetransport" => one("true"),
            "aws:viaawsservice" => one("false"),
            // A service is no principal of an account, and comes through nobody's VPC endpoint.
            "aws:principalarn"
            | "aws:principalaccount"
            | "aws:principalorgid"
            | "aws:principalorgpaths"
            | "aws:userid"
            | "aws:username"
            | "aws:multifactorauthpresent"
            | "aws:sourceowner"
            | "aws:sourcevpc"
            | "aws:sourcevpce" => Context::Absent,
            key if key.starts_with("aws:principaltag/") => Context::Absent,
            _ => Context::Unknown,
        }
    }

    /// The names of the calling service, with and without its Region.
    fn service_names(&self) -> Vec<String> {
        let name = self.from.service;
        let regional =
            name.split_once('.').map(|(service, rest)| format!("{service}.{}.{rest}", self.from.source_arn.region()));
        std::iter::once(name.to_owned()).chain(regional).collect()
    }
}

impl Operator {
    /// `None` for an operator that is not modelled: those for numbers, dates, addresses and binary values, since none of
    /// the modelled keys has one.
    fn named(name: &str) -> Option<Self> {
        let (set, name) = match name.split_once(':') {
            Some(("ForAllValues", name)) => (Some(Set::All), name),
            Some(("ForAnyValue", name)) => (Some(Set::Any), name),
            Some(_) => return None,
            None => (None, name),
        };
        let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
        let equal: Compare = |wanted, actual| wanted == actual;
        let equal_ignoring_case: Compare = |wanted, actual| wanted.eq_ignore_ascii_case(actual);
        let (negated, compare): (bool, Compare) = match name {
            "StringEquals" => (false, equal),
            "StringNotEquals" => (true, equal),
            "StringEqualsIgnoreCase" | "Bool" => (false, equal_ignoring_case),
            "StringNotEqualsIgnoreCase" => (true, equal_ignoring_case),
            "StringLike" => (false, like),
            "StringNotLike" => (true, like),
            // `ArnEquals` and `ArnLike` behave alike: both take wildcards in each part of the ARN.
            "ArnEquals" | "ArnLike" => (false, arn_like),
            "ArnNotEquals" | "ArnNotLike" => (true, arn_like),
            _ => return None,
        };
        Some(Self { set, negated, compare, if_exists })
    }

    fn holds(&self, wanted: &[String], values: &[String]) -> bool {
        let is_met = |value: &String| wanted.iter().any(|wanted| (self.compare)(wanted, value)) != self.negated;
        match self.set {
            _ if values.is_empty() => match self.set {
                Some(Set::All) => true,
                Some(Set::Any) => self.if_exists,
                None => self.negated || self.if_exists,
            },
            Some(Set::All) => values.iter().all(is_met),
            // Taken for one value, a list is met by any of its values.
            None if self.negated => values.iter().all(is_met),
            Some(Set::Any) | None => values.iter().any(is_met),
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn quoted(values: &[String]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
    refusal::shortened(quoted.join(" or "))
}
