//! What many runs say: from other seeds, and with other values of a setting.

use std::time::Duration;

use anstyle::Style;
use aqueduct_simulate::words::{count, number, percent, span};
use aqueduct_simulate::{Runs, Seen, Spread, Variation};

use super::Page;
use crate::screen::{BOLD, DIM, GREEN};

impl Page {
    pub(super) fn runs(&mut self, runs: &Runs) {
        let last = runs.first_seed.wrapping_add(runs.runs as u64 - 1);
        self.heading(&format!("{} runs", count(runs.runs as u64)), &format!("seeds {} to {last}", runs.first_seed));
        let (low, high) = runs.probability;
        let words = format!(
            "{} survive. The probability of surviving lies between {} and {}, with 95 % confidence.",
            count(runs.survived as u64),
            percent(low),
            percent(high)
        );
        self.wrapped(2, "", Style::new(), &words);
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
            let [low, median, high] = [spread.p5, spread.median, spread.p95].map(|value| measured(spread, value));
            let label = format!("{low:>12} {median:>12} {high:>12}  ");
            self.wrapped(2, &label, Style::new(), &spread.what);
        }
    }

    pub(super) fn variation(&mut self, variation: &Variation) {
        let (name, resource) = (variation.setting.name(), &variation.resource);
        let now = variation.now.map_or_else(|| "not set".to_owned(), |now| format!("now {now}"));
        self.heading(&format!("{name} of {resource}"), &now);
        let mut words = match (variation.nearest_survivor, variation.now) {
            (Some(value), Some(now)) if value == now => "It survives as it is.".to_owned(),
            (Some(value), _) => format!("The smallest change that survives is {value}."),
            (None, _) => "None of these values survives.".to_owned(),
        };
        if !variation.complete {
            words += " Not every value was tried: between those of the table others may do otherwise.";
        }
        self.wrapped(2, "", BOLD, &words);
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
            let kept = outcome.kept.iter().copied().reduce(f64::min).map_or_else(|| "–".to_owned(), percent);
            let drained = outcome.drained_after.map_or_else(|| "–".to_owned(), |it| span(Duration::from_secs_f64(it)));
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

fn measured(spread: &Spread, value: f64) -> String {
    if spread.unit == "seconds" { span(Duration::from_secs_f64(value.max(0.0))) } else { number(value) }
}
