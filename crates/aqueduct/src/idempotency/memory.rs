//! Claims in memory, for tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use jiff::Timestamp;

use super::{Attempt, Claim, ClaimError, Claims};

/// Claims in memory, for tests.
#[derive(Debug, Default)]
pub struct MemoryClaims {
    entries: Mutex<BTreeMap<String, Entry>>,
}

#[derive(Clone, Debug)]
struct Entry {
    fence: u64,
    fingerprint: Option<String>,
    expires: Timestamp,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Free,
    Held { token: String, until: Timestamp },
    Completed { token: String, result: String },
}

impl Entry {
    /// What stands in the way of an attempt, if anything does.
    fn existing(&self, attempt: &Attempt<'_>) -> Option<Claim> {
        let fingerprint = self.fingerprint.clone();
        let reused =
            fingerprint.is_some() && attempt.fingerprint.is_some() && fingerprint.as_deref() != attempt.fingerprint;
        if self.expires <= attempt.now {
            return None;
        }
        match &self.state {
            State::Completed { result, .. } => Some(Claim::Completed { result: result.clone(), fingerprint }),
            State::Held { token, .. } if token == attempt.token => Some(Claim::Granted { fence: self.fence }),
            State::Held { until, .. } if *until > attempt.now || reused => {
                Some(Claim::Held { until: *until, fingerprint })
            }
            State::Held { .. } | State::Free => None,
        }
    }
}

impl MemoryClaims {
    fn settle(&self, key: &str, token: &str, settled: impl FnOnce(&mut Entry) -> bool) -> Result<(), ClaimError> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get_mut(key).filter(|entry| match &entry.state {
            State::Held { token: holder, .. } | State::Completed { token: holder, .. } => holder == token,
            State::Free => false,
        });
        let done = entry.is_some_and(settled);
        if done { Ok(()) } else { Err(ClaimError::Lost { key: key.to_owned() }) }
    }
}

impl Claims for MemoryClaims {
    fn claim<'a>(&'a self, attempt: &'a Attempt<'a>) -> BoxFuture<'a, Result<Claim, ClaimError>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(attempt.key);
        if let Some(claim) = entry.and_then(|entry| entry.existing(attempt)) {
            return ready(Ok(claim)).boxed();
        }
        let before = entry.map_or_else(|| first_fence(attempt.now), |entry| entry.fence);
        let entry = Entry {
            fence: before + 1,
            fingerprint: attempt.fingerprint.map(str::to_owned),
            expires: attempt.expires,
            state: State::Held { token: attempt.token.to_owned(), until: attempt.until },
        };
        entries.insert(attempt.key.to_owned(), entry);
        ready(Ok(Claim::Granted { fence: before + 1 })).boxed()
    }

    fn complete<'a>(
        &'a self,
        key: &'a str,
        token: &'a str,
        result: &'a str,
        expires: Timestamp,
    ) -> BoxFuture<'a, Result<(), ClaimError>> {
        let done = self.settle(key, token, |entry| {
            entry.state = State::Completed { token: token.to_owned(), result: result.to_owned() };
            entry.expires = expires;
            true
        });
        ready(done).boxed()
    }

    fn release<'a>(&'a self, key: &'a str, token: &'a str) -> BoxFuture<'a, Result<(), ClaimError>> {
        let done = self.settle(key, token, |entry| {
            let held = matches!(entry.state, State::Held { .. });
            if held {
                (entry.state, entry.fingerprint) = (State::Free, None);
            }
            held
        });
        ready(done).boxed()
    }
}

/// Where a key's fencing numbers begin that the store does not know, or no longer knows: above all that it can have had.
pub(crate) fn first_fence(now: Timestamp) -> u64 {
    u64::try_from(now.as_millisecond()).unwrap_or_default()
}
