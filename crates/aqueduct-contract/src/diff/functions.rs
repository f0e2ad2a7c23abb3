//! What changed of functions, beside the events' schemas.

use super::{Both, Change};
use crate::{Consumes, FunctionContract, Idempotency, Publishes, Retries};

impl Both<'_> {
    pub(super) fn functions(&self, changes: &mut Vec<Change>) {
        for before in &self.before.functions {
            let subject = format!("function {}", before.name);
            let mut change =
                |breaking, message: String| changes.push(Change { breaking, subject: subject.clone(), message });
            match self.after.functions.iter().find(|after| after.name == before.name) {
                None => change(false, "it is gone".to_owned()),
                Some(after) => function(before, after, &mut change),
            }
        }
        for after in &self.after.functions {
            if self.before.functions.iter().all(|before| before.name != after.name) {
                let subject = format!("function {}", after.name);
                changes.push(Change { breaking: false, subject, message: "it is new".to_owned() });
            }
        }
    }
}

type Tell<'a> = &'a mut dyn FnMut(bool, String);

fn function(before: &FunctionContract, after: &FunctionContract, change: Tell<'_>) {
    for (before, after) in pairs(&before.publishes, &after.publishes, |it| (&it.event, &it.version)) {
        publishes(before, after, change);
    }
    for (before, after) in pairs(&before.consumes, &after.consumes, |it| (&it.event, &it.version)) {
        consumes(before, after, change);
    }
    if before.ordering != after.ordering {
        let words = format!("it relies on the order {:?} instead of {:?}", after.ordering, before.ordering);
        change(after.ordering > before.ordering, words.to_lowercase());
    }
    if before.batch_response != after.batch_response {
        let words = match (before.batch_response, after.batch_response) {
            (Some(before), None) if before.is_partial() => "it does not say which records of a batch failed any more",
            (_, Some(after)) if after.is_partial() => {
                "it says which records of a batch failed: its mapping must have ReportBatchItemFailures"
            }
            _ => "it answers to batches in another way: hold its mapping's FunctionResponseTypes against it",
        };
        change(true, words.to_owned());
    }
    idempotency(before.idempotency, after.idempotency, change);
    retries(before.retries.unwrap_or_default(), after.retries.unwrap_or_default(), change);
    number(
        "the outage that it must bear",
        before.outage_tolerance_seconds,
        after.outage_tolerance_seconds,
        " s",
        change,
    );
    number("its time per message", before.p99_millis, after.p99_millis, " ms", change);
    number(
        "the time until it begins with a message",
        before.latency_seconds_max,
        after.latency_seconds_max,
        " s",
        change,
    );
    if before.one_at_a_time != after.one_at_a_time {
        let words = if after.one_at_a_time {
            "it relies on handling one message at a time now: its source must hand over no more"
        } else {
            "it may handle several messages at a time now"
        };
        change(after.one_at_a_time, words.to_owned());
    }
    number("its largest message", before.payload_bytes_max, after.payload_bytes_max, " bytes", change);
    if before.loop_guard.is_some() && after.loop_guard.is_none() {
        change(true, "nothing stops a message that leads back to it any more".to_owned());
    }
    if before.dead_letters != after.dead_letters {
        let to =
            |it: &FunctionContract| it.dead_letters.as_ref().map_or_else(|| "nowhere".to_owned(), ToString::to_string);
        change(false, format!("it sends rejected messages to {} instead of {}", to(after), to(before)));
    }
}

/// What both have under a key. Of several under one, each finds that in its own place.
fn pairs<'a, T, K: PartialEq>(before: &'a [T], after: &'a [T], key: impl Fn(&'a T) -> K) -> Vec<(&'a T, &'a T)> {
    let mut left: Vec<&T> = after.iter().collect();
    let mut pairs = Vec::new();
    for one in before {
        if let Some(at) = left.iter().position(|other| key(one) == key(other)) {
            pairs.push((one, left.remove(at)));
        }
    }
    pairs
}

fn publishes(before: &Publishes, after: &Publishes, change: Tell<'_>) {
    let event = &before.event;
    if before.to.kind != after.to.kind {
        change(true, format!("it sends {event} to {} instead of {}", after.to, before.to));
    } else if before.to != after.to {
        change(false, format!("it sends {event} to {} instead of {}: the template must give it", after.to, before.to));
    }
    if before.form != after.form {
        change(true, format!("it wraps {event} in another way: {:?} instead of {:?}", after.form, before.form));
    }
    if let (Some(old), true) = (&before.source, before.source != after.source) {
        let new = after.source.as_deref().unwrap_or("nobody");
        change(true, format!("it names {new} as the source of {event} instead of {old}, which rules may match"));
    }
    let set = |it: &Publishes| it.attributes.clone();
    if let (Some(old), Some(new)) = (set(before), set(after)) {
        for attribute in old.iter().filter(|attribute| !new.contains(attribute)) {
            let name = &attribute.name;
            change(
                true,
                format!("it sets the attribute {name} of {event} otherwise or not at all, which filters may match"),
            );
        }
    }
    if before.group == Some(true) && after.group == Some(false) {
        change(true, format!("{event} has no message group any more, which FIFO queues require"));
    }
    if before.deduplication == Some(true) && after.deduplication == Some(false) {
        change(true, format!("{event} has no deduplication id any more"));
    }
}

fn consumes(before: &Consumes, after: &Consumes, change: Tell<'_>) {
    let event = &before.event;
    // An empty list is everything.
    for source in before.from.iter().filter(|source| !after.from.is_empty() && !after.from.contains(source)) {
        change(true, format!("it does not take {event} from {source} any more"));
    }
    if before.from.is_empty() && !after.from.is_empty() {
        let from = after.from.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
        change(true, format!("it takes {event} from {from} alone"));
    }
    let narrowed = !after.layouts.is_empty()
        && (before.layouts.is_empty() || before.layouts.iter().any(|layout| !after.layouts.contains(layout)));
    if narrowed {
        change(true, format!("it refuses a layout of {event} that it took before"));
    }
}

fn idempotency(before: Option<Idempotency>, after: Option<Idempotency>, change: Tell<'_>) {
    let remembers = |it: Idempotency| it.remembers_seconds.unwrap_or(u64::MAX);
    match (before, after) {
        (Some(_), None) => change(true, "a message that comes again has an effect again".to_owned()),
        (None, Some(_)) => change(false, "a message that comes again has no effect now".to_owned()),
        (Some(before), Some(after)) if remembers(after) < remembers(before) => {
            change(true, format!("it remembers messages for {} s alone", remembers(after)));
        }
        (Some(before), Some(after)) if before != after => {
            change(false, "it remembers messages for longer".to_owned());
        }
        _ => {}
    }
}

fn retries(before: Retries, after: Retries, change: Tell<'_>) {
    number("the number of its attempts", before.attempts.map(u64::from), after.attempts.map(u64::from), "", change);
    number("the time that its attempts span", before.patience_seconds, after.patience_seconds, " s", change);
    if before.backoff != after.backoff && before.patience_seconds == after.patience_seconds {
        change(false, "it holds failed messages back in another way: check the template again".to_owned());
    }
}

/// A number that the template is held against: another one breaks nothing by itself.
fn number(what: &str, before: Option<u64>, after: Option<u64>, unit: &str, change: Tell<'_>) {
    let words = |it: Option<u64>| it.map_or_else(|| "not said".to_owned(), |it| format!("{it}{unit}"));
    if before != after {
        change(false, format!("{what} is {} instead of {}: check the template again", words(after), words(before)));
    }
}
