//! Where bytes lie: in memory, or in the files of a folder.

mod error;
mod file;
mod folder;

use std::fs::File;
use std::io;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use serde::Serialize;

pub(super) use self::error::FolderError;
pub(super) use self::folder::{Folder, Loaded};
use super::checksum::Digests;
use super::record::{BucketRecord, UploadRecord};

/// Where bytes lie. Its calls may wait for the disk.
pub(super) enum Place {
    Memory,
    Folder(Folder),
}

/// What a body is kept as.
#[derive(Clone, Copy)]
pub(super) enum Slot<'a> {
    Object { bucket: &'a str, key: &'a str },
    Part { bucket: &'a str, upload: &'a str, number: i32 },
}

/// A body that is kept.
#[derive(Clone)]
pub(super) enum Kept {
    Memory(Bytes),
    /// In the file of its slot.
    File,
}

/// A body that can be read, whatever becomes of its slot meanwhile.
pub(super) enum Open {
    Bytes(Bytes),
    /// The bytes of a range.
    File(File, Range<u64>),
}

/// A body that is written and that nobody sees yet. What is never published goes with it.
pub(super) enum Draft {
    Memory(Bytes),
    File(file::Draft),
}

impl Place {
    pub(super) fn is_memory(&self) -> bool {
        matches!(self, Self::Memory)
    }

    /// Everything that is kept.
    pub(super) fn load(&self) -> Result<Vec<Loaded>, FolderError> {
        match self {
            Self::Memory => Ok(Vec::new()),
            Self::Folder(folder) => folder.load(),
        }
    }

    /// Writes one body behind the other, each of which is opened when it is its turn: there can be more than files that a process
    /// may have open.
    pub(super) fn draft(
        &self,
        bodies: impl IntoIterator<Item = io::Result<Open>>,
        digests: &mut Digests,
    ) -> io::Result<Draft> {
        match self {
            Self::Memory => Ok(Draft::Memory(joined(bodies, digests)?)),
            Self::Folder(folder) => {
                let mut draft = folder.draft()?;
                for body in bodies {
                    body?.each(&mut |piece| {
                        digests.update(piece);
                        draft.write(piece)
                    })?;
                }
                Ok(Draft::File(draft))
            }
        }
    }

    /// Puts a draft into its slot, in the place of what is there: all of it or, if the process dies, nothing.
    pub(super) fn publish(&self, draft: Draft, slot: Slot<'_>) -> io::Result<Kept> {
        match (self, draft) {
            (_, Draft::Memory(bytes)) => Ok(Kept::Memory(bytes)),
            (Self::Folder(folder), Draft::File(draft)) => draft.publish(&folder.path(slot)).map(|()| Kept::File),
            (Self::Memory, Draft::File(_)) => Err(io::Error::other("a file has no place in memory")),
        }
    }

    pub(super) fn open(&self, kept: &Kept, slot: Slot<'_>, size: u64) -> io::Result<Open> {
        match (self, kept) {
            (_, Kept::Memory(bytes)) => Ok(Open::Bytes(bytes.clone())),
            (Self::Folder(folder), Kept::File) => Ok(Open::File(File::open(folder.path(slot))?, 0..size)),
            (Self::Memory, Kept::File) => Err(io::Error::other("there are no files in memory")),
        }
    }

    pub(super) fn remove(&self, slot: Slot<'_>) -> io::Result<()> {
        self.folder().map_or(Ok(()), |folder| std::fs::remove_file(folder.path(slot)))
    }

    pub(super) fn make_bucket(&self, record: &BucketRecord) -> io::Result<()> {
        self.folder().map_or(Ok(()), |folder| folder.make_bucket(record))
    }

    pub(super) fn remove_bucket(&self, name: &str) -> io::Result<()> {
        self.folder().map_or(Ok(()), |folder| folder.remove(&folder.bucket(name)))
    }

    pub(super) fn make_upload(&self, bucket: &str, record: &UploadRecord) -> io::Result<()> {
        self.folder().map_or(Ok(()), |folder| folder.make_upload(bucket, record))
    }

    pub(super) fn remove_upload(&self, bucket: &str, id: &str) -> io::Result<()> {
        self.folder().map_or(Ok(()), |folder| folder.remove(&folder.upload(bucket, id)))
    }

    fn folder(&self) -> Option<&Folder> {
        match self {
            Self::Memory => None,
            Self::Folder(folder) => Some(folder),
        }
    }
}

impl Draft {
    /// Adds what is to be kept with the bytes. It comes behind all of them.
    pub(super) fn seal(&mut self, record: &impl Serialize) -> io::Result<()> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::File(draft) => draft.seal(record),
        }
    }
}

impl Open {
    /// How many bytes it has.
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(_, range) => range.end - range.start,
        }
    }

    /// A range of these bytes, which has to lie within.
    pub(super) fn slice(self, range: &Range<u64>) -> Self {
        match self {
            Self::Bytes(bytes) => Self::Bytes(bytes.slice(at(range.start)..at(range.end))),
            Self::File(file, whole) => Self::File(file, whole.start + range.start..whole.start + range.end),
        }
    }

    /// Goes through the bytes piece by piece.
    fn each(&self, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::Bytes(bytes) => take(bytes),
            Self::File(file, range) => file::each(file, range.clone(), take),
        }
    }

    /// The next piece of at most so many bytes; an empty one at the end.
    pub(super) fn next(&mut self, most: usize) -> io::Result<Bytes> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.split_to(most.min(bytes.len()))),
            Self::File(file, range) => {
                let piece = file::read(file, range.start, (range.end - range.start).min(most as u64))?;
                range.start += piece.len() as u64;
                Ok(piece)
            }
        }
    }
}

fn joined(bodies: impl IntoIterator<Item = io::Result<Open>>, digests: &mut Digests) -> io::Result<Bytes> {
    let bodies: Vec<Open> = bodies.into_iter().collect::<io::Result<_>>()?;
    if let [Open::Bytes(bytes)] = &bodies[..] {
        digests.update(bytes);
        return Ok(bytes.clone());
    }
    let mut whole = BytesMut::with_capacity(at(bodies.iter().map(Open::size).sum()));
    for body in bodies {
        body.each(&mut |piece| {
            digests.update(piece);
            whole.extend_from_slice(piece);
            Ok(())
        })?;
    }
    Ok(whole.freeze())
}

/// A place in what is in memory.
fn at(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
