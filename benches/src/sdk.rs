//! The same through `aws-sdk-sqs`, as most users send.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use tokio::task::JoinSet;

use crate::load::{Measured, now};
use crate::report::Report;
use crate::scenario::{self, Size};
use crate::server::Target;

const TASKS: u64 = 8;

/// Sends on several tasks that share a client.
pub(crate) async fn send(target: &Target, size: Size, report: &mut Report) -> anyhow::Result<()> {
    let (server, url) = scenario::queue(target, "bench-sdk").await?;
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(format!("http://{}", server.address))
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "bench"))
        .build();
    let client = Client::from_conf(config);
    let (each, body) = (size.messages / TASKS / 4, "x".repeat(size.bytes));
    let (mut tasks, started) = (JoinSet::new(), now());
    for _ in 0..TASKS {
        let (client, url, body) = (client.clone(), url.clone(), body.clone());
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            for _ in 0..each {
                let started = now();
                client.send_message().queue_url(&url).message_body(&body).send().await?;
                latencies.push(started.elapsed());
            }
            anyhow::Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.append(&mut done??);
    }
    let measured = Measured { messages: each * TASKS, took: started.elapsed(), latencies, processor: None };
    report.rate(format!("SendMessage through aws-sdk-sqs, {TASKS} tasks"), &measured);
    Ok(())
}
