//! Policies that a service may be talked into using.

use serde_json::Value;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "policy-open-to-any-source",
    summary: "a queue or topic policy that admits a service for any source",
    level: Level::Advice,
    why: "Without aws:SourceArn or aws:SourceAccount the service sends for the resources of any account: strangers can put messages in.",
    source_url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    bad: include_str!("../../rules/policy-open-to-any-source/bad.yaml"),
    good: include_str!("../../rules/policy-open-to-any-source/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for policy in &wiring.topology.policies {
        let statements = match &policy.document["Statement"] {
            Value::Array(statements) => statements.as_slice(),
            statement => std::slice::from_ref(statement),
        };
        let Some(service) = statements.iter().find_map(open_to) else { continue };
        report.add(Finding::at(
            policy.span,
            format!("{} admits {service} for any source, those of other accounts included", policy.id),
            "add a Condition with aws:SourceArn, or aws:SourceAccount",
        ));
    }
}

/// The service that a statement admits without a condition.
fn open_to(statement: &Value) -> Option<&str> {
    if statement["Effect"] != "Allow" || !statement["Condition"].is_null() {
        return None;
    }
    match &statement["Principal"]["Service"] {
        Value::Array(services) => services.first()?.as_str(),
        service => service.as_str(),
    }
}
