//! `--data`: the folder, and what is said when something is wrong with it.

use aqueduct_local::{Data, DataError, Opening, Repairs, StartError, StoreFailed};

use crate::args;
use crate::failure::Failure;
use crate::screen;

/// Opens the folder, if one is given, for this account and Region; those that are not given are what the folder has.
pub(super) fn open(
    args: &args::Data,
    account: Option<String>,
    region: Option<String>,
) -> Result<Option<Data>, Failure> {
    let Some(path) = &args.folder else { return Ok(None) };
    let opening = Opening { account, region, fsync: args.fsync, repair: args.repair };
    Data::open(path, &opening).map(Some).map_err(|error| refused(&error))
}

fn refused(error: &DataError) -> Failure {
    let way_out = match error {
        DataError::Damaged { .. } => {
            "\nrun this again with --repair to go on without what is damaged, or with another folder; copy the folder first if it matters"
        }
        DataError::Place { .. } => "\nask for these with --account and --region, or leave both out",
        _ => "",
    };
    Failure::setup(format!("{error}{way_out}"))
}

/// A start that failed, perhaps for its data.
pub(super) fn cannot_start(error: StartError) -> Failure {
    match error {
        StartError::Data(error) => refused(&error),
        other => Failure::setup(other.to_string()),
    }
}

/// Says what a repair lost.
pub(super) fn tell_repairs(repairs: &Repairs) {
    for damage in &repairs.damage {
        screen::warning(format_args!("repaired, and lost: {damage}"));
    }
    if let Some(path) = &repairs.set_aside {
        screen::warning(format_args!("the broken store is now {}", path.display()));
    }
}

/// The store failed while the cloud ran.
pub(super) fn failed(failed: &StoreFailed) -> Failure {
    Failure::work(format!(
        "{failed}\nnothing was acknowledged that is not in it; make room on the disk or correct its permissions, then run this again"
    ))
}
