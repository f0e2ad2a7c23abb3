//! A visibility timeout that leaves Lambda no time to retry throttled batches.

use std::time::Duration;

use crate::Level;
use crate::rule::{Report, Rule};
use crate::wiring::Wiring;

pub(super) static RULE: Rule = Rule {
    id: "visibility-without-retry-room",
    summary: "a queue whose visibility timeout is under six times its function's timeout plus the batching window",
    level: Level::Warning,
    why: "Lambda retries a throttled batch within the visibility timeout; when that ends early, messages are delivered twice and reach the dead-letter queue unprocessed.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings() {
        let wanted = 6 * function.timeout + mapping.window;
        if queue.visibility_timeout >= function.timeout && queue.visibility_timeout < wanted {
            let window = if mapping.window > Duration::ZERO { " plus the batching window" } else { "" };
            report.add(
                queue.span,
                format!(
                    "{}'s visibility timeout of {} s is less than six times the {} s of {}{window}",
                    queue.id,
                    queue.visibility_timeout.as_secs(),
                    function.timeout.as_secs(),
                    function.id
                ),
                format!("set VisibilityTimeout to at least {} s", wanted.as_secs()),
            );
        }
    }
}
