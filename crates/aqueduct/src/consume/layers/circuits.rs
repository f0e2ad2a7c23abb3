//! Where it is kept whether circuits are open.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What is known of a circuit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circuit {
    /// Failures since the last success.
    pub failures: u32,
    /// Until when nothing passes. After that, one record at a time may try.
    pub open_until: Option<Timestamp>,
    /// Grows with every change.
    pub version: u64,
}

/// Keeps circuits. [`MemoryCircuits`] does it for one process, [`aws::DynamoDbCircuits`](crate::aws) for all processes
/// of a function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not keep circuits",
    label = "not `Circuits`",
    note = "in DynamoDB it is `aqueduct::aws::DynamoDbCircuits`, which is made of a client and the table's name"
)]
pub trait Circuits: fmt::Debug + Send + Sync {
    /// What is known of a circuit; one that nobody knows is closed.
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Circuit, CircuitError>>;

    /// Keeps a circuit, unless its version is not one more than that which is kept: then it answers `false`, somebody else was
    /// faster.
    fn store<'a>(&'a self, name: &'a str, circuit: Circuit) -> BoxFuture<'a, Result<bool, CircuitError>>;
}

/// A circuit could not be read or kept.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the circuit {name} could not be {what}: {reason}")]
pub struct CircuitError {
    /// The circuit's name.
    pub name: String,
    /// What was tried.
    pub what: &'static str,
    /// What the store said.
    pub reason: String,
}

/// Circuits of one process.
#[derive(Debug, Default)]
pub struct MemoryCircuits {
    circuits: Mutex<BTreeMap<String, Circuit>>,
}

impl Circuits for MemoryCircuits {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Circuit, CircuitError>> {
        let circuits = self.circuits.lock().unwrap_or_else(PoisonError::into_inner);
        ready(Ok(circuits.get(name).copied().unwrap_or_default())).boxed()
    }

    fn store<'a>(&'a self, name: &'a str, circuit: Circuit) -> BoxFuture<'a, Result<bool, CircuitError>> {
        let mut circuits = self.circuits.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = circuits.get(name).map_or(0, |circuit| circuit.version);
        let first = kept + 1 == circuit.version;
        if first {
            circuits.insert(name.to_owned(), circuit);
        }
        ready(Ok(first)).boxed()
    }
}
