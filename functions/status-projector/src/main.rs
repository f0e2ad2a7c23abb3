//! Projects the last steps of an order and marks stalled ones.

fn main() {}
