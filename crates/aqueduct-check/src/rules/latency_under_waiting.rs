//! Messages that are begun with too late.

use std::time::Duration;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "latency-under-waiting",
    summary: "a queue or mapping that lets messages wait for longer than their consumer allows",
    level: Level::Warning,
    why: "A message stays invisible for its queue's DelaySeconds and is then gathered for the batching window, for up to 20 s where there is little traffic, before the function sees it.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html",
    bad: include_str!("../../rules/latency-under-waiting/bad.yaml"),
    good: include_str!("../../rules/latency-under-waiting/good.yaml"),
    contracts: Some(include_str!("../../rules/latency-under-waiting/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

/// With a batching window of any length Lambda may wait so long at low traffic.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
const GATHERING_AT_LOW_TRAFFIC: Duration = Duration::from_secs(20);

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings() {
        let Some(latency) = wiring.contract(function).and_then(|it| it.latency_seconds_max) else { continue };
        let is_known = wiring.knows(&queue.id, &["DelaySeconds"])
            && wiring.knows(&mapping.id, &["MaximumBatchingWindowInSeconds"]);
        let gathering =
            if mapping.window.is_zero() { Duration::ZERO } else { mapping.window.max(GATHERING_AT_LOW_TRAFFIC) };
        let waiting = queue.delay.saturating_add(gathering).as_secs();
        if !is_known || waiting <= latency {
            continue;
        }
        let help = match (queue.delay.is_zero(), mapping.window.is_zero()) {
            (true, _) if latency < GATHERING_AT_LOW_TRAFFIC.as_secs() => "remove MaximumBatchingWindowInSeconds",
            (true, _) => "lower MaximumBatchingWindowInSeconds",
            (false, true) => "lower DelaySeconds",
            (false, false) => "lower DelaySeconds or MaximumBatchingWindowInSeconds",
        };
        report.add(
            Finding::at(
                wiring.place(&mapping.id, "MaximumBatchingWindowInSeconds", mapping.span),
                format!(
                    "{} is to begin with a message within {latency} s, and one may wait {waiting} s: {} s of delay in {}, {} s \
                     until there is a batch",
                    function.id,
                    queue.delay.as_secs(),
                    queue.id,
                    gathering.as_secs()
                ),
                help,
            )
            .and(wiring.place(&queue.id, "DelaySeconds", queue.span), "delays it"),
        );
    }
}
