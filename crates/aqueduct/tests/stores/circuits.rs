//! What every store of circuits does.

use aqueduct::aws::DynamoDbCircuits;
use aqueduct::consume::layers::{Circuit, Circuits, MemoryCircuits};
use jiff::Timestamp;

use crate::tables::with_table;

fn circuit(version: u64, open_until: Option<i64>) -> Circuit {
    let open_until = open_until.map(|second| Timestamp::from_second(second).unwrap());
    Circuit { failures: u32::try_from(version).unwrap(), open_until, version }
}

async fn assert_all(circuits: &dyn Circuits) {
    assert_eq!(circuits.load("bank").await, Ok(Circuit::default()), "one that nobody knows is closed");
    // A change, and whether it is kept.
    let changes = [
        (circuit(2, None), false),
        (circuit(1, Some(100)), true),
        (circuit(1, None), false),
        (circuit(3, None), false),
        (circuit(2, None), true),
        (circuit(2, Some(200)), false),
    ];
    let mut kept = Circuit::default();
    for (change, is_kept) in changes {
        assert_eq!(circuits.store("bank", change).await, Ok(is_kept), "{change:?}");
        if is_kept {
            kept = change;
        }
        assert_eq!(circuits.load("bank").await, Ok(kept), "{change:?}");
    }
    assert_eq!(circuits.load("post").await, Ok(Circuit::default()), "circuits are apart from each other");
}

#[tokio::test]
async fn circuits_in_memory() {
    assert_all(&MemoryCircuits::default()).await;
}

#[tokio::test]
async fn circuits_in_dynamodb() {
    with_table("circuits", async |client, table| assert_all(&DynamoDbCircuits::new(client, table)).await).await;
}
