use aqueduct::Publisher;

fn main() {
    let _ = Publisher::new("shop", "https://sqs.eu-central-1.amazonaws.com/123456789012/Orders");
}
