//! What is wrong with a folder of buckets.

use std::io;
use std::path::{Path, PathBuf};

/// Why a folder's buckets cannot be used.
#[derive(Debug, thiserror::Error)]
pub(in crate::s3) enum FolderError {
    #[error("cannot {what} {}: {source}", path.display())]
    System { what: &'static str, path: PathBuf, source: io::Error },
    #[error(
        "{} has files that this version did not write: buckets of an earlier version, whose objects were files named by their \
         keys, are not read. Upload those files again to a new folder, or delete this one",
        .0.display()
    )]
    Foreign(PathBuf),
    #[error("{} says {found:?} and this version reads {known:?}: use the version of Aqueduct that wrote it", path.display())]
    Format { path: PathBuf, found: String, known: &'static str },
    #[error("{} is damaged: {what}. Delete it to go on without what it had", path.display())]
    Damaged { path: PathBuf, what: String },
}

impl FolderError {
    pub(super) fn system(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::System { what, path, source }
    }

    pub(super) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), what: what.into() }
    }
}
