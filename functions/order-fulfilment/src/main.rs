//! Reserves stock and dispatches confirmed orders.

fn main() {}
