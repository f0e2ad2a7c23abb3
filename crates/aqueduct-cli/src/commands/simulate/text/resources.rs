//! Queues and functions, a row each.

use std::time::Duration;

use anstyle::Style;
use aqueduct_simulate::words::{count, counted, number, percent, span};
use aqueduct_simulate::{FunctionReport, Peak, QueueReport, Report};

use super::Page;
use super::layout::{sparkline, wrap_parts};
use crate::screen::{DIM, RED, YELLOW};

impl Page {
    pub(super) fn queues(&mut self, report: &Report) {
        let (used, idle): (Vec<_>, Vec<_>) =
            report.queues.iter().partition(|queue| queue.arrived > 0 || queue.left > 0);
        if used.is_empty() {
            return;
        }
        let axis = format!("messages, {} to {}", self.clock.time(Duration::ZERO), self.clock.time(self.until));
        self.heading("Queues", &axis);
        for queue in used {
            let facts = self.queue(queue);
            let bad = queue.expired > 0 || (queue.is_dead_letter_queue && queue.left > 0);
            self.row(&queue.id, &queue.backlog.in_parts(self.until, self.curve()), bad, &facts);
        }
        self.idle(idle.into_iter().map(|queue| queue.id.as_str()));
    }

    fn queue(&self, queue: &QueueReport) -> Vec<String> {
        let at = |peak: Peak| self.clock.time(peak.at);
        let mut facts = Vec::new();
        if queue.is_dead_letter_queue {
            for letters in &queue.dead_letters {
                let (first, last) = (self.clock.time(letters.first), self.clock.time(letters.last));
                let when = if first == last { first } else { format!("{first} to {last}") };
                facts.push(format!("{} from {}: {}, {when}", count(letters.count), letters.from, letters.cause.name()));
            }
            if queue.redriven > 0 {
                facts.push(format!("{} moved back", count(queue.redriven)));
            }
            facts.push(format!("{} at the end", count(queue.left)));
        } else {
            facts.push(format!("peak {} at {}", number(queue.backlog_peak.value), at(queue.backlog_peak)));
            let age = Duration::from_secs_f64(queue.oldest_peak.value.max(0.0));
            facts.push(format!("oldest {} at {}", span(age), at(queue.oldest_peak)));
            if let Some(after) = queue.drained_after {
                let words = if after.is_zero() {
                    "normal after the last fault".to_owned()
                } else {
                    format!("normal {} after the last fault", span(after))
                };
                facts.push(words);
            }
            if queue.dead_lettered > 0 {
                facts.push(format!("{} dead", count(queue.dead_lettered)));
            }
            if queue.left > 0 {
                facts.push(format!("{} left", count(queue.left)));
            }
        }
        if queue.filtered > 0 {
            facts.push(format!("{} filtered out", count(queue.filtered)));
        }
        if queue.expired > 0 {
            facts.push(format!("{} expired", count(queue.expired)));
        }
        facts
    }

    pub(super) fn functions(&mut self, report: &Report) {
        let (used, idle): (Vec<_>, Vec<_>) =
            report.functions.iter().partition(|function| function.invocations > 0 || function.throttles > 0);
        if used.is_empty() {
            return;
        }
        self.heading("Functions", "executions at once");
        for function in used {
            let facts = self.function(function);
            let curve = function.concurrency.in_parts(self.until, self.curve());
            self.row(&function.id, &curve, function.timeouts > 0, &facts);
        }
        self.idle(idle.into_iter().map(|function| function.id.as_str()));
    }

    fn function(&self, function: &FunctionReport) -> Vec<String> {
        let peak = function.concurrency_peak;
        let mut facts = vec![format!("up to {} at once at {}", number(peak.value), self.clock.time(peak.at))];
        if let Some(utilisation) = function.utilisation {
            facts.push(format!("{} utilised", percent(utilisation)));
        }
        facts.push(counted(function.invocations, "invocations"));
        facts.push(counted(function.records, "records"));
        let troubles = [
            (function.failed, "failed"),
            (function.repeated, "repeated"),
            (function.throttles, "throttled"),
            (function.timeouts, "timed out"),
        ];
        facts.extend(
            troubles
                .iter()
                .filter(|(number, _)| *number > 0)
                .map(|(number, what)| format!("{} {what}", count(*number))),
        );
        if function.cold_starts > 0 {
            facts.push(counted(function.cold_starts, "cold starts"));
        }
        facts
    }

    /// How many signs a curve has.
    fn curve(&self) -> usize {
        (self.width / 4).clamp(10, 36)
    }

    /// A name, a curve and facts.
    fn row(&mut self, name: &str, curve: &[f64], bad: bool, facts: &[String]) {
        let style = if bad { RED } else { Style::new() };
        let curve = sparkline(curve);
        let room = " ".repeat(self.names.saturating_sub(name.chars().count()));
        let indent = 2 + self.names + 2 + curve.chars().count() + 2;
        // Facts stand beside the curve where there is room for them, else below.
        let beside = self.width.saturating_sub(indent) >= 28;
        let lines = if beside {
            wrap_parts(facts, self.width - indent)
        } else {
            wrap_parts(facts, self.width.saturating_sub(4))
        };
        let first = if beside { lines.first().cloned().unwrap_or_default() } else { String::new() };
        self.line(
            format_args!("  {style}{name}{style:#}{room}  {YELLOW}{curve}{YELLOW:#}  {first}").to_string().trim_end(),
        );
        let (skip, indent) = if beside { (1, indent) } else { (0, 4) };
        for line in lines.iter().skip(skip) {
            self.line(format_args!("{}{line}", " ".repeat(indent)));
        }
    }

    fn idle<'a>(&mut self, ids: impl Iterator<Item = &'a str>) {
        let ids: Vec<&str> = ids.collect();
        if !ids.is_empty() {
            self.wrapped(2, "", DIM, &format!("nothing came to {}", ids.join(", ")));
        }
    }
}
