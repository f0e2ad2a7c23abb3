//! The report for people at a terminal.

use std::fmt::Display;
use std::time::Duration;

use anstyle::Style;
use aqueduct_simulate::words::{Clock, count, counted, money, number, percent, span};
use aqueduct_simulate::{
    FunctionReport, GoalReport, QueueReport, Remedy, Report, Results, Runs, Seen, Spread, Variation,
};

use crate::screen::{BOLD, CYAN, DIM, GREEN, RED, YELLOW};

/// The width of what is no terminal.
const WIDTH: usize = 100;
const WIDTH_MIN: usize = 48;

/// How wide the report may be.
pub(super) fn width(to_file: bool) -> usize {
    let terminal = if to_file { None } else { terminal_size::terminal_size_of(std::io::stdout()) };
    terminal.map_or(WIDTH, |(width, _)| usize::from(width.0)).max(WIDTH_MIN)
}

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
        for (place, line) in wrap(words, self.width.saturating_sub(hanging)).into_iter().enumerate() {
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

    fn queues(&mut self, report: &Report) {
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
        let at = |peak: aqueduct_simulate::Peak| self.clock.time(peak.at);
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

    fn functions(&mut self, report: &Report) {
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
            (function.cold_starts, "cold starts"),
        ];
        facts.extend(
            troubles
                .iter()
                .filter(|(number, _)| *number > 0)
                .map(|(number, what)| format!("{} {what}", count(*number))),
        );
        facts
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
            self.wrapped(10, "", DIM, &times.join(" · "));
        }
    }

    fn at_rest(&mut self, report: &Report) {
        let words = match report.at_rest {
            Some(at) if at > report.lasts => {
                format!(
                    "All is at rest at {}, {} after the last arrival.",
                    self.clock.time(at),
                    span(at - report.lasts)
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
            self.wrapped(2, &label, DIM, &lines.join(" · "));
        }
        let (oldest, newest) = bill.prices_as_of;
        let words = format!(
            "Usage of {} times {} = 30 days, at the prices of {} seen from {oldest} to {newest}. Free tiers are not \
             subtracted; empty polls, data and logs are left out.",
            span(results.report.lasts),
            number(bill.scaled_by),
            bill.region,
        );
        self.wrapped(2, "", DIM, &words);
    }

    fn runs(&mut self, runs: &Runs) {
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

    fn variation(&mut self, variation: &Variation) {
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

    /// How many signs a curve has.
    fn curve(&self) -> usize {
        (self.width / 4).clamp(10, 36)
    }

    /// A name, a curve and facts.
    fn row(&mut self, name: &str, curve: &[f64], bad: bool, facts: &[String]) {
        let style = if bad { RED } else { Style::new() };
        let curve = sparkline(curve);
        let room = " ".repeat(self.names.saturating_sub(name.chars().count()));
        let facts = facts.join(" · ");
        let indent = 2 + self.names + 2 + curve.chars().count() + 2;
        // Facts stand beside the curve where there is room for them, else below.
        let beside = self.width.saturating_sub(indent) >= 28;
        let lines = if beside { wrap(&facts, self.width - indent) } else { wrap(&facts, self.width.saturating_sub(4)) };
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

fn measured(spread: &Spread, value: f64) -> String {
    if spread.unit == "seconds" { span(Duration::from_secs_f64(value.max(0.0))) } else { number(value) }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Values as blocks, the greatest as a whole one; what is more than nothing is seen.
fn sparkline(values: &[f64]) -> String {
    const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let greatest = values.iter().copied().fold(0.0, f64::max);
    let block = |value: f64| {
        if value <= 0.0 || greatest <= 0.0 {
            return BLOCKS[0];
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 8")]
        let height = (value / greatest * 8.0).ceil() as usize;
        BLOCKS[height.clamp(1, 8)]
    };
    values.iter().map(|value| block(*value)).collect()
}

/// Words in lines of at most `width` signs; a word that is longer has a line of its own.
fn wrap(words: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in words.split(' ') {
        let signs = word.chars().count();
        if length > 0 && length + 1 + signs > width {
            lines.push(String::new());
            length = 0;
        }
        let line = lines.last_mut();
        if let Some(line) = line {
            if length > 0 {
                line.push(' ');
                length += 1;
            }
            line.push_str(word);
            length += signs;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_show_what_is_more_than_nothing() {
        assert_eq!(sparkline(&[0.0, 1.0, 50.0, 100.0]), " ▁▄█");
        assert_eq!(sparkline(&[0.0, 0.0]), "  ");
    }

    #[test]
    fn words_are_wrapped_between_them() {
        assert_eq!(wrap("one two three four", 9), ["one two", "three", "four"]);
        assert_eq!(wrap("unbreakable words", 4), ["unbreakable", "words"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn sentences_begin_with_a_capital() {
        assert_eq!(capital("raise it"), "Raise it");
        assert_eq!(capital(""), "");
    }
}
