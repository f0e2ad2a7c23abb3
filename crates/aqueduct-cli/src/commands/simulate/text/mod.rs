//! The report for people at a terminal.

mod layout;
mod many;
mod resources;

use std::fmt::Display;
use std::time::Duration;

use anstyle::Style;
use aqueduct_simulate::words::{Clock, money, number, percent, span};
use aqueduct_simulate::{GoalReport, Remedy, Report, Results};

pub(super) use layout::width;
use layout::{capital, wrap, wrap_parts};

use crate::screen::{BOLD, CYAN, DIM, GREEN, RED};

/// The whole report.
pub(super) fn written(results: &Results, width: usize) -> String {
    let report = &results.report;
    let mut page = Page::new(report, width);
    page.title(report);
    page.verdict(results);
    page.queues(report);
    page.functions(report);
    page.goals(report);
    page.at_rest(report);
    page.cost(results);
    if let Some(runs) = &results.runs {
        page.runs(runs);
    }
    if let Some(variation) = &results.variation {
        page.variation(variation);
    }
    page.text
}

/// A page that is being written.
struct Page {
    text: String,
    width: usize,
    clock: Clock,
    /// Until when curves go.
    until: Duration,
    names: usize,
}

impl Page {
    fn new(report: &Report, width: usize) -> Self {
        let ids = report.queues.iter().map(|it| it.id.as_str()).chain(report.functions.iter().map(|it| it.id.as_str()));
        let names = ids.map(|id| id.chars().count()).max().unwrap_or_default();
        let clock = Clock::new(report.start, report.lasts);
        Self { text: String::new(), width, clock, until: report.eventful(), names: names.min(width / 3) }
    }

    fn line(&mut self, line: impl Display) {
        self.text += &line.to_string();
        self.text.push('\n');
    }

    fn heading(&mut self, heading: &str, beside: &str) {
        self.line("");
        self.line(format_args!(
            "{BOLD}{heading}{BOLD:#}{}{DIM}{beside}{DIM:#}",
            if beside.is_empty() { "" } else { "  " }
        ));
    }

    /// Words in lines of the page's width, with `first` before the first line and as much room before the others.
    fn wrapped(&mut self, indent: usize, first: &str, style: Style, words: &str) {
        let hanging = indent + first.chars().count();
        self.hung(indent, first, style, wrap(words, self.width.saturating_sub(hanging)));
    }

    /// The same with parts that are not torn apart.
    fn listed(&mut self, indent: usize, first: &str, style: Style, parts: &[String]) {
        let hanging = indent + first.chars().count();
        self.hung(indent, first, style, wrap_parts(parts, self.width.saturating_sub(hanging)));
    }

    fn hung(&mut self, indent: usize, first: &str, style: Style, lines: Vec<String>) {
        let hanging = indent + first.chars().count();
        for (place, line) in lines.into_iter().enumerate() {
            let before = if place == 0 { format!("{}{first}", " ".repeat(indent)) } else { " ".repeat(hanging) };
            self.line(format_args!("{before}{style}{line}{style:#}"));
        }
    }

    fn title(&mut self, report: &Report) {
        self.wrapped(0, "", BOLD, &report.title);
        let (from, to) = (self.clock.time(Duration::ZERO), self.clock.time(report.lasts));
        let day = report.start.strftime("%-d %B %Y");
        let line = format!("{day}, {from} to {to} UTC ({}), seed {}", span(report.lasts), report.seed);
        self.line(format_args!("{DIM}{line}{DIM:#}"));
    }

    fn verdict(&mut self, results: &Results) {
        let style = if results.verdict.survived { GREEN } else { RED };
        self.line("");
        self.wrapped(0, "", style, &results.verdict.headline);
        for statement in &results.verdict.statements {
            self.line("");
            self.wrapped(2, "", Style::new(), &statement.says);
            for remedy in &statement.remedies {
                self.wrapped(4, "→ ", CYAN, &told(remedy, results.report.deliveries));
            }
            if let Some(advice) = &statement.advice {
                self.wrapped(4, "· ", DIM, advice);
            }
        }
    }

    fn goals(&mut self, report: &Report) {
        if report.goals.is_empty() {
            return;
        }
        self.heading("Goals", "");
        for goal in &report.goals {
            let kept = goal.kept >= goal.share;
            let (style, word) = if kept { (GREEN, "kept") } else { (RED, "missed") };
            self.line(format_args!("  {style}{word}{style:#}{}{}", " ".repeat(8 - word.len()), promise(goal)));
            let it = &goal.latency;
            let times = [
                ("median", it.p50),
                ("90 %", it.p90),
                ("99 %", it.p99),
                ("99.9 %", it.p999),
                ("longest", it.max),
                ("mean", it.mean),
            ];
            let times: Vec<String> = times.iter().map(|(name, time)| format!("{name} {}", span(*time))).collect();
            self.listed(10, "", DIM, &times);
        }
    }

    fn at_rest(&mut self, report: &Report) {
        let words = match report.at_rest {
            Some(at) if at > report.lasts => {
                format!(
                    "All is at rest at {}, {} after arrivals end.",
                    self.clock.time(at),
                    span(at.saturating_sub(report.lasts))
                )
            }
            Some(at) => format!("All is at rest at {}.", self.clock.time(at)),
            None => "All is not at rest two weeks after the last arrival.".to_owned(),
        };
        self.line("");
        self.wrapped(0, "", Style::new(), &words);
    }

    fn cost(&mut self, results: &Results) {
        let bill = &results.bill;
        self.heading(&format!("A month like this costs {}", money(bill.total)), "");
        for service in &bill.services {
            let lines: Vec<String> =
                service.lines.iter().map(|line| format!("{} {}", number(line.quantity), line.what)).collect();
            let label = format!("{:12} {:>10}  ", service.service, money(service.cost));
            self.listed(2, &label, DIM, &lines);
        }
        self.wrapped(2, "", DIM, &bill.note(results.report.lasts));
    }
}

/// A remedy and what was seen of it.
fn told(remedy: &Remedy, deliveries: u64) -> String {
    format!("{}: {}", capital(&remedy.does), remedy.seen.words(deliveries))
}

fn promise(goal: &GoalReport) -> String {
    format!(
        "{} of {} by {} within {}; {} promised",
        percent(goal.kept),
        goal.of,
        goal.done_by,
        span(goal.within),
        percent(goal.share)
    )
}
