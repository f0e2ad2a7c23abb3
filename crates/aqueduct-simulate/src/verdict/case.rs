//! The way of a message that died, and how long it could have waited.

use std::fmt::Write as _;
use std::time::Duration;

use aqueduct_topology::{Function, Mapping, Queue};

use super::Matters;
use super::remedy::{Candidate, Edit, Rung, ladder, told};
use crate::wiring::{TIMEOUTS_OF_VISIBILITY, Wiring};
use crate::words::{real, span, whole};
use crate::{Backoff, DeadLetters, FaultKind, FunctionReport, Setting};

/// Dead letters of one origin and cause, with what the topology says of their way.
pub(super) struct Case<'a> {
    pub(super) wiring: &'a Wiring<'a>,
    pub(super) letters: &'a DeadLetters,
    pub(super) queue: Option<&'a Queue>,
    pub(super) mapping: Option<&'a Mapping>,
    pub(super) worker: Option<&'a Function>,
    pub(super) of_worker: Option<&'a FunctionReport>,
    /// How many messages could have died, for what is a matter of chance.
    pub(super) arrived: u64,
}

/// How long a message waits for a function that fails.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How often it is received before it is given up, by its queue or its function.
    pub(super) receives: u64,
    /// What these are called: receives of the queue, or attempts of the function.
    pub(super) word: &'static str,
    pub(super) visibility: Duration,
    /// All of its receives together.
    pub(super) lasts: Duration,
}

impl<'a> Case<'a> {
    pub(super) fn new(matters: &'a Matters<'a>, letters: &'a DeadLetters) -> Self {
        let wiring = &matters.wiring;
        let queue = wiring.queue(&letters.from);
        let worker = wiring.worker(&letters.from);
        let arrived =
            matters.report.queues.iter().find(|it| it.id == letters.from).map_or(letters.count, |it| it.arrived);
        Self {
            wiring,
            letters,
            queue,
            mapping: queue.and_then(|queue| wiring.consumer(queue)).map(|(mapping, _)| mapping),
            worker,
            of_worker: worker.and_then(|it| matters.report.functions.iter().find(|report| report.id == it.id)),
            arrived,
        }
    }

    pub(super) fn name(&self) -> &str {
        self.worker.map_or(self.letters.from.as_str(), |worker| &worker.id)
    }

    /// Whether one message died so, and no other.
    pub(super) const fn is_alone(&self) -> bool {
        self.letters.count == 1
    }

    /// How long a message waits for a function that fails.
    pub(super) fn patience(&self) -> Option<Patience> {
        let queue = self.queue?;
        let (of_queue, visibility) = (self.wiring.receives(queue)?, self.wiring.visibility(queue));
        let attempts = self.attempts().filter(|attempts| *attempts < of_queue);
        let receives = attempts.unwrap_or(of_queue);
        let word = if attempts.is_some() { "attempts" } else { "receives" };
        let lasts = match self.backoff() {
            Some(backoff) => {
                let (_, mean) = backoff.shares();
                let waits = (1..receives).map(|receive| Duration::from_micros(backoff.step(receive)).mul_f64(mean));
                waits.fold(Duration::ZERO, Duration::saturating_add)
            }
            None => visibility.saturating_mul(u32::try_from(receives).unwrap_or(u32::MAX)),
        };
        Some(Patience { receives, word, visibility, lasts })
    }

    pub(super) fn backs_off(&self) -> bool {
        self.backoff().is_some()
    }

    fn backoff(&self) -> Option<Backoff> {
        self.wiring.behaviour(&self.worker?.id).waits()
    }

    pub(super) fn fault_length(&self, of: impl Fn(&FaultKind) -> bool) -> Duration {
        self.wiring.longest(of).map_or(Duration::ZERO, |(from, until)| until.saturating_sub(from))
    }

    /// How often something without a queue was tried.
    pub(super) fn tries(&self) -> String {
        match self.wiring.function(&self.letters.from) {
            Some(function) => {
                format!("all {} tries of an asynchronous invocation failed", function.asynchronous.retries_max + 1)
            }
            None => "all tries failed".to_owned(),
        }
    }

    /// What lets a message wait for so long: more receives, a function that backs off, longer invisibility.
    pub(super) fn more_patience(&self, length: Duration) -> Vec<Candidate> {
        let (Some(queue), Some(patience)) = (self.queue, self.patience()) else { return Vec::new() };
        let (receives, visibility) = (patience.receives, patience.visibility.as_secs().max(1));
        let plain = length.as_secs().div_ceil(visibility) + 1;
        let wanted = self.backoff().map_or(plain, |backoff| receives_backing_off(&backoff, length)).max(receives + 1);
        let mut candidates = self.more_receives(wanted);
        if self.backs_off() {
            return candidates;
        }
        if let Some(worker) = self.worker {
            let does = format!("let {} back off, so that failed records wait longer each time", worker.id);
            candidates.push(Candidate::one(does, vec![Edit::BacksOff { function: worker.id.clone() }]));
        }
        if receives > 1 && !length.is_zero() {
            let longer = length.as_secs().div_ceil(receives - 1).div_ceil(60) * 60;
            if longer > visibility {
                candidates.push(Candidate::setting(&queue.id, Setting::VisibilityTimeout, Some(visibility), &[longer]));
            }
        }
        candidates
    }

    /// More receives before a message is given up, be it by its queue or by its function.
    pub(super) fn more_receives(&self, wanted: u64) -> Vec<Candidate> {
        let (Some(queue), Some(Patience { receives, .. })) = (self.queue, self.patience()) else { return Vec::new() };
        let of_queue = self.wiring.receives(queue).unwrap_or(receives);
        let Some((worker, attempts)) = self.worker.zip(self.attempts()) else {
            return vec![Candidate::setting(&queue.id, Setting::MaxReceiveCount, Some(receives), &ladder(wanted))];
        };
        let rungs = ladder(wanted).into_iter().map(|wanted| {
            let mut rung = Rung {
                does: format!("raise the attempts of {} (`Consumer::attempts`) from {attempts} to {wanted}", worker.id),
                edits: vec![Edit::Attempts { function: worker.id.clone(), attempts: wanted }],
            };
            // The queue keeps the receives that it has beyond the attempts.
            let of_queue_then = wanted + of_queue.saturating_sub(attempts);
            if of_queue_then > of_queue {
                let _ = write!(rung.does, ", and maxReceiveCount of {} from {of_queue} to {of_queue_then}", queue.id);
                rung.edits.push(Edit::change(&queue.id, Setting::MaxReceiveCount, of_queue_then));
            }
            rung
        });
        vec![Candidate { rungs: rungs.collect() }]
    }

    /// After how many receives the function gives a record up by itself.
    fn attempts(&self) -> Option<u64> {
        self.wiring.behaviour(&self.worker?.id).attempts.map(u64::from)
    }

    /// So many receives that, where each fails with this probability, one run in twenty would lose a single message.
    pub(super) fn receives_against(&self, failing: f64) -> u64 {
        let receives = libm::log(0.05 / real(self.arrived.max(1))) / libm::log(failing.clamp(0.000_1, 0.999));
        whole(receives.ceil())
    }

    /// A longer timeout, and with it the visibility timeout that AWS wants six times as long.
    pub(super) fn more_time(&self, wanted: u64) -> Vec<Candidate> {
        let name = self.name();
        let now = self.wiring.value(name, Setting::Timeout);
        let rungs = ladder(wanted).into_iter().map(|timeout| {
            let mut rung = Rung { does: told(name, Setting::Timeout, now, timeout), edits: Vec::new() };
            for (_, queue) in self.wiring.sources(name) {
                let visibility = self.wiring.visibility(queue).as_secs();
                if visibility < timeout * TIMEOUTS_OF_VISIBILITY {
                    let _ = write!(
                        rung.does,
                        ", and VisibilityTimeout of {} to {}",
                        queue.id,
                        timeout * TIMEOUTS_OF_VISIBILITY
                    );
                    rung.edits.push(Edit::change(
                        &queue.id,
                        Setting::VisibilityTimeout,
                        timeout * TIMEOUTS_OF_VISIBILITY,
                    ));
                }
            }
            // A mapping refuses a function whose timeout exceeds its queue's visibility timeout, which therefore comes first.
            rung.edits.push(Edit::change(name, Setting::Timeout, timeout));
            rung
        });
        vec![Candidate { rungs: rungs.collect() }]
    }

    /// The way back for what is dead already, or what would have waited longer.
    pub(super) fn after_all(&self) -> Option<String> {
        if let Some((queue, dead)) = self.queue.and_then(|queue| Some((queue, self.wiring.dead_letter_queue(queue)?))) {
            return Some(format!(
                "What lies in {} can be moved back with a redrive to {}, within its retention of {}.",
                dead.id,
                queue.id,
                span(dead.retention)
            ));
        }
        let function = self.wiring.function(&self.letters.from)?;
        let advice = "Lambda tries an event again for minutes; a queue in front of {} would wait for as long as its receives last.";
        Some(advice.replace("{}", &function.id))
    }
}

/// So many receives of a function that backs off last for so long, even where every wait is as short as it can be; in the mean where
/// it can be nothing.
fn receives_backing_off(backoff: &Backoff, length: Duration) -> u64 {
    /// More than any queue allows.
    const RECEIVES_MAX: u64 = 1_000;
    let (shortest, mean) = backoff.shares();
    let share = if shortest > 0.0 { shortest } else { mean };
    let (mut receives, mut lasts) = (1, Duration::ZERO);
    while lasts < length && receives < RECEIVES_MAX {
        lasts += Duration::from_micros(backoff.step(receives)).mul_f64(share);
        receives += 1;
    }
    receives
}
