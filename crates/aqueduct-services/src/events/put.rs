//! Putting events on a bus, and what follows.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>

use aqueduct_message::subject_of;
use aqueduct_topology::Arn;
use serde_json::Value;

use super::answers::{PutResult, PutResults};
use super::api::{Entry, PutEvents, Target};
use super::delivery::Job;
use super::event::{Event, Parts};
use super::refusals::invalid;
use super::{EventBridge, bus_name, transform};
use crate::{ApiError, Handover, Note, Principal, Refusal, Timestamp, What};

/// The most entries of a call.
const ENTRIES_MAX: usize = 10;

/// The largest sum of the sizes of a call's entries, in bytes.
///
/// Source: AWS Compute Blog, "More room to build: serverless services now support payloads up to 1 MB", 2026-01-29; the API
/// reference still says 256 KB.
const ENTRIES_BYTES_MAX: usize = 1024 * 1024;

/// The longest detail type, in characters.
const DETAIL_TYPE_MAX: usize = 128;

/// The service principal that queues, topics and functions must allow.
const SERVICE: &str = "events.amazonaws.com";

/// Why an entry is no event.
struct Unfit {
    code: &'static str,
    message: String,
}

impl EventBridge {
    /// `PutEvents`.
    pub(super) fn put_events(&mut self, now: Timestamp, request: PutEvents) -> Result<PutResults, ApiError> {
        if request.endpoint_id.is_some() {
            return Err(ApiError::not_modelled("global endpoints of EventBridge"));
        }
        check_call(&request.entries)?;
        let entries: Vec<PutResult> = request.entries.into_iter().map(|entry| self.put_event(now, entry)).collect();
        let failed_entry_count = entries.iter().filter(|entry| matches!(entry, PutResult::Refused { .. })).count();
        Ok(PutResults { failed_entry_count, entries })
    }

    fn put_event(&mut self, now: Timestamp, entry: Entry) -> PutResult {
        let bus = bus_name(entry.event_bus_name.as_deref()).to_owned();
        match check_entry(entry) {
            Ok((detail_type, source, detail, rest)) => {
                let id = self.ids.uuid();
                let parts = Parts {
                    id: id.clone(),
                    detail_type,
                    source,
                    time: rest.time.unwrap_or(now),
                    resources: rest.resources,
                    detail,
                };
                let event = Event::new(&self.site, now, parts);
                self.publish(now, &bus, &event);
                PutResult::Accepted { event_id: id }
            }
            Err(unfit) => PutResult::Refused { error_code: unfit.code.to_owned(), error_message: unfit.message },
        }
    }

    /// An event that another service hands over: a JSON object with `source`, `detail-type` and an object `detail`, as
    /// an event has them; `resources` may come along. Everything else is set here.
    pub(super) fn hand_over_event(&mut self, now: Timestamp, to: &Arn, body: &str) -> Result<String, Refusal> {
        let bus = to.name();
        if !self.buses.contains_key(bus) {
            return Err(Refusal::NoResource(format!("the event bus {bus} does not exist")));
        }
        let given: Value = serde_json::from_str(body).map_err(|error| Refusal::Invalid(error.to_string()))?;
        let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
        let (Some(source), Some(detail_type), Some(detail)) =
            (text("source"), text("detail-type"), given.get("detail").filter(|detail| detail.is_object()))
        else {
            return Err(Refusal::Invalid("an event needs source, detail-type and an object as detail".to_owned()));
        };
        let resources = given.get("resources").and_then(Value::as_array).into_iter().flatten();
        let parts = Parts {
            id: self.ids.uuid(),
            detail_type,
            source,
            time: now,
            resources: resources.filter_map(Value::as_str).map(str::to_owned).collect(),
            detail: detail.clone(),
        };
        let event = Event::new(&self.site, now, parts);
        self.publish(now, bus, &event);
        Ok(event.id)
    }

    /// Brings an event to the archives and rules of a bus.
    ///
    /// An event for a bus that does not exist gets an id like any other, and is gone: recorded by LocalStack's
    /// AWS-validated test `test_put_events_nonexistent_event_bus`.
    fn publish(&mut self, now: Timestamp, bus: &str, event: &Event) {
        let text = event.text();
        let subject = subject_of(&text);
        let note =
            |what: What| Note { at: now, place: bus.to_owned(), subject: subject.clone(), id: event.id.clone(), what };
        let Some(arn) = self.buses.get(bus).map(|bus| bus.arn.clone()) else {
            let reason = format!("the event bus {bus} does not exist: PutEvents answers with an id all the same");
            self.notes.push(note(What::Lost { reason }));
            return;
        };
        self.notes.push(note(What::Published));
        for archive in self.archives.values_mut().filter(|archive| archive.bus == arn) {
            archive.keep(now, event);
        }
        if !self.match_rules(now, bus, event, &[]) {
            self.notes.push(note(What::Filtered { by: format!("every rule of {bus}") }));
        }
    }

    /// Brings an event to the rules of a bus, or to those among them that are named, and says whether one matched.
    pub(super) fn match_rules(&mut self, now: Timestamp, bus: &str, event: &Event, only: &[Arn]) -> bool {
        let matching: Vec<_> = self
            .rules
            .values()
            .filter(|rule| rule.bus == bus && (only.is_empty() || only.contains(&rule.arn)))
            .filter(|rule| rule.matches(&event.json))
            .map(|rule| (rule.arn.clone(), rule.targets.clone()))
            .collect();
        for (rule, targets) in &matching {
            self.invoke(now, rule, targets, event);
        }
        !matching.is_empty()
    }

    /// Sends an event to the targets of a rule.
    pub(super) fn invoke(&mut self, now: Timestamp, rule: &Arn, targets: &[Target], event: &Event) {
        let original = event.text();
        let subject = subject_of(&original);
        for target in targets {
            let group = target.sqs_parameters.as_ref().and_then(|it| it.message_group_id.clone());
            let body = transform::input(target, rule, event);
            let job = Job {
                from: Principal { service: SERVICE, source_arn: rule.clone() },
                target: target.arn.clone(),
                message: Handover { body: body.clone().unwrap_or_default(), group, ..Handover::default() },
                original: original.clone(),
                dead_letter: target.dead_letter_config.as_ref().and_then(|config| config.arn.clone()),
                retry: target.retry_policy.unwrap_or_default(),
                event_id: event.id.clone(),
                subject: subject.clone(),
                labels: vec![("RULE_ARN", rule.to_string())],
                since: now,
                failures: 0,
                given_up: None,
            };
            match body {
                Ok(_) => self.send(job),
                Err(reason) => self.refused(now, job, &Refusal::Invalid(reason)),
            }
        }
    }
}

/// What makes the whole call invalid.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
fn check_call(entries: &[Entry]) -> Result<(), ApiError> {
    if entries.is_empty() || entries.len() > ENTRIES_MAX {
        let bound = if entries.is_empty() { "greater than or equal to 1" } else { "less than or equal to 10" };
        return Err(invalid(format!(
            "1 validation error detected: Value '[{} entries]' at 'entries' failed to satisfy constraint: Member must \
             have length {bound}",
            entries.len()
        )));
    }
    if entries.iter().map(size).sum::<usize>() > ENTRIES_BYTES_MAX {
        return Err(invalid("Total size of the entries in the request is over the limit."));
    }
    Ok(())
}

/// The size of an entry as it counts against the limit, in bytes.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html>
fn size(entry: &Entry) -> usize {
    let text = |text: &Option<String>| text.as_deref().map_or(0, str::len);
    let time = if entry.time.is_some() { 14 } else { 0 };
    time + text(&entry.source)
        + text(&entry.detail_type)
        + text(&entry.detail)
        + entry.resources.iter().map(String::len).sum::<usize>()
}

/// Detail type, source and detail of an entry, and the entry without them.
///
/// Error texts recorded by LocalStack's AWS-validated tests `test_put_event_without_source`,
/// `test_put_event_without_detail`.
fn check_entry(mut entry: Entry) -> Result<(String, String, Value, Entry), Unfit> {
    let required = |name: &str, value: Option<String>| {
        value.filter(|value| !value.is_empty()).ok_or_else(|| Unfit {
            code: "InvalidArgument",
            message: format!("Parameter {name} is not valid. Reason: {name} is a required argument."),
        })
    };
    let source = required("Source", entry.source.take())?;
    let detail_type = required("DetailType", entry.detail_type.take())?;
    let detail = required("Detail", entry.detail.take())?;
    if source.starts_with("aws.") {
        return Err(Unfit {
            code: "NotAuthorizedForSourceException",
            message: "Not authorized for the source.".to_owned(),
        });
    }
    if detail_type.chars().count() > DETAIL_TYPE_MAX {
        return Err(Unfit {
            code: "InvalidArgument",
            message: format!(
                "Parameter DetailType is not valid. Reason: DetailType is longer than {DETAIL_TYPE_MAX} characters."
            ),
        });
    }
    let detail = serde_json::from_str(&detail)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| Unfit { code: "MalformedDetail", message: "Detail is malformed.".to_owned() })?;
    Ok((detail_type, source, detail, entry))
}
