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
        self.tokens.retain(|_, token| now.since(token.at) <= TOKEN_VALID);
        let mut token = String::new();
        for _ in 0..TOKEN_WORDS {
            // Writing to a String cannot fail.
            let _ = write!(token, "{:016x}", self.ids.next_u64());
        }
        let (topic, subscription) = (subscription.topic.clone(), subscription.arn.clone());
        self.tokens.insert(token.clone(), Token { topic, subscription, at: now, gone });
        token
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
            signature_version,
            about: None,
        };
        self.dispatch(now, Job::confirmation(subscription, Arc::new(message), token, unsubscribed));
    }

    /// Idempotent. The topic only has to be one of this Region: recorded by LocalStack's AWS-validated test
    /// `test_subscribe_external_http_endpoint`; the other words by `test_sns_confirm_subscription_wrong_token`.
    pub(super) fn confirm(&mut self, now: Timestamp, request: &ConfirmSubscription) -> Result<Arn, ApiError> {
        let topic = &request.topic_arn;
        if topic.as_str().split(':').count() < 6 || topic.region() != self.site.region {
            return Err(invalid("Topic"));
        }
        if request.token.is_empty() || !request.token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(invalid_without_prefix("Invalid token"));
        }
        let token = self.tokens.get(&request.token).filter(|token| now.since(token.at) <= TOKEN_VALID);
        let token = token.cloned().ok_or_else(|| invalid("Token"))?;
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
