//! Buckets, their objects and their uploads: an index in memory, and the bytes where they lie.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use s3s::{S3Error, S3Result, s3_error};

use super::condition::WriteCondition;
use super::place::{Draft, FolderError, Kept, Open, Place, Slot};
use super::record::{BucketRecord, ObjectRecord, PartRecord, Time, UploadRecord};

/// Tells how long it is since 1970.
pub(super) type Since1970 = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Everything that there is. Its calls may wait for the disk, and hold the index only while they look something up or
/// rename a file.
pub(super) struct Store {
    pub(super) place: Place,
    since_1970: Since1970,
    /// How many uploads there were.
    uploads: AtomicU64,
    index: Mutex<Index>,
}

pub(super) type Index = BTreeMap<String, Bucket>;

pub(super) struct Bucket {
    pub(super) record: BucketRecord,
    pub(super) objects: BTreeMap<Key, Object>,
    /// By key and id.
    pub(super) uploads: BTreeMap<(String, String), Upload>,
}

pub(super) struct Object {
    pub(super) record: Arc<ObjectRecord>,
    pub(super) kept: Kept,
}

pub(super) struct Upload {
    pub(super) record: Arc<UploadRecord>,
    pub(super) parts: BTreeMap<i32, (PartRecord, Kept)>,
}

/// A key, which is looked up by its bytes: there are places between keys that no text stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(pub(super) String);

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Store {
    /// What a place has.
    pub(super) fn open(place: Place, since_1970: Since1970) -> Result<Self, FolderError> {
        let mut index = Index::new();
        for loaded in place.load()? {
            let object =
                |record: ObjectRecord| (Key(record.key.clone()), Object { record: Arc::new(record), kept: Kept::File });
            let upload = |(record, parts): (UploadRecord, Vec<PartRecord>)| {
                let parts = parts.into_iter().map(|part| (part.number, (part, Kept::File))).collect();
                ((record.key.clone(), record.id.clone()), Upload { record: Arc::new(record), parts })
            };
            let bucket = Bucket {
                objects: loaded.objects.into_iter().map(object).collect(),
                uploads: loaded.uploads.into_iter().map(upload).collect(),
                record: loaded.record,
            };
            index.insert(bucket.record.name.clone(), bucket);
        }
        Ok(Self { place, since_1970, uploads: AtomicU64::new(0), index: Mutex::new(index) })
    }

    pub(super) fn now(&self) -> Time {
        Time::new((self.since_1970)())
    }

    /// The id of an upload. Those of one key are in the order in which they began.
    pub(super) fn upload_id(&self, initiated: Time) -> String {
        format!("{}{:08x}", initiated.sortable(), self.uploads.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a bucket unless it is there; whether it was made.
    pub(super) fn make_bucket(&self, name: &str, location: Option<String>) -> io::Result<bool> {
        let mut index = self.lock();
        if index.contains_key(name) {
            return Ok(false);
        }
        let record = BucketRecord { name: name.to_owned(), created: self.now(), location };
        self.place.make_bucket(&record)?;
        index.insert(name.to_owned(), Bucket { record, objects: BTreeMap::new(), uploads: BTreeMap::new() });
        Ok(true)
    }

    /// Removes a bucket without objects. Uploads that are under way go with it.
    pub(super) fn remove_bucket(&self, name: &str) -> S3Result<()> {
        let mut index = self.lock();
        if !bucket(&mut index, name)?.objects.is_empty() {
            return Err(s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty"));
        }
        self.place.remove_bucket(name).map_err(|error| failed("remove a bucket", &error))?;
        index.remove(name);
        Ok(())
    }

    /// What is known of an object.
    pub(super) fn record(&self, bucket_name: &str, key: &str) -> S3Result<Arc<ObjectRecord>> {
        Ok(Arc::clone(&object(bucket(&mut self.lock(), bucket_name)?, key)?.record))
    }

    /// An object and its bytes, which stay what they are.
    pub(super) fn object(&self, bucket_name: &str, key: &str) -> S3Result<(Arc<ObjectRecord>, Open)> {
        let mut index = self.lock();
        let object = object(bucket(&mut index, bucket_name)?, key)?;
        let slot = Slot::Object { bucket: bucket_name, key };
        let open = self.place.open(&object.kept, slot, object.record.size);
        Ok((Arc::clone(&object.record), open.map_err(|error| failed("open an object", &error))?))
    }

    /// Keeps an object in the place of what is there, if the condition allows that. The upload that it comes of, if any, has to
    /// be there with the same parts, and ends.
    pub(super) fn keep(
        &self,
        bucket_name: &str,
        record: &Arc<ObjectRecord>,
        mut draft: Draft,
        condition: &WriteCondition,
        upload: Option<&str>,
    ) -> S3Result<()> {
        draft.seal(&**record).map_err(|error| failed("write an object", &error))?;
        let mut index = self.lock();
        let bucket = bucket(&mut index, bucket_name)?;
        if let Some(id) = upload {
            bucket.upload(&record.key, id)?.has_still(&record.parts)?;
        }
        condition.check(bucket.objects.get(record.key.as_bytes()).map(|present| &*present.record))?;
        let slot = Slot::Object { bucket: bucket_name, key: &record.key };
        let kept = self.place.publish(draft, slot).map_err(|error| failed("keep an object", &error))?;
        bucket.objects.insert(Key(record.key.clone()), Object { record: Arc::clone(record), kept });
        match upload {
            Some(id) => self.end_upload(bucket, &record.key, id),
            None => Ok(()),
        }
    }

    /// Forgets an upload and its parts.
    pub(super) fn end_upload(&self, bucket: &mut Bucket, key: &str, id: &str) -> S3Result<()> {
        let removed = self.place.remove_upload(&bucket.record.name, id);
        removed.map_err(|error| failed("remove an upload", &error))?;
        bucket.uploads.remove(&(key.to_owned(), id.to_owned()));
        Ok(())
    }

    /// Removes an object, if `may` allows that. One that is not there is removed already.
    pub(super) fn remove(
        &self,
        bucket_name: &str,
        key: &str,
        may: impl FnOnce(Option<&ObjectRecord>) -> S3Result<()>,
    ) -> S3Result<()> {
        let mut index = self.lock();
        let bucket = bucket(&mut index, bucket_name)?;
        let present = bucket.objects.get(key.as_bytes());
        may(present.map(|present| &*present.record))?;
        if present.is_some() {
            let slot = Slot::Object { bucket: bucket_name, key };
            self.place.remove(slot).map_err(|error| failed("remove an object", &error))?;
            bucket.objects.remove(key.as_bytes());
        }
        Ok(())
    }
}

impl Upload {
    /// Whether no part was replaced by another one since an object was made of them.
    fn has_still(&self, parts: &[PartRecord]) -> S3Result<()> {
        let is_there = |part: &PartRecord| self.parts.get(&part.number).is_some_and(|(kept, _)| kept == part);
        if parts.iter().all(is_there) { Ok(()) } else { Err(invalid_part()) }
    }
}

impl Bucket {
    pub(super) fn upload(&mut self, key: &str, id: &str) -> S3Result<&mut Upload> {
        let text = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
        self.uploads.get_mut(&(key.to_owned(), id.to_owned())).ok_or_else(|| s3_error!(NoSuchUpload, "{text}"))
    }
}

/// A bucket of the index.
pub(super) fn bucket<'a>(index: &'a mut Index, name: &str) -> S3Result<&'a mut Bucket> {
    index.get_mut(name).ok_or_else(|| s3_error!(NoSuchBucket, "The specified bucket does not exist"))
}

fn object<'a>(bucket: &'a Bucket, key: &str) -> S3Result<&'a Object> {
    bucket.objects.get(key.as_bytes()).ok_or_else(no_such_key)
}

pub(super) fn no_such_key() -> S3Error {
    s3_error!(NoSuchKey, "The specified key does not exist.")
}

pub(super) fn invalid_part() -> S3Error {
    s3_error!(
        InvalidPart,
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag \
         may not match the part's entity tag."
    )
}

/// The refusal when the disk does not do what it is to do.
pub(super) fn failed(what: &str, error: &io::Error) -> S3Error {
    s3_error!(InternalError, "the embedded S3 cannot {what}: {error}")
}
