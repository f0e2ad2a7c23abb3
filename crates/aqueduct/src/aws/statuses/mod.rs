//! Statuses in a DynamoDB table.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use futures_util::future::{BoxFuture, FutureExt as _};
use jiff::Timestamp;

use super::client::reason;
use crate::Clock;
use crate::status::{Opened, State, Status, StatusError, Statuses, Step};

mod item;
#[cfg(test)]
mod tests;

/// Statuses in a DynamoDB table whose partition key is the string `id`, with two global secondary indexes: `by-owner`
/// (`owner`, `created`) and `by-progress` (`progress`, `updated`), both projecting all attributes. Only a status in
/// progress has the attribute `progress`, so that the second index holds no more than what is under way.
#[derive(Clone, Debug)]
pub struct DynamoDbStatuses {
    client: Client,
    table: String,
    clock: Clock,
}

type Item = HashMap<String, AttributeValue>;

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn failed(id: &str, what: &'static str, error: impl std::error::Error + 'static) -> StatusError {
    StatusError { id: id.to_owned(), what, reason: reason(error), missing: false }
}

fn read(id: &str, item: &Item) -> Result<Status, StatusError> {
    item::read(item).map_err(|reason| StatusError { id: id.to_owned(), what: "read", reason, missing: false })
}

impl DynamoDbStatuses {
    /// The statuses of this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), clock: Clock::system() }
    }

    /// The same statuses with another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    fn update(&self, id: &str) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("id", text(id))
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// Makes the step the present one, unless a later or a final one was taken.
    async fn step_forward(&self, id: &str, step: &Step) -> Result<bool, StatusError> {
        let now = self.clock.now();
        let mut set = "SET #steps.#name = if_not_exists(#steps.#name, :entry), #state = :state, #step = :name, \
                       #message = :message, #delayed = :false, #updated = :now, #version = #version + :one"
            .to_owned();
        let mut remove = Vec::new();
        let mut update = self.update(id);
        if step.halts {
            set.push_str(", halted = :true");
            update = update
                .condition_expression("attribute_exists(id) AND #state = :in_progress")
                .expression_attribute_values(":true", AttributeValue::Bool(true));
        } else {
            set.push_str(", #rank = :rank");
            remove.push("halted");
            update = update
                .condition_expression(
                    "attribute_exists(id) AND #rank < :rank AND (#state = :in_progress OR attribute_exists(halted))",
                )
                .expression_attribute_names("#rank", "rank")
                .expression_attribute_values(":rank", AttributeValue::N(step.rank.to_string()));
        }
        update = update
            .expression_attribute_names("#name", step.name)
            .expression_attribute_values(":entry", item::entry(&step.taken(now)))
            .expression_attribute_values(":state", text(step.state.name()))
            .expression_attribute_values(":name", text(step.name))
            .expression_attribute_values(":message", text(&step.message))
            .expression_attribute_values(":false", AttributeValue::Bool(false))
            .expression_attribute_values(":in_progress", text(State::InProgress.name()))
            .expression_attribute_values(":now", text(now.to_string()));
        for name in ["steps", "state", "step", "message", "delayed", "updated"] {
            update = update.expression_attribute_names(format!("#{name}"), name);
        }
        let optional = [
            ("next_action", step.next_action.as_ref().map(text)),
            ("help", step.help.as_ref().map(text)),
            ("expected", step.expected_at(now).map(item::millis)),
        ];
        for (name, value) in optional {
            match value {
                Some(value) => {
                    set.extend([", ", name, " = :", name]);
                    update = update.expression_attribute_values(format!(":{name}"), value);
                }
                None => remove.push(name),
            }
        }
        if step.state == State::InProgress {
            set.push_str(", progress = :in_progress");
        } else {
            remove.push("progress");
        }
        if !remove.is_empty() {
            set = format!("{set} REMOVE {}", remove.join(", "));
        }
        changed(id, update.update_expression(set).send().await)
    }

    /// Puts the step into the history alone, unless it is there.
    async fn keep_in_history(&self, id: &str, step: &Step) -> Result<(), StatusError> {
        let update = self
            .update(id)
            .update_expression("SET #steps.#name = :entry, #version = #version + :one")
            .condition_expression("attribute_exists(id) AND attribute_not_exists(#steps.#name)")
            .expression_attribute_names("#steps", "steps")
            .expression_attribute_names("#name", step.name)
            .expression_attribute_values(":entry", item::entry(&step.taken(self.clock.now())));
        changed(id, update.send().await).map(|_| ())
    }

    fn delaying(&self, id: &str, message: &str, more: &str) -> UpdateItemFluentBuilder {
        self.update(id)
            .update_expression(format!("SET #delayed = :true, #message = :message, #version = #version + :one{more}"))
            .expression_attribute_names("#delayed", "delayed")
            .expression_attribute_names("#message", "message")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .expression_attribute_values(":message", text(message))
            .expression_attribute_values(":in_progress", text(State::InProgress.name()))
    }

    async fn query(
        &self,
        index: &str,
        hash: (&str, &str),
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Status>, StatusError> {
        let mut condition = "#hash = :hash".to_owned();
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(index)
            .expression_attribute_names("#hash", hash.0)
            .expression_attribute_values(":hash", text(hash.1))
            .scan_index_forward(before.is_some());
        if let Some(before) = before {
            condition.push_str(" AND #updated < :before");
            query = query
                .expression_attribute_names("#updated", "updated")
                .expression_attribute_values(":before", text(before.to_string()));
        }
        let query = query.key_condition_expression(condition);
        let (mut found, mut next) = (Vec::new(), None);
        // A page ends at 1 MB, however many items were asked for.
        // Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html>
        loop {
            let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
            if left == 0 {
                return Ok(found);
            }
            let page = query.clone().limit(i32::try_from(left).unwrap_or(i32::MAX)).set_exclusive_start_key(next);
            let answer = page.send().await.map_err(|error| failed(hash.1, "listed", error))?;
            for item in answer.items() {
                found.push(read(hash.1, item)?);
            }
            next = answer.last_evaluated_key;
            if next.is_none() {
                return Ok(found);
            }
        }
    }
}

/// Whether an update changed the status; false when its condition did not hold. No status is an error.
fn changed<O, R: std::fmt::Debug + Send + Sync + 'static>(
    id: &str,
    result: Result<O, SdkError<UpdateItemError, R>>,
) -> Result<bool, StatusError> {
    match result.map_err(SdkError::into_service_error) {
        Ok(_) => Ok(true),
        Err(UpdateItemError::ConditionalCheckFailedException(failure)) if failure.item().is_some() => Ok(false),
        Err(UpdateItemError::ConditionalCheckFailedException(_)) => Err(StatusError::none(id)),
        Err(error) => Err(failed(id, "changed", error)),
    }
}

impl Statuses for DynamoDbStatuses {
    fn open(&self, status: Status) -> BoxFuture<'_, Result<Opened, StatusError>> {
        async move {
            let put = self
                .client
                .put_item()
                .table_name(&self.table)
                .set_item(Some(item::write(&status)))
                .condition_expression("attribute_not_exists(id)")
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            match put.send().await.map_err(SdkError::into_service_error) {
                Ok(_) => Ok(Opened::New),
                Err(PutItemError::ConditionalCheckFailedException(failure)) => match failure.item() {
                    Some(item) => Ok(Opened::Existing(Box::new(read(&status.id, item)?))),
                    None => Err(failed(&status.id, "opened", failure)),
                },
                Err(error) => Err(failed(&status.id, "opened", error)),
            }
        }
        .boxed()
    }

    fn sent<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), StatusError>> {
        async move {
            let update = self
                .client
                .update_item()
                .table_name(&self.table)
                .key("id", text(id))
                .update_expression("REMOVE unsent")
                .condition_expression("attribute_exists(id)");
            changed(id, update.send().await).map(|_| ())
        }
        .boxed()
    }

    fn advance<'a>(&'a self, id: &'a str, step: Step) -> BoxFuture<'a, Result<(), StatusError>> {
        async move {
            // What does not halt the request is no part of its history.
            if self.step_forward(id, &step).await? || step.halts {
                return Ok(());
            }
            self.keep_in_history(id, &step).await
        }
        .boxed()
    }

    fn delay<'a>(
        &'a self,
        id: &'a str,
        message: &'a str,
        wait: Option<Duration>,
    ) -> BoxFuture<'a, Result<(), StatusError>> {
        async move {
            if let Some(until) = wait.and_then(|wait| self.clock.now().checked_add(wait).ok()) {
                let update = self
                    .delaying(id, message, ", expected = :until")
                    .condition_expression("#state = :in_progress AND expected < :until")
                    .expression_attribute_values(":until", item::millis(until));
                if changed(id, update.send().await)? {
                    return Ok(());
                }
            }
            let update = self
                .delaying(id, message, "")
                .condition_expression("#state = :in_progress AND (#delayed <> :true OR #message <> :message)");
            changed(id, update.send().await).map(|_| ())
        }
        .boxed()
    }

    fn notify<'a>(&'a self, id: &'a str, message: &'a str) -> BoxFuture<'a, Result<(), StatusError>> {
        async move {
            // The words are the key, so that a duplicate delivery tells the user once.
            let update = self
                .update(id)
                .update_expression("SET notifications.#words = :now, #version = #version + :one")
                .condition_expression("attribute_exists(id) AND attribute_not_exists(notifications.#words)")
                .expression_attribute_names("#words", message)
                .expression_attribute_values(":now", text(self.clock.now().to_string()));
            changed(id, update.send().await).map(|_| ())
        }
        .boxed()
    }

    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Status>, StatusError>> {
        async move {
            let get = self.client.get_item().table_name(&self.table).key("id", text(id)).consistent_read(true);
            let answer = get.send().await.map_err(|error| failed(id, "read", error))?;
            answer.item().map(|item| read(id, item)).transpose()
        }
        .boxed()
    }

    fn of_owner<'a>(&'a self, owner: &'a str, limit: u32) -> BoxFuture<'a, Result<Vec<Status>, StatusError>> {
        self.query("by-owner", ("owner", owner), None, limit).boxed()
    }

    fn waiting_since(&self, before: Timestamp, limit: u32) -> BoxFuture<'_, Result<Vec<Status>, StatusError>> {
        self.query("by-progress", ("progress", State::InProgress.name()), Some(before), limit).boxed()
    }
}
