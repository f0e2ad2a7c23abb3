//! Events that get one try.

use super::async_function_without_failure_destination::dropped;
use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "single-attempt-function",
    summary: "a function that is invoked asynchronously once, without a failure destination or dead-letter queue",
    level: Level::Warning,
    why: "One failed run drops the event: MaximumRetryAttempts 0 turns off the retries that Lambda makes otherwise, and nothing takes what is left.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html",
    bad: include_str!("../../rules/single-attempt-function/bad.yaml"),
    good: include_str!("../../rules/single-attempt-function/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for function in wiring.topology.functions.iter().filter(|it| it.asynchronous.retries_max == 0) {
        let Some((what, span)) = dropped(wiring, function) else { continue };
        report.add(
            Finding::at(
                function.span,
                format!("{} tries the events of {what} once, and then drops them", function.id),
                "raise MaximumRetryAttempts, and add DestinationConfig.OnFailure with a queue that somebody watches",
            )
            .and(span, "invokes it without waiting for the answer"),
        );
    }
}
