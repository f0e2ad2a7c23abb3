//! A client that nobody here wrote.

use super::ORDERS;
use crate::support::Stack;
use crate::tools::python;

#[tokio::test(flavor = "multi_thread")]
async fn boto3_works_against_the_endpoint() {
    let stack = Stack::embedded(ORDERS).await;
    python(stack.local().endpoint(), "boto3/check.py", &[], "").await;
    stack.end().await;
}
