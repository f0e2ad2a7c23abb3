//! Leaving a dependency alone while it is down.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aqueduct_message::Delivery;
use futures_util::future::{BoxFuture, FutureExt as _};
use jiff::Timestamp;

use super::{Circuit, CircuitError, Circuits, MemoryCircuits};
use crate::Clock;
use crate::consume::{Layer, Next, Outcome, Reason};

type Counts = Box<dyn Fn(&Reason) -> bool + Send + Sync>;

/// Opens when what is inside fails several times in a row, and lets nothing through for a while. Meanwhile messages are
/// [postponed](Outcome::Postpone): on a standard queue each is put back as it was, so that an outage does not use up its
/// receives; on a FIFO queue it is held back, since a copy would lose its place. After that time one record tries, and
/// closes the circuit or opens it again.
///
/// A retry counts as a failure, a rejection does not: it is the message's fault. A store that fails lets everything
/// through.
pub struct CircuitBreaker {
    name: String,
    circuits: Arc<dyn Circuits>,
    clock: Clock,
    threshold: u32,
    pause: Duration,
    refresh: Duration,
    counts: Counts,
    /// What was last read, and when: a closed circuit costs no request per record.
    seen: Mutex<Option<(Circuit, Timestamp)>>,
}

/// What may be done with a record.
enum Gate {
    Pass(Circuit),
    Probe(Circuit),
    Closed(Duration),
}

impl CircuitBreaker {
    /// A breaker for the dependency with this name, which opens after 5 failures in a row for 30 seconds. It is this
    /// process's own until [`CircuitBreaker::shared`].
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            circuits: Arc::new(MemoryCircuits::default()),
            clock: Clock::default(),
            threshold: 5,
            pause: Duration::from_secs(30),
            refresh: Duration::ZERO,
            counts: Box::new(|_| true),
            seen: Mutex::default(),
        }
    }

    /// Shares the circuit with all who use the same store; each looks again after a second.
    #[must_use]
    pub fn shared(mut self, circuits: impl Circuits + 'static) -> Self {
        self.circuits = Arc::new(circuits);
        self.refresh = Duration::from_secs(1);
        self
    }

    /// After how many failures in a row it opens, and for how long.
    #[must_use]
    pub fn opens(mut self, failures: u32, pause: Duration) -> Self {
        self.threshold = failures.max(1);
        self.pause = pause;
        self
    }

    /// Which failures count: all, unless said otherwise.
    #[must_use]
    pub fn counting(mut self, counts: impl Fn(&Reason) -> bool + Send + Sync + 'static) -> Self {
        self.counts = Box::new(counts);
        self
    }

    /// The same with another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    async fn look(&self) -> Result<Circuit, CircuitError> {
        let now = self.clock.now();
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((circuit, at)) = seen.filter(|_| !self.refresh.is_zero())
            && now < at + self.refresh
        {
            return Ok(circuit);
        }
        let circuit = self.circuits.load(&self.name).await?;
        self.remember(circuit);
        Ok(circuit)
    }

    fn remember(&self, circuit: Circuit) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some((circuit, self.clock.now()));
    }

    /// Keeps a change; `false` when somebody else changed the circuit first.
    async fn change(&self, circuit: Circuit) -> Result<bool, CircuitError> {
        let circuit = Circuit { version: circuit.version + 1, ..circuit };
        let kept = self.circuits.store(&self.name, circuit).await?;
        if kept {
            self.remember(circuit);
        } else {
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        Ok(kept)
    }

    async fn gate(&self) -> Result<Gate, CircuitError> {
        let circuit = self.look().await?;
        let Some(until) = circuit.open_until else { return Ok(Gate::Pass(circuit)) };
        let now = self.clock.now();
        if now < until {
            return Ok(Gate::Closed(Duration::try_from(until.duration_since(now)).unwrap_or_default()));
        }
        // Whoever moves the end of the pause is the one that tries.
        let probing = Circuit { open_until: Some(now + self.pause), ..circuit };
        if self.change(probing).await? {
            return Ok(Gate::Probe(Circuit { version: circuit.version + 1, ..probing }));
        }
        Ok(Gate::Closed(Duration::from_secs(1)))
    }

    async fn learn(&self, before: Circuit, probe: bool, outcome: &Outcome) -> Result<(), CircuitError> {
        let failed = matches!(outcome, Outcome::Retry { reason, .. } if (self.counts)(reason));
        if !failed {
            if probe || before.failures > 0 {
                let current = if probe { before } else { self.look().await? };
                self.change(Circuit { failures: 0, open_until: None, ..current }).await?;
            }
            return Ok(());
        }
        let current = if probe { before } else { self.look().await? };
        let failures = current.failures.saturating_add(1);
        let opens = probe || failures >= self.threshold;
        if opens {
            tracing::warn!(circuit = self.name, failures, "the circuit is open");
        }
        let open_until = if opens { Some(self.clock.now() + self.pause) } else { current.open_until };
        self.change(Circuit { failures, open_until, ..current }).await?;
        Ok(())
    }
}

impl Layer for CircuitBreaker {
    fn handle<'a>(&'a self, delivery: &'a Delivery<'a>, next: Next<'a>) -> BoxFuture<'a, Outcome> {
        async move {
            let (before, probe) = match self.gate().await {
                Ok(Gate::Pass(circuit)) => (circuit, false),
                Ok(Gate::Probe(circuit)) => (circuit, true),
                Ok(Gate::Closed(wait)) => {
                    return Outcome::postpone(wait, "CircuitOpen", format!("{} is being left alone", self.name));
                }
                Err(error) => {
                    tracing::warn!(%error, "the message passes as if the circuit were closed");
                    return next.run(delivery).await;
                }
            };
            let outcome = next.run(delivery).await;
            if let Err(error) = self.learn(before, probe, &outcome).await {
                tracing::warn!(%error, "the circuit does not know how this message ended");
            }
            outcome
        }
        .boxed()
    }
}

impl std::fmt::Debug for CircuitBreaker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CircuitBreaker").field("name", &self.name).finish_non_exhaustive()
    }
}
