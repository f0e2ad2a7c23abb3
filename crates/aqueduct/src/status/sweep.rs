//! Keeping statuses true when nobody speaks for them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Status, StatusError, Statuses};
use crate::{Clock, Failure, Handler, Message, Tick};

/// How many statuses a sweep looks at first. It looks further only where all of them are marked.
const LOOK_AT: u32 = 200;

/// Marks requests as delayed that have stood still for too long: a function that crashes or times out tells nobody, so
/// the user learns of it here. It handles the [`Tick`] of a schedule.
///
/// ```
/// # use std::{sync::Arc, time::Duration};
/// use aqueduct::status::{MemoryStatuses, StalledSweep};
/// use aqueduct::{Consumer, Tick};
///
/// let statuses = Arc::new(MemoryStatuses::default());
/// let sweep = StalledSweep::new(statuses, Duration::from_secs(60), "This takes longer than usual.");
/// let consumer = Consumer::new::<Tick>(sweep);
/// ```
#[derive(Clone)]
pub struct StalledSweep {
    statuses: Arc<dyn Statuses>,
    after: Duration,
    delayed: String,
    /// After how long, and in which words, it is said that a request stands still for longer than it can be on its way.
    stuck: Option<(Duration, String)>,
    clock: Clock,
}

impl StalledSweep {
    /// A sweep that explains with the words `delayed` that a request took its last step more than `after` ago.
    pub fn new(statuses: Arc<dyn Statuses>, after: Duration, delayed: impl Into<String>) -> Self {
        Self { statuses, after, delayed: delayed.into(), stuck: None, clock: Clock::system() }
    }

    /// Says it in other words of a request that took its last step more than `after` ago: longer than all attempts at its message
    /// last. Nobody may be left to speak for it, such as when a function was killed in all of them, or when a message reached the
    /// dead-letter queue of a topic or bus. The request is in progress all the same, since the message may be moved back.
    #[must_use]
    pub fn stuck(mut self, after: Duration, words: impl Into<String>) -> Self {
        self.stuck = Some((after, words.into()));
        self
    }

    /// The same sweep with another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Some of the requests that stand still and are not marked so, with the words for each; the next sweep goes on.
    async fn unmarked(&self) -> Result<Vec<(Status, &str)>, StatusError> {
        let now = self.clock.now();
        let ago = |age: Duration| now.checked_sub(age).unwrap_or(Timestamp::MIN);
        let unmarked = |status: Status| {
            if let Some((after, words)) = &self.stuck
                && status.updated < ago(*after)
            {
                return (status.message != *words).then_some((status, words.as_str()));
            }
            (!status.delayed).then_some((status, self.delayed.as_str()))
        };
        let mut limit = LOOK_AT;
        loop {
            let stalled = self.statuses.waiting_since(ago(self.after), limit).await?;
            let all = stalled.len() < limit as usize;
            let unmarked: Vec<_> = stalled.into_iter().filter_map(unmarked).collect();
            if all || !unmarked.is_empty() {
                return Ok(unmarked);
            }
            // Marked requests are the oldest for as long as they stand still, and must not hide the others.
            limit = limit.saturating_mul(2);
        }
    }
}

impl Handler<Tick> for StalledSweep {
    async fn handle(&self, _: Message<Tick>) -> Result<(), Failure> {
        for (status, words) in self.unmarked().await? {
            self.statuses.delay(&status.id, words, None).await?;
            tracing::warn!(subject = status.id, step = status.step, "a request stands still");
        }
        Ok(())
    }
}

impl fmt::Debug for StalledSweep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StalledSweep")
            .field("statuses", &self.statuses)
            .field("after", &self.after)
            .field("stuck", &self.stuck)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{MemoryStatuses, State, cases};
    use crate::{Draft, Payload as _};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    async fn sweep(statuses: &Arc<MemoryStatuses>, now: i64) {
        let clock = Clock::new(move || at(now), String::new);
        let sweep = StalledSweep::new(statuses.clone(), Duration::from_mins(1), "It is late.").clock(clock);
        let sweep = sweep.stuck(Duration::from_hours(1), "It is stuck.");
        let draft = Draft::from(Tick {});
        let header = draft.header(Tick::TYPE.to_owned(), "test".to_owned(), at(now));
        sweep.handle(Message { header, data: draft.data }).await.unwrap();
    }

    #[tokio::test]
    async fn what_stands_still_is_marked_once_however_much_is_marked_already() {
        let statuses = Arc::new(MemoryStatuses::default());
        let count = i64::from(LOOK_AT) + 1;
        for n in 0..count {
            let received = cases::step("received", 0, State::InProgress);
            statuses.open(Status::new(format!("s-{n}"), "ada", &received, at(n))).await.unwrap();
        }
        let marked = async || {
            let listed = statuses.of_owner("ada", u32::MAX).await.unwrap();
            listed.iter().filter(|status| status.delayed && status.message == "It is late.").count()
        };
        for (now, expected) in [(60, 0), (70, 10), (1_000, 200), (1_000, 201), (1_000, 201)] {
            sweep(&statuses, now).await;
            assert_eq!(marked().await, expected, "at {now}");
        }
        assert_eq!(statuses.find("s-0").await.unwrap().unwrap().version, 2, "it is told once");
    }

    #[tokio::test]
    async fn what_stands_still_for_longer_than_its_message_is_tried_is_told_so_once() {
        let statuses = Arc::new(MemoryStatuses::default());
        let received = cases::step("received", 0, State::InProgress);
        statuses.open(Status::new("s-1", "ada", &received, at(0))).await.unwrap();
        let said = async || {
            let status = statuses.find("s-1").await.unwrap().unwrap();
            (status.message, status.version)
        };
        for (now, message, version) in [
            (60, "received.", 1),
            (61, "It is late.", 2),
            (3_600, "It is late.", 2),
            (3_601, "It is stuck.", 3),
            (9_000, "It is stuck.", 3),
        ] {
            sweep(&statuses, now).await;
            assert_eq!(said().await, (message.to_owned(), version), "at {now}");
        }
        statuses.advance("s-1", cases::step("confirmed", 1, State::InProgress)).await.unwrap();
        assert_eq!(said().await.0, "confirmed.", "it goes on");
    }
}
