//! How far runs are, on a terminal.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};

use aqueduct_simulate::Progress;
use aqueduct_simulate::words::{count, span};
use indicatif::{ProgressBar, ProgressStyle};

/// A line on standard error; nothing where that is no terminal.
pub(super) struct View {
    bar: ProgressBar,
    done: AtomicUsize,
}

impl View {
    pub(super) fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new(1_000) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("simulating: {bar:30} {wide_msg}") {
            bar.set_style(style);
        }
        Self { bar, done: AtomicUsize::new(0) }
    }

    /// How far the first run is.
    pub(super) fn first(&self, progress: Progress) {
        let (at, lasts) = (progress.at.as_millis(), progress.lasts.as_millis().max(1));
        self.bar.set_position(u64::try_from(at * 1_000 / lasts).unwrap_or(u64::MAX).min(1_000));
        self.bar.set_message(format!("{}, {} deliveries", span(progress.at), count(progress.deliveries)));
    }

    /// One more of the further runs is done; `of` says how many there are, where that is known.
    pub(super) fn further(&self, what: &str, of: usize) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let of = if of == 0 { String::new() } else { format!(" of {of}") };
        self.bar.set_message(format!("{what}: {done}{of} runs"));
        self.bar.tick();
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
