//! Steps only go forward.

use jiff::Timestamp;

use super::{MemoryStatuses, Opened, State, Status, Statuses, Step};
use crate::Clock;

fn step(name: &'static str, rank: u32, state: State) -> Step {
    Step { name, rank, state, message: format!("{name}."), next_action: None, help: None }
}

async fn received() -> MemoryStatuses {
    let statuses = MemoryStatuses::new(Clock::new(|| Timestamp::UNIX_EPOCH, String::new));
    let status = Status::new("s-1", "ada", &step("received", 0, State::InProgress), Timestamp::UNIX_EPOCH);
    assert_eq!(statuses.open(status).await.unwrap(), Opened::New);
    statuses
}

#[tokio::test]
async fn a_late_step_joins_the_history_and_nothing_else() {
    let statuses = received().await;
    statuses.advance("s-1", step("reserved", 2, State::InProgress)).await.unwrap();
    statuses.advance("s-1", step("confirmed", 1, State::InProgress)).await.unwrap();
    let status = statuses.find("s-1").await.unwrap().unwrap();
    assert_eq!((status.step.as_str(), status.message.as_str()), ("reserved", "reserved."));
    let history: Vec<_> = status.steps.iter().map(|taken| taken.step.as_str()).collect();
    assert_eq!(history, ["received", "reserved", "confirmed"]);
}

#[tokio::test]
async fn nothing_follows_a_final_step() {
    let statuses = received().await;
    statuses.advance("s-1", step("dispatched", 3, State::Done)).await.unwrap();
    statuses.delay("s-1", "late").await.unwrap();
    statuses.advance("s-1", step("rejected", 9, State::Failed)).await.unwrap();
    let status = statuses.find("s-1").await.unwrap().unwrap();
    assert_eq!((status.state, status.delayed), (State::Done, false));
}

#[tokio::test]
async fn a_second_opening_finds_the_first() {
    let statuses = received().await;
    let again = Status::new("s-1", "eve", &step("received", 0, State::InProgress), Timestamp::UNIX_EPOCH);
    let Opened::Existing(existing) = statuses.open(again).await.unwrap() else { panic!("it was opened again") };
    assert_eq!(existing.owner, "ada");
}

#[tokio::test]
async fn the_same_words_are_told_once() {
    let statuses = received().await;
    for _ in 0..2 {
        statuses.notify("s-1", "Thank you.").await.unwrap();
    }
    let status = statuses.find("s-1").await.unwrap().unwrap();
    assert_eq!(status.notifications.len(), 1);
    assert_eq!(status.etag(), "\"2\"", "a duplicate is no change");
}
