//! Filter criteria that delete all that comes.

use aqueduct_contract::Carrier;

use crate::check::Report;
use crate::publishing::{Passing, reason};
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "filter-deletes-every-event",
    summary: "filter criteria on a queue's mapping that no declared event can match",
    level: Level::Error,
    why: "Lambda deletes from the queue what does not match: every event is lost, without a dead letter and without a log.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html",
    bad: include_str!("../../rules/filter-deletes-every-event/bad.yaml"),
    good: include_str!("../../rules/filter-deletes-every-event/good.yaml"),
    contracts: Some(include_str!("../../rules/filter-deletes-every-event/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let sent = wiring.sent();
    for mapping in wiring.topology.mappings.iter().filter(|it| it.enabled && !it.filters.is_empty()) {
        let mut why = None;
        let mut first = None;
        let mut all = true;
        for event in &sent {
            for feed in wiring.feeds(event.to) {
                // What the template alone shows of wrapped bodies is `filter-on-wrapped-body`.
                let ends_here = feed.mapping.is_some_and(|(it, _)| it.id == mapping.id);
                if !ends_here || feed.transformed || feed.carrier != Carrier::Itself {
                    all &= !ends_here;
                    continue;
                }
                let Some(gate) = wiring.mapping_gate(mapping, feed.carrier) else { continue };
                match wiring.passes(&gate, event.publishes) {
                    Passing::No(reason) => why = why.take().or(reason),
                    _ => all = false,
                }
                first = first.or(Some(*event));
            }
        }
        let Some(first) = first.filter(|_| all) else { continue };
        report.add(
            Finding::at(
                wiring.place(&mapping.id, "FilterCriteria", mapping.span),
                format!(
                    "{} deletes every {} from {}: {}",
                    mapping.id,
                    first.publishes.event,
                    wiring.shown(&mapping.queue),
                    reason(why.as_ref())
                ),
                "write the pattern for the body as it is published, or remove FilterCriteria",
            )
            .and(first.function.span, "publishes it"),
        );
    }
}
