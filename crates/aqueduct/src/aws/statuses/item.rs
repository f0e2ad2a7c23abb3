//! A status as a DynamoDB item.
//!
//! History and notifications are maps, so that a duplicate delivery writes the same key again.

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::{Item, text};
use crate::status::{HistoryEntry, Notification, Place, State, Status};

pub(super) fn entry(taken: &HistoryEntry) -> AttributeValue {
    let mut entry =
        HashMap::from([("at".to_owned(), text(taken.at.to_string())), ("message".to_owned(), text(&taken.message))]);
    if let Some(progress) = taken.progress {
        entry.insert("progress".to_owned(), AttributeValue::N(progress.to_string()));
    }
    if let Some(Place { number, of }) = taken.place {
        entry.insert("number".to_owned(), AttributeValue::N(number.to_string()));
        entry.insert("of".to_owned(), AttributeValue::N(of.to_string()));
    }
    AttributeValue::M(entry)
}

/// Milliseconds since 1970, which the table can compare.
pub(super) fn millis(at: Timestamp) -> AttributeValue {
    AttributeValue::N(at.as_millisecond().to_string())
}

pub(super) fn write(status: &Status) -> Item {
    let steps = status.steps.iter().map(|taken| (taken.step.clone(), entry(taken)));
    let told = status.notifications.iter().map(|told| (told.message.clone(), text(told.at.to_string())));
    let details = status.details.iter().map(|(name, value)| (name.clone(), text(value.to_string())));
    let mut item = HashMap::from([
        ("id".to_owned(), text(&status.id)),
        ("owner".to_owned(), text(&status.owner)),
        ("state".to_owned(), text(status.state.name())),
        ("step".to_owned(), text(&status.step)),
        ("rank".to_owned(), AttributeValue::N(status.rank.to_string())),
        ("delayed".to_owned(), AttributeValue::Bool(status.delayed)),
        ("message".to_owned(), text(&status.message)),
        ("created".to_owned(), text(status.created.to_string())),
        ("updated".to_owned(), text(status.updated.to_string())),
        ("version".to_owned(), AttributeValue::N(status.version.to_string())),
        ("fingerprint".to_owned(), text(&status.fingerprint)),
        ("details".to_owned(), AttributeValue::M(details.collect())),
        ("steps".to_owned(), AttributeValue::M(steps.collect())),
        ("notifications".to_owned(), AttributeValue::M(told.collect())),
    ]);
    if let Some(next_action) = &status.next_action {
        item.insert("next_action".to_owned(), text(next_action));
    }
    if let Some(help) = &status.help {
        item.insert("help".to_owned(), text(help));
    }
    if let Some(expected) = status.expected {
        item.insert("expected".to_owned(), millis(expected));
    }
    if status.state == State::InProgress {
        item.insert("progress".to_owned(), text(State::InProgress.name()));
    }
    if status.halted {
        item.insert("halted".to_owned(), AttributeValue::Bool(true));
    }
    if status.unsent {
        item.insert("unsent".to_owned(), AttributeValue::Bool(true));
    }
    item
}

/// Reads an item; the error names the attribute that is missing or of another kind.
pub(super) fn read(item: &Item) -> Result<Status, String> {
    let string = |name: &str| string(item, name);
    let steps = steps(item)?;
    Ok(Status {
        id: string("id")?,
        owner: string("owner")?,
        state: match string("state")?.as_str() {
            "in_progress" => State::InProgress,
            "done" => State::Done,
            "failed" => State::Failed,
            other => return Err(format!("`state` is `{other}`, which is none of in_progress, done and failed")),
        },
        step: string("step")?,
        rank: number(item, "rank")?,
        halted: flag(item, "halted"),
        unsent: flag(item, "unsent"),
        delayed: flag(item, "delayed"),
        message: string("message")?,
        next_action: string("next_action").ok(),
        help: string("help").ok(),
        progress: Status::progress_of(&steps),
        place: Status::place_of(&steps),
        expected: match item.get("expected") {
            Some(_) => Some(Timestamp::from_millisecond(number(item, "expected")?).map_err(|error| error.to_string())?),
            None => None,
        },
        created: time(&string("created")?)?,
        updated: time(&string("updated")?)?,
        version: number(item, "version")?,
        fingerprint: string("fingerprint").unwrap_or_default(),
        details: map(item, "details")
            .filter_map(|(name, value)| Some((name.clone(), serde_json::from_str(value.as_s().ok()?).ok()?)))
            .collect(),
        steps,
        notifications: notifications(item)?,
    })
}

fn string(item: &Item, name: &str) -> Result<String, String> {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().ok_or_else(|| format!("`{name}` is no string"))
}

/// An attribute that is not there is false.
fn flag(item: &Item, name: &str) -> bool {
    item.get(name).and_then(|value| value.as_bool().ok()).copied().unwrap_or_default()
}

fn number<N: FromStr>(item: &Item, name: &str) -> Result<N, String> {
    let value = item.get(name).and_then(|value| value.as_n().ok());
    value.and_then(|value| value.parse().ok()).ok_or_else(|| format!("`{name}` is no number that fits"))
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|error: jiff::Error| error.to_string())
}

fn map<'a>(item: &'a Item, name: &str) -> impl Iterator<Item = (&'a String, &'a AttributeValue)> {
    item.get(name).and_then(|value| value.as_m().ok()).into_iter().flatten()
}

fn steps(item: &Item) -> Result<Vec<HistoryEntry>, String> {
    let mut steps = map(item, "steps")
        .map(|(step, entry)| {
            let entry = entry.as_m().map_err(|_| format!("step `{step}` is no map"))?;
            let (at, message) = (time(&string(entry, "at")?)?, string(entry, "message")?);
            let progress = entry.contains_key("progress").then(|| number(entry, "progress")).transpose()?;
            let place = entry.contains_key("number").then(|| place(entry)).transpose()?;
            Ok(HistoryEntry { step: step.clone(), at, message, progress, place })
        })
        .collect::<Result<Vec<_>, String>>()?;
    steps.sort_by_key(|entry| entry.at);
    Ok(steps)
}

fn place(entry: &Item) -> Result<Place, String> {
    Ok(Place { number: number(entry, "number")?, of: number(entry, "of")? })
}

fn notifications(item: &Item) -> Result<Vec<Notification>, String> {
    let mut notifications = map(item, "notifications")
        .map(|(message, at)| {
            let at = at.as_s().map_err(|_| "a notification has no time".to_owned())?;
            Ok(Notification { at: time(at)?, message: message.clone() })
        })
        .collect::<Result<Vec<_>, String>>()?;
    notifications.sort_by_key(|notification| notification.at);
    Ok(notifications)
}
