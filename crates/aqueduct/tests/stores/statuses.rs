//! What every store of statuses holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aqueduct::Clock;
use aqueduct::aws::DynamoDbStatuses;
use aqueduct::status::{MemoryStatuses, Opened, Place, State, Status, Statuses, Step};
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use crate::tables::{STATUSES, with_table_of};

type Store = Arc<dyn Statuses>;

type Case = fn(Store) -> BoxFuture<'static, ()>;

/// Each case has a store of its own.
const CASES: &[Case] = &[
    |statuses| Box::pin(a_late_step_joins_the_history_and_nothing_else(statuses)),
    |statuses| Box::pin(nothing_follows_a_final_step(statuses)),
    |statuses| Box::pin(work_that_was_halted_goes_on(statuses)),
    |statuses| Box::pin(a_halt_counts_while_the_request_is_under_way(statuses)),
    |statuses| Box::pin(a_second_opening_finds_the_first(statuses)),
    |statuses| Box::pin(each_step_says_itself_what_to_do_and_where_help_is(statuses)),
    |statuses| Box::pin(progress_never_falls(statuses)),
    |statuses| Box::pin(the_furthest_place_counts(statuses)),
    |statuses| Box::pin(the_expected_time_moves_with_steps_and_waits(statuses)),
    |statuses| Box::pin(what_changes_nothing_is_no_change(statuses)),
    |statuses| Box::pin(what_was_never_opened_cannot_change(statuses)),
    |statuses| Box::pin(what_was_recorded_is_unsent_until_it_is_sent(statuses)),
    |statuses| Box::pin(lists_are_in_order_and_end_at_their_limit(statuses)),
];

fn step(name: &'static str, rank: u32, state: State) -> Step {
    Step::new(name, rank, state, format!("{name}."))
}

/// A clock that is a second later each time that it is asked.
fn clock() -> Clock {
    let seconds = AtomicI64::new(0);
    Clock::new(move || Timestamp::from_second(seconds.fetch_add(1, Ordering::Relaxed) + 1).unwrap(), String::new)
}

async fn received(statuses: Store) -> Store {
    let status = Status::new("s-1", "ada", &step("received", 0, State::InProgress), Timestamp::UNIX_EPOCH);
    assert_eq!(statuses.open(status).await.unwrap(), Opened::New);
    statuses
}

async fn found(statuses: &Store) -> Status {
    statuses.find("s-1").await.unwrap().unwrap()
}

async fn a_late_step_joins_the_history_and_nothing_else(statuses: Store) {
    statuses.advance("s-1", step("reserved", 2, State::InProgress)).await.unwrap();
    statuses.advance("s-1", step("confirmed", 1, State::InProgress)).await.unwrap();
    let status = found(&statuses).await;
    assert_eq!((status.step.as_str(), status.message.as_str()), ("reserved", "reserved."));
    let history: Vec<_> = status.steps.iter().map(|taken| taken.step.as_str()).collect();
    assert_eq!(history, ["received", "reserved", "confirmed"]);
    assert_eq!(status.version, 3);
}

async fn nothing_follows_a_final_step(statuses: Store) {
    statuses.advance("s-1", step("dispatched", 3, State::Done)).await.unwrap();
    statuses.delay("s-1", "late", None).await.unwrap();
    statuses.advance("s-1", step("rejected", 9, State::Failed)).await.unwrap();
    let status = found(&statuses).await;
    assert_eq!((status.state, status.delayed, status.step.as_str()), (State::Done, false, "dispatched"));
    let far = Timestamp::from_second(1_000).unwrap();
    assert_eq!(statuses.waiting_since(far, 10).await.unwrap(), [], "it is under way no more");
}

/// A rejection: it halts the request wherever that is.
fn halt() -> Step {
    Step { halts: true, ..step("rejected", 0, State::Failed) }
}

async fn work_that_was_halted_goes_on(statuses: Store) {
    let far = Timestamp::from_second(1_000).unwrap();
    let under_way = async || statuses.waiting_since(far, 10).await.unwrap().len();
    let confirmed = || Step { expected: Some(Duration::from_mins(5)), ..step("confirmed", 1, State::InProgress) };
    statuses.advance("s-1", confirmed()).await.unwrap();
    for _ in 0..2 {
        statuses.advance("s-1", halt()).await.unwrap();
        statuses.delay("s-1", "late", None).await.unwrap();
        statuses.advance("s-1", confirmed()).await.unwrap();
        let status = found(&statuses).await;
        let shown = (status.state, status.step.as_str(), status.message.as_str(), status.rank, status.halted);
        assert_eq!(shown, (State::Failed, "rejected", "rejected.", 1, true), "a duplicate is no sign of work");
        assert_eq!((status.expected, under_way().await, status.version), (None, 0, 3), "nor is it a change");
    }
    statuses.advance("s-1", step("reserved", 2, State::InProgress)).await.unwrap();
    let status = found(&statuses).await;
    assert_eq!((status.state, status.step.as_str(), status.halted), (State::InProgress, "reserved", false));
    assert_eq!(under_way().await, 1, "it is swept again");
    statuses.advance("s-1", halt()).await.unwrap();
    assert_eq!(found(&statuses).await.state, State::Failed, "halted for the second time");
    statuses.advance("s-1", step("dispatched", 3, State::Done)).await.unwrap();
    let status = found(&statuses).await;
    let history: Vec<_> = status.steps.iter().map(|taken| taken.step.as_str()).collect();
    assert_eq!(history, ["received", "confirmed", "rejected", "reserved", "dispatched"]);
    assert_eq!((status.state, status.step.as_str(), under_way().await), (State::Done, "dispatched", 0));
}

async fn a_halt_counts_while_the_request_is_under_way(statuses: Store) {
    statuses.advance("s-1", step("dispatched", 3, State::Done)).await.unwrap();
    let done = found(&statuses).await;
    statuses.advance("s-1", halt()).await.unwrap();
    assert_eq!(found(&statuses).await, done, "a late rejection changes nothing, nor does the history show it");
    let error = statuses.advance("s-2", halt()).await.unwrap_err();
    assert!(error.missing, "{error}");
}

async fn a_second_opening_finds_the_first(statuses: Store) {
    let again = Status::new("s-1", "eve", &step("received", 0, State::InProgress), Timestamp::UNIX_EPOCH);
    let Opened::Existing(existing) = statuses.open(again).await.unwrap() else { panic!("it was opened again") };
    assert_eq!(*existing, found(&statuses).await);
    assert_eq!(existing.owner, "ada");
}

async fn each_step_says_itself_what_to_do_and_where_help_is(statuses: Store) {
    let said = Some("mailto:help@example.com".to_owned());
    for (rank, said) in [(1, said.clone()), (2, None), (3, said)] {
        let next = Step { help: said.clone(), next_action: said.clone(), ..step("packed", rank, State::InProgress) };
        statuses.advance("s-1", next).await.unwrap();
        let status = found(&statuses).await;
        assert_eq!((&status.help, &status.next_action), (&said, &said), "rank {rank}");
    }
}

async fn progress_never_falls(statuses: Store) {
    assert_eq!(found(&statuses).await.progress, None);
    let steps = [
        ("a", 1, Some(40), 40),
        ("b", 2, None, 40),
        ("c", 3, Some(20), 40),
        ("late", 2, Some(10), 40),
        ("d", 4, Some(200), 100),
    ];
    for (name, rank, progress, shown) in steps {
        statuses.advance("s-1", Step { progress, ..step(name, rank, State::InProgress) }).await.unwrap();
        assert_eq!(found(&statuses).await.progress, Some(shown), "{name}");
    }
}

async fn the_furthest_place_counts(statuses: Store) {
    assert_eq!(found(&statuses).await.place, None);
    let steps = [("c", 3, Some(3), 3), ("late", 2, Some(2), 3), ("rejected", 9, None, 3)];
    for (name, rank, number, furthest) in steps {
        let place = number.map(|number| Place { number, of: 4 });
        statuses.advance("s-1", Step { place, ..step(name, rank, State::InProgress) }).await.unwrap();
        assert_eq!(found(&statuses).await.place, Some(Place { number: furthest, of: 4 }), "{name}");
    }
}

async fn the_expected_time_moves_with_steps_and_waits(statuses: Store) {
    statuses.delay("s-1", "late", Some(Duration::from_hours(1))).await.unwrap();
    assert_eq!(found(&statuses).await.expected, None, "a wait alone says nothing of the end");
    let expected = Some(Duration::from_mins(5));
    statuses.advance("s-1", Step { expected, ..step("a", 1, State::InProgress) }).await.unwrap();
    let (status, mut seen) = (found(&statuses).await, Vec::new());
    assert_eq!(status.expected, status.updated.checked_add(Duration::from_mins(5)).ok());
    for wait in [None, Some(Duration::from_secs(1)), Some(Duration::from_hours(1))] {
        statuses.delay("s-1", "late", wait).await.unwrap();
        let now = found(&statuses).await;
        assert!(now.delayed, "{wait:?}");
        seen.push((now.expected > status.expected, now.version - status.version));
    }
    assert_eq!(seen, [(false, 1), (false, 1), (true, 2)], "a short wait is within what was expected");
    statuses.advance("s-1", step("done", 9, State::Done)).await.unwrap();
    assert_eq!(found(&statuses).await.expected, None);
}

async fn what_changes_nothing_is_no_change(statuses: Store) {
    for _ in 0..2 {
        statuses.notify("s-1", "Thank you.").await.unwrap();
    }
    let told = found(&statuses).await;
    assert_eq!((told.notifications.len(), told.etag().as_str()), (1, "\"2\""));
    for message in ["late", "late", "later"] {
        statuses.delay("s-1", message, None).await.unwrap();
    }
    assert_eq!(found(&statuses).await.version, 4, "later words are new, the same are not");
    for (name, rank) in [("reserved", 2), ("reserved", 2), ("confirmed", 1), ("confirmed", 1), ("received", 0)] {
        statuses.advance("s-1", step(name, rank, State::InProgress)).await.unwrap();
    }
    let status = found(&statuses).await;
    assert_eq!((status.version, status.delayed, status.steps.len()), (6, false, 3));
}

async fn what_was_never_opened_cannot_change(statuses: Store) {
    let taken = statuses.advance("s-2", step("reserved", 2, State::InProgress)).await;
    for outcome in [taken, statuses.delay("s-2", "late", None).await, statuses.notify("s-2", "Thank you.").await] {
        assert_eq!(outcome.unwrap_err().to_string(), "the status s-2 could not be changed: there is none");
    }
    assert_eq!(statuses.find("s-2").await.unwrap(), None, "nor does it come to be");
}

async fn what_was_recorded_is_unsent_until_it_is_sent(statuses: Store) {
    assert!(!found(&statuses).await.unsent, "a status says nothing of it by itself");
    let recorded = Status::new("s-2", "ada", &step("received", 0, State::InProgress), Timestamp::UNIX_EPOCH);
    statuses.open(Status { unsent: true, ..recorded }).await.unwrap();
    let unsent = async || statuses.find("s-2").await.unwrap().unwrap();
    statuses.advance("s-2", step("confirmed", 1, State::InProgress)).await.unwrap();
    let before = unsent().await;
    assert!(before.unsent, "who opened it says when it is sent");
    let waiting = statuses.waiting_since(Timestamp::from_second(1_000).unwrap(), 10).await.unwrap();
    assert_eq!(waiting.iter().filter(|status| status.unsent).count(), 1, "lists say it, too");
    for _ in 0..2 {
        statuses.sent("s-2").await.unwrap();
        assert_eq!(unsent().await, Status { unsent: false, ..before.clone() }, "nothing else changes");
    }
    assert!(statuses.sent("s-3").await.unwrap_err().missing);
}

async fn lists_are_in_order_and_end_at_their_limit(statuses: Store) {
    for (id, owner, created) in [("s-2", "ada", 20), ("s-3", "ada", 10), ("s-4", "eve", 5)] {
        let created = Timestamp::from_second(created).unwrap();
        let status = Status::new(id, owner, &step("received", 0, State::InProgress), created);
        statuses.open(status).await.unwrap();
    }
    let ids = |listed: Vec<Status>| listed.into_iter().map(|status| status.id).collect::<Vec<_>>();
    assert_eq!(ids(statuses.of_owner("ada", 2).await.unwrap()), ["s-2", "s-3"], "the newest first");
    assert_eq!(ids(statuses.of_owner("bob", 2).await.unwrap()), Vec::<String>::new());
    let before = Timestamp::from_second(20).unwrap();
    assert_eq!(ids(statuses.waiting_since(before, 9).await.unwrap()), ["s-1", "s-4", "s-3"], "the oldest first");
    assert_eq!(ids(statuses.waiting_since(before, 2).await.unwrap()), ["s-1", "s-4"]);
}

#[tokio::test]
async fn statuses_in_memory() {
    for case in CASES {
        case(received(Arc::new(MemoryStatuses::new(clock()))).await).await;
    }
}

#[tokio::test]
async fn statuses_in_dynamodb() {
    for (index, case) in CASES.iter().enumerate() {
        with_table_of(&STATUSES, &format!("statuses-{index}"), async |client, table| {
            case(received(Arc::new(DynamoDbStatuses::new(client, table).clock(clock()))).await).await;
        })
        .await;
    }
}
