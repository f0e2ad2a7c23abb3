//! Takes payment for orders and announces the result.

fn main() {}
