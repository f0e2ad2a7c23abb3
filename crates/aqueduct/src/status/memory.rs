//! Statuses in memory, for tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use jiff::Timestamp;

use super::{Notification, Opened, State, Status, StatusError, Statuses, Step};
use crate::Clock;

/// Statuses in memory, for tests.
#[derive(Debug, Default)]
pub struct MemoryStatuses {
    records: Mutex<BTreeMap<String, Status>>,
    clock: Clock,
}

impl MemoryStatuses {
    /// An empty store that tells the time by `clock`.
    pub fn new(clock: Clock) -> Self {
        Self { records: Mutex::default(), clock }
    }

    fn update(&self, id: &str, change: impl FnOnce(&mut Status, Timestamp)) -> Result<(), StatusError> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let status = records.get_mut(id).ok_or_else(|| StatusError::none(id))?;
        let before = status.clone();
        change(status, self.clock.now());
        if *status != before {
            status.version += 1;
        }
        Ok(())
    }

    fn select(&self, chosen: impl Fn(&Status) -> bool) -> Vec<Status> {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.values().filter(|status| chosen(status)).cloned().collect()
    }
}

fn answer<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, T> {
    ready(value).boxed()
}

impl Statuses for MemoryStatuses {
    fn open(&self, status: Status) -> BoxFuture<'_, Result<Opened, StatusError>> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = if let Some(existing) = records.get(&status.id) {
            Opened::Existing(Box::new(existing.clone()))
        } else {
            records.insert(status.id.clone(), status);
            Opened::New
        };
        answer(Ok(opened))
    }

    fn sent<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), StatusError>> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let status = records.get_mut(id).ok_or_else(|| StatusError::none(id));
        answer(status.map(|status| status.unsent = false))
    }

    fn advance<'a>(&'a self, id: &'a str, step: Step) -> BoxFuture<'a, Result<(), StatusError>> {
        answer(self.update(id, |status, now| {
            let takes_place = status.is_followed_by(&step);
            // What does not halt the request is no part of its history.
            if step.halts && !takes_place {
                return;
            }
            if status.steps.iter().all(|taken| taken.step != step.name) {
                status.steps.push(step.taken(now));
                status.progress = Status::progress_of(&status.steps);
                status.place = Status::place_of(&status.steps);
            }
            if takes_place {
                status.expected = step.expected_at(now);
                if !step.halts {
                    status.rank = step.rank;
                }
                status.halted = step.halts;
                status.state = step.state;
                step.name.clone_into(&mut status.step);
                status.message = step.message;
                status.next_action = step.next_action;
                status.help = step.help;
                status.delayed = false;
                status.updated = now;
            }
        }))
    }

    fn delay<'a>(
        &'a self,
        id: &'a str,
        message: &'a str,
        wait: Option<Duration>,
    ) -> BoxFuture<'a, Result<(), StatusError>> {
        answer(self.update(id, |status, now| {
            if status.state == State::InProgress {
                let until = wait.and_then(|wait| now.checked_add(wait).ok());
                status.expected = status.expected.max(until.filter(|_| status.expected.is_some()));
                status.delayed = true;
                message.clone_into(&mut status.message);
            }
        }))
    }

    fn notify<'a>(&'a self, id: &'a str, message: &'a str) -> BoxFuture<'a, Result<(), StatusError>> {
        answer(self.update(id, |status, now| {
            if status.notifications.iter().all(|told| told.message != message) {
                status.notifications.push(Notification { at: now, message: message.to_owned() });
            }
        }))
    }

    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Status>, StatusError>> {
        answer(Ok(self.select(|status| status.id == id).pop()))
    }

    fn of_owner<'a>(&'a self, owner: &'a str, limit: u32) -> BoxFuture<'a, Result<Vec<Status>, StatusError>> {
        let mut found = self.select(|status| status.owner == owner);
        found.sort_by_key(|status| std::cmp::Reverse(status.created));
        found.truncate(limit as usize);
        answer(Ok(found))
    }

    fn waiting_since(&self, before: Timestamp, limit: u32) -> BoxFuture<'_, Result<Vec<Status>, StatusError>> {
        let mut found = self.select(|status| status.state == State::InProgress && status.updated < before);
        found.sort_by_key(|status| status.updated);
        found.truncate(limit as usize);
        answer(Ok(found))
    }
}
