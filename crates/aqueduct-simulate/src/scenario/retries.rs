//! How functions try records again: as a scenario says it, or as their contracts do.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Behaviour, Prepared, span};

/// Waits before a failed record comes again: `first`, that times `factor`, that times `factor` again… up to `longest`. What is not
/// said is as the toolkit has it by itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backoff {
    /// The wait after the first attempt.
    #[serde(with = "span")]
    pub first: Duration,
    /// How the wait grows with each attempt; less than 1 counts as 1.
    pub factor: f64,
    /// The longest wait.
    #[serde(with = "span")]
    pub longest: Duration,
    /// How much of each wait is left to chance.
    pub jitter: Jitter,
}

/// How much of a wait is left to chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Jitter {
    /// Nothing.
    None,
    /// A half.
    #[default]
    Half,
    /// All of it.
    Full,
}

impl Default for Backoff {
    /// The toolkit's: from 2 seconds, twice as long each time, to 15 minutes.
    fn default() -> Self {
        Self { first: Duration::from_secs(2), factor: 2.0, longest: Duration::from_mins(15), jitter: Jitter::Half }
    }
}

impl Backoff {
    /// The longest wait after so many receives, in microseconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "waits are positive and far shorter than what a float counts exactly"
    )]
    pub(crate) fn step(&self, receives: u64) -> u64 {
        let (mut step, longest) = (self.first.as_micros() as f64, self.longest.as_micros() as f64);
        for _ in 1..receives {
            if step >= longest || step <= 0.0 || self.factor <= 1.0 {
                break;
            }
            step *= self.factor;
        }
        step.min(longest) as u64
    }

    /// The shortest and the mean share of a wait.
    pub(crate) const fn shares(&self) -> (f64, f64) {
        match self.jitter {
            Jitter::None => (1.0, 1.0),
            Jitter::Half => (0.5, 0.75),
            Jitter::Full => (0.0, 0.5),
        }
    }
}

/// How a function tries a record again, as its contract says it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Retries {
    /// After how many receives it gives a record up itself.
    pub attempts: Option<u32>,
    /// How long it holds a failed record back; else that is left to the visibility timeout.
    pub backoff: Option<Backoff>,
    /// Whether it puts what it rejects into a dead-letter queue itself.
    pub rejects: bool,
}

/// Retries of a function that were not the scenario's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Assumed {
    /// The function.
    pub function: String,
    /// Where its retries stand.
    pub from: String,
    /// After how many receives it gives a record up itself; `None` where its queue says it.
    pub attempts: Option<u32>,
    /// How long it holds a failed record back.
    pub backoff: Option<Backoff>,
}

/// The keys by which a scenario speaks of a function's retries.
const KEYS: [&str; 4] = ["attempts", "backs_off", "backoff", "rejects_poison"];

impl Prepared {
    /// Takes a function's retries from elsewhere, such as `infra/contracts.json`, if the scenario says nothing of them. One that has
    /// any of `attempts`, `backs_off`, `backoff` and `rejects_poison` of the function has said all of it.
    pub fn assume(&mut self, function: &str, retries: &Retries, from: &str) {
        if KEYS.iter().any(|key| self.has(&format!("functions.{function}.{key}"))) {
            return;
        }
        let behaviour = self.scenario.functions.entry(function.to_owned()).or_default();
        behaviour.attempts = retries.attempts;
        behaviour.backoff = retries.backoff;
        behaviour.rejects_poison = retries.rejects;
        let (function, from) = (function.to_owned(), from.to_owned());
        self.assumed.push(Assumed { function, from, attempts: retries.attempts, backoff: retries.backoff });
    }
}

impl Behaviour {
    /// How long a failed record is held back, if it is.
    pub(crate) fn waits(&self) -> Option<Backoff> {
        self.backoff.or_else(|| self.backs_off.then(Backoff::default))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest() {
        let toolkit = Backoff::default();
        let of = |backoff: &Backoff| [1, 2, 3, 9, 10, 11, u64::MAX].map(|receives| backoff.step(receives) / 1_000_000);
        assert_eq!(of(&toolkit), [2, 4, 8, 512, 900, 900, 900]);
        let flat = Backoff { factor: 0.5, ..toolkit };
        assert_eq!(of(&flat), [2; 7], "less than 1 counts as 1");
        let thirds =
            Backoff { first: Duration::from_secs(3), factor: 3.0, longest: Duration::from_secs(100), ..toolkit };
        assert_eq!(of(&thirds), [3, 9, 27, 100, 100, 100, 100]);
    }

    #[test]
    fn retries_are_taken_where_the_scenario_has_none() {
        let text = "title = 's'\nstart = 2027-01-15T08:00:00Z\nlasts = '1h'\narrivals = []\n[functions.Said]\nattempts = 3\n\
                    [functions.Half]\nwrites = 2\n";
        let mut prepared = Prepared::parse("s.toml", text, &mut |_| unreachable!()).unwrap();
        let retries = Retries { attempts: Some(9), backoff: Some(Backoff::default()), rejects: true };
        for function in ["Said", "Half", "Unsaid"] {
            prepared.assume(function, &retries, "contracts.json");
        }
        let of = |function: &str| {
            let behaviour = &prepared.scenario.functions[function];
            (behaviour.attempts, behaviour.waits().is_some(), behaviour.rejects_poison, behaviour.writes)
        };
        assert_eq!(of("Said"), (Some(3), false, false, 0.0));
        assert_eq!(of("Half"), (Some(9), true, true, 2.0));
        assert_eq!(of("Unsaid"), (Some(9), true, true, 0.0));
        let assumed: Vec<&str> = prepared.assumed.iter().map(|it| it.function.as_str()).collect();
        assert_eq!(assumed, ["Half", "Unsaid"]);
    }
}
