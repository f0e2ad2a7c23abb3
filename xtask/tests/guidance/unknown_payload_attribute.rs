#[derive(serde::Serialize, serde::Deserialize, aqueduct::Payload)]
#[payload(subject = order, topic = "Orders")]
struct Order {
    order: String,
}

fn main() {}
