//! Claims in a DynamoDB table.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use futures_util::future::{BoxFuture, FutureExt as _};
use jiff::Timestamp;

use super::reason;
use crate::idempotency::{Claim, ClaimError, Claims};

/// Claims in a DynamoDB table whose partition key is the string `id`, with `expires` as its time-to-live attribute.
#[derive(Clone, Debug)]
pub struct DynamoDbClaims {
    client: Client,
    table: String,
}

impl DynamoDbClaims {
    /// The claims of this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn millis(time: Timestamp) -> AttributeValue {
    AttributeValue::N(time.as_millisecond().to_string())
}

/// DynamoDB's time to live counts in seconds.
fn seconds(time: Timestamp) -> AttributeValue {
    AttributeValue::N(time.as_second().to_string())
}

fn failed(key: &str, what: &'static str, error: impl std::error::Error + 'static) -> ClaimError {
    ClaimError::Store { key: key.to_owned(), what, reason: reason(error) }
}

fn existing(item: &HashMap<String, AttributeValue>) -> Option<Claim> {
    if let Some(result) = item.get("result") {
        return Some(Claim::Completed(result.as_s().ok()?.clone()));
    }
    let until: i64 = item.get("until")?.as_n().ok()?.parse().ok()?;
    Some(Claim::Held(Timestamp::from_millisecond(until).ok()?))
}

impl Claims for DynamoDbClaims {
    fn claim<'a>(
        &'a self,
        key: &'a str,
        token: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, ClaimError>> {
        async move {
            // The time to live is not trusted: DynamoDB deletes an expired item when it likes.
            let condition = "attribute_not_exists(id) OR expires < :second \
                             OR (attribute_not_exists(#result) AND #until < :now)";
            let put = self
                .client
                .put_item()
                .table_name(&self.table)
                .item("id", text(key))
                .item("token", text(token))
                .item("until", millis(until))
                .condition_expression(condition)
                .expression_attribute_names("#result", "result")
                .expression_attribute_names("#until", "until")
                .expression_attribute_values(":now", millis(now))
                .expression_attribute_values(":second", seconds(now))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            match put.send().await.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
                Ok(_) => Ok(Claim::Granted),
                Err(aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failure)) => {
                    failure.item().and_then(existing).ok_or_else(|| failed(key, "read", failure))
                }
                Err(error) => Err(failed(key, "made", error)),
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
        async move {
            let update = self
                .client
                .update_item()
                .table_name(&self.table)
                .key("id", text(key))
                .update_expression("SET #result = :result, expires = :expires")
                .condition_expression("#token = :token AND attribute_not_exists(#result)")
                .expression_attribute_names("#result", "result")
                .expression_attribute_names("#token", "token")
                .expression_attribute_values(":result", text(result))
                .expression_attribute_values(":expires", seconds(expires))
                .expression_attribute_values(":token", text(token));
            match update.send().await.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
                Ok(_) => Ok(()),
                Err(error) if error.is_conditional_check_failed_exception() => {
                    Err(ClaimError::Lost { key: key.to_owned() })
                }
                Err(error) => Err(failed(key, "completed", error)),
            }
        }
        .boxed()
    }

    fn release<'a>(&'a self, key: &'a str, token: &'a str) -> BoxFuture<'a, Result<(), ClaimError>> {
        async move {
            let delete = self
                .client
                .delete_item()
                .table_name(&self.table)
                .key("id", text(key))
                .condition_expression("#token = :token AND attribute_not_exists(#result)")
                .expression_attribute_names("#result", "result")
                .expression_attribute_names("#token", "token")
                .expression_attribute_values(":token", text(token));
            match delete.send().await.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
                Ok(_) => Ok(()),
                Err(error) if error.is_conditional_check_failed_exception() => {
                    Err(ClaimError::Lost { key: key.to_owned() })
                }
                Err(error) => Err(failed(key, "released", error)),
            }
        }
        .boxed()
    }
}
