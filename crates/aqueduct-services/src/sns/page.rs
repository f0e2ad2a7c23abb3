//! Pages of lists.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::refusals::invalid;
use crate::ApiError;

/// How many topics or subscriptions a list answers at once.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html>
const PAGE: usize = 100;

/// The last entry of the page before. Tokens are Base64, as in LocalStack's AWS-validated test
/// `test_list_subscriptions_by_topic_pagination`.
pub(super) fn read(token: Option<&str>) -> Result<Option<String>, ApiError> {
    let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(None) };
    let decoded = BASE64_STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.map(Some).ok_or_else(|| invalid("NextToken"))
}

/// Leaves one page, and answers where the next one starts.
pub(super) fn cut<T>(items: &mut Vec<T>, key: impl Fn(&T) -> &str) -> Option<String> {
    let has_more = items.len() > PAGE;
    items.truncate(PAGE);
    items.last().filter(|_| has_more).map(|last| BASE64_STANDARD.encode(key(last)))
}
