//! What a check reads: templates and their settings, contracts, sample events.

use std::io::ErrorKind;
use std::path::Path;

use aqueduct_check::Sample;
use aqueduct_contract::Contracts;

use super::args::Check;
use super::samples;
use crate::failure::Failure;
use crate::stacks::Stacks;

/// Everything that a check reads.
pub(crate) struct Inputs {
    pub(crate) stacks: Stacks,
    pub(crate) contracts: Option<Contracts>,
    pub(crate) samples: Vec<Sample>,
}

impl Inputs {
    pub(crate) fn read(args: &Check) -> Result<Self, Failure> {
        let stacks = Stacks::open(&args.templates, args.config.as_deref(), &args.values)?;
        let in_settings = |path: Option<&String>| path.map(|path| stacks.folder().join(path));
        let of_settings = in_settings(stacks.settings.contracts.as_ref());
        let contracts = args.contracts.clone().or(of_settings).map(|path| contracts(&path)).transpose()?;
        let samples = match args.events.clone().or_else(|| in_settings(stacks.settings.events.as_ref())) {
            Some(folder) => samples::of_named(&folder)?,
            None => samples::beside(stacks.templates.iter().map(|it| it.path.as_path())),
        };
        Ok(Self { stacks, contracts, samples })
    }
}

/// Reads contracts as `aqueduct contracts` writes them.
pub(crate) fn contracts(path: &Path) -> Result<Contracts, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let way_out = if error.kind() == ErrorKind::NotFound { "; `aqueduct contracts` writes them" } else { "" };
        Failure::setup(format!("cannot read the contracts {}: {error}{way_out}", path.display()))
    })?;
    Contracts::read(&text).map_err(|error| Failure::setup(format!("{}: {error}", path.display())))
}
