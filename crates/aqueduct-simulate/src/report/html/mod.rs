//! The report as one page that stands alone.

mod plot;
mod tables;

use std::fmt::Write as _;
use std::time::Duration;

use crate::words::{Clock, count, counted, number, percent, real, span};
use crate::{Fault, FunctionReport, Items, QueueReport, Remedy, Report, Results, Statement};
use plot::{Band, Curve, Plot};

const STYLE: &str = include_str!("style.css");

impl Results {
    /// One HTML page with plots, tables and verdict. It needs no script and nothing from elsewhere, follows the reader's
    /// choice of light and dark, and is well-formed XML, too.
    pub fn html(&self) -> String {
        Page::new(self).html()
    }
}

/// Text that stands between tags or in an attribute's quotes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            // No XML has these, not even escaped.
            letter if letter.is_control() && !matches!(letter, '\n' | '\t' | '\r') => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Sentences, with code between backticks.
fn worded(text: &str) -> String {
    let parts: Vec<String> = text.split('`').map(escape).collect();
    if parts.len().is_multiple_of(2) {
        return escape(text);
    }
    let is_code = |place: usize| !place.is_multiple_of(2);
    let shown = parts.iter().enumerate();
    shown.map(|(place, part)| if is_code(place) { format!("<code>{part}</code>") } else { part.clone() }).collect()
}

/// A page that is being made.
struct Page<'a> {
    results: &'a Results,
    report: &'a Report,
    clock: Clock,
    until: Duration,
    bands: Vec<Band>,
}

impl<'a> Page<'a> {
    fn new(results: &'a Results) -> Self {
        let report = &results.report;
        let clock = Clock::new(report.start, report.lasts);
        let bands = results.scenario.faults.iter().map(band).collect();
        Self { results, report, clock, until: report.eventful(), bands }
    }

    fn html(&self) -> String {
        let title = escape(&self.report.title);
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n<title>{title}</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<header>\n<h1>{title}</h1>\n<p class=\"soft\">{}</p>\n</header>\n",
            escape(&self.subtitle())
        );
        html += &self.verdict();
        html += &self.items();
        html += &self.queues();
        html += &self.functions();
        html += &self.tables();
        let _ = write!(
            html,
            "<footer>\n<p>Simulated by <code>aqueduct simulate</code> from seed {}: the same template, scenario and seed give \
             the same page. Times are UTC.</p>\n</footer>\n</main>\n</body>\n</html>\n",
            self.report.seed
        );
        html
    }

    fn subtitle(&self) -> String {
        let report = self.report;
        format!(
            "{}, {} to {} UTC ({}), seed {}, {}",
            report.start.strftime("%-d %B %Y"),
            self.clock.time(Duration::ZERO),
            self.clock.time(report.lasts),
            span(report.lasts),
            report.seed,
            counted(report.deliveries, "deliveries")
        )
    }

    fn verdict(&self) -> String {
        let verdict = &self.results.verdict;
        let class = if verdict.survived { "verdict" } else { "verdict bad" };
        let statements: String = verdict.statements.iter().map(|it| statement(it, self.report.deliveries)).collect();
        format!(
            "<section class=\"{class}\" aria-label=\"Verdict\">\n<p>{}</p>\n<ol>\n{statements}</ol>\n</section>\n",
            escape(&verdict.headline)
        )
    }

    fn items(&self) -> String {
        let bars: String = self.report.items.iter().filter(|items| items.arrived > 0).map(fates).collect();
        if bars.is_empty() {
            bars
        } else {
            format!("<section>\n<h2>What became of what arrived</h2>\n{bars}</section>\n")
        }
    }

    fn queues(&self) -> String {
        let used = self.report.queues.iter().filter(|queue| queue.arrived > 0 || queue.left > 0);
        // Queues that are consumed come before those where things end.
        let (dead, alive): (Vec<_>, Vec<_>) = used.partition(|queue| queue.is_dead_letter_queue);
        let cards: String = alive.into_iter().chain(dead).map(|queue| self.queue(queue)).collect();
        if cards.is_empty() {
            return cards;
        }
        format!(
            "<section>\n<h2>Queues</h2>\n<ul class=\"keys\"><li class=\"key backlog\">messages that wait or are in flight</li>\
             <li class=\"key flight\">in flight</li><li class=\"key age\">age of the oldest</li>{}</ul>\n\
             <div class=\"cards\" style=\"margin-top:.8rem\">\n{cards}</div>\n</section>\n",
            self.fault_key()
        )
    }

    fn fault_key(&self) -> &'static str {
        if self.bands.is_empty() { "" } else { "<li class=\"key fault\">a fault</li>" }
    }

    fn queue(&self, queue: &QueueReport) -> String {
        let id = escape(&queue.id);
        let peak =
            format!("at most {} at {}", number(queue.backlog_peak.value), self.clock.time(queue.backlog_peak.at));
        let backlog = Plot {
            name: format!("Messages in {}", queue.id),
            says: format!("{peak}; {} at the end.", count(queue.left)),
            curves: vec![
                Curve { class: "backlog", series: &queue.backlog },
                Curve { class: "flight", series: &queue.in_flight },
            ],
            height: 190.0,
            unit: plot::Unit::Count,
        };
        let mut plots = self.plot(&backlog);
        let age = Duration::from_secs_f64(queue.oldest_peak.value.max(0.0));
        if !queue.is_dead_letter_queue && queue.oldest_peak.value > 0.0 {
            let oldest = Plot {
                name: format!("Age of the oldest message in {}", queue.id),
                says: format!("At most {}, at {}.", span(age), self.clock.time(queue.oldest_peak.at)),
                curves: vec![Curve { class: "age", series: &queue.oldest }],
                height: 110.0,
                unit: plot::Unit::Seconds,
            };
            plots += &self.plot(&oldest);
        }
        let facts = escape(&format!("{} came, {peak}", count(queue.arrived)));
        let trouble = self.trouble(queue);
        format!("<article class=\"card\">\n<h3>{id}</h3>\n<p class=\"facts\">{facts}{trouble}</p>\n{plots}</article>\n")
    }

    /// What is bad about a queue, as a part of its facts.
    fn trouble(&self, queue: &QueueReport) -> String {
        let mut troubles: Vec<String> = Vec::new();
        for letters in &queue.dead_letters {
            let (first, last) = (self.clock.time(letters.first), self.clock.time(letters.last));
            let (number, cause) = (count(letters.count), letters.cause.name());
            troubles.push(format!("{number} dead from {}: {cause}, {first} to {last}", letters.from));
        }
        if queue.expired > 0 {
            troubles.push(format!("{} expired", count(queue.expired)));
        }
        let shown = |it: &String| format!("<br /><span class=\"trouble\">{}</span>", escape(it));
        troubles.iter().map(shown).collect()
    }

    fn functions(&self) -> String {
        let used = self.report.functions.iter().filter(|it| it.invocations > 0 || it.throttles > 0);
        let cards: String = used.map(|function| self.function(function)).collect();
        if cards.is_empty() {
            return cards;
        }
        format!(
            "<section>\n<h2>Functions</h2>\n<ul class=\"keys\"><li class=\"key running\">executions at once</li>{}</ul>\n\
             <div class=\"cards\" style=\"margin-top:.8rem\">\n{cards}</div>\n</section>\n",
            self.fault_key()
        )
    }

    fn function(&self, function: &FunctionReport) -> String {
        let peak = function.concurrency_peak;
        let at = self.clock.time(peak.at);
        let plot = Plot {
            name: format!("Executions of {} at once", function.id),
            says: format!("At most {}, at {at}.", number(peak.value)),
            curves: vec![Curve { class: "running", series: &function.concurrency }],
            height: 130.0,
            unit: plot::Unit::Count,
        };
        let mut facts = format!("up to {} at once at {at}", number(peak.value));
        if let Some(utilisation) = function.utilisation {
            let _ = write!(facts, ", {} utilised", percent(utilisation));
        }
        format!(
            "<article class=\"card\">\n<h3>{}</h3>\n<p class=\"facts\">{}</p>\n{}</article>\n",
            escape(&function.id),
            escape(&facts),
            self.plot(&plot)
        )
    }

    fn plot(&self, plot: &Plot<'_>) -> String {
        plot.svg(&self.clock, self.report.start, self.until, &self.bands)
    }
}

/// A fault as a band of time.
fn band(fault: &Fault) -> Band {
    Band { from: fault.from, until: fault.until, name: fault.kind.words() }
}

fn statement(statement: &Statement, deliveries: u64) -> String {
    let mut html = format!("<li>{}", worded(&statement.says));
    for (place, remedy) in statement.remedies.iter().enumerate() {
        html += &told(if place == 0 { "What helps:" } else { "Or:" }, remedy, deliveries);
    }
    if let Some(advice) = &statement.advice {
        let _ = write!(html, "<span class=\"advice\">{}</span>", worded(advice));
    }
    html + "</li>\n"
}

fn told(first: &str, remedy: &Remedy, deliveries: u64) -> String {
    let class = if remedy.seen.survived { "seen" } else { "seen partly" };
    format!(
        "\n<span class=\"remedy\"><b>{first}</b> {} – <span class=\"{class}\">{}</span></span>",
        worded(&remedy.does),
        escape(&remedy.seen.words(deliveries))
    )
}

/// The fates of items as a bar.
fn fates(items: &Items) -> String {
    let all = [
        ("done", items.done, "done"),
        ("dead", items.dead, "dead"),
        ("lost", items.lost, "lost"),
        ("pending", items.pending, "still under way"),
    ];
    let present = || all.iter().filter(|(_, number, _)| *number > 0);
    let parts: Vec<String> = present()
        .map(|(class, number, _)| {
            format!(
                "<span class=\"{class}\" style=\"flex:{:.4} 0 0\"></span>",
                real(*number) / real(items.arrived) * 100.0
            )
        })
        .collect();
    let keys: Vec<String> = present()
        .map(|(class, number, word)| {
            let share = percent(real(*number) / real(items.arrived));
            format!("<li class=\"key {class}\">{} {word} ({share})</li>", count(*number))
        })
        .collect();
    format!(
        "<p>{}</p>\n<div class=\"fates\" aria-hidden=\"true\">{}</div>\n<ul class=\"keys\">{}</ul>\n",
        escape(&counted(items.arrived, &items.name)),
        parts.concat(),
        keys.concat()
    )
}

#[cfg(test)]
mod tests;
