//! Messages that are too large for their topic.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "payload-over-topic-limit",
    summary: "a publisher whose largest message exceeds what its topic takes",
    level: Level::Error,
    why: "SNS refuses the message: it is not published.",
    source_url: "https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html",
    bad: include_str!("../../rules/payload-over-topic-limit/bad.yaml"),
    good: include_str!("../../rules/payload-over-topic-limit/good.yaml"),
    contracts: Some(include_str!("../../rules/payload-over-topic-limit/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

/// What a topic takes unless it says otherwise.
const BYTES_DEFAULT: u64 = 256 * 1024;

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for sent in wiring.sent() {
        let Some(topic) = wiring.topology.topics.iter().find(|it| it.arn == *sent.to.arn) else { continue };
        let Some(bytes) = wiring.contract(sent.function).and_then(|it| it.payload_bytes_max) else { continue };
        let limit = topic.attributes.get("MaximumMessageSize").and_then(|it| it.parse().ok()).unwrap_or(BYTES_DEFAULT);
        if bytes <= limit || !wiring.knows(&topic.id, &["MaximumMessageSize"]) {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&topic.id, "MaximumMessageSize", topic.span),
                format!(
                    "{} publishes up to {bytes} bytes of {}, and {} takes {limit}",
                    sent.function.id, sent.publishes.event, topic.id
                ),
                "put large payloads into S3 (a claim check), or raise MaximumMessageSize, up to 1048576",
            )
            .and(sent.function.span, "publishes it"),
        );
    }
}
