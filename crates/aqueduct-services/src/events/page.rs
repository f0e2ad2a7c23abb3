//! Lists in pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::constraints::Constraints;
use super::refusals::invalid;
use crate::ApiError;

/// The most items of a page, and how many a caller gets who does not say how many.
const ITEMS_MAX: u32 = 100;

/// Which page of a list is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page<'a> {
    /// What the service calls the number of items.
    pub(super) limit_name: &'static str,
    pub(super) limit: Option<u32>,
    pub(super) token: Option<&'a str>,
}

impl Page<'_> {
    /// The page's items, of all in the order of their keys, and the token of the next page.
    pub(super) fn of<T>(self, all: impl Iterator<Item = (String, T)>) -> Result<(Vec<T>, Option<String>), ApiError> {
        let mut constraints = Constraints::default();
        constraints.range(self.limit_name, self.limit, 1, ITEMS_MAX);
        constraints.check()?;
        let first = self.token.map(key_of).transpose()?;
        let mut rest = all.skip_while(|(key, _)| first.as_ref().is_some_and(|first| key < first));
        let limit = self.limit.unwrap_or(ITEMS_MAX) as usize;
        let items = rest.by_ref().take(limit).map(|(_, item)| item).collect();
        let next = rest.next().map(|(key, _)| URL_SAFE_NO_PAD.encode(key));
        Ok((items, next))
    }
}

/// The key that a page starts with. Tokens are opaque to callers.
fn key_of(token: &str) -> Result<String, ApiError> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let key = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    key.ok_or_else(|| invalid("Parameter NextToken is not valid."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let all = || ["a", "b", "c"].map(|key| (key.to_owned(), key)).into_iter();
        let page = |limit, token| Page { limit_name: "limit", limit, token };
        let (first, token) = page(Some(2), None).of(all()).unwrap();
        assert_eq!(first, ["a", "b"]);
        assert_eq!(page(Some(2), token.as_deref()).of(all()).unwrap(), (vec!["c"], None));
        assert_eq!(page(None, None).of(all()).unwrap(), (vec!["a", "b", "c"], None));
        assert!(page(Some(0), None).of(all()).is_err() && page(None, Some("!")).of(all()).is_err());
    }
}
