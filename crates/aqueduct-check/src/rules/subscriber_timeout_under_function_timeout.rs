//! Subscribers that give up on a function that still works.

use aqueduct_topology::Setting;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "subscriber-timeout-under-function-timeout",
    summary: "a subscriber that waits for a function for less time than the function may take",
    level: Level::Error,
    why: "The delivery counts as failed and is tried again while the first run goes on: the event is handled twice, or becomes a dead letter that was handled.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-target-lambda.html",
    bad: include_str!("../../rules/subscriber-timeout-under-function-timeout/bad.yaml"),
    good: include_str!("../../rules/subscriber-timeout-under-function-timeout/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// How long a subscriber waits when it does not say.
const SECONDS_DEFAULT: u64 = 30;

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for subscriber in wiring.bus_subscribers() {
        let parameter = |name: &str| format!("InvokeConfiguration.LambdaParameters.{name}");
        let waits = parameter("InvocationTimeoutSeconds");
        let seconds = match subscriber.property(&waits) {
            Setting::NotSet => Some(SECONDS_DEFAULT),
            setting => setting.text().and_then(|it| it.parse().ok()),
        };
        let target = subscriber.property("InvokeConfiguration.TargetArn").text();
        let Some((seconds, function)) = seconds.zip(target.and_then(|arn| wiring.function(&arn))) else { continue };
        let answers = subscriber.property(&parameter("InvocationType")).text().as_deref() == Some("REQUEST_RESPONSE");
        if !answers || function.timeout.as_secs() <= seconds || !wiring.knows(&function.id, &["Timeout"]) {
            continue;
        }
        report.add(
            Finding::at(
                subscriber.span_of(&waits),
                format!(
                    "{} waits {seconds} s for {}, which may run {} s",
                    subscriber.id,
                    function.id,
                    function.timeout.as_secs()
                ),
                "lower the function's Timeout, or send the events to a queue that it consumes",
            )
            .and(function.span, format!("may run {} s", function.timeout.as_secs())),
        );
    }
}
