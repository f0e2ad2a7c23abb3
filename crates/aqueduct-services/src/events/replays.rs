//! The actions on replays, and the replaying itself.
//!
//! Sources: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html>,
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CancelReplay.html>

use std::time::Duration;

use super::EventBridge;
use super::answers::{CancelledReplay, ListedReplays, Response, StartedReplay};
use super::api::{ListReplays, NamedReplay, StartReplay};
use super::archives::check_filters;
use super::constraints::{Constraints, check_name};
use super::event::Event;
use super::page::Page;
use super::refusals::{exists, invalid, no_bus, not_found, required, too_many};
use super::replay::{Replay, STEP, State};
use crate::{ApiError, Timestamp, What};

/// The most replays that run at the same time.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html>
const ACTIVE_MAX: usize = 10;

const STATES: [&str; 6] = ["STARTING", "RUNNING", "CANCELLING", "COMPLETED", "CANCELLED", "FAILED"];

impl EventBridge {
    /// Begins to send the events of an archive once more, to the bus that they came from.
    ///
    /// Refusals recorded by LocalStack's AWS-validated tests `test_start_replay_error_unknown_event_bus`,
    /// `test_start_replay_error_unknown_archive`, `test_start_replay_error_invalid_end_time` and
    /// `test_start_replay_error_duplicate_name_same_archive`.
    pub(super) fn start_replay(&mut self, now: Timestamp, request: StartReplay) -> Result<Response, ApiError> {
        check_name("replayName", &request.replay_name, 64)?;
        let archive = request.event_source_arn.ok_or_else(|| required("EventSourceArn"))?;
        let from = request.event_start_time.ok_or_else(|| required("EventStartTime"))?;
        let until = request.event_end_time.ok_or_else(|| required("EventEndTime"))?;
        let destination = request.destination.ok_or_else(|| required("Destination"))?;
        let bus = destination.arn.clone().ok_or_else(|| required("Destination.Arn"))?;
        if !self.buses.values().any(|known| known.arn == bus) {
            return Err(no_bus(bus.name()));
        }
        let kept = self.archives.values().find(|known| known.arn == archive);
        let kept = kept.ok_or_else(|| {
            invalid(format!(
                "Parameter EventSourceArn is not valid. Reason: Archive {} does not exist.",
                archive.name()
            ))
        })?;
        if until <= from {
            return Err(invalid(
                "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.",
            ));
        }
        if kept.bus != bus {
            return Err(invalid(
                "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.",
            ));
        }
        self.replays.retain(|_, replay| !replay.is_forgotten(now));
        if self.replays.contains_key(&request.replay_name) {
            return Err(exists(format!("Replay {} already exists.", request.replay_name)));
        }
        if self.due_replays.len() >= ACTIVE_MAX {
            return Err(too_many());
        }
        let replay = Replay {
            arn: self.site.arn("events", &format!("replay/{}", request.replay_name)),
            name: request.replay_name,
            description: request.description,
            archive,
            bus: bus.name().to_owned(),
            destination,
            from,
            until,
            next: from,
            last: None,
            state: State::Starting,
            started: now,
            ended: None,
            due: Some(now + STEP),
        };
        let (replay_arn, state) = (replay.arn.clone(), replay.state.name());
        self.due_replays.shift(&replay.name, None, replay.due);
        self.replays.insert(replay.name.clone(), replay);
        Ok(Response::StartReplay(StartedReplay { replay_arn, state, replay_start_time: now }))
    }

    /// Stops a replay; the events that it sent stay sent.
    pub(super) fn cancel_replay(&mut self, named: &NamedReplay) -> Result<Response, ApiError> {
        let name = &named.replay_name;
        let replay = self.replays.get_mut(name).ok_or_else(|| no_replay(name))?;
        if !matches!(replay.state, State::Starting | State::Running) {
            let message = format!("Replay {name} is not in a valid state for this operation.");
            return Err(ApiError::sender("IllegalStatusException", message));
        }
        replay.state = State::Cancelling;
        let (replay_arn, state) = (replay.arn.clone(), replay.state.name());
        Ok(Response::CancelReplay(CancelledReplay { replay_arn, state }))
    }

    pub(super) fn describe_replay(&self, now: Timestamp, named: &NamedReplay) -> Result<Response, ApiError> {
        let replay = self.replays.get(&named.replay_name).filter(|replay| !replay.is_forgotten(now));
        let replay = replay.ok_or_else(|| no_replay(&named.replay_name))?;
        Ok(Response::DescribeReplay(Box::new(replay.description())))
    }

    pub(super) fn list_replays(&self, now: Timestamp, list: &ListReplays) -> Result<Response, ApiError> {
        let mut constraints = Constraints::default();
        constraints.one_of("state", list.state.as_deref(), &STATES);
        constraints.check()?;
        check_filters(
            "ListReplays",
            [list.name_prefix.is_some(), list.event_source_arn.is_some(), list.state.is_some()],
        )?;
        let asked = self.replays.values().filter(|replay| replay.is_asked(list) && !replay.is_forgotten(now));
        let page = Page { limit_name: "limit", limit: list.limit, token: list.next_token.as_deref() };
        let (replays, next_token) = page.of(asked.map(|replay| (replay.name.clone(), replay.listed())))?;
        Ok(Response::ListReplays(ListedReplays { replays, next_token }))
    }

    /// Lets the replays go on that are due.
    pub(super) fn run_replays(&mut self, now: Timestamp) {
        while let Some(name) = self.due_replays.take_due(now) {
            let Some(mut replay) = self.replays.remove(&name) else { continue };
            let state = self.replay_next(now, &mut replay);
            replay.enter(now, state);
            self.due_replays.shift(&name, None, replay.due);
            self.replays.insert(name, replay);
        }
    }

    /// Sends the events of a replay's next minute that has any, of those that happened between its start and, at the
    /// latest, just before its end. Minutes keep their order, and events within one do not.
    fn replay_next(&mut self, now: Timestamp, replay: &mut Replay) -> State {
        if replay.state == State::Cancelling {
            return State::Cancelled;
        }
        let archive = replay.archive.name().to_owned();
        if !self.archives.contains_key(&archive) {
            return State::Failed(format!("Archive {archive} does not exist."));
        }
        if !self.buses.contains_key(&replay.bus) {
            return State::Failed(format!("Event bus {} does not exist.", replay.bus));
        }
        self.expire(now, &archive);
        if replay.next >= replay.until {
            return State::Completed;
        }
        let place = |at: Timestamp| (archive.clone(), at, 0);
        let Some(((_, first, _), _)) = self.archived.range(place(replay.next)..place(replay.until)).next() else {
            return State::Completed;
        };
        let minutes = first.since(replay.next).as_secs() / 60 + 1;
        let end = replay.next + Duration::from_mins(minutes);
        let minute = self.archived.range(place(replay.next)..place(end.min(replay.until)));
        let mut events: Vec<Event> = minute
            .filter_map(|((_, time, _), kept)| {
                let json = serde_json::from_str(&kept.text).ok()?;
                Some(Event::replayed(json, *time, kept.ingested, &replay.name))
            })
            .collect();
        events.sort_by_cached_key(|_| self.ids.next_u64());
        for event in &events {
            replay.last = replay.last.max(Some(event.time));
            self.publish_again(now, replay, event);
        }
        replay.next = end;
        State::Running
    }

    /// Brings an event to the rules of a bus once more; archives do not keep it again.
    fn publish_again(&mut self, now: Timestamp, replay: &Replay, event: &Event) {
        let bus = &replay.bus;
        self.note_event(now, bus, event, What::Replayed { by: replay.name.clone() });
        if !self.match_rules(now, bus, event, None, &replay.destination.filter_arns) {
            let by = format!("every rule of {bus} that the replay names");
            self.note_event(now, bus, event, What::Filtered { by });
        }
    }
}

fn no_replay(name: &str) -> ApiError {
    not_found(format!("Replay {name} does not exist."))
}
