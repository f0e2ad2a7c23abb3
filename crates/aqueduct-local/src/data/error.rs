//! Why data cannot be had.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Data that cannot be opened or restored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// The folder or a file in it cannot be used.
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The folder has something else in it.
    #[error("{} is not empty and holds no data of Aqueduct; name a new or an empty folder", .0.display())]
    Foreign(PathBuf),
    /// A later version wrote it.
    #[error(
        "the data in {} has format {format}, written by {written_by}, and this is {}, which reads format {}; use that version or a later one, or another folder",
        path.display(), super::folder::WRITTEN_BY, super::folder::FORMAT
    )]
    Newer {
        /// The folder.
        path: PathBuf,
        /// Its format.
        format: u32,
        /// Who wrote it.
        written_by: String,
    },
    /// What says which format the data has is not what it should be.
    #[error("{} cannot be read: {reason}; bring it back from a copy, or name another folder", path.display())]
    Marker {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another process has it.
    #[error("the data in {} is in use by another process{holder}; end that process, or name another folder", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
        /// Its process id, if it is known.
        holder: String,
    },
    /// It belongs to another account or Region than the one asked for.
    #[error("the data in {} is of the account {account} and the Region {region}; ask for these, or name another folder", path.display())]
    Place {
        /// The folder.
        path: PathBuf,
        /// The account that it is of.
        account: String,
        /// The Region that it is of.
        region: String,
    },
    /// Something in it was lost or changed.
    #[error("the data in {} is damaged: {}", path.display(), listed(damage))]
    Damaged {
        /// The folder.
        path: PathBuf,
        /// What is damaged.
        damage: Vec<Damage>,
    },
    /// The store refuses.
    #[error("the store in {} fails: {source}", path.display())]
    Store {
        /// The folder.
        path: PathBuf,
        /// The store's reason.
        source: rusqlite::Error,
    },
}

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Damage {
    /// The end is missing.
    #[error(
        "its end is missing: the last {} of {acknowledged} transactions, which were acknowledged, are lost; a power loss or a file that was changed can do this",
        acknowledged - found
    )]
    Tail {
        /// The last transaction that was acknowledged.
        acknowledged: u64,
        /// The last one that is there.
        found: u64,
    },
    /// A record is not what was written.
    #[error("a record of the table {table} with the key {key} {reason}")]
    Record {
        /// The record's table.
        table: String,
        /// The record's key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The store's own structure is broken, so that some records may be out of reach.
    #[error("the store's file is broken: {0}")]
    Structure(String),
}

/// How many damages are listed; the others are counted.
const LISTED_MAX: usize = 10;

fn listed(damage: &[Damage]) -> String {
    let mut lines: Vec<String> = damage.iter().take(LISTED_MAX).map(ToString::to_string).collect();
    if damage.len() > LISTED_MAX {
        lines.push(format!("and {} more", damage.len() - LISTED_MAX));
    }
    lines.join("\n  ")
}
