//! What many runs say: from other seeds, and with other values of a setting.

use anstyle::Style;
use aqueduct_simulate::words::count;
use aqueduct_simulate::{Runs, Seen, Variation};

use super::Page;
use crate::screen::{BOLD, DIM, GREEN};

impl Page {
    pub(super) fn runs(&mut self, runs: &Runs) {
        let last = runs.first_seed.wrapping_add(runs.runs as u64 - 1);
        self.heading(&format!("{} runs", count(runs.runs as u64)), &format!("seeds {} to {last}", runs.first_seed));
        self.wrapped(2, "", Style::new(), &runs.words());
        if !runs.failing_seeds.is_empty() {
            let seeds: Vec<String> = runs.failing_seeds.iter().map(ToString::to_string).collect();
            let first = if runs.runs - runs.survived > seeds.len() {
                "the first seeds that do not"
            } else {
                "seeds that do not"
            };
            self.wrapped(2, "", DIM, &format!("{first}: {}", seeds.join(", ")));
        }
        self.line(format_args!("  {DIM}{:>12} {:>12} {:>12}{DIM:#}", "5 %", "median", "95 %"));
        for spread in &runs.spreads {
            let [low, median, high] = spread.shown();
            let label = format!("{low:>12} {median:>12} {high:>12}  ");
            self.wrapped(2, &label, Style::new(), &spread.what);
        }
    }

    pub(super) fn variation(&mut self, variation: &Variation) {
        let (name, resource) = (variation.setting.name(), &variation.resource);
        self.heading(&format!("{name} of {resource}"), "");
        self.wrapped(2, "", BOLD, &variation.words());
        self.line(format_args!(
            "  {DIM}{:>10}  {:>10} {:>10} {:>10}  {:>9}  {:>12}{DIM:#}",
            "value", "dead", "lost", "under way", "kept", "drained"
        ));
        for tried in &variation.tried {
            let outcome = match &tried.outcome {
                Ok(outcome) => outcome,
                Err(reason) => {
                    let label = format!("{:>10}  ", tried.value);
                    self.wrapped(2, &label, DIM, &format!("cannot be run: {reason}"));
                    continue;
                }
            };
            let Seen { survived, dead, lost, pending, .. } = outcome.seen;
            let (kept, drained) = (outcome.kept_words(), outcome.drained_words());
            let style = if survived { GREEN } else { Style::new() };
            let mark = if Some(tried.value) == variation.nearest_survivor { "  ←" } else { "" };
            self.line(format_args!(
                "  {style}{:>10}  {:>10} {:>10} {:>10}  {kept:>9}  {drained:>12}{mark}{style:#}",
                tried.value,
                count(dead),
                count(lost),
                count(pending)
            ));
        }
    }
}
