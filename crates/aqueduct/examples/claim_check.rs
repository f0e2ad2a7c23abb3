//! Scans of any size: what is too large for a queue lies in S3, for whoever sends it here and for the archive after us.

use aqueduct::aws::Environment;
use aqueduct::claim_check::ClaimCheck;
use aqueduct::lambda;
use aqueduct::{Consumer, Failure, Message, Payload, Publisher};

#[derive(Clone, serde::Serialize, serde::Deserialize, Payload)]
struct Scan {
    pixels: String,
}

async fn file(scan: Message<Scan>, archive: Publisher) -> Result<(), Failure> {
    archive.publish(scan.followed_by(scan.data.clone())).await?;
    Ok(())
}

pub(crate) fn consumer(scans: ClaimCheck, archive: Publisher) -> Consumer {
    Consumer::new(move |scan| file(scan, archive.clone())).layer(scans)
}

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    let aws = Environment::load().await;
    let archive = aws.queue("ARCHIVE_QUEUE_URL")?.large_bodies(aws.large_bodies("SCANS_BUCKET")?);
    lambda::run(consumer(aws.claim_check("SCANS_BUCKET")?, Publisher::new("scanner", archive))).await
}
