//! Events that are dropped after Lambda's own retries.

use aqueduct_topology::{Function, Span};

use crate::check::Report;
use crate::index::Trigger;
use crate::rule::{Misleading, Rule};
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "async-function-without-failure-destination",
    summary: "a function that is invoked asynchronously without a failure destination or dead-letter queue",
    level: Level::Warning,
    why: "After two retries, or six hours of throttling, Lambda discards the event.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html",
    bad: include_str!("../../rules/async-function-without-failure-destination/bad.yaml"),
    good: include_str!("../../rules/async-function-without-failure-destination/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[Misleading {
        linter_rule: "checkov CKV_AWS_116",
        says: "asks for a dead-letter queue on every function, those that queues invoke included",
    }],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for function in &wiring.topology.functions {
        let Some((what, span)) = dropped(wiring, function) else { continue };
        report.add(
            Finding::at(
                function.span,
                format!("{} loses the events of {what} that it cannot process", function.id),
                "add DestinationConfig.OnFailure to its event invoke config, with a queue that somebody watches",
            )
            .and(span, "invokes it without waiting for the answer"),
        );
    }
}

/// Something whose events the function drops when it fails to process them, as far as is known.
pub(super) fn dropped(wiring: &Wiring<'_>, function: &Function) -> Option<(String, Span)> {
    let own = &function.asynchronous;
    if own.dead_letter.is_some() || own.on_failure.is_some() || may_have_destination(wiring, function) {
        return None;
    }
    asynchronous_trigger(wiring, function)
}

/// Whether a configuration that is not known may say where failures go.
fn may_have_destination(wiring: &Wiring<'_>, function: &Function) -> bool {
    let configured = wiring.topology.invoke_configs.iter().filter(|config| config.function == function.arn);
    let hidden = ["DeadLetterConfig", "DeadLetterQueue", "EventInvokeConfig"];
    configured
        .into_iter()
        .any(|config| config.asynchronous.on_failure.is_some() || !wiring.knows(&config.id, DESTINATION))
        || !wiring.knows(&function.id, &hidden)
        || wiring.may_hide(&["AWS::Lambda::EventInvokeConfig"])
}

const DESTINATION: &[&str] =
    &["DestinationConfig", "DestinationConfig.OnFailure", "DestinationConfig.OnFailure.Destination"];

/// Something that invokes the function asynchronously.
fn asynchronous_trigger(wiring: &Wiring<'_>, function: &Function) -> Option<(String, Span)> {
    let trigger = wiring.triggers_of(function).next()?;
    Some(match trigger {
        Trigger::Topic(topic, span) => (format!("topic {}", wiring.shown(topic)), span),
        Trigger::Target(from, span) => (from.to_owned(), span),
        Trigger::Bucket(bucket, span) => (format!("bucket {}", wiring.shown(bucket)), span),
    })
}
