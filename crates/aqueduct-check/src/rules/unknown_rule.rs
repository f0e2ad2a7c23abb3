//! Settings that name a rule that does not exist.

use crate::Level;
use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;

pub(crate) static RULE: Rule = Rule {
    id: "unknown-rule",
    summary: "a rule that is named in settings or metadata and does not exist",
    level: Level::Warning,
    why: "What was meant is not done: the rule that was to be turned off, or the finding that was to be ignored, is told as before.",
    source_url: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-metadata.html",
    bad: include_str!("../../rules/unknown-rule/bad.yaml"),
    good: include_str!("../../rules/unknown-rule/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// What other rules find decides; see [`crate::ignore`].
fn check(_: &Wiring<'_>, _: &mut Report<'_>) {}
