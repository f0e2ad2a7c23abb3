//! What handlers rely on, as their contract tells it.

use std::time::Duration;

use crate::idempotency::Idempotency;

/// What handlers rely on, and how they behave, as far as the code alone does not show it: `aqueduct check` holds the
/// template against it.
///
/// ```
/// use std::time::Duration;
/// use aqueduct::consume::Needs;
///
/// let needs = Needs::new("Writes the ledger.")
///     .order_in_groups()
///     .idempotent()
///     .outage_tolerance(Duration::from_hours(1))
///     .p99(Duration::from_millis(200))
///     .payload_max(16 * 1024);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    pub(crate) description: String,
    pub(crate) order: Order,
    pub(crate) remembers: Option<Remembers>,
    pub(crate) outage_tolerance: Option<Duration>,
    pub(crate) p99: Option<Duration>,
    pub(crate) latency: Option<Duration>,
    pub(crate) one_at_a_time: bool,
    pub(crate) payload_max: Option<u64>,
    pub(crate) loop_guard: Option<String>,
}

/// Which order of messages handlers rely on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// None.
    #[default]
    None,
    /// Messages of one group in the order in which they were sent; one that is given up may be missing.
    Groups,
    /// As [`Order::Groups`], and none may be missing.
    Strict,
}

/// For how long duplicates are noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remembers {
    For(Duration),
    ForEver,
}

impl Needs {
    /// Nothing yet, of a function that does this, in words.
    pub fn new(description: impl Into<String>) -> Self {
        Self { description: description.into(), ..Self::default() }
    }

    /// Messages of one group must come in the order in which they were sent; one that is given up may be missing.
    #[must_use]
    pub const fn order_in_groups(mut self) -> Self {
        self.order = Order::Groups;
        self
    }

    /// Messages of one group must come in the order in which they were sent, and none may be missing: a group waits for the
    /// message that fails.
    #[must_use]
    pub const fn strict_order(mut self) -> Self {
        self.order = Order::Strict;
        self
    }

    /// A duplicate has no effect, however late it comes: the handler makes sure of it itself.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.remembers = Some(Remembers::ForEver);
        self
    }

    /// A duplicate has no effect as long as `idempotency` keeps results. The layer
    /// [`Idempotent`](super::layers::Idempotent) says so by itself.
    #[must_use]
    pub const fn idempotent_by(mut self, idempotency: &Idempotency) -> Self {
        self.remembers = Some(Remembers::For(idempotency.keeps()));
        self
    }

    /// For how long what the handlers depend on may be away without a message being given up.
    #[must_use]
    pub const fn outage_tolerance(mut self, outage: Duration) -> Self {
        self.outage_tolerance = Some(outage);
        self
    }

    /// How long 99 of 100 messages take at most.
    #[must_use]
    pub const fn p99(mut self, duration: Duration) -> Self {
        self.p99 = Some(duration);
        self
    }

    /// How long after it was sent a message is begun with at the latest, while nothing fails; parts of a second do not count.
    #[must_use]
    pub const fn latency(mut self, duration: Duration) -> Self {
        self.latency = Some(duration);
        self
    }

    /// No two messages may be handled at the same time, by whatever instance of the function: the handlers have no lock of
    /// their own.
    #[must_use]
    pub const fn one_at_a_time(mut self) -> Self {
        self.one_at_a_time = true;
        self
    }

    /// How many bytes a message has at most, consumed or published, its envelope included.
    #[must_use]
    pub const fn payload_max(mut self, bytes: u64) -> Self {
        self.payload_max = Some(bytes);
        self
    }

    /// Why a message that leads back to this function ends, in words: what stops the loop.
    #[must_use]
    pub fn loop_guard(mut self, reason: impl Into<String>) -> Self {
        self.loop_guard = Some(reason.into());
        self
    }
}
