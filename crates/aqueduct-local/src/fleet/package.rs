//! Archives that functions are deployed as, unpacked below a temporary folder when they are first needed.

use std::io::{Cursor, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aqueduct_services::lambda::UNZIPPED_BYTES_MAX;
use bytes::Bytes;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use zip::ZipArchive;
use zip::result::ZipError;

/// How many files and folders an archive may have.
const ENTRIES_MAX: usize = 20_000;

/// The file that runtimes without an interpreter start.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-provided.html>
const BOOTSTRAP: &str = "bootstrap";

/// A function's archive.
#[derive(Debug)]
pub(crate) struct Package {
    zip: Bytes,
    unpacked: OnceCell<TempDir>,
}

/// Why an archive cannot be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PackageError {
    /// It is broken, or packed in a way that is not known.
    #[error("the archive cannot be read: {0}")]
    Unreadable(#[from] ZipError),
    /// It would leave its folder, by its name or by a link.
    #[error("the archive has an entry that cannot be unpacked: {0}")]
    Unsafe(String),
    /// It is larger than Lambda takes.
    #[error("the archive unpacks to more than {UNZIPPED_BYTES_MAX} bytes or {ENTRIES_MAX} entries")]
    TooLarge,
    /// It has nothing to start.
    #[error("the archive has no file {BOOTSTRAP} at its root")]
    NoBootstrap,
    /// The disk does not take it.
    #[error("the archive cannot be unpacked: {0}")]
    System(#[from] std::io::Error),
}

impl Package {
    /// An archive that is not unpacked yet.
    pub(crate) const fn new(zip: Bytes) -> Self {
        Self { zip, unpacked: OnceCell::const_new() }
    }

    /// Whether this is the package of these bytes.
    pub(crate) fn is_of(&self, zip: &Bytes) -> bool {
        self.zip == *zip
    }

    /// The executable, unpacked at the first call; the folder is removed with the last user of the package.
    pub(crate) async fn bootstrap(&self) -> Result<PathBuf, PackageError> {
        let zip = self.zip.clone();
        let unpacking = || async move {
            let unpacked = tokio::task::spawn_blocking(move || unpack(&zip)).await;
            unpacked.map_err(std::io::Error::other)?
        };
        let folder = self.unpacked.get_or_try_init(unpacking).await?;
        Ok(folder.path().join(BOOTSTRAP))
    }
}

fn unpack(zip: &[u8]) -> Result<TempDir, PackageError> {
    let mut archive = ZipArchive::new(Cursor::new(zip))?;
    if archive.len() > ENTRIES_MAX {
        return Err(PackageError::TooLarge);
    }
    let folder = TempDir::with_prefix("aqueduct-function-")?;
    let mut left = UNZIPPED_BYTES_MAX;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let Some(name) = entry.enclosed_name().filter(|_| !entry.is_symlink()) else {
            return Err(PackageError::Unsafe(String::from_utf8_lossy(entry.name_raw()).into_owned()));
        };
        let path = folder.path().join(name);
        if entry.is_dir() {
            std::fs::create_dir_all(&path)?;
            continue;
        }
        let mode = entry.unix_mode().unwrap_or(0o644);
        left -= write(&path, &mut entry, mode, left)?;
    }
    if !folder.path().join(BOOTSTRAP).is_file() {
        return Err(PackageError::NoBootstrap);
    }
    Ok(folder)
}

/// Writes a file of at most `bytes_max` bytes, and says how long it became.
fn write(path: &Path, from: &mut impl Read, mode: u32, bytes_max: u64) -> Result<u64, PackageError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // The owner must be able to read it; what else its mode says is kept, so that a `bootstrap` that cannot be executed on
    // Lambda cannot be executed here.
    let mode = (mode & 0o777) | 0o400;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    let written = std::io::copy(&mut from.take(bytes_max + 1), &mut file)?;
    if written > bytes_max {
        return Err(PackageError::TooLarge);
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    fn archive(entries: &[(&str, u32)]) -> Bytes {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, mode) in entries {
            zip.start_file(*name, SimpleFileOptions::default().unix_permissions(*mode)).unwrap();
            zip.write_all(name.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner().into()
    }

    #[tokio::test]
    async fn files_keep_their_modes_and_folders() {
        let package = Package::new(archive(&[("bootstrap", 0o755), ("lib/data.txt", 0o600)]));
        let bootstrap = package.bootstrap().await.unwrap();
        assert_eq!(std::fs::metadata(&bootstrap).unwrap().permissions().mode() & 0o111, 0o111);
        let folder = bootstrap.parent().unwrap().to_owned();
        assert_eq!(std::fs::read_to_string(folder.join("lib/data.txt")).unwrap(), "lib/data.txt");
        drop(package);
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn what_would_leave_the_folder_is_refused() {
        for (entries, part) in [
            (&[("../bootstrap", 0o755)][..], "../bootstrap"),
            (&[("/bootstrap/../../x", 0o755)], "cannot be unpacked"),
            (&[("other", 0o755)], "no file bootstrap"),
            (&[], "no file bootstrap"),
        ] {
            let error = Package::new(archive(entries)).bootstrap().await.unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert!(Package::new(Bytes::from_static(b"no zip")).bootstrap().await.is_err());
    }

    #[test]
    fn a_file_is_not_unpacked_beyond_the_limit() {
        let folder = TempDir::new().unwrap();
        let written = write(&folder.path().join("file"), &mut std::io::repeat(0), 0o644, 100);
        assert!(matches!(written, Err(PackageError::TooLarge)));
    }
}
