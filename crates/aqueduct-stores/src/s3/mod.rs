//! S3: buckets in memory, or in a folder, a temporary one or one that stays.

mod answer;
mod buckets;
mod checksum;
mod complete;
mod condition;
mod copy;
mod description;
mod list;
mod listing;
mod objects;
mod parts;
mod place;
mod portion;
mod record;
mod request;
mod service;
mod store;
mod stream;
mod tagging;
mod unmodelled;
mod uploads;

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aqueduct_topology::Bucket;
use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use s3s::service::{S3Service, S3ServiceBuilder};

use self::place::{Folder, Place};
use self::service::Service;
use self::store::{Since1970, Store};

/// An answer's body: mostly in memory, streamed where a large file is read.
pub type Body = s3s::Body;

/// The service and its buckets, opened when they are first needed.
///
/// It has buckets, objects, their tags, and uploads in parts. What else S3 does is refused by name: versions, ACLs, policies,
/// lifecycles, locks, notifications and encryption with callers' keys among it. Any key of 1 to 1,024 bytes of UTF-8 is one.
#[derive(Clone)]
pub struct S3 {
    shared: Arc<Shared>,
}

struct Shared {
    origin: Origin,
    since_1970: Since1970,
    opened: OnceLock<Result<Opened, String>>,
    /// How many requests there were.
    requests: AtomicU64,
}

/// Where the bytes are to lie.
enum Origin {
    Memory,
    /// Without a path, in a folder that goes with the run.
    Folder(Option<PathBuf>),
}

struct Opened {
    store: Arc<Store>,
    service: S3Service,
}

impl S3 {
    /// A service with the buckets of a folder, or without any and with a temporary folder for those to come; by a clock that
    /// tells how long it is since 1970. It is called within a Tokio runtime, and one process at a time uses the folder.
    pub fn in_folder(folder: Option<PathBuf>, since_1970: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self::new(Origin::Folder(folder), since_1970)
    }

    /// A service in memory, without buckets, by a clock that tells how long it is since 1970.
    pub fn in_memory(since_1970: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self::new(Origin::Memory, since_1970)
    }

    fn new(origin: Origin, since_1970: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        let since_1970 = Arc::new(since_1970);
        let shared = Shared { origin, since_1970, opened: OnceLock::new(), requests: AtomicU64::new(1) };
        Self { shared: Arc::new(shared) }
    }

    /// Makes the buckets of a topology that are not there yet, which may wait for the disk. A refusal names the bucket. A folder
    /// that is there is opened even for no bucket, so that one that cannot be used is told of here.
    pub fn provision(&self, buckets: &[Bucket]) -> Result<(), String> {
        let is_there = matches!(&self.shared.origin, Origin::Folder(Some(folder)) if folder.exists());
        if buckets.is_empty() && !is_there {
            return Ok(());
        }
        let store = &self.shared.opened()?.store;
        for bucket in buckets {
            let refused = |error: &dyn fmt::Display| format!("bucket {}: {error}", bucket.id);
            if !s3s::path::check_bucket_name(&bucket.name) {
                return Err(refused(&format!("{:?} is not a bucket's name", bucket.name)));
            }
            store.make_bucket(&bucket.name, None).map_err(|error| refused(&error))?;
        }
        Ok(())
    }

    /// Answers a request.
    pub async fn answer(&self, parts: Parts, body: Bytes) -> Response<Body> {
        let number = self.shared.requests.fetch_add(1, Ordering::Relaxed);
        answer::finished(self.answered(parts, body).await, number)
    }

    async fn answered(&self, parts: Parts, body: Bytes) -> Response<Body> {
        let Some((parts, body)) = request::bare(parts, body) else {
            return answer::refused(StatusCode::BAD_REQUEST, "IncompleteBody", "the aws-chunked body broke off");
        };
        if let Some(what) = unmodelled::asked(&parts) {
            let message = format!("the embedded S3 has no {what}");
            return answer::refused(StatusCode::NOT_IMPLEMENTED, "NotImplemented", &message);
        }
        let service = match self.service().await {
            Ok(service) => service,
            Err(error) => return answer::refused(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", &error),
        };
        match service.call(http::Request::from_parts(parts, Body::from(body))).await {
            Ok(response) => response,
            Err(error) => answer::refused(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", &format!("{error:?}")),
        }
    }

    /// The service, which the first caller may have to wait for.
    async fn service(&self) -> Result<S3Service, String> {
        let shared = Arc::clone(&self.shared);
        let service = move || shared.opened().map(|opened| opened.service.clone());
        if self.shared.opened.get().is_some() || matches!(self.shared.origin, Origin::Memory) {
            return service();
        }
        tokio::task::spawn_blocking(service).await.map_err(|error| format!("S3 cannot be opened: {error}"))?
    }
}

impl fmt::Debug for S3 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("S3").finish_non_exhaustive()
    }
}

impl Shared {
    fn opened(&self) -> Result<&Opened, String> {
        let open = || {
            let place = match &self.origin {
                Origin::Memory => Ok(Place::Memory),
                Origin::Folder(Some(folder)) => Folder::open(folder).map(Place::Folder),
                Origin::Folder(None) => Folder::temporary().map(Place::Folder),
            };
            let store = place.and_then(|place| Store::open(place, Arc::clone(&self.since_1970)));
            let store = Arc::new(store.map_err(|error| error.to_string())?);
            let service = S3ServiceBuilder::new(Service { store: Arc::clone(&store) }).build();
            Ok(Opened { store, service })
        };
        self.opened.get_or_init(open).as_ref().map_err(Clone::clone)
    }
}
