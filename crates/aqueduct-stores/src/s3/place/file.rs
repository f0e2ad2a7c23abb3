//! One file: a body, and behind it a record of it and a tail by which a whole file is known.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::FolderError;

/// How a whole file ends.
const MAGIC: &[u8; 8] = b"aqueduct";

/// The record's length and its CRC-32, four bytes each with the lowest first, and [`MAGIC`].
const TAIL_BYTES: u64 = 16;

/// How much of a file is in memory while it is read.
const PIECE_BYTES: u64 = 256 * 1024;

/// A file under a name of its own, which goes if it is not published.
pub(in crate::s3) struct Draft {
    file: File,
    path: PathBuf,
    is_published: bool,
}

impl Draft {
    /// A new file; a name that is taken is refused.
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Self { file, path, is_published: false })
    }

    pub(super) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)
    }

    pub(super) fn seal(&mut self, record: &impl Serialize) -> io::Result<()> {
        let mut end = serde_json::to_vec(record)?;
        let length = u32::try_from(end.len()).map_err(io::Error::other)?;
        let sum = crc32fast::hash(&end);
        end.extend(length.to_le_bytes());
        end.extend(sum.to_le_bytes());
        end.extend(MAGIC);
        self.file.write_all(&end)
    }

    pub(super) fn publish(mut self, path: &Path) -> io::Result<()> {
        std::fs::rename(&self.path, path)?;
        self.is_published = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_published {
            // What stays is cleared away at the next start.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The record of a file and how many bytes lie before it. A file that is not whole is refused, and a link, too, which could
/// lead anywhere.
pub(super) fn record<T: DeserializeOwned>(path: &Path) -> Result<(T, u64), FolderError> {
    let metadata = std::fs::symlink_metadata(path).map_err(FolderError::system("look at", path))?;
    if !metadata.is_file() {
        return Err(FolderError::damaged(path, "it is not a file"));
    }
    let mut file = File::open(path).map_err(FolderError::system("open", path))?;
    let end = end(&mut file, metadata.len()).map_err(FolderError::system("read", path))?;
    let (record, body) = end.ok_or_else(|| FolderError::damaged(path, "its end is missing"))?;
    let record = serde_json::from_slice(&record);
    Ok((record.map_err(|error| FolderError::damaged(path, format!("its record cannot be read: {error}")))?, body))
}

fn end(file: &mut File, size: u64) -> io::Result<Option<(Vec<u8>, u64)>> {
    let Some(tail_at) = size.checked_sub(TAIL_BYTES) else { return Ok(None) };
    let tail = read(file, tail_at, TAIL_BYTES)?;
    let word = |at: usize| tail[at..at + 4].iter().rev().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    let (length, sum) = (u64::from(word(0)), word(4));
    let Some(record_at) = tail_at.checked_sub(length).filter(|_| tail[8..] == MAGIC[..]) else { return Ok(None) };
    let record = read(file, record_at, length)?;
    Ok((crc32fast::hash(&record) == sum).then(|| (record.to_vec(), record_at)))
}

/// Bytes of a file. Fewer than that are an error.
pub(super) fn read(mut file: &File, at: u64, bytes: u64) -> io::Result<Bytes> {
    let mut piece = BytesMut::zeroed(usize::try_from(bytes).map_err(io::Error::other)?);
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut piece)?;
    Ok(piece.freeze())
}

/// Goes through a range of a file piece by piece.
pub(super) fn each(
    file: &File,
    mut range: Range<u64>,
    take: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    while !range.is_empty() {
        let piece = read(file, range.start, (range.end - range.start).min(PIECE_BYTES))?;
        take(&piece)?;
        range.start += piece.len() as u64;
    }
    Ok(())
}
