use aqueduct::{Consumer, Failure, Message, Tick};

#[derive(Debug)]
struct Slow;

async fn handle(_: Message<Tick>) -> Result<(), Failure> {
    Ok(())
}

fn main() {
    let _ = Consumer::new(handle).layer(Slow);
}
