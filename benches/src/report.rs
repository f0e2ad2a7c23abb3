//! Results as a Markdown table.

use std::time::Duration;

use crate::load::Measured;

/// Rows of the table.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<[String; 3]>,
}

impl Report {
    /// A row: what was measured, the result, and what goes with it.
    pub(crate) fn row(&mut self, what: impl Into<String>, result: impl Into<String>, details: impl Into<String>) {
        let row = [what.into(), result.into(), details.into()];
        progress(&format!("{}: {} ({})", row[0], row[1], row[2]));
        self.rows.push(row);
    }

    /// A row for a rate.
    pub(crate) fn rate(&mut self, what: impl Into<String>, measured: &Measured) {
        let processor = measured.processor.map(|time| {
            let each = time.as_secs_f64() * 1e6 / crate::load::count(measured.messages.max(1));
            format!(", {each:.1} us of the server's processor time each")
        });
        let details = format!(
            "{} messages, p50 {}, p99 {}{}",
            measured.messages,
            short(measured.latency(0.5)),
            short(measured.latency(0.99)),
            processor.unwrap_or_default()
        );
        self.row(what, format!("{:.0}/s", measured.rate()), details);
    }

    /// The table.
    #[expect(clippy::print_stdout, reason = "the output of this program")]
    pub(crate) fn print(&self) {
        println!("| measured | result | details |\n|---|---|---|");
        for [what, result, details] in &self.rows {
            println!("| {what} | {result} | {details} |");
        }
    }
}

/// A duration with two or three digits that count.
pub(crate) fn short(duration: Duration) -> String {
    let micros = duration.as_secs_f64() * 1e6;
    if micros < 1000.0 { format!("{micros:.0} us") } else { format!("{:.2} ms", micros / 1000.0) }
}

/// Says what goes on.
#[expect(clippy::print_stderr, reason = "a program that takes minutes says how far it is")]
pub(crate) fn progress(line: &str) {
    eprintln!("{line}");
}
