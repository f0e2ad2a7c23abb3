//! The tables of the page.

use std::fmt::Write as _;
use std::time::Duration;

use super::{Page, escape};
use crate::words::{count, money, number, percent, span};
use crate::{Bill, FunctionReport, GoalReport, QueueReport, Runs, Tried, Variation};

/// Rows that are being written.
struct Table {
    class: &'static str,
    caption: String,
    heads: Vec<&'static str>,
    rows: String,
    foot: String,
}

impl Table {
    fn new(caption: impl Into<String>, heads: &[&'static str]) -> Self {
        Self { class: "", caption: caption.into(), heads: heads.to_vec(), rows: String::new(), foot: String::new() }
    }

    /// A row whose first cell is its name; `class` is that of the row.
    fn row(&mut self, class: &str, name: &str, cells: &[String]) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let cells: Vec<String> = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
        let _ = writeln!(self.rows, "<tr{class}><th scope=\"row\">{}</th>{}</tr>", escape(name), cells.concat());
    }

    fn html(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let heads: Vec<String> =
            self.heads.iter().map(|head| format!("<th scope=\"col\">{}</th>", escape(head))).collect();
        let caption = if self.caption.is_empty() {
            String::new()
        } else {
            format!("<caption>{}</caption>", escape(&self.caption))
        };
        format!(
            "<div class=\"scroll\"><table class=\"{}\">{caption}\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n{}</table></div>\n",
            self.class,
            heads.concat(),
            self.rows,
            self.foot
        )
    }
}

impl Page<'_> {
    pub(super) fn tables(&self) -> String {
        let report = self.report;
        let mut html = section("Goals", &goals(&report.goals));
        html += &section("Queues in numbers", &self.queue_numbers(&report.queues));
        html += &section("Functions in numbers", &function_numbers(&report.functions));
        html += &section("What a month like this costs", &self.cost(&self.results.bill));
        if let Some(runs) = &self.results.runs {
            html += &section(&format!("{} runs", count(runs.runs as u64)), &many(runs));
        }
        if let Some(variation) = &self.results.variation {
            let heading = format!("{} of {}", variation.setting.name(), variation.resource);
            html += &section(&heading, &varied(variation));
        }
        html
    }

    fn queue_numbers(&self, queues: &[QueueReport]) -> String {
        let mut table = Table::new(
            "Messages; queues that nothing came to are left out. Normal: how long after the last fault a queue was no fuller than before the first.",
            &["queue", "came", "done", "dead", "expired", "left", "fullest", "at", "oldest", "normal"],
        );
        for queue in queues.iter().filter(|queue| queue.arrived > 0 || queue.left > 0) {
            let normal = match queue.drained_after {
                Some(after) if after.is_zero() => "at once".to_owned(),
                Some(after) => span(after),
                None => "–".to_owned(),
            };
            table.row(
                "",
                &queue.id,
                &[
                    count(queue.arrived),
                    count(queue.done),
                    count(queue.dead_lettered),
                    count(queue.expired),
                    count(queue.left),
                    number(queue.backlog_peak.value),
                    self.clock.time(queue.backlog_peak.at),
                    span(Duration::from_secs_f64(queue.oldest_peak.value.max(0.0))),
                    normal,
                ],
            );
        }
        table.html()
    }

    fn cost(&self, bill: &Bill) -> String {
        let mut table = Table::new("", &["service", "what is billed", "a month", "$ per million", "cost"]);
        table.class = "worded";
        for service in &bill.services {
            for line in &service.lines {
                let price = format!("{}", line.per_million);
                table.row("", service.service, &[line.what.to_owned(), number(line.quantity), price, money(line.cost)]);
            }
        }
        table.foot = format!(
            "<tfoot><tr><th scope=\"row\">together</th><td></td><td></td><td></td><td>{}</td></tr></tfoot>\n",
            money(bill.total)
        );
        let table = table.html();
        if table.is_empty() {
            table
        } else {
            format!("{table}<p class=\"soft small\">{}</p>\n", escape(&bill.note(self.report.lasts)))
        }
    }
}

fn section(heading: &str, html: &str) -> String {
    if html.is_empty() { String::new() } else { format!("<section>\n<h2>{}</h2>\n{html}</section>\n", escape(heading)) }
}

fn goals(goals: &[GoalReport]) -> String {
    let mut table = Table::new(
        "Times from arrival, of those that are done.",
        &["goal", "kept", "promised", "median", "90 %", "99 %", "99.9 %", "longest"],
    );
    for goal in goals {
        let class = if goal.kept >= goal.share { "good" } else { "bad-text" };
        let name = format!("{} by {} within {}", goal.of, goal.done_by, span(goal.within));
        let times = &goal.latency;
        let times = [times.p50, times.p90, times.p99, times.p999, times.max].map(span);
        let cells: Vec<String> = [percent(goal.kept), percent(goal.share)].into_iter().chain(times).collect();
        table.row(class, &name, &cells);
    }
    table.html()
}

fn function_numbers(functions: &[FunctionReport]) -> String {
    let mut table = Table::new(
        "",
        &[
            "function",
            "invocations",
            "records",
            "failed",
            "repeated",
            "throttled",
            "timed out",
            "cold starts",
            "busy",
            "utilised",
        ],
    );
    for function in functions.iter().filter(|it| it.invocations > 0 || it.throttles > 0) {
        table.row(
            "",
            &function.id,
            &[
                count(function.invocations),
                count(function.records),
                count(function.failed),
                count(function.repeated),
                count(function.throttles),
                count(function.timeouts),
                count(function.cold_starts),
                span(function.busy),
                function.utilisation.map_or_else(|| "–".to_owned(), percent),
            ],
        );
    }
    table.html()
}

fn many(runs: &Runs) -> String {
    let mut table = Table::new("", &["", "5 % of runs are below", "median", "5 % of runs are above"]);
    for spread in &runs.spreads {
        table.row("", &spread.what, &spread.shown());
    }
    format!("<p>{}</p>\n{}", escape(&runs.words()), table.html())
}

fn varied(variation: &Variation) -> String {
    let mut table = Table::new("", &["value", "dead", "lost", "under way", "goal kept", "back to normal after"]);
    for Tried { value, outcome } in &variation.tried {
        let class = if Some(*value) == variation.nearest_survivor { "chosen" } else { "" };
        match outcome {
            Ok(outcome) => {
                let seen = &outcome.seen;
                let counts = [seen.dead, seen.lost, seen.pending].map(count);
                let cells: Vec<String> =
                    counts.into_iter().chain([outcome.kept_words(), outcome.drained_words()]).collect();
                table.row(class, &count(*value), &cells);
            }
            Err(reason) => table.row("", &count(*value), &[format!("cannot be run: {reason}")]),
        }
    }
    format!("<p>{}</p>\n{}", escape(&variation.words()), table.html())
}
