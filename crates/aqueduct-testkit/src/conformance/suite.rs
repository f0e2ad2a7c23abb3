//! All cases against one place.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::case::{Case, Step};
use super::client::{Service, SqsProtocol};
use super::endpoint::Endpoint;
use super::report::{Held, Report, Verdict};
use super::{Divergence, cases, divergences, run};

/// The longest that a case may wait where time cannot be moved.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// Where the suite runs.
#[derive(Debug)]
pub enum Place {
    /// The embedded cloud in virtual time, a cloud for each case.
    Virtual,
    /// An endpoint, which all cases share.
    Endpoint(Box<Endpoint>),
}

/// How the suite runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// The backend's name, which is also that of its table of known divergences.
    pub backend: String,
    /// What SQS is spoken to in; its cases run once for each.
    pub sqs: Vec<SqsProtocol>,
    /// Only cases whose file or name has this part.
    pub only: Option<String>,
    /// How many cases run at a time.
    pub at_once: usize,
    /// Whether what surprises is tried once more, alone: where time passes by itself, many cases at a time may be slower
    /// than a case waits.
    pub twice: bool,
}

impl Options {
    /// The usual options for the backend of this name.
    pub fn new(backend: &str) -> Self {
        let ours = matches!(backend, "virtual" | "embedded");
        let sqs = if ours { vec![SqsProtocol::Json, SqsProtocol::Query] } else { vec![SqsProtocol::Json] };
        Self { backend: backend.to_owned(), sqs, only: None, at_once: 32, twice: backend != "virtual" }
    }
}

/// A case in one of its protocols.
struct Turn<'a> {
    case: &'a Case,
    sqs: SqsProtocol,
}

impl Report {
    /// Runs the suite. `progress` hears after each case how many of how many are done.
    ///
    /// An error says which file of cases or divergences cannot be read.
    pub fn make(place: &Place, options: &Options, progress: impl Fn(usize, usize) + Sync) -> Result<Self, String> {
        let (cases, known) = (cases()?, divergences(&options.backend)?);
        let turns = turns(&cases, options);
        let (next, done, held) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
        let base = place.run_name();
        thread::scope(|scope| {
            for _ in 0..options.at_once.clamp(1, turns.len().max(1)) {
                scope.spawn(|| {
                    while let Some((index, turn)) = take(&next, &turns) {
                        let verdict = place.hold(turn, &format!("{base}x{index}"));
                        let known = known.get(&turn.case.name);
                        let one =
                            Held { group: group(turn), case: turn.case.name.clone(), verdict: judged(verdict, known) };
                        held.lock().unwrap_or_else(PoisonError::into_inner).insert(index, one);
                        progress(done.fetch_add(1, Ordering::Relaxed) + 1, turns.len());
                    }
                });
            }
        });
        let mut held = held.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (index, one) in held.iter_mut().filter(|(_, one)| options.twice && one.verdict.is_a_surprise()) {
            let turn = &turns[*index];
            let verdict = place.hold(turn, &format!("{base}y{index}"));
            one.verdict = judged(verdict, known.get(&turn.case.name));
        }
        Ok(Self::of(&options.backend, held.into_values()))
    }
}

fn take<'a, 'b>(next: &AtomicUsize, turns: &'b [Turn<'a>]) -> Option<(usize, &'b Turn<'a>)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    Some((index, turns.get(index)?))
}

/// The longest waits first, so that none begins when all others are done.
fn turns<'a>(cases: &'a [Case], options: &Options) -> Vec<Turn<'a>> {
    let only = options.only.as_deref().unwrap_or_default();
    let mut turns = Vec::new();
    for case in cases.iter().filter(|case| case.name.contains(only) || case.file.contains(only)) {
        let protocols = if case.calls(Service::Sqs) { &options.sqs[..] } else { &[SqsProtocol::Json] };
        turns.extend(protocols.iter().map(|sqs| Turn { case, sqs: *sqs }));
    }
    turns.sort_by_key(|turn| std::cmp::Reverse(turn.case.waits()));
    turns
}

/// What the report counts a case under: the folder of its file.
fn group(turn: &Turn<'_>) -> String {
    let folder = turn.case.file.split(['/', '.']).next().unwrap_or_default();
    match turn.sqs {
        SqsProtocol::Json => folder.to_owned(),
        SqsProtocol::Query => format!("{folder} (SQS over query)"),
    }
}

fn judged(verdict: Verdict, known: Option<&Divergence>) -> Verdict {
    match (verdict, known) {
        (Verdict::Failed { what }, Some(known)) => Verdict::Diverges { known: known.clone(), what },
        (Verdict::Passed, Some(known)) if !known.sometimes => Verdict::NoLongerDiverges,
        (verdict, _) => verdict,
    }
}

impl Place {
    fn run_name(&self) -> String {
        match self {
            Self::Virtual => "r".to_owned(),
            Self::Endpoint(_) => Endpoint::run_name(),
        }
    }

    fn hold(&self, turn: &Turn<'_>, run_name: &str) -> Verdict {
        let outcome = match self {
            Self::Virtual => turn.case.run_in_virtual_time(turn.sqs),
            Self::Endpoint(endpoint) => match skipped(turn.case, endpoint) {
                Some(why) => return Verdict::Skipped { why: why.to_owned() },
                None => run::run(turn.case, &mut endpoint.ready(turn.sqs, run_name), run_name),
            },
        };
        match outcome {
            Ok(()) => Verdict::Passed,
            Err(failure) => Verdict::Failed { what: failure.to_string() },
        }
    }
}

/// Why a case cannot be held against an endpoint.
fn skipped(case: &Case, endpoint: &Endpoint) -> Option<&'static str> {
    let polls = |step: &Step| matches!(step, Step::Call(call) if call.within.is_some_and(|within| within > WAIT_MAX));
    if case.template.is_some() {
        return Some("a template is deployed in virtual time only");
    }
    if case.looks() {
        return Some("it looks at what only the embedded cloud shows");
    }
    if case.waits() > WAIT_MAX || case.steps.iter().any(polls) {
        return Some("it waits for longer than 20 s");
    }
    if !case.functions.is_empty() && !endpoint.has_functions() {
        return Some("functions are not made over HTTP");
    }
    None
}
