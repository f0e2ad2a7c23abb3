//! A folder of buckets.
//!
//! `buckets/NAME/bucket` is the bucket's record, `buckets/NAME/objects` has a file for each object, and
//! `buckets/NAME/uploads/ID` the parts of an upload beside its record. No name of a file comes from a key: an object's file is
//! called by the digest of its key, which has the same length for every key and leads nowhere else. Files and folders come
//! into being in `incoming` and are renamed when they are whole.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::super::record::{BucketRecord, ObjectRecord, PartRecord, UploadRecord};
use super::file::{self, Draft};
use super::{FolderError, Slot};

/// What the file `format` says.
const FORMAT: &str = "aqueduct s3 1\n";

const BUCKETS: &str = "buckets";
const INCOMING: &str = "incoming";
const OBJECTS: &str = "objects";
const UPLOADS: &str = "uploads";
const BUCKET_RECORD: &str = "bucket";
const UPLOAD_RECORD: &str = "upload";

/// The folder. One process at a time uses it, which its caller sees to.
pub(in crate::s3) struct Folder {
    root: PathBuf,
    /// How many drafts there were.
    drafts: AtomicU64,
    /// Deleted with this.
    _temporary: Option<TempDir>,
}

/// A bucket as it was kept.
pub(in crate::s3) struct Loaded {
    pub(in crate::s3) record: BucketRecord,
    pub(in crate::s3) objects: Vec<ObjectRecord>,
    pub(in crate::s3) uploads: Vec<(UploadRecord, Vec<PartRecord>)>,
}

impl Folder {
    /// Opens a folder, which is made if there is none. One that something else wrote is refused.
    pub(in crate::s3) fn open(root: &Path) -> Result<Self, FolderError> {
        std::fs::create_dir_all(root).map_err(FolderError::system("make the folder", root))?;
        let root = root.canonicalize().map_err(FolderError::system("look at", root))?;
        let format = root.join("format");
        match std::fs::read_to_string(&format) {
            Ok(found) if found == FORMAT => {}
            Ok(found) => {
                return Err(FolderError::Format { path: format, found: found.trim().to_owned(), known: FORMAT.trim() });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => begin(&root, &format)?,
            Err(error) => return Err(FolderError::system("read", &format)(error)),
        }
        let incoming = root.join(INCOMING);
        match std::fs::remove_dir_all(&incoming) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(FolderError::system("clear", &incoming)(error));
            }
            _ => {}
        }
        for folder in [incoming, root.join(BUCKETS)] {
            std::fs::create_dir_all(&folder).map_err(FolderError::system("make the folder", &folder))?;
        }
        Ok(Self { root, drafts: AtomicU64::new(0), _temporary: None })
    }

    /// A folder that is deleted when nobody needs it any more.
    pub(in crate::s3) fn temporary() -> Result<Self, FolderError> {
        let made = TempDir::with_prefix("aqueduct-");
        let made = made.map_err(FolderError::system("make a folder in", &std::env::temp_dir()))?;
        let Self { root, drafts, .. } = Self::open(made.path())?;
        Ok(Self { root, drafts, _temporary: Some(made) })
    }

    pub(super) fn draft(&self) -> io::Result<Draft> {
        Draft::create(self.incoming())
    }

    /// Where something is made or taken to pieces.
    fn incoming(&self) -> PathBuf {
        self.root.join(INCOMING).join(self.drafts.fetch_add(1, Ordering::Relaxed).to_string())
    }

    pub(super) fn bucket(&self, name: &str) -> PathBuf {
        self.root.join(BUCKETS).join(name)
    }

    pub(super) fn upload(&self, bucket: &str, id: &str) -> PathBuf {
        self.bucket(bucket).join(UPLOADS).join(id)
    }

    pub(super) fn path(&self, slot: Slot<'_>) -> PathBuf {
        match slot {
            Slot::Object { bucket, key } => self.bucket(bucket).join(OBJECTS).join(name_of(key)),
            Slot::Part { bucket, upload, number } => self.upload(bucket, upload).join(number.to_string()),
        }
    }

    pub(super) fn make_bucket(&self, record: &BucketRecord) -> io::Result<()> {
        let made = self.incoming();
        for folder in [OBJECTS, UPLOADS] {
            std::fs::create_dir_all(made.join(folder))?;
        }
        self.keep(record, &made.join(BUCKET_RECORD))?;
        std::fs::rename(made, self.bucket(&record.name))
    }

    pub(super) fn make_upload(&self, bucket: &str, record: &UploadRecord) -> io::Result<()> {
        let made = self.incoming();
        std::fs::create_dir_all(&made)?;
        self.keep(record, &made.join(UPLOAD_RECORD))?;
        std::fs::rename(made, self.upload(bucket, &record.id))
    }

    fn keep(&self, record: &impl serde::Serialize, path: &Path) -> io::Result<()> {
        let mut draft = self.draft()?;
        draft.seal(record)?;
        draft.publish(path)
    }

    /// Removes a bucket or an upload, with all that is in it.
    pub(super) fn remove(&self, folder: &Path) -> io::Result<()> {
        let away = self.incoming();
        std::fs::rename(folder, &away)?;
        // Nobody sees it any more, and what stays is cleared away at the next start.
        let _ = std::fs::remove_dir_all(away);
        Ok(())
    }

    pub(super) fn load(&self) -> Result<Vec<Loaded>, FolderError> {
        names(&self.root.join(BUCKETS))?.iter().map(|name| self.load_bucket(name)).collect()
    }

    fn load_bucket(&self, name: &str) -> Result<Loaded, FolderError> {
        let path = self.bucket(name);
        let (record, _): (BucketRecord, _) = file::record(&path.join(BUCKET_RECORD))?;
        if record.name != name {
            return Err(FolderError::damaged(&path, format!("its record is that of the bucket {}", record.name)));
        }
        let objects = path.join(OBJECTS);
        let digests = names(&objects)?;
        let objects = digests.iter().filter(|name| is_digest(name)).map(|name| load_object(&objects.join(name)));
        let objects = objects.collect::<Result<_, _>>()?;
        let uploads = names(&path.join(UPLOADS))?;
        let uploads = uploads.iter().map(|id| load_upload(&self.upload(name, id))).collect::<Result<_, _>>()?;
        Ok(Loaded { record, objects, uploads })
    }
}

/// Marks a new folder as one of ours.
fn begin(root: &Path, format: &Path) -> Result<(), FolderError> {
    // A start that was cut short leaves a file that is not renamed yet.
    let draft = root.join("format.new");
    if names(root)?.iter().any(|name| name != "format.new") {
        return Err(FolderError::Foreign(root.to_owned()));
    }
    std::fs::write(&draft, FORMAT).map_err(FolderError::system("write", &draft))?;
    std::fs::rename(&draft, format).map_err(FolderError::system("write", format))
}

fn load_object(path: &Path) -> Result<ObjectRecord, FolderError> {
    let (record, body): (ObjectRecord, _) = file::record(path)?;
    if !path.ends_with(name_of(&record.key)) {
        return Err(FolderError::damaged(path, format!("its record is that of the key {:?}", record.key)));
    }
    sized(path, record.size, body)?;
    Ok(record)
}

fn load_upload(path: &Path) -> Result<(UploadRecord, Vec<PartRecord>), FolderError> {
    let (record, _): (UploadRecord, _) = file::record(&path.join(UPLOAD_RECORD))?;
    if !path.ends_with(&record.id) {
        return Err(FolderError::damaged(path, format!("its record is that of the upload {}", record.id)));
    }
    let mut parts = Vec::new();
    for name in names(path)?.iter().filter(|name| name.parse::<i32>().is_ok()) {
        let path = path.join(name);
        let (part, body): (PartRecord, _) = file::record(&path)?;
        if *name != part.number.to_string() {
            return Err(FolderError::damaged(&path, format!("its record is that of part {}", part.number)));
        }
        sized(&path, part.size, body)?;
        parts.push(part);
    }
    Ok((record, parts))
}

fn sized(path: &Path, told: u64, found: u64) -> Result<(), FolderError> {
    let what = || format!("it has {found} bytes where its record says {told}");
    if told == found { Ok(()) } else { Err(FolderError::damaged(path, what())) }
}

/// The names of what is in a folder, which a link to elsewhere is not taken for. Hidden files are the system's.
fn names(folder: &Path) -> Result<Vec<String>, FolderError> {
    let metadata = std::fs::symlink_metadata(folder).map_err(FolderError::system("look at", folder))?;
    if !metadata.is_dir() {
        return Err(FolderError::damaged(folder, "it is not a folder"));
    }
    let read = || -> io::Result<Vec<String>> {
        let entries = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        entries.filter(|name| !name.as_ref().is_ok_and(|name| name.starts_with('.'))).collect()
    };
    read().map_err(FolderError::system("read", folder))
}

fn name_of(key: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    let (high, low) = digest.split_at(16);
    [high, low].map(|half| half.iter().fold(0, |number, byte| number << 8 | u128::from(*byte))).map(hex).concat()
}

fn hex(number: u128) -> String {
    format!("{number:032x}")
}

fn is_digest(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
