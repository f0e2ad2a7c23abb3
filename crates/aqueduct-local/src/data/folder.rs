//! The folder of a cloud's data: who may use it, and what is in it.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::DataError;

/// The format of the data, which counts up when an older version could not read it.
pub(super) const FORMAT: u32 = 1;

/// This version, as the data names it.
pub(super) const WRITTEN_BY: &str = concat!("aqueduct ", env!("CARGO_PKG_VERSION"));

const MARKER: &str = "aqueduct.json";
const LOCK: &str = "lock";
const README: &str = "README.md";

/// How the names of files start that a start may leave which was cut short.
const OWN: [&str; 3] = ["aqueduct.", "README.", LOCK];

const EXPLANATION: &str = "\
# Data of Aqueduct's embedded cloud

`aqueduct serve --data` and `aqueduct up --data` keep here what their cloud has. One process at a time uses the folder;
to copy it, end that process first. Deleting the folder deletes the cloud.

- `aqueduct.json`: the format of the data, who made it, and the account and Region of its resources.
- `cloud.sqlite` and files beside it that start so: queues, messages, topics, buses, functions, and what they still have to do.
- `acknowledged`: the number of the last transaction of `cloud.sqlite` that callers rely on, so that a lost end is noticed.
- `dynamodb.sqlite`: tables of DynamoDB. `s3`: buckets of S3, a folder each, with a file for each object.
- `lock`: the process that uses the folder.
- `cloud.damaged-…`: what `--repair` set aside.
";

/// What the marker says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marker {
    format: u32,
    written_by: String,
    pub(super) account: String,
    pub(super) region: String,
}

/// The folder, held until this is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    pub(super) marker: Marker,
    /// Locked as long as it is open.
    _lock: File,
}

impl Folder {
    /// Takes hold of a folder, which is made if there is none. Without the account or the Region that a new one
    /// is for, the usual ones of local clouds are taken.
    pub(super) fn open(path: &Path, account: Option<&str>, region: Option<&str>) -> Result<Self, DataError> {
        std::fs::create_dir_all(path).map_err(file("make the folder", path))?;
        let marker_path = path.join(MARKER);
        let is_new = !marker_path.try_exists().map_err(file("look for", &marker_path))?;
        if is_new && has_other_files(path)? {
            return Err(DataError::Foreign(path.to_owned()));
        }
        let lock = lock(path)?;
        let marker = if is_new {
            let marker = Marker {
                format: FORMAT,
                written_by: WRITTEN_BY.to_owned(),
                account: account.unwrap_or("000000000000").to_owned(),
                region: region.unwrap_or("us-east-1").to_owned(),
            };
            // Once the marker is there, the folder is whole.
            write(&path.join(README), EXPLANATION.as_bytes())?;
            write(&marker_path, &serde_json::to_vec_pretty(&marker).unwrap_or_default())?;
            marker
        } else {
            read(path, &marker_path)?
        };
        let other = |asked: Option<&str>, has: &str| asked.is_some_and(|asked| asked != has);
        if other(account, &marker.account) || other(region, &marker.region) {
            let Marker { account, region, .. } = marker;
            return Err(DataError::Place { path: path.to_owned(), account, region });
        }
        Ok(Self { path: path.to_owned(), marker, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// What a new folder may have: what a start that was cut short left.
fn has_other_files(path: &Path) -> Result<bool, DataError> {
    for entry in std::fs::read_dir(path).map_err(file("read the folder", path))? {
        let name = entry.map_err(file("read the folder", path))?.file_name();
        if !OWN.iter().any(|own| name.to_string_lossy().starts_with(own)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn lock(path: &Path) -> Result<File, DataError> {
    let lock_path = path.join(LOCK);
    let open = File::options().read(true).write(true).create(true).truncate(false).open(&lock_path);
    let mut lock = open.map_err(file("open", &lock_path))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = lock.read_to_string(&mut holder);
            let holder = holder.trim().parse::<u32>().map(|pid| format!(" (process {pid})")).unwrap_or_default();
            return Err(DataError::Locked { path: path.to_owned(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(file("lock", &lock_path)(error)),
    }
    let pid = std::process::id().to_string();
    lock.set_len(0).and_then(|()| lock.write_all(pid.as_bytes())).map_err(file("write", &lock_path))?;
    Ok(lock)
}

fn read(folder: &Path, marker_path: &Path) -> Result<Marker, DataError> {
    let text = std::fs::read(marker_path).map_err(file("read", marker_path))?;
    let unreadable =
        |error: serde_json::Error| DataError::Marker { path: marker_path.to_owned(), reason: error.to_string() };
    // A later version may say more, or say it otherwise; its format is told all the same.
    let value: serde_json::Value = serde_json::from_slice(&text).map_err(unreadable)?;
    let format = value["format"].as_u64().and_then(|format| u32::try_from(format).ok()).unwrap_or_default();
    if format > FORMAT {
        let written_by = value["written_by"].as_str().unwrap_or("a later version").to_owned();
        return Err(DataError::Newer { path: folder.to_owned(), format, written_by });
    }
    serde_json::from_value(value).map_err(unreadable)
}

/// Writes a file whole or not at all.
fn write(path: &Path, content: &[u8]) -> Result<(), DataError> {
    let draft = path.with_extension("new");
    let written = std::fs::write(&draft, content).and_then(|()| std::fs::rename(&draft, path));
    written.map_err(file("write", path))
}

pub(super) fn file(what: &'static str, path: &Path) -> impl Fn(io::Error) -> DataError {
    let path = path.to_owned();
    move |source| DataError::File { what, path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_folder_keeps_its_account_and_region() {
        let folder = folder();
        let path = folder.path().join("data");
        drop(Folder::open(&path, None, Some("eu-central-1")).unwrap());
        let again = Folder::open(&path, None, None).unwrap();
        assert_eq!((again.marker.account.as_str(), again.marker.region.as_str()), ("000000000000", "eu-central-1"));
        drop(again);
        let error = Folder::open(&path, None, Some("us-east-1")).unwrap_err();
        assert!(error.to_string().contains("eu-central-1"), "{error}");
    }

    #[test]
    fn a_folder_of_something_else_is_left_alone() {
        let folder = folder();
        std::fs::write(folder.path().join("thesis.txt"), "dear").unwrap();
        let error = Folder::open(folder.path(), None, None).unwrap_err();
        assert!(error.to_string().contains("holds no data of Aqueduct"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn one_process_at_a_time() {
        let folder = folder();
        let first = Folder::open(folder.path(), None, None).unwrap();
        let error = Folder::open(folder.path(), None, None).unwrap_err();
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        drop(first);
        Folder::open(folder.path(), None, None).unwrap();
    }

    #[test]
    fn a_later_format_is_refused_by_name() {
        let folder = folder();
        let later = r#"{"format": 7, "written_by": "aqueduct 9.1.0", "tenant": "x"}"#;
        std::fs::write(folder.path().join(MARKER), later).unwrap();
        let error = Folder::open(folder.path(), None, None).unwrap_err().to_string();
        for word in ["format 7", "aqueduct 9.1.0", "another folder"] {
            assert!(error.contains(word), "{word} is not in: {error}");
        }
    }

    #[test]
    fn a_start_that_was_cut_short_is_begun_anew() {
        let folder = folder();
        std::fs::write(folder.path().join(README), EXPLANATION).unwrap();
        std::fs::write(folder.path().join("aqueduct.new"), "{").unwrap();
        Folder::open(folder.path(), None, None).unwrap();
    }
}
