//! S3: buckets in memory, or as folders, in a temporary folder or in one that stays.

mod memory;
mod request;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aqueduct_topology::Bucket;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;

use self::memory::Memory;

/// An answer's body: mostly in memory, streamed where a file is read.
pub type Body = s3s::Body;

/// The service and its buckets, made when they are first needed.
#[derive(Clone)]
pub struct S3 {
    shared: Arc<Shared>,
}

enum Shared {
    Files {
        /// Where objects stay; without it they go with the run.
        folder: Option<PathBuf>,
        files: OnceLock<Result<Files, String>>,
    },
    Memory {
        memory: Memory,
        service: S3Service,
    },
}

struct Files {
    service: S3Service,
    folder: PathBuf,
    /// Deleted with the run.
    _temporary: Option<TempDir>,
}

impl S3 {
    /// A service without buckets, or with those of a folder.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { shared: Arc::new(Shared::Files { folder, files: OnceLock::new() }) }
    }

    /// A service in memory, without buckets, by a clock that tells how long it is since 1970. Of the operations there are those of
    /// whole objects and buckets; S3's other operations are refused by name.
    pub fn with_clock(since_1970: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        let memory = Memory::new(since_1970);
        let service = S3ServiceBuilder::new(memory.clone()).build();
        Self { shared: Arc::new(Shared::Memory { memory, service }) }
    }

    /// Makes the buckets of a topology that are not there yet. A refusal names the bucket.
    pub fn provision(&self, buckets: &[Bucket]) -> Result<(), String> {
        if buckets.is_empty() {
            return Ok(());
        }
        for bucket in buckets {
            let made = match &*self.shared {
                Shared::Files { .. } => make_bucket(&self.shared.files()?.folder, &bucket.name),
                Shared::Memory { memory, .. } => {
                    memory.make_bucket(&bucket.name);
                    Ok(())
                }
            };
            made.map_err(|error| format!("bucket {}: {error}", bucket.id))?;
        }
        Ok(())
    }

    /// Answers a request.
    pub async fn answer(&self, parts: Parts, body: Bytes) -> Response<Body> {
        let Some((parts, body)) = request::bare(parts, body) else {
            return refused(StatusCode::BAD_REQUEST, "IncompleteBody", "the aws-chunked body broke off");
        };
        let service = match self.shared.service() {
            Ok(service) => service,
            Err(error) => return refused(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", &error),
        };
        if self.shared.lacks_bucket_of(parts.uri.path()) {
            return refused(StatusCode::NOT_FOUND, "NoSuchBucket", "The specified bucket does not exist");
        }
        match service.call(http::Request::from_parts(parts, Body::from(body))).await {
            Ok(response) => response,
            Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", &format!("{error:?}")),
        }
    }
}

impl fmt::Debug for S3 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("S3").finish_non_exhaustive()
    }
}

impl Shared {
    fn service(&self) -> Result<&S3Service, String> {
        match self {
            Self::Files { .. } => Ok(&self.files()?.service),
            Self::Memory { service, .. } => Ok(service),
        }
    }

    /// Whether a path names an object of a bucket that is not there. Folders would be made for it, or the object would be called
    /// missing.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    fn lacks_bucket_of(&self, path: &str) -> bool {
        let object = path.trim_start_matches('/').split_once('/').filter(|(_, key)| !key.is_empty());
        let (Ok(files), Some((bucket, _))) = (self.files(), object) else { return false };
        !files.folder.join(bucket).is_dir()
    }

    fn files(&self) -> Result<&Files, String> {
        let Self::Files { folder, files } = self else { return Err("S3 is in memory".to_owned()) };
        let open = || Files::open(folder.as_deref()).map_err(|error| format!("S3 has no folder: {error}"));
        files.get_or_init(open).as_ref().map_err(Clone::clone)
    }
}

impl Files {
    fn open(folder: Option<&Path>) -> std::io::Result<Self> {
        let (folder, temporary) = if let Some(folder) = folder {
            std::fs::create_dir_all(folder)?;
            (folder.to_owned(), None)
        } else {
            let temporary = TempDir::with_prefix("aqueduct-")?;
            (temporary.path().to_owned(), Some(temporary))
        };
        let files = s3s_fs::FileSystem::new(&folder).map_err(|error| std::io::Error::other(format!("{error:?}")))?;
        Ok(Self { service: S3ServiceBuilder::new(files).build(), folder, _temporary: temporary })
    }
}

fn make_bucket(folder: &Path, name: &str) -> std::io::Result<()> {
    if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
        return Err(std::io::Error::other(format!("{name:?} is not a bucket name")));
    }
    std::fs::create_dir_all(folder.join(name))
}

fn refused(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/xml"));
    response
}
