//! A finding that is ignored without saying why.

use crate::Level;
use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;

pub(crate) static RULE: Rule = Rule {
    id: "ignore-without-reason",
    summary: "a finding that is to be ignored without a reason",
    level: Level::Warning,
    why: "Whoever reads the template later cannot tell an accepted risk from a forgotten one, so the finding is told as before.",
    source_url: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-metadata.html",
    bad: include_str!("../../rules/ignore-without-reason/bad.yaml"),
    good: include_str!("../../rules/ignore-without-reason/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// What other rules find decides; see [`crate::ignore`].
fn check(_: &Wiring<'_>, _: &mut Report<'_>) {}
