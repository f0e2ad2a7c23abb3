//! A function that misbehaves on request: once, or always.

use aqueduct::{Consumer, Failure, Message, Payload, lambda};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Trouble {
    /// `nothing`, `panic`, `hang`, `abort` or `fail`.
    does: String,
    /// A file that is made at the first attempt; where it exists, nothing happens any more.
    once: Option<String>,
    name: String,
}

impl Payload for Trouble {
    const TYPE: &'static str = "Trouble";
}

async fn make(message: Message<Trouble>) -> Result<(), Failure> {
    let trouble = message.data;
    if let Some(marker) = &trouble.once
        && std::fs::OpenOptions::new().write(true).create_new(true).open(marker).is_err()
    {
        tracing::info!(name = trouble.name, "calm again");
        return Ok(());
    }
    match trouble.does.as_str() {
        "panic" => panic!("as you wished"),
        "hang" => std::thread::sleep(std::time::Duration::from_hours(1)),
        "abort" => std::process::abort(),
        "fail" => return Err(Failure::retry("as you wished")),
        _ => tracing::info!(name = trouble.name, "did nothing"),
    }
    Ok(())
}

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    lambda::run(Consumer::new(make)).await
}
