//! The build of the functions, with visible progress.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use aqueduct_local::build::{self, Progress, Settings};
use aqueduct_topology::Topology;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::screen::{self, GREEN};
use crate::template::Template;

/// How often progress is told where no line can be redrawn.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Builds the functions of a topology; their executables by logical id.
pub(crate) async fn build(
    topology: &Topology,
    template: &Template,
    release: bool,
) -> Result<BTreeMap<String, PathBuf>, Failure> {
    if topology.functions.is_empty() {
        return Ok(BTreeMap::new());
    }
    #[expect(clippy::disallowed_methods, reason = "the command is the edge: cargo says which cargo runs it")]
    let cargo = std::env::var("CARGO").map_or_else(|_| PathBuf::from("cargo"), PathBuf::from);
    let is_terminal = std::io::stderr().is_terminal();
    let settings = Settings {
        cargo,
        release,
        color: is_terminal && anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never,
    };
    let mut view = View::new(topology.functions.len(), is_terminal);
    let built = build::functions(topology, &template.folder(), &settings, |progress| view.show(progress)).await;
    view.bar.finish_and_clear();
    let built = built.map_err(|error| Failure::setup(error.to_string()))?;
    let took = view.since.elapsed().as_secs_f64();
    screen::talk(format_args!("{GREEN}built{GREEN:#} {} functions in {took:.1} s", built.len()));
    Ok(built)
}

struct View {
    bar: ProgressBar,
    is_terminal: bool,
    since: Instant,
    told: Instant,
    units: usize,
    compiling: String,
}

impl View {
    fn new(functions: usize, is_terminal: bool) -> Self {
        let bar = if is_terminal { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} building: {wide_msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        if !is_terminal {
            screen::talk(format_args!("building {functions} functions with cargo"));
        }
        let now = Instant::now();
        Self { bar, is_terminal, since: now, told: now, units: 0, compiling: String::new() }
    }

    fn show(&mut self, progress: Progress) {
        match progress {
            Progress::Done { units } => self.units = units,
            Progress::Compiling { crate_name } => self.compiling = crate_name,
            Progress::Says(line) if self.is_terminal => self.compiling = line,
            Progress::Says(line) => return screen::talk(line),
            _ => {}
        }
        let state = if self.compiling.is_empty() {
            format!("{} crates ready", self.units)
        } else {
            format!("{} crates ready, compiling {}", self.units, self.compiling)
        };
        if self.is_terminal {
            self.bar.set_message(state);
        } else if self.told.elapsed() >= TELL_EVERY {
            self.told = Instant::now();
            screen::talk(format_args!("building: {state}"));
        }
    }
}
