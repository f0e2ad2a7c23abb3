use aqueduct::{Consumer, Message, Tick};

async fn handle(_: Message<Tick>) -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = Consumer::new(handle);
}
