//! The same function with the toolkit, whose handler takes an order that borrows its text.

use aqueduct::{Consumer, Failure, Message};
use aqueduct_bench_records::order::OrderView;

async fn handle(message: Message<OrderView<'_>>) -> Result<(), Failure> {
    if message.data.is_good() { Ok(()) } else { Err(Failure::retry("not now")) }
}

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), aqueduct::lambda::Error> {
    aqueduct::lambda::run(Consumer::borrowing::<OrderView<'_>>(handle)).await
}
