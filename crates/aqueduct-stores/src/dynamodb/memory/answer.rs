//! Answers, as the other engine writes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use dynoxide::DynoxideError;
use http::StatusCode;
use serde::Serialize;

use super::Beyond;
use super::value::{Item, Value};
pub(super) use crate::dynamodb::engine::Answer;

/// What an answer says of a condition that does not hold.
const CONDITION_FAILED: &str = "The conditional request failed";

pub(super) fn done(answer: &impl Serialize) -> Result<Answer, Beyond> {
    write(StatusCode::OK, answer)
}

fn write(status: StatusCode, answer: &impl Serialize) -> Result<Answer, Beyond> {
    serde_json::to_vec(answer).map(|body| (status, body)).map_err(|_| Beyond)
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Written<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attributes: Option<&'a Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Got<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) item: Option<&'a Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Vec<std::borrow::Cow<'a, Item>>>,
    pub(super) count: usize,
    pub(super) scanned_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_evaluated_key: Option<BTreeMap<&'a str, &'a Value>>,
}

#[derive(Serialize)]
struct Refused<'a> {
    #[serde(rename = "__type")]
    kind: &'static str,
    message: &'static str,
    #[serde(rename = "Item", skip_serializing_if = "Option::is_none")]
    item: Option<&'a Item>,
}

/// The condition of a write did not hold.
pub(super) fn condition_failed(item: Option<&Item>) -> Result<Answer, Beyond> {
    let kind = DynoxideError::ConditionalCheckFailedException(String::new(), None).error_type();
    write(StatusCode::BAD_REQUEST, &Refused { kind, message: CONDITION_FAILED, item })
}

/// Why a part of a transaction cancels it, if it does: its condition does not hold, with the item if it is wanted.
#[derive(Debug)]
pub(super) enum Reason {
    None,
    ConditionFailed(Option<Arc<Item>>),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Told<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<&'a Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Cancelled<'a> {
    #[serde(rename = "__type")]
    kind: &'static str,
    message: String,
    cancellation_reasons: Vec<Told<'a>>,
}

/// A transaction was cancelled.
pub(super) fn cancelled(reasons: &[Reason]) -> Result<Answer, Beyond> {
    let told = |reason| match reason {
        &Reason::None => Told { code: "None", message: None, item: None },
        Reason::ConditionFailed(item) => {
            Told { code: "ConditionalCheckFailed", message: Some(CONDITION_FAILED), item: item.as_deref() }
        }
    };
    let cancellation_reasons: Vec<_> = reasons.iter().map(told).collect();
    let codes: Vec<_> = cancellation_reasons.iter().map(|reason| reason.code).collect();
    let codes = codes.join(", ");
    let kind = DynoxideError::TransactionCanceledException(String::new(), Vec::new()).error_type();
    let message = format!("Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]");
    write(StatusCode::BAD_REQUEST, &Cancelled { kind, message, cancellation_reasons })
}

/// A token came again with another transaction.
pub(super) fn mismatch() -> Result<Answer, Beyond> {
    let kind = DynoxideError::IdempotentParameterMismatchException(String::new()).error_type();
    let message = "An error occurred (IdempotentParameterMismatchException)";
    write(StatusCode::BAD_REQUEST, &Refused { kind, message, item: None })
}
