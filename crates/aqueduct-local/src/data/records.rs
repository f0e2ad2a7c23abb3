//! The records of a cloud in SQLite: written in transactions, each with a number, and read back with their sums checked.
//!
//! SQLite's write-ahead log is handed to the system with each transaction, so that what was written survives the
//! process. Without `fsync`, the disk has it when the log is carried over into the file, or when the system likes.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use aqueduct_services::{Change, Record};
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use super::folder::{Folder, file};
use super::{Damage, DataError};

const FILE: &str = "cloud.sqlite";
const ACKNOWLEDGED: &str = "acknowledged";

/// After so many pages of 4 KiB the log is carried over into the file.
const LOG_PAGES: u32 = 4_000;

/// A longer log is cut to this many bytes once it is carried over.
const LOG_BYTES_KEPT: u32 = 64 * 1024 * 1024;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS kind (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS record (
  kind INTEGER NOT NULL, key BLOB NOT NULL, sum INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL);
INSERT OR IGNORE INTO progress VALUES (1, 0);
";

/// The open store.
#[derive(Debug)]
pub(crate) struct Records {
    connection: Connection,
    folder: PathBuf,
    kinds: BTreeMap<String, i64>,
    /// The last transaction.
    number: u64,
    /// Has the number of the last transaction that callers may rely on.
    acknowledged: File,
}

/// What came of a look at all records.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub(super) damage: Vec<Damage>,
    /// Keys of records to drop in a repair.
    pub(super) bad: Vec<(i64, Vec<u8>)>,
}

impl Records {
    /// Opens the store of a folder, or makes it.
    pub(super) fn open(folder: &Folder, fsync: bool) -> Result<Self, DataError> {
        let fails = |source| DataError::Store { path: folder.path().to_owned(), source };
        let connection = connect(&folder.file(FILE), fsync).map_err(|error| broken(folder.path(), error))?;
        let acknowledged_path = folder.file(ACKNOWLEDGED);
        let acknowledged = open_or_create(&acknowledged_path).map_err(file("open", &acknowledged_path))?;
        let number: i64 = connection
            .query_row("SELECT number FROM progress", [], |row| row.get(0))
            .optional()
            .map_err(|error| broken(folder.path(), error))?
            .unwrap_or_default();
        let mut kinds = BTreeMap::new();
        {
            let mut query = connection.prepare("SELECT name, id FROM kind").map_err(fails)?;
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(fails)?;
            for row in rows {
                let (name, id) = row.map_err(|error| broken(folder.path(), error))?;
                kinds.insert(name, id);
            }
        }
        let number = u64::try_from(number).unwrap_or_default();
        Ok(Self { connection, folder: folder.path().to_owned(), kinds, number, acknowledged })
    }

    /// What is missing at the end, if anything is.
    pub(super) fn lost_tail(&self) -> Option<Damage> {
        let acknowledged = self.acknowledged();
        (acknowledged > self.number).then_some(Damage::Tail { acknowledged, found: self.number })
    }

    /// Reads every record, and says which are not as they were written, or not to the liking of `take`.
    pub(super) fn read(&self, mut take: impl FnMut(&Record) -> Result<(), String>) -> Result<Look, DataError> {
        let mut look = Look::default();
        look.damage.extend(self.lost_tail());
        let read = self.connection.prepare("SELECT kind, key, sum, value FROM record ORDER BY kind, key");
        let names: BTreeMap<i64, &String> = self.kinds.iter().map(|(name, id)| (*id, name)).collect();
        let outcome = read.and_then(|mut query| {
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let (kind, key, sum, value) =
                    (row.get(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, u32>(2)?, row.get(3)?);
                let table = names.get(&kind).map_or_else(|| format!("number {kind}"), |name| (*name).clone());
                let record = Record { table, key, value };
                let verdict = if sum == sum_of(&record.table, &record.key, &record.value) {
                    take(&record)
                } else {
                    Err("is not what was written".to_owned())
                };
                if let Err(reason) = verdict {
                    let key = String::from_utf8_lossy(&record.key).into_owned();
                    look.damage.push(Damage::Record { table: record.table, key, reason });
                    look.bad.push((kind, record.key));
                }
            }
            Ok(())
        });
        match outcome {
            Ok(()) => {}
            Err(error) if is_corrupt(&error) => look.damage.push(Damage::Structure(error.to_string())),
            Err(source) => return Err(DataError::Store { path: self.folder.clone(), source }),
        }
        Ok(look)
    }

    /// What SQLite says of its file's structure, in its words.
    pub(super) fn structure(&self) -> Option<Damage> {
        let check = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        match check {
            Ok(words) if words == "ok" => None,
            Ok(words) => Some(Damage::Structure(words)),
            Err(error) => Some(Damage::Structure(error.to_string())),
        }
    }

    /// Drops records that cannot be read, and lets the numbers go on behind the last one that was acknowledged.
    pub(super) fn drop_bad(&mut self, bad: &[(i64, Vec<u8>)]) -> Result<(), DataError> {
        self.number = self.number.max(self.acknowledged());
        let outcome = self.transaction(|connection, _| {
            let mut delete = connection.prepare("DELETE FROM record WHERE kind = ?1 AND key = ?2")?;
            bad.iter().try_for_each(|(kind, key)| delete.execute(params![kind, key]).map(drop))
        });
        outcome.map_err(|source| DataError::Store { path: self.folder.clone(), source })
    }

    /// Writes changes in one transaction. When this returns they survive the process, and with `fsync` the machine.
    pub(crate) fn write(&mut self, changes: &[Change]) -> rusqlite::Result<()> {
        self.transaction(|connection, kinds| {
            let mut put = connection.prepare_cached("INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3, ?4)")?;
            let mut delete = connection.prepare_cached("DELETE FROM record WHERE kind = ?1 AND key = ?2")?;
            for change in changes {
                let kind = kind(connection, kinds, change.table)?;
                match &change.value {
                    Some(value) => {
                        put.execute(params![kind, change.key, sum_of(change.table, &change.key, value), value])?
                    }
                    None => delete.execute(params![kind, change.key])?,
                };
            }
            Ok(())
        })
    }

    /// Does `work` in one transaction, with the next number.
    fn transaction(
        &mut self,
        work: impl FnOnce(&Connection, &mut BTreeMap<String, i64>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let number = self.number + 1;
        let transaction = self.connection.unchecked_transaction()?;
        work(&self.connection, &mut self.kinds)?;
        let signed = i64::try_from(number).unwrap_or(i64::MAX);
        self.connection.prepare_cached("UPDATE progress SET number = ?1")?.execute([signed])?;
        transaction.commit()?;
        self.number = number;
        // The file only serves to notice a loss; what it says is in the store by now.
        let _ = self.acknowledged.write_all_at(&numbered(number), 0);
        Ok(())
    }

    fn acknowledged(&self) -> u64 {
        let mut bytes = [0; 16];
        let read = self.acknowledged.read_exact_at(&mut bytes, 0);
        let (number, check) = bytes.split_at(8);
        let number = u64::from_le_bytes(number.try_into().unwrap_or_default());
        // Half of a number says nothing.
        if read.is_ok() && numbered(number)[8..] == *check { number } else { 0 }
    }
}

fn open_or_create(path: &Path) -> std::io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}

/// A number and its complement.
fn numbered(number: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    bytes[8..].copy_from_slice(&(!number).to_le_bytes());
    bytes
}

/// Moves a broken store aside; where it is now.
pub(super) fn set_aside(folder: &Folder) -> Result<PathBuf, DataError> {
    let free = (1..10_000_u32).find(|number| !folder.file(&aside(*number, "")).exists()).unwrap_or_default();
    for suffix in ["-wal", "-shm", ""] {
        let from = folder.file(&format!("{FILE}{suffix}"));
        if from.exists() {
            std::fs::rename(&from, folder.file(&aside(free, suffix))).map_err(file("move", &from))?;
        }
    }
    Ok(folder.file(&aside(free, "")))
}

fn aside(number: u32, suffix: &str) -> String {
    format!("cloud.damaged-{number}.sqlite{suffix}")
}

/// What can be read of a broken store, from its start up to the break and from its end down to it.
pub(super) fn salvage(path: &Path) -> Vec<Record> {
    let mut records = BTreeMap::new();
    let Ok(connection) = Connection::open(path) else { return Vec::new() };
    for order in ["ASC", "DESC"] {
        let text = format!(
            "SELECT kind.name, key, sum, value FROM record JOIN kind ON kind.id = record.kind ORDER BY kind {order}, key {order}"
        );
        let _ = connection.prepare(&text).and_then(|mut query| {
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let (table, key, sum): (String, Vec<u8>, u32) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let value: Vec<u8> = row.get(3)?;
                if sum == sum_of(&table, &key, &value) {
                    records.insert((table, key), value);
                }
            }
            Ok(())
        });
    }
    records.into_iter().map(|((table, key), value)| Record { table, key, value }).collect()
}

impl Records {
    /// Fills a new store.
    pub(super) fn fill(&mut self, records: &[Record]) -> Result<(), DataError> {
        self.number = self.number.max(self.acknowledged());
        let outcome = self.transaction(|connection, kinds| {
            let mut put = connection.prepare("INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3, ?4)")?;
            for Record { table, key, value } in records {
                put.execute(params![kind(connection, kinds, table)?, key, sum_of(table, key, value), value])?;
            }
            Ok(())
        });
        outcome.map_err(|source| DataError::Store { path: self.folder.clone(), source })
    }
}

fn connect(path: &Path, fsync: bool) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", if fsync { "FULL" } else { "NORMAL" })?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

/// The number of a table's name.
fn kind(connection: &Connection, kinds: &mut BTreeMap<String, i64>, table: &str) -> rusqlite::Result<i64> {
    if let Some(id) = kinds.get(table) {
        return Ok(*id);
    }
    connection.execute("INSERT OR IGNORE INTO kind (name) VALUES (?1)", [table])?;
    let id = connection.query_row("SELECT id FROM kind WHERE name = ?1", [table], |row| row.get(0))?;
    kinds.insert(table.to_owned(), id);
    Ok(id)
}

fn sum_of(table: &str, key: &[u8], value: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    for part in [table.as_bytes(), key, value] {
        sum.update(&(part.len() as u64).to_le_bytes());
        sum.update(part);
    }
    sum.finalize()
}

fn is_corrupt(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(error, _) => {
            matches!(error.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        }
        // A value of another type than the schema has.
        rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::IntegralValueOutOfRange(..) => true,
        _ => false,
    }
}

fn broken(folder: &Path, source: rusqlite::Error) -> DataError {
    let path = folder.to_owned();
    if is_corrupt(&source) {
        return DataError::Damaged { path, damage: vec![Damage::Structure(source.to_string())] };
    }
    DataError::Store { path, source }
}
