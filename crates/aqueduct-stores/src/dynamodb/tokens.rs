//! The tokens by which a transaction that comes again is known, in the driver's time.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long a token may be, and how many seconds it is known for after the transaction that brought it.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
pub(super) const TOKEN_MAX: usize = 36;
pub(super) const KNOWN_FOR: u64 = 600;

/// Gives the engine another name for each token and each time that it comes anew, since the engine forgets tokens by the system's clock.
#[derive(Debug, Default)]
pub(super) struct Tokens(Mutex<Given>);

#[derive(Debug, Default)]
struct Given {
    last: u64,
    /// The engine's name of each token that is known, and since when, in seconds since 1970.
    names: BTreeMap<String, (String, u64)>,
}

impl Tokens {
    /// The engine's name for a token at a time in seconds since 1970.
    pub(super) fn name(&self, token: &str, now: u64) -> String {
        let mut given = self.given();
        given.names.retain(|_, (_, since)| now.saturating_sub(*since) < KNOWN_FOR);
        if let Some((name, _)) = given.names.get(token) {
            return name.clone();
        }
        given.last += 1;
        let name = format!("token-{}", given.last);
        given.names.insert(token.to_owned(), (name.clone(), now));
        name
    }

    fn given(&self) -> MutexGuard<'_, Given> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_for_ten_minutes() {
        let tokens = Tokens::default();
        let first = tokens.name("a", 0);
        assert_ne!(tokens.name("b", 1), first);
        assert_eq!(tokens.name("a", 599), first);
        let second = tokens.name("a", 600);
        assert_ne!(second, first);
        assert_eq!(tokens.name("a", 1_199), second);
    }
}
