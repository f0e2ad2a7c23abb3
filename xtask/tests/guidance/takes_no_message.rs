use aqueduct::{Consumer, Failure};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Order {}

impl aqueduct::Payload for Order {
    const TYPE: &'static str = "Order";
}

async fn handle(_order: Order) -> Result<(), Failure> {
    Ok(())
}

fn main() {
    let _ = Consumer::new::<Order>(handle);
}
