//! Dead letters that name events which are gone.

use aqueduct_topology::Setting;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "dead-letters-outlive-events",
    summary: "a dead-letter queue of a subscriber that keeps records longer than the bus keeps the events",
    level: Level::Advice,
    why: "A dead letter of a Custom Event Bus has the ids of events and not the events: once the bus has dropped them, nobody can send them again.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-retry.html",
    bad: include_str!("../../rules/dead-letters-outlive-events/bad.yaml"),
    good: include_str!("../../rules/dead-letters-outlive-events/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// How long a bus keeps events when it does not say.
const DAYS_DEFAULT: u64 = 1;

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let topology = wiring.topology;
    for subscriber in wiring.bus_subscribers() {
        let queue = subscriber.property("OnFailureConfiguration.Arn").text().and_then(|arn| wiring.queue(&arn));
        let bus = bus_of(subscriber.property("EventBusArn")).and_then(|id| topology.resource(id));
        let Some((queue, bus)) = queue.zip(bus) else { continue };
        let path = "StorageConfiguration.RetentionPeriodInDays";
        let days = match bus.property(path) {
            Setting::NotSet => Some(DAYS_DEFAULT),
            setting => setting.text().and_then(|it| it.parse().ok()),
        };
        let kept = queue.retention.as_secs() / SECONDS_PER_DAY;
        let Some(days) = days.filter(|days| *days < kept) else { continue };
        if !wiring.knows(&queue.id, &["MessageRetentionPeriod"]) {
            continue;
        }
        report.add(
            Finding::at(
                bus.span_of(path),
                format!("{} keeps events {days} d, and {} keeps {kept} d what became of them", bus.id, queue.id),
                format!("set StorageConfiguration.RetentionPeriodInDays to at least {kept}"),
            )
            .and(subscriber.span, "sends its failures there"),
        );
    }
}

const SECONDS_PER_DAY: u64 = 86_400;

/// The logical id of the bus, whose ARN only the deployment knows.
fn bus_of(setting: Setting<'_>) -> Option<&str> {
    let Setting::Unknown(unknown) = setting else { return None };
    let attribute = &unknown.source["Fn::GetAtt"];
    attribute[0].as_str().or_else(|| unknown.source["Ref"].as_str())
}
