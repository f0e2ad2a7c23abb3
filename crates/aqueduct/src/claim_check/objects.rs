//! Where bodies lie.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use thiserror::Error;

use super::Pointer;

/// Where bodies are stored and fetched from: `S3Objects` with the feature `s3`, and [`MemoryObjects`] for tests.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not keep bodies",
    label = "not an `Objects`",
    note = "in S3 it is `aqueduct::aws::S3Objects` with the feature `s3`, which is made of a client; for tests there is \
            `MemoryObjects`"
)]
pub trait Objects: fmt::Debug + Send + Sync {
    /// The object as text. One of more than `limit` bytes is [`ObjectError::TooLarge`], and is not read to its end.
    fn get<'a>(&'a self, pointer: &'a Pointer, limit: usize) -> BoxFuture<'a, Result<String, ObjectError>>;

    /// Stores an object; one that is there is replaced. After an error it may be there or not.
    fn put<'a>(&'a self, pointer: &'a Pointer, body: &'a str) -> BoxFuture<'a, Result<(), ObjectError>>;
}

/// An object could not be fetched or stored.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// It is not there.
    #[error(
        "there is no such object; the bucket's lifecycle must keep objects as long as queue and dead-letter queue keep messages"
    )]
    Missing,
    /// Its bucket is not there.
    #[error("there is no such bucket")]
    NoBucket,
    /// The function lacks this permission, now; it may be given.
    #[error("access is denied; the function needs `{0}` on the bucket's objects, and on the key that encrypts them")]
    Denied(&'static str),
    /// It is larger than what may be read.
    #[error("it has more than the {0} bytes that may be read")]
    TooLarge(usize),
    /// It is not UTF-8 text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// The store is throttled or cannot be reached.
    #[error("the store does not answer as it should: {0}")]
    Unavailable(String),
}

impl ObjectError {
    /// Whether another try may succeed.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Denied(_) | Self::Unavailable(_))
    }
}

/// Objects in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryObjects {
    objects: Arc<Mutex<BTreeMap<Pointer, Vec<u8>>>>,
    failure: Arc<Mutex<Option<ObjectError>>>,
}

impl MemoryObjects {
    /// Stores an object.
    pub fn insert(&self, pointer: Pointer, body: impl Into<Vec<u8>>) {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).insert(pointer, body.into());
    }

    /// From now on all that is asked fails so, until it is `None`.
    pub fn fail(&self, error: Option<ObjectError>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    fn answer(&self) -> Result<(), ObjectError> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        failure.map_or(Ok(()), Err)
    }

    fn find(&self, pointer: &Pointer, limit: usize) -> Result<String, ObjectError> {
        self.answer()?;
        let objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let body = objects.get(pointer).ok_or(ObjectError::Missing)?;
        if body.len() > limit {
            return Err(ObjectError::TooLarge(limit));
        }
        String::from_utf8(body.clone()).map_err(|_| ObjectError::NotText)
    }
}

impl Objects for MemoryObjects {
    fn get<'a>(&'a self, pointer: &'a Pointer, limit: usize) -> BoxFuture<'a, Result<String, ObjectError>> {
        ready(self.find(pointer, limit)).boxed()
    }

    fn put<'a>(&'a self, pointer: &'a Pointer, body: &'a str) -> BoxFuture<'a, Result<(), ObjectError>> {
        ready(self.answer().map(|()| self.insert(pointer.clone(), body))).boxed()
    }
}
