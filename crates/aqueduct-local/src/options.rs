//! What a local run can be told.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Settings of a local run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The functions' executables by logical id; a function without one fails when it is invoked.
    pub executables: BTreeMap<String, PathBuf>,
    /// Environment variables by logical id of the function; they win over the template's.
    pub environment: BTreeMap<String, BTreeMap<String, String>>,
    /// From which the cloud's identifiers are made.
    pub seed: u64,
    /// How many events a watcher may fall behind before it misses some.
    pub events_kept: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { executables: BTreeMap::new(), environment: BTreeMap::new(), seed: 0, events_kept: 16_384 }
    }
}
