//! What a status says.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Whether more is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// More is to come.
    InProgress,
    /// Finished well.
    Done,
    /// Finished, and not as the user wished.
    Failed,
}

impl State {
    /// The state's name in records: `in_progress`, `done` or `failed`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A step that a request takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name, such as `confirmed`.
    pub name: &'static str,
    /// Its place among the steps: a step never follows one of the same or a higher rank.
    pub rank: u32,
    /// Whether it is the last.
    pub state: State,
    /// What it means to the user, in plain words.
    pub message: String,
    /// What the user can do, in plain words.
    pub next_action: Option<String>,
    /// Where the user finds help: a URL or a path of the same site.
    pub help: Option<String>,
    /// How much of the work is done with it, in per cent.
    pub progress: Option<u8>,
    /// How long the rest of the work takes as a rule.
    pub expected: Option<Duration>,
    /// Which step of how many it is; none for one that leads off the way, such as a failure.
    pub place: Option<Place>,
    /// Whether the request only halts with it, although its state is final: the work may be taken up again, such as when a message
    /// comes back from its dead-letter queue, and then the next step of the way takes its place. It leaves the status's rank as
    /// it is, and comes after whatever is in progress.
    pub halts: bool,
}

/// Where a step stands on the way of a request that goes well: step `number` of `of`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Which one it is.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

impl Step {
    /// A step that says what it means, and no more.
    pub fn new(name: &'static str, rank: u32, state: State, message: impl Into<String>) -> Self {
        Self {
            name,
            rank,
            state,
            message: message.into(),
            next_action: None,
            help: None,
            progress: None,
            expected: None,
            place: None,
            halts: false,
        }
    }

    /// What the history keeps of the step.
    pub(crate) fn taken(&self, at: Timestamp) -> HistoryEntry {
        let progress = self.progress.map(|progress| progress.min(100));
        HistoryEntry { step: self.name.to_owned(), at, message: self.message.clone(), progress, place: self.place }
    }

    /// When the request is finished as a rule, if the step is taken now.
    pub(crate) fn expected_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.expected.and_then(|rest| now.checked_add(rest).ok())
    }
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// The step's name.
    pub step: String,
    /// When.
    pub at: Timestamp,
    /// What it means to the user.
    pub message: String,
    /// How much of the work was done with it, in per cent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<u8>,
    /// Which step of how many it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Something that the user was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// When.
    pub at: Timestamp,
    /// The words.
    pub message: String,
}

/// The status of one request. Its JSON is what users and their programs read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The request's id, which messages carry as their subject.
    pub id: String,
    /// Whose request it is.
    pub owner: String,
    /// Whether more is to come.
    pub state: State,
    /// The name of the last step.
    pub step: String,
    /// The rank of the last step that did not only halt the request.
    #[serde(skip_serializing)]
    pub rank: u32,
    /// Whether the last step only [halts](Step::halts) the request.
    #[serde(default, skip_serializing)]
    pub halted: bool,
    /// Whether the request was recorded and is not known to have been sent to whoever works on it. Open it so, send it, and
    /// say so with [`Statuses::sent`](super::Statuses::sent): of what was never sent, a [`StalledSweep`](super::StalledSweep)
    /// must not say that it is on its way.
    #[serde(default, skip_serializing)]
    pub unsent: bool,
    /// Whether it takes longer than usual.
    pub delayed: bool,
    /// What is going on, in plain words.
    pub message: String,
    /// What the user can do, in plain words.
    pub next_action: Option<String>,
    /// Where the user finds help: a URL or a path of the same site.
    pub help: Option<String>,
    /// How much of the work is done, in per cent: the most that a step said, so that it never falls.
    pub progress: Option<u8>,
    /// How far the request has come: the furthest step that was taken, so that it never goes back.
    #[serde(default)]
    pub place: Option<Place>,
    /// When the request is expected to be finished. A delay moves it, and a finished request has none.
    pub expected: Option<Timestamp>,
    /// When the request was made.
    pub created: Timestamp,
    /// When the last step was taken.
    pub updated: Timestamp,
    /// Grows with every change.
    pub version: u64,
    /// Tells whether a repeated request is the same request.
    #[serde(skip_serializing)]
    pub fingerprint: String,
    /// What the application adds, such as a total.
    #[serde(flatten)]
    pub details: BTreeMap<String, Value>,
    /// The steps taken, oldest first.
    pub steps: Vec<HistoryEntry>,
    /// What the user was told, oldest first.
    pub notifications: Vec<Notification>,
}

impl Status {
    /// The status of a request that takes its first step now.
    pub fn new(id: impl Into<String>, owner: impl Into<String>, step: &Step, now: Timestamp) -> Self {
        Self {
            id: id.into(),
            owner: owner.into(),
            state: step.state,
            step: step.name.to_owned(),
            rank: step.rank,
            halted: step.halts,
            unsent: false,
            delayed: false,
            message: step.message.clone(),
            next_action: step.next_action.clone(),
            help: step.help.clone(),
            progress: step.taken(now).progress,
            place: step.place,
            expected: step.expected_at(now),
            created: now,
            updated: now,
            version: 1,
            fingerprint: String::new(),
            details: BTreeMap::new(),
            steps: vec![step.taken(now)],
            notifications: Vec::new(),
        }
    }

    /// Whether a step takes the place of the present one.
    pub(crate) fn is_followed_by(&self, step: &Step) -> bool {
        let under_way = self.state == State::InProgress;
        if step.halts { under_way } else { step.rank > self.rank && (under_way || self.halted) }
    }

    /// The most that a step of the history said.
    pub(crate) fn progress_of(steps: &[HistoryEntry]) -> Option<u8> {
        steps.iter().filter_map(|taken| taken.progress).max()
    }

    /// The furthest place of a step of the history.
    pub(crate) fn place_of(steps: &[HistoryEntry]) -> Option<Place> {
        steps.iter().filter_map(|taken| taken.place).max_by_key(|place| place.number)
    }

    /// A strong entity tag for HTTP: it changes with every change.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.version)
    }
}
