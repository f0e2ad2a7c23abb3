use aqueduct::publish::Relay;

fn main() {
    let _ = Relay::new("outbox");
}
