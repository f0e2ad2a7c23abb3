//! What happens, one line each: time, place, subject, what.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstyle::Style;
use aqueduct_local::{Event, Level, LogLine};
use aqueduct_services::{Note, Timestamp, What};
use aqueduct_topology::{Function, Topology};
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;

use crate::args::Up;
use crate::screen::{self, BOLD, CYAN, DIM, GREEN, RED, YELLOW};
use crate::template::Template;

/// What the toolkit says of the record on every line. The subject stands on the line already, and who looks closer asks for more.
const CONTEXT: [&str; 8] =
    ["requestId", "xrayTraceId", "tenantId", "messageId", "messageType", "source", "correlationId", "receiveCount"];

/// Prints events.
#[derive(Debug)]
pub(crate) struct Happening {
    names: BTreeMap<String, String>,
    /// Where the template describes each function, by its logical id.
    places: BTreeMap<String, String>,
    place_width: usize,
    verbose: bool,
    json: bool,
    /// Whether lines are talk, since standard output has something else.
    talks: bool,
    zone: TimeZone,
}

/// How much a line matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// Only shown when asked for.
    Inside,
    Normal,
    Good,
    Warning,
    Bad,
}

impl Weight {
    const fn style(self) -> Style {
        match self {
            Self::Inside => DIM,
            Self::Normal => Style::new(),
            Self::Good => GREEN,
            Self::Warning => YELLOW,
            Self::Bad => RED,
        }
    }
}

impl Happening {
    /// A printer that calls places by their logical ids.
    pub(crate) fn new(topology: &Topology, args: &Up, template: &Template) -> Self {
        let functions = topology.functions.iter().map(|function| (&function.name, &function.id));
        let queues = topology.queues.iter().map(|queue| (&queue.name, &queue.id));
        let topics = topology.topics.iter().map(|topic| (&topic.name, &topic.id));
        let buses = topology.buses.iter().map(|bus| (&bus.name, &bus.id));
        let rules = topology.rules.iter().map(|rule| (&rule.name, &rule.id));
        let schedules = topology.schedules.iter().map(|schedule| (&schedule.name, &schedule.id));
        let all = functions.chain(queues).chain(topics).chain(buses).chain(rules).chain(schedules);
        let names: BTreeMap<String, String> = all.map(|(name, id)| (name.clone(), id.clone())).collect();
        let place_width = names.values().map(String::len).max().unwrap_or_default();
        let place = |function: &Function| (function.id.clone(), template.place(function.span));
        let places = topology.functions.iter().map(place).collect();
        let (verbose, json, talks) = (args.verbose, args.json, false);
        Self { names, places, place_width, verbose, json, talks, zone: TimeZone::system() }
    }

    /// A printer for a cloud without a template, on standard error.
    pub(crate) fn without_template(verbose: bool) -> Self {
        let (names, places, json, talks) = (BTreeMap::new(), BTreeMap::new(), false, true);
        Self { names, places, place_width: 0, verbose, json, talks, zone: TimeZone::system() }
    }

    /// What the template calls a resource.
    pub(crate) fn name<'a>(&'a self, physical: &'a str) -> &'a str {
        self.names.get(physical).map_or(physical, String::as_str)
    }

    /// A function and where the template describes it.
    pub(crate) fn place(&self, function: &str) -> String {
        let name = self.name(function);
        self.places.get(name).map_or_else(|| name.to_owned(), |place| format!("{name} ({place})"))
    }

    /// Prints an event, if it is worth a line.
    pub(crate) fn show(&self, event: &Event) {
        if self.json {
            return print_json(event);
        }
        match event {
            Event::Note(note) => self.note(note),
            Event::Log(line) => self.log(line),
            Event::ProcessStarted { at, function, pid } => {
                self.line(*at, self.name(function), None, Weight::Inside, &format!("process {pid} started"));
            }
            Event::ProcessEnded { at, function, pid, status } => {
                let weight = if status == "signal: killed" { Weight::Inside } else { Weight::Warning };
                self.line(*at, self.name(function), None, weight, &format!("process {pid} ended: {status}"));
            }
            Event::InitFailed { at, function, reason, is_final: false, .. } => {
                let what = format!("does not start: {reason}; tried once more");
                self.line(*at, self.name(function), None, Weight::Warning, &what);
            }
            Event::EndpointAway { at, place, reason } => {
                let what = format!("does not answer: {}; it is tried again until it does", one_line(reason));
                self.line(*at, self.name(place), None, Weight::Bad, &what);
            }
            Event::EndpointBack { at, place } => self.line(*at, self.name(place), None, Weight::Good, "answers again"),
            _ => {}
        }
    }

    /// Prints a line of an order's status.
    pub(crate) fn status(&self, at: &Value, order: &str, failed: bool, what: &str) {
        if self.json {
            let status = serde_json::json!({"event": "status", "at": at, "subject": order, "what": what});
            return print_json(&status);
        }
        let at = at.as_str().map_or_else(|| at.to_string(), str::to_owned);
        let at = at.parse().map_or(at, |at: jiff::Timestamp| self.time(at));
        self.print(&at, "status", Some(order), if failed { Weight::Bad } else { Weight::Good }, what);
    }

    fn note(&self, note: &Note) {
        let mut weight = weight(&note.what);
        let what = one_line(&note.what.words(|physical| self.name(physical).to_owned()));
        // What concerns no order, such as a schedule or a look at a status, is only worth a line when it goes wrong.
        if note.subject.is_none() && weight == Weight::Normal {
            weight = Weight::Inside;
        }
        self.line(note.at, self.name(&note.place), note.subject.as_deref(), weight, &what);
    }

    fn log(&self, line: &LogLine) {
        let weight = match line.level {
            Level::Trace | Level::Debug => Weight::Inside,
            Level::Info => Weight::Normal,
            Level::Warn => Weight::Warning,
            Level::Error => Weight::Bad,
        };
        let mut what = one_line(&line.message);
        let said = line.fields.iter().filter(|(name, _)| self.verbose || !CONTEXT.contains(&name.as_str()));
        for (name, value) in said {
            if let Some(value) = brief(value) {
                let _ = write!(what, " {DIM}{name}={value}{DIM:#}");
            }
        }
        self.line(line.at, self.name(&line.function), line.subject.as_deref(), weight, &format!("| {what}"));
    }

    fn line(&self, at: Timestamp, place: &str, subject: Option<&str>, weight: Weight, what: &str) {
        if weight == Weight::Inside && !self.verbose {
            return;
        }
        let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
        let time = jiff::Timestamp::from_millisecond(millis).map(|at| self.time(at)).unwrap_or_default();
        self.print(&time, place, subject, weight, what);
    }

    fn print(&self, time: &str, place: &str, subject: Option<&str>, weight: Weight, what: &str) {
        let (style, width) = (weight.style(), self.place_width);
        let subject = subject.unwrap_or("-");
        let line = format_args!(
            "{DIM}{time}{DIM:#}  {CYAN}{place:<width$}{CYAN:#}  {BOLD}{subject}{BOLD:#}  {style}{what}{style:#}"
        );
        if self.talks { screen::talk(line) } else { screen::data(line) }
    }

    fn time(&self, at: jiff::Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%H:%M:%S%.3f").to_string()
    }
}

fn print_json(event: &impl Serialize) {
    if let Ok(json) = serde_json::to_string(event) {
        screen::data(json);
    }
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

fn brief(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(one_line(text)),
        serde_json::Value::Null | serde_json::Value::Object(_) | serde_json::Value::Array(_) => None,
        other => Some(other.to_string()),
    }
}

/// How much it matters that this happened.
fn weight(what: &What) -> Weight {
    match what {
        What::Sent
        | What::Moved { .. }
        | What::Replayed { .. }
        | What::Published
        | What::Delivered { .. }
        | What::Invoked { .. } => Weight::Normal,
        What::Finished { failed_records, .. } if failed_records.is_empty() => Weight::Normal,
        What::Finished { .. } | What::Returned | What::Retrying { .. } | What::Throttled => Weight::Warning,
        What::Received { count } if *count > 1 => Weight::Warning,
        What::DeadLettered { .. } | What::Expired | What::Lost { .. } | What::Failed { .. } => Weight::Bad,
        _ => Weight::Inside,
    }
}
