//! Claims in a DynamoDB table.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use futures_util::future::{BoxFuture, FutureExt as _};
use jiff::Timestamp;

use super::client::reason;
use super::number;
use super::passing::passes;
use crate::idempotency::{Attempt, Claim, ClaimError, Claims, first_fence};

/// Claims in a DynamoDB table whose partition key is the string `id`, with `expires` as its time-to-live attribute.
///
/// | attribute | what it is |
/// |---|---|
/// | `id` | the key |
/// | `token` | who holds the key, or completed it |
/// | `until` | when the holder is taken for dead, in milliseconds since 1970 |
/// | `fence` | the fencing number |
/// | `fingerprint` | the payload's |
/// | `result` | there when the effect has happened |
/// | `expires` | when the item counts no more, in seconds since 1970 |
///
/// A claim and its completion are one write each; no read is made. The role needs `dynamodb:UpdateItem`.
#[derive(Clone, Debug)]
pub struct DynamoDbClaims {
    client: Client,
    table: String,
}

/// An item has at most 400 KB with its names; what else stands in it takes less than the rest.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const RESULT_MAX: usize = 395_000;

type Item = HashMap<String, AttributeValue>;

impl DynamoDbClaims {
    /// The claims of this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    fn update(&self, key: &str, token: &str) -> UpdateItemFluentBuilder {
        let update = self.client.update_item().table_name(&self.table).key("id", text(key));
        update
            .expression_attribute_names("#token", "token")
            .expression_attribute_names("#result", "result")
            .expression_attribute_values(":token", text(token))
    }

    /// Carries out what only the holder may do.
    async fn settle(&self, key: &str, what: &'static str, update: UpdateItemFluentBuilder) -> Result<(), ClaimError> {
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Err(ClaimError::Lost { key: key.to_owned() })
            }
            Err(error) => Err(failed(key, what, error)),
        }
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// Whether a request may succeed a moment later. The SDK has tried it again already.
fn may_pass(error: &SdkError<UpdateItemError>) -> bool {
    match error {
        SdkError::ServiceError(answer) => {
            answer.raw().status().as_u16() >= 500 || answer.err().code().is_some_and(passes)
        }
        SdkError::ConstructionFailure(_) => false,
        _ => true,
    }
}

fn failed(key: &str, what: &'static str, error: SdkError<UpdateItemError>) -> ClaimError {
    let (key, passes) = (key.to_owned(), may_pass(&error));
    let reason = reason(error);
    if passes { ClaimError::Unavailable { key, what, reason } } else { ClaimError::Store { key, what, reason } }
}

fn string(item: &Item, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().cloned()
}

fn fence(item: &Item) -> Option<u64> {
    item.get("fence")?.as_n().ok()?.parse().ok()
}

/// What stands in the way of a claim.
fn existing(item: &Item, token: &str) -> Option<Claim> {
    let fingerprint = string(item, "fingerprint");
    if item.contains_key("result") {
        return Some(Claim::Completed { result: string(item, "result")?, fingerprint });
    }
    if string(item, "token").as_deref() == Some(token) {
        return Some(Claim::Granted { fence: fence(item)? });
    }
    let until: i64 = item.get("until")?.as_n().ok()?.parse().ok()?;
    Some(Claim::Held { until: Timestamp::from_millisecond(until).ok()?, fingerprint })
}

impl Claims for DynamoDbClaims {
    fn claim<'a>(&'a self, attempt: &'a Attempt<'a>) -> BoxFuture<'a, Result<Claim, ClaimError>> {
        async move {
            let Attempt { key, token, fingerprint, now, until, expires } = *attempt;
            let (same, set, remove) = match fingerprint {
                Some(_) => (
                    "(attribute_not_exists(fingerprint) OR fingerprint = :fingerprint)",
                    ", fingerprint = :fingerprint",
                    "",
                ),
                None => ("#until <= :now", "", ", fingerprint"),
            };
            // The time to live is not trusted: DynamoDB deletes an expired item when it likes.
            let condition = format!(
                "attribute_not_exists(id) OR expires <= :second OR (attribute_not_exists(#result) \
                 AND (attribute_not_exists(#until) OR (#until <= :now AND {same})))"
            );
            let change = format!(
                "SET #token = :token, #until = :until, expires = :expires, \
                 fence = if_not_exists(fence, :first) + :one{set} REMOVE #result{remove}"
            );
            let mut update = self
                .update(key, token)
                .condition_expression(condition)
                .update_expression(change)
                .expression_attribute_names("#until", "until")
                .expression_attribute_values(":now", number(&now.as_millisecond()))
                .expression_attribute_values(":second", number(&now.as_second()))
                .expression_attribute_values(":until", number(&until.as_millisecond()))
                .expression_attribute_values(":expires", number(&expires.as_second()))
                .expression_attribute_values(":first", number(&first_fence(now)))
                .expression_attribute_values(":one", number(&1))
                .return_values(ReturnValue::UpdatedNew)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            if let Some(fingerprint) = fingerprint {
                update = update.expression_attribute_values(":fingerprint", text(fingerprint));
            }
            let unreadable = || ClaimError::Store {
                key: key.to_owned(),
                what: "read",
                reason: format!("the item in {} is no claim", self.table),
            };
            let error = match update.send().await {
                Ok(answer) => {
                    let fence = answer.attributes().and_then(fence).ok_or_else(unreadable)?;
                    return Ok(Claim::Granted { fence });
                }
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                    failure.item().and_then(|item| existing(item, token)).ok_or_else(unreadable)
                }
                _ => Err(failed(key, "made", error)),
            }
        }
        .boxed()
    }

    fn complete<'a>(
        &'a self,
        key: &'a str,
        token: &'a str,
        result: &'a str,
        expires: Timestamp,
    ) -> BoxFuture<'a, Result<(), ClaimError>> {
        // Whoever completed it may do so again: the SDK repeats a request whose answer got lost.
        let update = self
            .update(key, token)
            .update_expression("SET #result = :result, expires = :expires")
            .condition_expression("#token = :token")
            .expression_attribute_values(":result", text(result))
            .expression_attribute_values(":expires", number(&expires.as_second()));
        self.settle(key, "completed", update).boxed()
    }

    fn release<'a>(&'a self, key: &'a str, token: &'a str) -> BoxFuture<'a, Result<(), ClaimError>> {
        // The item stays, until it expires, for its fencing number.
        let update = self
            .update(key, token)
            .update_expression("REMOVE #token, #until, fingerprint")
            .expression_attribute_names("#until", "until")
            .condition_expression("#token = :token AND attribute_not_exists(#result)");
        self.settle(key, "released", update).boxed()
    }

    fn result_max(&self) -> usize {
        RESULT_MAX
    }
}
