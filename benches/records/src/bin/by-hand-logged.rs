//! The function that one writes without a toolkit, with the log that `cargo lambda new` begins it with.
//!
//! Its subscriber is that of `lambda_runtime::tracing::init_default_subscriber`, for JSON. It is set up here because that function's feature turns
//! on another of `tracing`, in every function that is built along with this one.

use aqueduct_bench_records::by_hand::handle;
use lambda_runtime::{Error, service_fn};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let levels = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    tracing_subscriber::fmt().with_target(false).without_time().with_env_filter(levels).json().init();
    lambda_runtime::run(service_fn(handle)).await
}
