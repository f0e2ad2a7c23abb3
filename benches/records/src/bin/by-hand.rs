//! The function that one writes without a toolkit.

use aqueduct_bench_records::by_hand::handle;
use lambda_runtime::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(handle)).await
}
