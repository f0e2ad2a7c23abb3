//! Rules that all batch actions share.
//!
//! Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api-actions.html>,
//! texts recorded by LocalStack's AWS-validated tests `test_too_many_entries_in_batch_request` and
//! `test_invalid_batch_id`.

use std::collections::BTreeSet;

use super::api::{BatchResult, FailedEntry};
use super::refusal::batch;
use crate::{ApiError, Fault};

/// The most entries of a batch.
const ENTRIES_MAX: usize = 10;

/// Checks number and ids of the entries.
pub(super) fn check<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> Result<(), ApiError> {
    let count = ids.len();
    if count == 0 {
        let message = "There should be at least one entry in the request.";
        return Err(batch("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", message));
    }
    if count > ENTRIES_MAX {
        let message = format!("Maximum number of entries per request are {ENTRIES_MAX}. You have sent {count}.");
        let query_code = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest";
        return Err(batch("TooManyEntriesInBatchRequest", query_code, message));
    }
    let mut seen = BTreeSet::new();
    for id in ids {
        let is_allowed = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
        if !(1..=80).contains(&id.len()) || !id.chars().all(is_allowed) {
            let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can \
                           be at most 80 letters long.";
            return Err(batch("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", message));
        }
        if !seen.insert(id) {
            let message = format!("Id {id} repeated.");
            return Err(batch("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", message));
        }
    }
    Ok(())
}

/// Runs an action for each entry; a refusal is that entry's alone.
pub(super) fn each<E, T>(
    entries: Vec<(String, E)>,
    mut action: impl FnMut(&str, E) -> Result<T, ApiError>,
) -> BatchResult<T> {
    let mut result = BatchResult { successful: Vec::new(), failed: Vec::new() };
    for (id, entry) in entries {
        match action(&id, entry) {
            Ok(done) => result.successful.push(done),
            Err(error) => result.failed.push(FailedEntry {
                id,
                sender_fault: error.fault == Fault::Sender,
                code: error.query_code.unwrap_or(error.code).into_owned(),
                message: Some(error.message),
            }),
        }
    }
    result
}
