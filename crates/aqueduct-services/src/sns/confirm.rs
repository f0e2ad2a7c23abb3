//! Confirmation: an HTTP endpoint says that it wants its subscription.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html>

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};

use super::Sns;
use super::api::ConfirmSubscription;
use super::delivery::Job;
use super::message::{Message, Text};
use super::refusals::{invalid, invalid_without_prefix};
use super::subscription::Subscription;
use super::topic::Topic;
use crate::{ApiError, Timestamp};

/// "Confirmation tokens are valid for two days."
///
/// Source: <https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html>
const TOKEN_VALID: Duration = Duration::from_hours(48);

/// How many words of 16 hexadecimal digits make a token: AWS's have 288 digits.
const TOKEN_WORDS: usize = 18;

/// What a token confirms.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) topic: Arn,
    subscription: Arn,
    at: Timestamp,
    /// The subscription that was deleted, which the token brings back.
    gone: Option<Subscription>,
}

impl Sns {
    /// Sends an endpoint the request to confirm its subscription.
    pub(super) fn ask_to_confirm(&mut self, now: Timestamp, subscription: &Subscription) {
        let token = self.token(now, subscription, None);
        self.send_confirmation(now, subscription, token, false);
    }

    /// Tells an endpoint that its subscription is gone, and how to get it back.
    pub(super) fn say_goodbye(&mut self, now: Timestamp, subscription: &Subscription) {
        let token = self.token(now, subscription, Some(subscription.clone()));
        self.send_confirmation(now, subscription, token, true);
    }

    fn token(&mut self, now: Timestamp, subscription: &Subscription, gone: Option<Subscription>) -> String {
        let mut token = String::new();
        for _ in 0..TOKEN_WORDS {
            // Writing to a String cannot fail.
            let _ = write!(token, "{:016x}", self.ids.next_u64());
        }
        let (topic, subscription) = (subscription.topic.clone(), subscription.arn.clone());
        self.expiring.insert((now + TOKEN_VALID, token.clone()));
        self.tokens.insert(token.clone(), Token { topic, subscription, at: now, gone });
        token
    }

    /// Lets go of tokens that are over, and of subscriptions that nobody confirmed: "Amazon SNS automatically deletes
    /// unconfirmed subscriptions after 48 hours".
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html>
    pub(super) fn expire_tokens(&mut self, now: Timestamp) {
        while self.expiring.first().is_some_and(|(end, _)| *end < now) {
            let Some((_, token)) = self.expiring.pop_first() else { return };
            let Some(token) = self.tokens.remove(&token) else { continue };
            let is_wanted = |arn: &Arn| self.tokens.values().any(|other| other.subscription == *arn);
            let pending = self.subscriptions.get(&token.subscription).is_some_and(|it| !it.standing.confirmed);
            if pending && !is_wanted(&token.subscription) {
                self.subscriptions.remove(&token.subscription);
            }
        }
    }

    /// Sorts what was restored by the time at which it ends.
    pub(super) fn resume_tokens(&mut self) {
        self.expiring = self.tokens.iter().map(|(text, token)| (token.at + TOKEN_VALID, text.clone())).collect();
    }

    fn send_confirmation(&mut self, now: Timestamp, subscription: &Subscription, token: String, unsubscribed: bool) {
        let signature_version = self.topics.get(&subscription.topic).map_or(1, Topic::signature_version);
        let message = Message {
            id: self.ids.uuid(),
            topic: subscription.topic.clone(),
            at: now,
            text: Text::Same(String::new()),
            subject: None,
            attributes: std::collections::BTreeMap::new(),
            group: None,
            deduplication_id: None,
            sequence: None,
            trace_header: None,
            signature_version,
            about: None,
        };
        self.dispatch(now, Job::confirmation(subscription, Arc::new(message), token, unsubscribed));
    }

    /// Idempotent. The topic only has to be one of this Region: recorded by LocalStack's AWS-validated test
    /// `test_subscribe_external_http_endpoint`; the other words by `test_sns_confirm_subscription_wrong_token`.
    pub(super) fn confirm(&mut self, request: &ConfirmSubscription) -> Result<Arn, ApiError> {
        let topic = &request.topic_arn;
        if topic.as_str().split(':').count() < 6 || topic.region() != self.site.region {
            return Err(invalid("Topic"));
        }
        if request.token.is_empty() || !request.token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(invalid_without_prefix("Invalid token"));
        }
        let token = self.tokens.get(&request.token).cloned().ok_or_else(|| invalid("Token"))?;
        let existing = self.subscriptions.get(&token.subscription).cloned();
        let mut subscription = existing.or(token.gone).ok_or_else(|| invalid("Token"))?;
        if !self.topics.contains_key(&subscription.topic) {
            return Err(invalid("Token"));
        }
        let standing = &mut subscription.standing;
        standing.authenticated |= request.signed;
        standing.guarded |= request.signed && request.authenticate_on_unsubscribe;
        standing.confirmed = true;
        let arn = subscription.arn.clone();
        self.subscriptions.insert(arn.clone(), subscription);
        Ok(arn)
    }
}
