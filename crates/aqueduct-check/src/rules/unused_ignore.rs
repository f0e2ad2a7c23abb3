//! A finding that is ignored though it is gone.

use crate::Level;
use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;

pub(crate) static RULE: Rule = Rule {
    id: "unused-ignore",
    summary: "a finding that is to be ignored and does not exist",
    level: Level::Warning,
    why: "It looks as if there were a known risk where there is none, and it would hide the finding if it came back.",
    source_url: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-metadata.html",
    bad: include_str!("../../rules/unused-ignore/bad.yaml"),
    good: include_str!("../../rules/unused-ignore/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// What other rules find decides; see [`crate::ignore`].
fn check(_: &Wiring<'_>, _: &mut Report<'_>) {}
