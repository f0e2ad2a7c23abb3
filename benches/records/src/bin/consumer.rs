//! The same function with the toolkit: a consumer without layers.

use aqueduct::{Consumer, Failure, Message};
use aqueduct_bench_records::order::Order;

async fn handle(message: Message<Order>) -> Result<(), Failure> {
    if message.data.is_good() { Ok(()) } else { Err(Failure::retry("not now")) }
}

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), aqueduct::lambda::Error> {
    aqueduct::lambda::run(Consumer::new(handle)).await
}
