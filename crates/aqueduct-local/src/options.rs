//! What a local run can be told.

use std::collections::BTreeMap;
use std::path::PathBuf;

use aqueduct_services::Watch;

use crate::Data;

/// Settings of a local run.
#[derive(Debug)]
pub struct Options {
    /// The functions' executables by logical id; a function without one fails when it is invoked.
    pub executables: BTreeMap<String, PathBuf>,
    /// Environment variables by logical id of the function; they win over the template's.
    pub environment: BTreeMap<String, BTreeMap<String, String>>,
    /// From which the cloud's identifiers are made; with data, from the time of the start, too.
    pub seed: u64,
    /// The account of a cloud whose topology names none.
    pub account: String,
    /// The Region of a cloud whose topology names none.
    pub region: String,
    /// Which notes watchers get.
    pub notes: Notes,
    /// Where the cloud keeps what it has; without, everything goes with the run.
    pub data: Option<Data>,
    /// How many events a watcher may fall behind before it misses some.
    pub events_kept: usize,
}

/// Which notes watchers get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notes {
    /// Every step of every message.
    #[default]
    All,
    /// Losses and failures.
    Trouble,
}

impl From<Notes> for Watch {
    fn from(notes: Notes) -> Self {
        match notes {
            Notes::All => Self::All,
            Notes::Trouble => Self::Trouble,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            executables: BTreeMap::new(),
            environment: BTreeMap::new(),
            seed: 0,
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            notes: Notes::All,
            data: None,
            events_kept: 16_384,
        }
    }
}
