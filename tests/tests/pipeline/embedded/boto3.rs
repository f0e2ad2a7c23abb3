//! A client that nobody here wrote.

use std::path::Path;
use std::process::Stdio;

use super::ORDERS;
use crate::support::Stack;

/// boto3 gets the endpoint's URL, a Region and dummy credentials, and nothing else.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "the chore that runs the tests says where Python's tools are")]
async fn boto3_works_against_the_endpoint() {
    let tools =
        std::env::var("AQUEDUCT_TOOLS").expect("AQUEDUCT_TOOLS is not set; run the tests with `cargo xtask test`");
    let stack = Stack::embedded(ORDERS).await;
    let output = tokio::process::Command::new(Path::new(&tools).join("python"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("boto3/check.py"))
        .env_clear()
        .env("AWS_ENDPOINT_URL", stack.local().endpoint())
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{talk}");
    stack.end().await;
}
