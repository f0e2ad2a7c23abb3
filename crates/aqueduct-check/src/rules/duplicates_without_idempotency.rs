//! Work that is done twice.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "duplicates-without-idempotency",
    summary: "a function that does not bear duplicates behind a source that delivers at least once",
    level: Level::Warning,
    why: "Queues, topics and buses deliver a message again now and then, without any error: its effects happen twice.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
    bad: include_str!("../../rules/duplicates-without-idempotency/bad.yaml"),
    good: include_str!("../../rules/duplicates-without-idempotency/good.yaml"),
    contracts: Some(include_str!("../../rules/duplicates-without-idempotency/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for function in &wiring.topology.functions {
        let Some(contract) = wiring.contract(function) else { continue };
        if contract.idempotency.is_some() || contract.consumes.is_empty() {
            continue;
        }
        let is_it = |arn: &str| wiring.function(arn).is_some_and(|it| it.arn == function.arn);
        let mapping = wiring.mappings_to(function).next();
        let mapping = mapping.map(|(it, queue, _)| (queue.id.as_str(), wiring.mapping_place(it)));
        let subscription = wiring.topology.subscriptions.iter().find(|it| is_it(&it.endpoint));
        let subscription = subscription.map(|it| (wiring.shown(&it.topic), it.span));
        let target = wiring.targets().find(|(_, it)| is_it(it.arn.as_str())).map(|(id, it)| (id, it.span));
        let Some((source, span)) = mapping.or(subscription).or(target) else { continue };
        report.add(
            Finding::at(
                function.span,
                format!("{source} may deliver a message twice, and {} is not declared to bear it", function.id),
                "make the function idempotent by the message's key, and declare it",
            )
            .and(span, "delivers at least once"),
        );
    }
}
