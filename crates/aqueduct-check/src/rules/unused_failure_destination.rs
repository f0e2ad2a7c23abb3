//! A safety net that nothing falls into.

use aqueduct_topology::{Function, Span};
use serde_json::Value;

use crate::check::Report;
use crate::policy::{may_act, may_allow};
use crate::rule::{Misleading, Rule};
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "unused-failure-destination",
    summary: "a function with a dead-letter queue or destinations that only queues invoke",
    level: Level::Warning,
    why: "Lambda uses them for asynchronous invocations only; what fails in a batch from a queue goes back to the queue, and to nowhere when the queue has no redrive policy.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
    bad: include_str!("../../rules/unused-failure-destination/bad.yaml"),
    good: include_str!("../../rules/unused-failure-destination/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[
        Misleading {
            linter_rule: "checkov CKV_AWS_116",
            says: "asks the function for a dead-letter queue of its own, which messages from a queue never reach",
        },
        Misleading {
            linter_rule: "cdk-nag LambdaDLQ",
            says: "asks the function for a dead-letter queue of its own, which messages from a queue never reach",
        },
        Misleading {
            linter_rule: "AWS Config LAMBDA_DLQ_CHECK",
            says: "asks the function for a dead-letter queue of its own, which messages from a queue never reach",
        },
    ],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let roles = &wiring.topology.roles;
    if roles.iter().any(|role| !role.unknown.is_empty()) {
        return;
    }
    let statements = roles.iter().flat_map(|role| &role.statements);
    let callers: Vec<&Value> = statements.filter(|it| may_act(it, "lambda:InvokeFunction")).collect();
    for function in &wiring.topology.functions {
        let asynchronous = &function.asynchronous;
        let own = [&asynchronous.dead_letter, &asynchronous.on_failure, &asynchronous.on_success];
        let Some(target) = own.into_iter().find_map(Option::as_ref) else { continue };
        let Some((mapping, queue, _)) = wiring.mappings_to(function).next() else {
            continue;
        };
        if may_be_invoked_otherwise(wiring, &callers, function) {
            continue;
        }
        let help = match &queue.redrive {
            Some(redrive) => {
                format!("remove it: {} already moves what fails to {}", queue.id, wiring.shown(&redrive.target))
            }
            None => format!("remove it, and give {} a RedrivePolicy instead", queue.id),
        };
        report.add(
            Finding::at(
                destination_place(wiring, function),
                format!("{} never sends to {}: only {} invokes it", function.id, wiring.shown(target), queue.id),
                help,
            )
            .and(wiring.mapping_place(mapping), "invokes it with batches, and waits for the answer"),
        );
    }
}

fn destination_place(wiring: &Wiring<'_>, function: &Function) -> Span {
    let written = ["DeadLetterQueue", "DeadLetterConfig", "EventInvokeConfig"];
    let path = written.into_iter().find(|path| wiring.sets(&function.id, path)).unwrap_or("");
    wiring.place(&function.id, path, function.span)
}

/// Whether something beside the mappings invokes the function, or may.
fn may_be_invoked_otherwise(wiring: &Wiring<'_>, callers: &[&Value], function: &Function) -> bool {
    let topology = wiring.topology;
    let is_it = |arn: &str| wiring.function(arn).is_some_and(|it| it.arn == function.arn);
    let permitted = wiring.permissions_of(function).next().is_some();
    let targeted =
        wiring.triggers_of(function).next().is_some() || topology.pipes.iter().any(|pipe| is_it(pipe.target.as_str()));
    let called = || callers.iter().any(|it| may_allow(it, "lambda:InvokeFunction", function.arn.as_str()));
    let shown = [function.arn.as_str(), function.name.as_str()];
    permitted || targeted || function.url.is_some() || wiring.is_shown_outside(&shown) || called()
}
