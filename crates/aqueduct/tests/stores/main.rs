//! Every store of one kind does the same: the cases of a kind against memory, against DynamoDB's two engines in this process,
//! and against the endpoint of `AQUEDUCT_STORES_ENDPOINT`, if it is set.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod circuits;
mod claims;
mod outboxes;
mod statuses;
mod tables;
