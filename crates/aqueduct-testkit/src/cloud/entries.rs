//! Batches of which some entries fail.

use aqueduct_services::cloud::{Request, Response};
use aqueduct_services::{ApiError, events, sns, sqs};

use crate::fault::Fault;

/// Code and words of an entry that a service failed to take.
const CODE: &str = "InternalError";
const MESSAGE: &str = "The service failed to take this entry";

/// The entries that were taken out of a batch.
#[derive(Debug)]
pub(crate) enum Failed {
    Sqs(Vec<sqs::FailedEntry>),
    Sns(Vec<sns::FailedEntry>),
    /// Their places in the batch.
    Events(Vec<usize>),
}

/// Takes the entries that fail by `fault` out of a batch. Requests of other kinds stay as they are.
pub(crate) fn take(fault: Fault, request: &mut Request) -> Option<Failed> {
    match request {
        Request::Sqs(sqs::Request::SendMessageBatch(batch)) => {
            let failed = split(fault, &mut batch.entries).into_iter().map(|(_, entry)| sqs::FailedEntry {
                id: entry.id,
                sender_fault: false,
                code: CODE.to_owned(),
                message: Some(MESSAGE.to_owned()),
            });
            Some(Failed::Sqs(failed.collect()))
        }
        Request::Sns(sns::Request::PublishBatch(batch)) => {
            let failed = split(fault, &mut batch.entries).into_iter().map(|(_, (id, _))| sns::FailedEntry {
                id,
                code: CODE.to_owned(),
                message: MESSAGE.to_owned(),
                sender_fault: false,
            });
            Some(Failed::Sns(failed.collect()))
        }
        Request::Events(events::Request::PutEvents(put)) => {
            Some(Failed::Events(split(fault, &mut put.entries).into_iter().map(|(place, _)| place).collect()))
        }
        _ => None,
    }
}

/// Whether nothing is left of a batch, so that the service need not see it.
pub(crate) fn is_empty(request: &Request) -> bool {
    match request {
        Request::Sqs(sqs::Request::SendMessageBatch(batch)) => batch.entries.is_empty(),
        Request::Sns(sns::Request::PublishBatch(batch)) => batch.entries.is_empty(),
        Request::Events(events::Request::PutEvents(put)) => put.entries.is_empty(),
        _ => false,
    }
}

/// The answer to a batch of which nothing was left.
pub(crate) fn none_left(failed: &Failed) -> Response {
    match failed {
        Failed::Sqs(_) => {
            Response::Sqs(sqs::Response::SentBatch(sqs::BatchResult { successful: Vec::new(), failed: Vec::new() }))
        }
        Failed::Sns(_) => Response::Sns(sns::Response::PublishBatch { successful: Vec::new(), failed: Vec::new() }),
        Failed::Events(_) => {
            let results = events::PutResults { failed_entry_count: 0, entries: Vec::new() };
            Response::Events(events::Response::PutEvents(results))
        }
    }
}

/// Adds the entries that failed to the answer to the others.
pub(crate) fn put_back(failed: Failed, answer: Result<Response, ApiError>) -> Result<Response, ApiError> {
    let mut answer = answer?;
    match (&mut answer, failed) {
        (Response::Sqs(sqs::Response::SentBatch(result)), Failed::Sqs(failed)) => result.failed.extend(failed),
        (Response::Sns(sns::Response::PublishBatch { failed: refused, .. }), Failed::Sns(failed)) => {
            refused.extend(failed);
        }
        (Response::Events(events::Response::PutEvents(results)), Failed::Events(places)) => {
            for place in places {
                let (error_code, error_message) = (CODE.to_owned(), MESSAGE.to_owned());
                results.entries.insert(place, events::PutResult::Refused { error_code, error_message });
                results.failed_entry_count += 1;
            }
        }
        _ => {}
    }
    Ok(answer)
}

/// Takes out what fails, with its place.
fn split<T>(fault: Fault, entries: &mut Vec<T>) -> Vec<(usize, T)> {
    let (failed, others): (Vec<_>, Vec<_>) =
        std::mem::take(entries).into_iter().enumerate().partition(|(place, _)| fault.fails_entry(*place));
    *entries = others.into_iter().map(|(_, entry)| entry).collect();
    failed
}
