//! The actions on replays, and the replaying itself.
//!
//! Sources: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html>,
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CancelReplay.html>

use aqueduct_message::subject_of;
use aqueduct_topology::Arn;

use super::EventBridge;
use super::answers::{CancelledReplay, ListedReplays, Response, StartedReplay};
use super::api::{ListReplays, NamedReplay, StartReplay};
use super::event::Event;
use super::refusals::{check_name, exists, invalid, no_bus, not_found};
use super::replay::{Replay, STEP, State};
use crate::{ApiError, Note, Timestamp, What};

/// The most replays that run at the same time.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html>
const ACTIVE_MAX: usize = 10;

impl EventBridge {
    /// Begins to send the events of an archive once more, to the bus that they came from.
    ///
    /// Refusals recorded by LocalStack's AWS-validated tests `test_start_replay_error_unknown_event_bus`,
    /// `test_start_replay_error_unknown_archive`, `test_start_replay_error_invalid_end_time` and
    /// `test_start_replay_error_duplicate_name_same_archive`.
    pub(super) fn start_replay(&mut self, now: Timestamp, request: StartReplay) -> Result<Response, ApiError> {
        let required = |name: &str| invalid(format!("Parameter {name} must be specified."));
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
        if self.replays.contains_key(&request.replay_name) {
            return Err(exists(format!("Replay {} already exists.", request.replay_name)));
        }
        if self.replays.values().filter(|replay| replay.is_active()).count() >= ACTIVE_MAX {
            let message = "The requested resource exceeds the maximum number allowed.";
            return Err(ApiError::sender("LimitExceededException", message));
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
        self.replays.insert(replay.name.clone(), replay);
        Ok(Response::StartReplay(StartedReplay { replay_arn, state, replay_start_time: now }))
    }

    /// Stops a replay; the events that it sent stay sent.
    pub(super) fn cancel_replay(&mut self, named: &NamedReplay) -> Result<Response, ApiError> {
        let name = &named.replay_name;
        let replay = self.replays.get_mut(name).ok_or_else(|| no_replay(name))?;
        if !matches!(replay.state, State::Starting | State::Running) {
            let state = replay.state.name();
            let message =
                format!("Replay {name} is {state}: only a replay that is STARTING or RUNNING can be cancelled.");
            return Err(ApiError::sender("IllegalStatusException", message));
        }
        replay.state = State::Cancelling;
        let (replay_arn, state) = (replay.arn.clone(), replay.state.name());
        Ok(Response::CancelReplay(CancelledReplay { replay_arn, state }))
    }

    pub(super) fn describe_replay(&self, named: &NamedReplay) -> Result<Response, ApiError> {
        let replay = self.replays.get(&named.replay_name).ok_or_else(|| no_replay(&named.replay_name))?;
        Ok(Response::DescribeReplay(Box::new(replay.description())))
    }

    pub(super) fn list_replays(&self, list: &ListReplays) -> Response {
        let asked = self.replays.values().filter(|replay| replay.is_asked(list));
        Response::ListReplays(ListedReplays { replays: asked.map(Replay::listed).collect() })
    }

    /// Lets the replays go on that are due.
    pub(super) fn run_replays(&mut self, now: Timestamp) {
        let mut replays = std::mem::take(&mut self.replays);
        for replay in replays.values_mut().filter(|replay| replay.due.is_some_and(|due| due <= now)) {
            let state = self.replay_next(now, replay);
            replay.enter(now, state);
        }
        self.replays = replays;
    }

    /// Sends the events of a replay's next minute that has any. Minutes keep their order, and events within one do
    /// not.
    fn replay_next(&mut self, now: Timestamp, replay: &mut Replay) -> State {
        if replay.state == State::Cancelling {
            return State::Cancelled;
        }
        let Some(archive) = self.archives.get_mut(replay.archive.name()) else {
            return State::Failed(format!("Archive {} does not exist.", replay.archive.name()));
        };
        if !self.buses.contains_key(&replay.bus) {
            return State::Failed(format!("Event bus {} does not exist.", replay.bus));
        }
        let Some(mut minute) = archive.first_minute(now, replay.next, replay.until) else { return State::Completed };
        minute.events.sort_by_cached_key(|_| self.ids.next_u64());
        for event in minute.events {
            replay.last = replay.last.max(Some(event.time));
            self.publish_again(
                now,
                &replay.bus,
                &event.replayed(&replay.name),
                &replay.name,
                &replay.destination.filter_arns,
            );
        }
        replay.next = minute.end;
        State::Running
    }

    /// Brings an event to the rules of a bus once more; archives do not keep it again.
    fn publish_again(&mut self, now: Timestamp, bus: &str, event: &Event, replay: &str, only: &[Arn]) {
        let subject = subject_of(&event.text());
        let note =
            |what: What| Note { at: now, place: bus.to_owned(), subject: subject.clone(), id: event.id.clone(), what };
        self.notes.push(note(What::Replayed { by: replay.to_owned() }));
        if !self.match_rules(now, bus, event, only) {
            self.notes.push(note(What::Filtered { by: format!("every rule of {bus} that the replay names") }));
        }
    }
}

fn no_replay(name: &str) -> ApiError {
    not_found(format!("Replay {name} does not exist."))
}
