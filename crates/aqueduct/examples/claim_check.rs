//! Scans of any size: what is too large for a queue lies in S3, for whoever sends it here and for the archive after us.

use aqueduct::aws::{Environment, S3Objects};
use aqueduct::claim_check::{ClaimCheck, LargeBodies, Objects};
use aqueduct::lambda::{self, setting};
use aqueduct::{Consumer, Failure, Message, Payload, Publisher};

#[derive(Clone, serde::Serialize, serde::Deserialize, Payload)]
struct Scan {
    pixels: String,
}

async fn file(scan: Message<Scan>, archive: Publisher) -> Result<(), Failure> {
    archive.publish(scan.followed_by(scan.data.clone())).await?;
    Ok(())
}

pub(crate) fn consumer(objects: impl Objects + 'static, bucket: &str, archive: Publisher) -> Consumer {
    Consumer::new(move |scan| file(scan, archive.clone())).layer(ClaimCheck::new(objects).bucket(bucket))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let (aws, bucket) = (Environment::load().await, setting("SCANS_BUCKET")?);
    let objects = S3Objects::new(aws.s3());
    let archive = aws.queue("ARCHIVE_QUEUE_URL")?.large_bodies(LargeBodies::new(objects.clone(), &bucket));
    lambda::run(consumer(objects, &bucket, Publisher::new("scanner", archive))).await
}
