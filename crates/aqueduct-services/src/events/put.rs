//! Putting events on a bus, and what follows.

use aqueduct_topology::Arn;
use serde_json::Value;

use super::EventBridge;
use super::answers::{PutResult, PutResults};
use super::api::{Entry, PutEvents};
use super::bus::{bus_arn, bus_name};
use super::delivery::{Failure, Job, RULES};
use super::entry;
use super::event::{Event, Parts};
use super::transform;
use crate::{ApiError, Handover, Note, Principal, Refusal, Timestamp, What};

impl EventBridge {
    /// `PutEvents`.
    pub(super) fn put_events(&mut self, now: Timestamp, request: PutEvents) -> Result<PutResults, ApiError> {
        if request.endpoint_id.is_some() {
            return Err(ApiError::not_modelled("global endpoints of EventBridge"));
        }
        entry::check_call(&request.entries, self.entries_bytes_max)?;
        let entries: Vec<PutResult> = request.entries.into_iter().map(|entry| self.put_event(now, entry)).collect();
        let failed_entry_count = entries.iter().filter(|entry| matches!(entry, PutResult::Refused { .. })).count();
        Ok(PutResults { failed_entry_count, entries })
    }

    fn put_event(&mut self, now: Timestamp, entry: Entry) -> PutResult {
        let given = entry.event_bus_name.clone();
        let fit = match entry::read(entry) {
            Ok(fit) => fit,
            Err(unfit) => return unfit.into(),
        };
        let id = self.ids.uuid();
        let parts = Parts {
            id: id.clone(),
            detail_type: fit.detail_type,
            source: fit.source,
            time: fit.rest.time.unwrap_or(now),
            resources: fit.rest.resources,
            detail: fit.detail,
        };
        let event = Event::new(&self.site, now, parts);
        self.publish(now, given.as_deref(), &event, fit.size);
        PutResult::Accepted { event_id: id }
    }

    /// An event that another service or bus hands over. A bus sends the whole event, which stays as it is; the others
    /// a JSON object with `source`, `detail-type` and an object `detail`, as an event has them; `resources` may come
    /// along. Everything else is set here.
    ///
    /// Rules, schedules and Lambda's destinations come with a role: no policy of the bus is asked.
    pub(super) fn hand_over_event(
        &mut self,
        now: Timestamp,
        to: &Arn,
        body: &str,
        from: &Principal,
    ) -> Result<String, Refusal> {
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
        let size = body.len() as u64;
        let event = if from.service == RULES {
            Event::forwarded(given, now)
        } else {
            let resources = given.get("resources").and_then(Value::as_array).into_iter().flatten();
            let parts = Parts {
                id: self.ids.uuid(),
                detail_type,
                source,
                time: now,
                resources: resources.filter_map(Value::as_str).map(str::to_owned).collect(),
                detail: detail.clone(),
            };
            Event::new(&self.site, now, parts)
        };
        self.publish(now, Some(bus), &event, size);
        Ok(event.id)
    }

    /// Brings an event to the archives and rules of a bus, given by name, by ARN or not at all.
    ///
    /// An event for a bus that does not exist gets an id like any other, and is gone: recorded by LocalStack's
    /// AWS-validated test `test_put_events_nonexistent_event_bus`.
    fn publish(&mut self, now: Timestamp, given: Option<&str>, event: &Event, size: u64) {
        let bus = bus_name(given);
        let is_elsewhere =
            given.is_some_and(|given| given.starts_with("arn:") && given != bus_arn(&self.site, bus).as_str());
        if is_elsewhere || !self.buses.contains_key(bus) {
            let what = given.filter(|_| is_elsewhere).unwrap_or(bus);
            let reason = format!("the event bus {what} does not exist: PutEvents answers with an id all the same");
            self.note_event(now, bus, event, What::Lost { reason });
            return;
        }
        self.note_event(now, bus, event, What::Published);
        if !self.match_rules(now, bus, event, Some(size), &[]) {
            self.note_event(now, bus, event, What::Filtered { by: format!("every rule of {bus}") });
        }
    }

    pub(super) fn note_event(&mut self, at: Timestamp, bus: &str, event: &Event, what: What) {
        let (place, subject) = (bus.to_owned(), event.subject.clone());
        self.notes.push(Note { at, place, subject, id: event.id.clone(), what });
    }

    /// Brings an event to the rules of a bus, or to those among them that are named, and says whether one matched.
    /// An event that is not replayed has a size, and reaches archives.
    pub(super) fn match_rules(
        &mut self,
        now: Timestamp,
        bus: &str,
        event: &Event,
        size: Option<u64>,
        only: &[Arn],
    ) -> bool {
        let (mut jobs, mut archives, mut any) = (Vec::new(), Vec::new(), false);
        for rule in self.rules_on(bus).filter(|rule| rule.matches(&event.json)) {
            if let Some(archive) = rule.archive() {
                archives.push(archive.to_owned());
            } else if only.is_empty() || only.contains(rule.arn()) {
                any = true;
                jobs.extend(rule.targets().iter().map(|target| job(now, rule.arn(), target, event)));
            }
        }
        if let Some(size) = size {
            for archive in archives {
                self.archive(now, &archive, event, size);
            }
        }
        for (job, failure) in jobs {
            self.start(now, job, failure);
        }
        any
    }

    /// Sends an event to the targets of a rule.
    pub(super) fn invoke(&mut self, now: Timestamp, key: &(String, String), event: &Event) {
        let Some(rule) = self.rules.get(key) else { return };
        let jobs: Vec<_> = rule.targets().iter().map(|target| job(now, rule.arn(), target, event)).collect();
        for (job, failure) in jobs {
            self.start(now, job, failure);
        }
    }
}

/// The delivery of an event to a target, and why it cannot even be tried.
fn job(now: Timestamp, rule: &Arn, target: &super::Target, event: &Event) -> (Job, Option<Failure>) {
    let body = transform::input(target, rule, event);
    let failure = match &body {
        Err(reason) => Some(Failure::new("INVALID_JSON", reason.clone())),
        // Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html>
        Ok(_) if event.forwarded && target.arn.service() == "events" => Some(Failure::new(
            "THIRD_ACCOUNT_HOP_DETECTED",
            "an event that came from another bus does not go on to a third one".to_owned(),
        )),
        Ok(_) => None,
    };
    let body = body.unwrap_or_default().into_owned();
    let job = Job {
        service: RULES.to_owned(),
        source: rule.clone(),
        to: target.arn.clone(),
        target: target.arn.clone(),
        original: (body != event.text).then(|| event.text.clone()),
        message: Handover {
            body,
            group: target.sqs_parameters.as_ref().and_then(|it| it.message_group_id.clone()),
            ..Handover::default()
        },
        dead_letter: target.dead_letter_config.as_ref().and_then(|config| config.arn.clone()),
        retry: target.retry_policy.unwrap_or_default(),
        event_id: event.id.clone(),
        subject: event.subject.clone(),
        labels: vec![("RULE_ARN".to_owned(), rule.to_string())],
        since: now,
        failures: 0,
        given_up: None,
        due: None,
    };
    (job, failure)
}
