//! Idempotency: an effect that happens once, however often its message is delivered.

mod memory;
mod once;
mod store;

pub use memory::MemoryClaims;
pub use once::Idempotency;
pub use store::{Claim, ClaimError, Claims};

#[cfg(test)]
mod tests;
