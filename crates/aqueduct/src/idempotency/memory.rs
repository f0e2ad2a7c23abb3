//! Claims in memory, for tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use jiff::Timestamp;

use super::{Claim, ClaimError, Claims};

/// Claims in memory, for tests.
#[derive(Debug, Default)]
pub struct MemoryClaims {
    entries: Mutex<BTreeMap<String, Entry>>,
}

#[derive(Clone, Debug)]
enum Entry {
    Held { token: String, until: Timestamp },
    Completed { result: String, expires: Timestamp },
}

impl MemoryClaims {
    fn settle(&self, key: &str, token: &str, entry: Option<Entry>) -> Result<(), ClaimError> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        match entries.get(key) {
            Some(Entry::Held { token: holder, .. }) if holder == token => {}
            _ => return Err(ClaimError::Lost { key: key.to_owned() }),
        }
        match entry {
            Some(entry) => entries.insert(key.to_owned(), entry),
            None => entries.remove(key),
        };
        Ok(())
    }
}

impl Claims for MemoryClaims {
    fn claim<'a>(
        &'a self,
        key: &'a str,
        token: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, ClaimError>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let claim = match entries.get(key) {
            Some(Entry::Held { until, .. }) if *until > now => Claim::Held(*until),
            Some(Entry::Completed { result, expires }) if *expires > now => Claim::Completed(result.clone()),
            _ => {
                entries.insert(key.to_owned(), Entry::Held { token: token.to_owned(), until });
                Claim::Granted
            }
        };
        ready(Ok(claim)).boxed()
    }

    fn complete<'a>(
        &'a self,
        key: &'a str,
        token: &'a str,
        result: &'a str,
        expires: Timestamp,
    ) -> BoxFuture<'a, Result<(), ClaimError>> {
        ready(self.settle(key, token, Some(Entry::Completed { result: result.to_owned(), expires }))).boxed()
    }

    fn release<'a>(&'a self, key: &'a str, token: &'a str) -> BoxFuture<'a, Result<(), ClaimError>> {
        ready(self.settle(key, token, None)).boxed()
    }
}
