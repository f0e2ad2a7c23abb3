//! A batching window that eats the visibility timeout.

use crate::check::Report;
use crate::rule::{Misleading, Rule};
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "visibility-without-window-room",
    summary: "a queue whose visibility timeout leaves no room for the mapping's batching window",
    level: Level::Warning,
    why: "Messages become invisible when the poller takes them, so the time that a batch gathers is lost to its processing and retries; messages are delivered twice and reach the dead-letter queue early.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    bad: include_str!("../../rules/visibility-without-window-room/bad.yaml"),
    good: include_str!("../../rules/visibility-without-window-room/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[
        Misleading {
            linter_rule: "cfn-lint E3505",
            says: "is content with a visibility timeout as long as the function's timeout",
        },
        Misleading {
            linter_rule: "cdk-nag LambdaEventSourceSQSVisibilityTimeout",
            says: "asks for six times the function's timeout and forgets the batching window",
        },
    ],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings() {
        let known = wiring.knows(&queue.id, &["VisibilityTimeout"]) && wiring.knows(&function.id, &["Timeout"]);
        let runs = 6 * function.timeout;
        let wanted = runs + mapping.window;
        // Below six times the timeout alone, `visibility-without-retry-room` speaks.
        if !known || queue.visibility_timeout < runs || queue.visibility_timeout >= wanted {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&queue.id, "VisibilityTimeout", queue.span),
                format!(
                    "{}'s visibility timeout of {} s is less than six times the {} s of {} plus a batching window of {} s",
                    queue.id,
                    queue.visibility_timeout.as_secs(),
                    function.timeout.as_secs(),
                    function.id,
                    mapping.window.as_secs()
                ),
                format!("set VisibilityTimeout to at least {} s", wanted.as_secs()),
            )
            .and(
                wiring.place(&mapping.id, "MaximumBatchingWindowInSeconds", mapping.span),
                format!("gathers for up to {} s", mapping.window.as_secs()),
            )
            .fix(Fix::set(&queue.id, "VisibilityTimeout", wanted.as_secs())),
        );
    }
}
