//! Keeping statuses true when nobody speaks for them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Status, StatusError, Statuses, Step};
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
    /// What is said of a request that was never sent.
    unsent: Option<Step>,
    clock: Clock,
}

/// What a sweep has to say of a request.
enum Mark<'a> {
    Delay(&'a str),
    Step(&'a Step),
}

impl StalledSweep {
    /// A sweep that explains with the words `delayed` that a request took its last step more than `after` ago.
    pub fn new(statuses: Arc<dyn Statuses>, after: Duration, delayed: impl Into<String>) -> Self {
        Self { statuses, after, delayed: delayed.into(), stuck: None, unsent: None, clock: Clock::system() }
    }

    /// Says it in other words of a request that took its last step more than `after` ago: longer than all attempts at its message
    /// last. Nobody may be left to speak for it, such as when a function was killed in all of them, or when a message reached the
    /// dead-letter queue of a topic or bus. The request is in progress all the same, since the message may be moved back.
    #[must_use]
    pub fn stuck(mut self, after: Duration, words: impl Into<String>) -> Self {
        self.stuck = Some((after, words.into()));
        self
    }

    /// Lets a request take this step, which [halts](Step::halts) it, where it is [unsent](Status::unsent) and nobody has worked
    /// on it: whoever recorded it died before sending it, or could not send it. It is not on its way, so that neither of the other
    /// words is true of it, and it is for its user to send it again. Nor can it be told from one that was sent a moment before
    /// that death, so let the step's words ask for what is right in both cases: the same request, with the same key.
    #[must_use]
    pub fn unsent(mut self, step: Step) -> Self {
        self.unsent = Some(Step { halts: true, ..step });
        self
    }

    /// The same sweep with another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// What is to be said of a request that stands still, if it was not said before.
    fn mark(&self, status: &Status, now: Timestamp) -> Option<Mark<'_>> {
        if let Some(step) = self.unsent.as_ref().filter(|step| is_unsent(status, step)) {
            return (status.step != step.name).then_some(Mark::Step(step));
        }
        if let Some((after, words)) = &self.stuck
            && status.updated < ago(now, *after)
        {
            return (status.message != *words).then_some(Mark::Delay(words));
        }
        (!status.delayed).then_some(Mark::Delay(&self.delayed))
    }

    /// Some of the requests that stand still and are not marked so, with what is to be said of each; the next sweep goes on.
    async fn unmarked(&self) -> Result<Vec<(Status, Mark<'_>)>, StatusError> {
        let now = self.clock.now();
        let mut limit = LOOK_AT;
        loop {
            let stalled = self.statuses.waiting_since(ago(now, self.after), limit).await?;
            let all = stalled.len() < limit as usize;
            let marks = stalled.into_iter().filter_map(|status| self.mark(&status, now).map(|mark| (status, mark)));
            let unmarked: Vec<_> = marks.collect();
            if all || !unmarked.is_empty() {
                return Ok(unmarked);
            }
            // Marked requests are the oldest for as long as they stand still, and must not hide the others.
            limit = limit.saturating_mul(2);
        }
    }
}

fn ago(now: Timestamp, age: Duration) -> Timestamp {
    now.checked_sub(age).unwrap_or(Timestamp::MIN)
}

/// Whether nothing says that a request was sent: neither a step that somebody took who got it, nor a delay that somebody told
/// who tries it.
fn is_unsent(status: &Status, step: &Step) -> bool {
    status.unsent && !status.delayed && status.steps.iter().skip(1).all(|taken| taken.step == step.name)
}

impl Handler<Tick> for StalledSweep {
    async fn handle(&self, _: Message<Tick>) -> Result<(), Failure> {
        for (status, mark) in self.unmarked().await? {
            match mark {
                Mark::Delay(words) => self.statuses.delay(&status.id, words, None).await?,
                Mark::Step(step) => self.statuses.advance(&status.id, step.clone()).await?,
            }
            let unsent = matches!(mark, Mark::Step(_));
            tracing::warn!(subject = status.id, step = status.step, unsent, "a request stands still");
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
            .field("unsent", &self.unsent)
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
        let sweep = sweep.unsent(cases::step("unsent", 0, State::InProgress));
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

    #[tokio::test]
    async fn what_was_never_sent_is_not_said_to_be_on_its_way() {
        let open = async || {
            let statuses = Arc::new(MemoryStatuses::new(Clock::new(|| at(0), String::new)));
            let received = cases::step("received", 0, State::InProgress);
            let unsent = Status { unsent: true, ..Status::new("s-1", "ada", &received, at(0)) };
            statuses.open(unsent).await.unwrap();
            statuses
        };
        let said = async |statuses: &Arc<MemoryStatuses>| {
            let status = statuses.find("s-1").await.unwrap().unwrap();
            (status.state, status.message, status.version)
        };
        let statuses = open().await;
        for now in [61, 4_000, 9_000] {
            sweep(&statuses, now).await;
            assert_eq!(said(&statuses).await, (State::InProgress, "unsent.".to_owned(), 2), "at {now}");
        }
        // It is sent again, and whoever does it dies once more.
        statuses.advance("s-1", cases::step("received", 1, State::InProgress)).await.unwrap();
        assert_eq!(said(&statuses).await.1, "received.");
        sweep(&statuses, 9_000).await;
        assert_eq!(said(&statuses).await.1, "unsent.");
        statuses.advance("s-1", cases::step("confirmed", 10, State::InProgress)).await.unwrap();
        sweep(&statuses, 9_000).await;
        assert_eq!(said(&statuses).await.1, "It is stuck.", "somebody had it, whatever is known of the sending");

        let statuses = open().await;
        statuses.delay("s-1", "The bank is away.", None).await.unwrap();
        sweep(&statuses, 61).await;
        assert_eq!(said(&statuses).await.1, "The bank is away.", "somebody has it");

        let statuses = open().await;
        statuses.sent("s-1").await.unwrap();
        sweep(&statuses, 61).await;
        assert_eq!(said(&statuses).await.1, "It is late.");
    }
}
