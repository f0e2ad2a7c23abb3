use aqueduct::{Consumer, Failure, Message, Tick};

async fn handle(_: Message<Tick>) -> Result<(), Failure> {
    Ok(())
}

fn main() {
    let _ = Consumer::new(handle).redelivery("https://sqs.eu-central-1.amazonaws.com/123456789012/OrdersDlq");
}
