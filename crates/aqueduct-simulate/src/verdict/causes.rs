//! Why messages are dead, and what might have kept them alive.

use std::fmt::Write as _;
use std::time::Duration;

use super::case::{Case, Patience};
use super::remedy::{Candidate, Edit, Measure, ladder};
use super::{Draft, Matter, Matters};
use crate::wiring::TIMEOUTS_OF_VISIBILITY;
use crate::words::{counted, number, percent, real, span, whole};
use crate::{Cause, DeadLetters, FaultKind, QueueReport, Setting};

/// What is told of a cause.
pub(super) struct Told {
    because: String,
    candidates: Vec<Candidate>,
    advice: Option<String>,
}

impl Matters<'_> {
    /// A statement for each origin and cause, the greatest number first.
    pub(super) fn dead_letters(&self) -> Vec<Draft> {
        let letters = self.report.queues.iter().flat_map(|queue| queue.dead_letters.iter().map(move |it| (queue, it)));
        let mut letters: Vec<(&QueueReport, &DeadLetters)> = letters.filter(|(_, it)| it.count > 0).collect();
        letters.sort_by_key(|(_, it)| std::cmp::Reverse(it.count));
        letters.into_iter().map(|(to, letters)| self.dead(to, letters)).collect()
    }

    fn dead(&self, to: &QueueReport, letters: &DeadLetters) -> Draft {
        let case = Case::new(self, letters);
        let told = case.told();
        let (first, last) = (self.clock.time(letters.first), self.clock.time(letters.last));
        let when = if first == last { format!("at {first}") } else { format!("between {first} and {last}") };
        let come = if letters.count == 1 { "reaches" } else { "reach" };
        let says = format!("{} {come} {} {when}, because {}.", self.of_how_many(letters), to.id, told.because);
        let from = letters.from.clone();
        // Poison stays what it is in any wiring; there is only less work to be had.
        let measure = match letters.cause {
            Cause::Poison => Measure::Deliveries,
            of_wiring => Measure::Dead { from, cause: of_wiring },
        };
        Draft {
            matter: Matter::Dead(letters.cause),
            says,
            measure: Some(measure),
            candidates: told.candidates,
            advice: told.advice,
        }
    }

    /// `1,204 of 90,000 orders`, where every message of the origin is one that arrived; else messages of the origin.
    fn of_how_many(&self, letters: &DeadLetters) -> String {
        let DeadLetters { from, count, .. } = letters;
        let arrivals: Vec<_> = self.wiring.scenario.arrivals.iter().filter(|it| it.to == *from).collect();
        let number = crate::words::count(*count);
        if let [arrivals] = arrivals.as_slice()
            && let Some(items) = self.report.items.iter().find(|it| it.name == arrivals.name)
            && *count <= items.arrived
        {
            return format!("{number} of {}", counted(items.arrived, &items.name));
        }
        match self.report.queues.iter().find(|queue| queue.id == *from) {
            Some(queue) => format!("{number} of the {} of {from}", counted(queue.arrived, "messages")),
            None => format!("{} for {from}", counted(*count, "events")),
        }
    }
}

impl Case<'_> {
    fn told(&self) -> Told {
        match self.letters.cause {
            Cause::Outage => self.outage(),
            Cause::Dependency => self.dependency(),
            Cause::Poison => self.poison(),
            Cause::Failure => self.failure(),
            Cause::Neighbour => self.neighbour(),
            Cause::TimedOut => self.timed_out(),
            Cause::Crash => self.crash(),
            Cause::Late => self.late(),
            Cause::NeverRan => self.never_ran(),
            Cause::Undelivered => self.undelivered(),
        }
    }

    fn outage(&self) -> Told {
        let name = self.name();
        let length = self.fault_length(|kind| matches!(kind, FaultKind::Outage { function, .. } if function == name));
        let because = match self.patience() {
            Some(Patience { receives, word, lasts, .. }) if self.backs_off() && lasts <= length => format!(
                "{receives} {word}, between which {name} backs off, last about {}, which is less than its outage of {}",
                span(lasts),
                span(length)
            ),
            Some(Patience { receives, word, visibility, lasts }) if !self.backs_off() && lasts <= length => format!(
                "{receives} {word} × {} = {} are less than the outage of {name} of {}",
                span(visibility),
                span(lasts),
                span(length)
            ),
            Some(Patience { receives, word, .. }) => {
                format!("their {receives} {word} were used up while {name} was down for {}", span(length))
            }
            None => format!("{} while {name} was down for {}", self.tries(), span(length)),
        };
        Told { because, candidates: self.more_patience(length), advice: self.after_all() }
    }

    fn dependency(&self) -> Told {
        let name = self.name();
        let is_ours =
            |kind: &FaultKind| matches!(kind, FaultKind::DependencyCapacity { function, .. } if function == name);
        let length = self.fault_length(is_ours);
        let capacity = self.wiring.scenario.faults.iter().find_map(|fault| match &fault.kind {
            FaultKind::DependencyCapacity { function, per_second } if function == name => Some(*per_second),
            _ => None,
        });
        let capacity = capacity.unwrap_or_default();
        let mut because = format!(
            "what {name} calls serves {} a second for {}, and records that it refuses use up their receives",
            counted(whole(capacity), "records"),
            span(length)
        );
        let mut candidates = self.more_patience(length);
        if let (Some(mapping), Some(worker)) = (self.mapping, self.worker)
            && let Some((typical, _)) = self.wiring.behaviour(&worker.id).takes.typical_and_slow()
            && !typical.is_zero()
        {
            let now = self.wiring.concurrency(mapping, worker);
            let each = 1.0 / typical.as_secs_f64();
            if let Some(now) = now {
                let _ = write!(because, ": {now} executions ask {} times a second", number(real(now) * each));
            }
            let fits = whole((capacity / each).floor()).max(2);
            if now.is_none_or(|now| fits < now) {
                let of_mapping = self.wiring.value(&mapping.id, Setting::MaximumConcurrency);
                candidates.insert(0, Candidate::setting(&mapping.id, Setting::MaximumConcurrency, of_mapping, &[fits]));
            }
        }
        Told { because, candidates, advice: self.after_all() }
    }

    fn poison(&self) -> Told {
        let name = self.name();
        if self.wiring.behaviour(name).rejects_poison {
            let (them, first) = if self.is_alone() { ("it", "it first comes") } else { ("them", "they first come") };
            let because = format!("{name} rejects {them} as poison when {first}, which is as it should be");
            let advice = format!("Put right what sends {them}; then redrive or delete {them}.");
            return Told { because, candidates: Vec::new(), advice: Some(advice) };
        }
        let tries = self.patience().map_or_else(|| "every time".to_owned(), |it| format!("{} times", it.receives));
        let because = if self.is_alone() {
            format!("it is poison: {name} failed on it {tries}")
        } else {
            format!("they are poison: {name} failed on each of them {tries}")
        };
        let edit = Edit::RejectsPoison { function: name.to_owned() };
        let does =
            format!("let {name} reject what it can never handle (`Failure::reject`), and save the further deliveries");
        let advice =
            "No wiring makes poison good: put right what sends it; then redrive or delete what lies there.".to_owned();
        Told { because, candidates: vec![Candidate::one(does, vec![edit])], advice: Some(advice) }
    }

    fn failure(&self) -> Told {
        let name = self.name();
        let failing = self.wiring.behaviour(name).failing;
        let Some(Patience { receives, .. }) = self.patience() else {
            let because = format!("{} fails {} of its records by chance, {}", name, percent(failing), self.tries());
            return Told { because, candidates: Vec::new(), advice: self.after_all() };
        };
        let odds = libm::pow(failing, real(receives));
        let because = format!(
            "{name} fails {} of its records by chance, so that {} of all fail {receives} times in a row",
            percent(failing),
            percent(odds)
        );
        let wanted = self.receives_against(failing).max(receives + 1);
        Told { because, candidates: self.more_receives(wanted), advice: self.after_all() }
    }

    fn neighbour(&self) -> Told {
        let name = self.name();
        if self.mapping.is_some_and(|mapping| mapping.reports_batch_item_failures) {
            let because =
                format!("another message of their group failed before them, and {name} keeps each group in order");
            let length =
                self.fault_length(|kind| matches!(kind, FaultKind::Outage { function, .. } if function == name));
            return Told { because, candidates: self.more_patience(length), advice: self.after_all() };
        }
        let batch = self.mapping.and_then(|it| self.wiring.value(&it.id, Setting::BatchSize));
        let because = format!(
            "{name} does not tell which records of a batch{} failed, so that one that fails takes its neighbours along",
            batch.map(|it| format!(" of {it}")).unwrap_or_default()
        );
        let mut candidates = Vec::new();
        if let Some(mapping) = self.mapping {
            let edit = Edit::ReportsFailures { mapping: mapping.id.clone() };
            let does = format!("set FunctionResponseTypes of {} to [ReportBatchItemFailures]", mapping.id);
            candidates.push(Candidate::one(does, vec![edit]));
            candidates.push(Candidate::setting(&mapping.id, Setting::BatchSize, batch, &[1]));
        }
        Told { because, candidates, advice: self.after_all() }
    }

    fn timed_out(&self) -> Told {
        let name = self.name();
        let timeout = self.wiring.value(name, Setting::Timeout).unwrap_or_default();
        let batch = self.mapping.and_then(|it| self.wiring.value(&it.id, Setting::BatchSize)).unwrap_or(1);
        let behaviour = self.wiring.behaviour(name);
        let slower = self.wiring.scenario.faults.iter().filter_map(|fault| match &fault.kind {
            FaultKind::SlowDown { function, factor } if function == name => Some(*factor),
            _ => None,
        });
        let slower = slower.fold(1.0_f64, f64::max);
        let Some((_, slow)) = behaviour.takes.typical_and_slow() else {
            let because = format!("the timeout of {name}, {}, ended it", span(Duration::from_secs(timeout)));
            return Told { because, candidates: self.more_time(timeout * 2), advice: self.after_all() };
        };
        let one = slow.mul_f64(slower);
        let records = if behaviour.per_batch { 1 } else { batch };
        let whole_batch = one.saturating_mul(u32::try_from(records).unwrap_or(u32::MAX));
        let because = format!(
            "a batch of {batch} can take {name} {}, which is more than its timeout of {}",
            span(whole_batch),
            span(Duration::from_secs(timeout))
        );
        let mut candidates = self.more_time(whole_batch.as_secs() + 1);
        let fits = whole((real(timeout) * 0.9 / one.as_secs_f64().max(0.001)).floor());
        if let Some(mapping) = self.mapping.filter(|_| fits >= 1 && fits < batch && !behaviour.per_batch) {
            candidates.push(Candidate::setting(
                &mapping.id,
                Setting::BatchSize,
                Some(batch),
                &[fits, fits.div_ceil(2), 1],
            ));
        }
        Told { because, candidates, advice: self.after_all() }
    }

    fn crash(&self) -> Told {
        let name = self.name();
        let repeated = self.of_worker.map_or(0, |it| it.repeated);
        let because = format!("{name} crashed before it could answer, on their last receive too");
        let crashes = self.wiring.scenario.faults.iter().filter_map(|fault| match &fault.kind {
            FaultKind::Crash { function, share } if function == name => Some(*share),
            _ => None,
        });
        let wanted = self.receives_against(crashes.fold(0.0, f64::max));
        let advice = format!(
            "{} were worked on more than once: effects of {name} must be idempotent.",
            counted(repeated, "records")
        );
        Told { because, candidates: self.more_receives(wanted), advice: Some(advice) }
    }

    fn late(&self) -> Told {
        let name = self.name();
        let timeout = self.wiring.value(name, Setting::Timeout).unwrap_or_default();
        let visibility = self.queue.map(|queue| self.wiring.visibility(queue)).unwrap_or_default();
        let because = format!(
            "{name} was done with them only after {}, when they were due to be received again",
            span(visibility)
        );
        // The batching window comes on top of the timeouts.
        let window = self.mapping.and_then(|it| self.wiring.value(&it.id, Setting::MaximumBatchingWindowInSeconds));
        let wanted = (timeout * TIMEOUTS_OF_VISIBILITY + window.unwrap_or_default()).max(visibility.as_secs() * 2);
        let candidates = self.queue.map(|queue| {
            Candidate::setting(&queue.id, Setting::VisibilityTimeout, Some(visibility.as_secs()), &ladder(wanted))
        });
        Told { because, candidates: candidates.into_iter().collect(), advice: self.after_all() }
    }

    fn undelivered(&self) -> Told {
        let from = &self.letters.from;
        let because = format!("{from} could not hand them on: it may not, or what it hands them to is not there");
        let advice = format!(
            "Allow it in the policy of what takes the messages of {from}; `aqueduct check` says what lacks. Then redrive them."
        );
        Told { because, candidates: Vec::new(), advice: Some(advice) }
    }

    fn never_ran(&self) -> Told {
        let name = self.name();
        let throttles = self.of_worker.map_or(0, |it| it.throttles);
        let is_ours = |kind: &FaultKind| matches!(kind, FaultKind::Throttling { function, .. } if function == name);
        let length = self.fault_length(is_ours);
        let reserved = self.wiring.value(name, Setting::ReservedConcurrentExecutions);
        let mut because =
            format!("{name} had no free concurrency for them ({})", counted(throttles, "throttled invocations"));
        let mut candidates = Vec::new();
        if let Some(mapping) = self.mapping {
            let asked = self.wiring.value(&mapping.id, Setting::MaximumConcurrency);
            if let Some(reserved) = reserved {
                let asks = asked.map_or_else(|| "as many as it likes".to_owned(), |it| it.to_string());
                let _ = write!(because, ": {} runs {asks} at once, and {reserved} are reserved", mapping.id);
                candidates.push(Candidate::setting(
                    &mapping.id,
                    Setting::MaximumConcurrency,
                    asked,
                    &[reserved.max(2)],
                ));
                let wanted = asked.unwrap_or(10).max(reserved.max(1) * 2);
                candidates.push(Candidate::setting(
                    name,
                    Setting::ReservedConcurrentExecutions,
                    Some(reserved),
                    &ladder(wanted),
                ));
            }
        }
        if !length.is_zero() {
            let _ = write!(because, ", for {}", span(length));
        }
        candidates.extend(self.more_patience(length));
        Told { because, candidates, advice: self.after_all() }
    }
}
