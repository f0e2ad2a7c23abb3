//! Filters that no sample event gets through.

use crate::check::Report;
use crate::evidence::Verdict;
use crate::rule::{Rule, ShownSample};
use crate::samples::SampleMessage;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "filter-without-sample",
    summary: "a filter policy, event pattern or filter criterion that no sample event gets through",
    level: Level::Advice,
    why: "A filter that matches nothing looks like a consumer without work: a sample event that it lets through shows that it is what was meant, and keeps it so.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-pattern-sandbox.html",
    bad: include_str!("../../rules/filter-without-sample/bad.yaml"),
    good: include_str!("../../rules/filter-without-sample/good.yaml"),
    contracts: None,
    samples: &[ShownSample {
        name: "events/sqs/gift.json",
        text: include_str!("../../rules/filter-without-sample/gift.json"),
        only_good: false,
    }],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    if wiring.sample_messages().next().is_none() {
        return;
    }
    let topology = wiring.topology;
    for it in topology.subscriptions.iter().filter(|it| wiring.reaches_function(&it.endpoint)) {
        judge(wiring, report, &it.id, &|message| wiring.may_be_published_to(it, message));
    }
    for rule in topology.rules.iter().filter(|rule| rule.enabled) {
        if rule.targets.iter().any(|it| wiring.reaches_function(it.arn.as_str())) {
            judge(wiring, report, &rule.id, &|message| message.event.is_some());
        }
    }
    for (mapping, queue, _) in wiring.mappings().filter(|(mapping, ..)| mapping.enabled) {
        judge(wiring, report, &mapping.id, &|message| {
            message.queue.as_ref().is_some_and(|(named, _)| wiring.may_mean_queue(named, queue.arn.as_str()))
        });
    }
    for mapping in wiring.stream_mappings() {
        judge(wiring, report, &mapping.id, &|message| wiring.may_come_of(mapping, message));
    }
}

fn judge(wiring: &Wiring<'_>, report: &mut Report<'_>, id: &str, is_meant: &dyn Fn(&SampleMessage) -> bool) {
    let Some(gate) = wiring.gate_of(id).filter(|gate| gate.patterns.is_some()) else { return };
    let mut nearest: Option<(usize, &str, String)> = None;
    for (name, message) in wiring.sample_messages().filter(|(_, message)| is_meant(message)) {
        match wiring.verdict(&gate, message) {
            Some(Verdict::Passes | Verdict::Unclear) => return,
            Some(Verdict::Fails(count, why)) if nearest.as_ref().is_none_or(|(fewest, ..)| count < *fewest) => {
                nearest = Some((count, name, why));
            }
            _ => {}
        }
    }
    let message = match nearest {
        Some((_, name, why)) => format!("no sample event gets through {}; nearest is {name}: {why}", gate.words()),
        None => format!("no sample event is there for {}", gate.words()),
    };
    let help =
        format!("add a sample event that it lets through, or write the {} for those that are there", gate.property);
    report.add(Finding::at(wiring.place(gate.id, gate.property, gate.span), message, help));
}
