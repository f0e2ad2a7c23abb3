//! A visibility timeout that leaves Lambda no time to retry throttled batches.

use crate::check::Report;
use crate::rule::{Misleading, Rule};
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "visibility-without-retry-room",
    summary: "a queue whose visibility timeout is under six times its function's timeout",
    level: Level::Warning,
    why: "Lambda retries a throttled batch within the visibility timeout; when that ends early, messages are delivered twice and reach the dead-letter queue unprocessed.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    bad: include_str!("../../rules/visibility-without-retry-room/bad.yaml"),
    good: include_str!("../../rules/visibility-without-retry-room/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[Misleading {
        linter_rule: "cfn-lint E3505",
        says: "is content with a visibility timeout as long as the function's timeout",
    }],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (_, queue, function) in wiring.mappings() {
        let wanted = 6 * function.timeout;
        if !wiring.knows(&queue.id, &["VisibilityTimeout"]) || !wiring.knows(&function.id, &["Timeout"]) {
            continue;
        }
        if queue.visibility_timeout >= function.timeout && queue.visibility_timeout < wanted {
            report.add(
                Finding::at(
                    wiring.place(&queue.id, "VisibilityTimeout", queue.span),
                    format!(
                        "{}'s visibility timeout of {} s is less than six times the {} s of {}",
                        queue.id,
                        queue.visibility_timeout.as_secs(),
                        function.timeout.as_secs(),
                        function.id
                    ),
                    format!("set VisibilityTimeout to at least {} s", wanted.as_secs()),
                )
                .and(
                    wiring.place(&function.id, "Timeout", function.span),
                    format!("may run {} s", function.timeout.as_secs()),
                )
                .fix(Fix::set(&queue.id, "VisibilityTimeout", wanted.as_secs())),
            );
        }
    }
}
