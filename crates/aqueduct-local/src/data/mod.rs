//! What a cloud keeps through the end of its process: a folder with a store of records, DynamoDB's file and S3's folder.
//!
//! A transaction that was written survives the death of the process, `kill -9` included, since the system has it. A power
//! loss may take the last seconds with it, which the next start notices and says, unless the store was opened with
//! `fsync`: then the disk has each transaction before it is acknowledged. DynamoDB's file has its own transactions, and
//! S3's objects are files that are renamed when they are whole; neither waits for the disk.

mod error;
mod folder;
mod journal;
mod records;

use std::path::{Path, PathBuf};

use aqueduct_services::cloud::Cloud;
use aqueduct_services::{Record, Timestamp};

pub use self::error::{Damage, DataError};
use self::folder::Folder;
pub(crate) use self::journal::{Journal, Written};
pub(crate) use self::records::Records;

/// How to open data.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    /// The account that the data must be of.
    pub account: Option<String>,
    /// The Region that the data must be of.
    pub region: Option<String>,
    /// Whether the disk must have what is acknowledged.
    pub fsync: bool,
    /// Whether to go on with what can be read of damaged data.
    pub repair: bool,
}

/// The data of a cloud, which no other process can use meanwhile.
#[derive(Debug)]
pub struct Data {
    folder: Folder,
    records: Records,
    repair: bool,
    repairs: Repairs,
}

/// What a repair found and did.
#[derive(Clone, Debug, Default)]
pub struct Repairs {
    /// What was damaged, and is lost.
    pub damage: Vec<Damage>,
    /// Where the broken file of the store is now.
    pub set_aside: Option<PathBuf>,
}

/// Keeps the folder from other processes while a cloud runs.
#[derive(Debug)]
pub(crate) struct Hold {
    _folder: Folder,
}

impl Data {
    /// Opens a folder, which is made if there is none.
    pub fn open(path: &Path, opening: &Opening) -> Result<Self, DataError> {
        let folder = Folder::open(path, opening.account.as_deref(), opening.region.as_deref())?;
        let opened = Records::open(&folder, opening.fsync).and_then(|records| match records.structure() {
            Some(damage) => Err(DataError::Damaged { path: path.to_owned(), damage: vec![damage] }),
            None => Ok(records),
        });
        let (records, repairs) = match opened {
            Err(DataError::Damaged { damage, .. }) if opening.repair => {
                let aside = records::set_aside(&folder)?;
                let mut records = Records::open(&folder, opening.fsync)?;
                records.fill(&records::salvage(&aside))?;
                (records, Repairs { damage, set_aside: Some(aside) })
            }
            opened => (opened?, Repairs::default()),
        };
        Ok(Self { folder, records, repair: opening.repair, repairs })
    }

    /// The account of its resources.
    pub fn account(&self) -> &str {
        &self.folder.marker.account
    }

    /// The Region of its resources.
    pub fn region(&self) -> &str {
        &self.folder.marker.region
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn dynamodb(&self) -> PathBuf {
        self.folder.file("dynamodb.sqlite")
    }

    pub(crate) fn s3(&self) -> PathBuf {
        self.folder.file("s3")
    }

    /// Gives a cloud that has nothing yet what it had, and lets it tell its changes from now on.
    pub(crate) fn restore(mut self, now: Timestamp, cloud: &mut Cloud) -> Result<(Hold, Records, Repairs), DataError> {
        cloud.keep();
        let take = |record: &Record| {
            let restored = cloud.restore(record);
            restored.map_err(|unreadable| format!("cannot be read: {}", unreadable.reason))
        };
        let look = self.records.read(take)?;
        if !look.damage.is_empty() {
            if !self.repair {
                return Err(DataError::Damaged { path: self.path().to_owned(), damage: look.damage });
            }
            self.records.drop_bad(&look.bad)?;
            self.repairs.damage.extend(look.damage);
        }
        cloud.resume(now);
        Ok((Hold { _folder: self.folder }, self.records, self.repairs))
    }
}

#[cfg(test)]
mod tests;
