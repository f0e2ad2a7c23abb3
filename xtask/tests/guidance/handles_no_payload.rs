use aqueduct::{Consumer, Failure, Message};

struct Order {}

async fn handle(_: Message<Order>) -> Result<(), Failure> {
    Ok(())
}

fn main() {
    let _ = Consumer::new(handle);
}
