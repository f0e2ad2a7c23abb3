use aqueduct::Publisher;

struct Order {}

fn main() {
    let (publisher, _) = Publisher::memory("shop");
    let _ = publisher.publish(Order {});
}
