//! DynamoDB and S3 of a cloud.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aqueduct_services::Timestamp;
use aqueduct_stores::{DynamoDb, S3};
use aqueduct_topology::Topology;
use bytes::Bytes;
use http::request::Parts;
use http_body_util::BodyExt;

use super::time::VirtualClock;
use crate::template::Refused;

/// How old an expired item gets at most; with DynamoDB it may be days.
const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// DynamoDB and S3 of a cloud.
#[derive(Clone, Debug)]
pub(crate) struct Stores {
    pub(crate) dynamodb: DynamoDb,
    pub(crate) s3: S3,
    clock: VirtualClock,
    swept: Arc<Mutex<Timestamp>>,
}

impl Stores {
    pub(crate) fn new(topology: &Topology, clock: &VirtualClock) -> Result<Self, Refused> {
        let since_1970 = |clock: VirtualClock| move || Duration::from_millis(clock.now().as_millis());
        let dynamodb = DynamoDb::with_clock(since_1970(clock.clone()));
        let s3 = S3::in_memory(since_1970(clock.clone()));
        dynamodb.provision(&topology.tables).map_err(Refused::Store)?;
        s3.provision(&topology.buckets).map_err(Refused::Store)?;
        let swept = Arc::new(Mutex::new(clock.now()));
        Ok(Self { dynamodb, s3, clock: clock.clone(), swept })
    }

    pub(crate) fn dynamodb(&self, parts: &Parts, body: &[u8]) -> http::Response<Bytes> {
        let now = self.clock.now();
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        if now.since(*swept) >= SWEEP_EVERY {
            *swept = now;
            self.dynamodb.sweep();
        }
        self.dynamodb.answer(parts, body)
    }

    pub(crate) async fn s3(&self, parts: Parts, body: Bytes) -> http::Response<Bytes> {
        let (parts, body) = self.s3.answer(parts, body).await.into_parts();
        // What is in memory does not break off.
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        http::Response::from_parts(parts, body)
    }
}
