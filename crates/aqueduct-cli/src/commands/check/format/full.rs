//! Findings with the lines that they speak of, for people.

use std::collections::BTreeSet;

use aqueduct_check::Finding;

use super::Shown;
use crate::excerpt::Excerpt;
use crate::screen;

impl Shown<'_> {
    pub(super) fn full(&self) {
        for diagnostic in self.diagnostics {
            screen::talk(format_args!("{}\n", Excerpt::of(diagnostic).shown(self.sources)));
        }
        let mut explained = BTreeSet::new();
        for finding in &self.outcome.findings {
            let first = explained.insert(finding.rule);
            screen::data(format_args!("{}\n", self.excerpt(finding, first)));
        }
    }

    /// A finding; the first of each rule says why it matters.
    fn excerpt(&self, finding: &Finding, first: bool) -> String {
        let edits = self.edits(finding);
        let mut excerpt = Excerpt::of_finding(finding, &edits);
        let rule = aqueduct_check::rule(finding.rule).filter(|_| first);
        excerpt.notes.extend(rule.map(|rule| rule.why));
        excerpt.shown(self.sources)
    }
}
