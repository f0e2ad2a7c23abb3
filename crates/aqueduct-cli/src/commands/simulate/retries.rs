//! How functions try again, as their contracts say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aqueduct_contract::{Contracts, FunctionContract, Jitter, Names};
use aqueduct_simulate::{Backoff, Retries};
use aqueduct_topology::Topology;

use crate::commands::check::contracts;
use crate::failure::Failure;
use crate::stacks::contracts_of_settings;

/// Retries by the function's logical id, and where they stand.
pub(super) struct Known {
    pub(super) retries: BTreeMap<String, Retries>,
    pub(super) from: String,
}

impl Known {
    /// What the contracts say that are given, else those of `aqueduct.toml`, if it names any that are there.
    pub(super) fn read(given: Option<&Path>, topology: &Topology) -> Result<Self, Failure> {
        let found = match given {
            Some(_) => None,
            None => contracts_of_settings()?.filter(|path| path.exists()),
        };
        let Some(path) = given.map(PathBuf::from).or(found) else {
            return Ok(Self { retries: BTreeMap::new(), from: String::new() });
        };
        let contracts = contracts(&path)?;
        Ok(Self { retries: of(&contracts, topology), from: path.display().to_string() })
    }
}

fn of(contracts: &Contracts, topology: &Topology) -> BTreeMap<String, Retries> {
    let functions = topology.functions.iter().filter_map(|function| {
        let names = Names { id: &function.id, physical: Some(&function.name), binary: function.binary.as_deref() };
        Some((function.id.clone(), retries(contracts.function(names)?)?))
    });
    functions.collect()
}

fn retries(contract: &FunctionContract) -> Option<Retries> {
    let said = contract.retries?;
    let backoff = said.backoff.map(|backoff| Backoff {
        first: Duration::from_millis(backoff.first_millis),
        factor: backoff.factor,
        longest: Duration::from_millis(backoff.longest_millis),
        jitter: match backoff.jitter {
            Jitter::None => aqueduct_simulate::Jitter::None,
            Jitter::Half => aqueduct_simulate::Jitter::Half,
            Jitter::Full => aqueduct_simulate::Jitter::Full,
        },
    });
    Some(Retries { attempts: said.attempts, backoff, rejects: contract.dead_letters.is_some() })
}
