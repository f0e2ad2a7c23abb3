//! A message that becomes visible again while a function still works on it.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "visibility-under-function-timeout",
    summary: "a queue whose visibility timeout is shorter than its function's timeout",
    level: Level::Error,
    why: "Lambda refuses to create the event source mapping; an existing one hands the message to a second invocation while the first still runs.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    bad: include_str!("../../rules/visibility-under-function-timeout/bad.yaml"),
    good: include_str!("../../rules/visibility-under-function-timeout/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (_, queue, function) in wiring.mappings() {
        let known = wiring.knows(&queue.id, &["VisibilityTimeout"]) && wiring.knows(&function.id, &["Timeout"]);
        if known && queue.visibility_timeout < function.timeout {
            let timeout = function.timeout.as_secs();
            report.add(
                Finding::at(
                    wiring.place(&queue.id, "VisibilityTimeout", queue.span),
                    format!(
                        "{}'s visibility timeout of {} s is shorter than the {timeout} s that {} may take",
                        queue.id,
                        queue.visibility_timeout.as_secs(),
                        function.id
                    ),
                    format!("set VisibilityTimeout to {} s, six times the function's timeout", 6 * timeout),
                )
                .and(function.span, format!("may run {timeout} s"))
                .fix(Fix::set(&queue.id, "VisibilityTimeout", 6 * timeout)),
            );
        }
    }
}
