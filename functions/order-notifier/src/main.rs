//! Tells the customer how the order went.

fn main() {}
