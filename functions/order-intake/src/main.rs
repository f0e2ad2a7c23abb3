//! Accepts orders over HTTP and answers for their status.

fn main() {}
