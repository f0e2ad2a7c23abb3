//! Appends ledger entries in order per customer.

fn main() {}
