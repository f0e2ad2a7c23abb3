//! Idempotency: an effect that happens once, however often its message is delivered.
//!
//! [`Idempotency::once`] guards one effect, [`Idempotency::key`] does it with more: a payload that the key belongs to, a
//! fencing number, messages that go out with the result. [`layers::Idempotent`](crate::consume::layers::Idempotent) guards
//! whole handlers, record by record.
//!
//! What happens, where, and what comes of it:
//!
//! | what happens | what comes of it |
//! |---|---|
//! | a duplicate comes after the effect | it gets the first run's result, whatever that is, and what the first run published goes out again with the same ids and keys |
//! | a duplicate comes during the effect | it is retried when the claim's time is up |
//! | the key comes with another payload | it is rejected, kind `KeyReused`; the reason names the key |
//! | the same, while an attempt is at work | it is retried when the claim's time is up: the attempt may fail, which frees the key |
//! | the effect fails or panics, or is dropped at a deadline or by a timeout | the claim is released, and the next attempt runs it again |
//! | the process ends during the effect | the claim ends with the record's deadline, and the next attempt runs the effect again |
//! | the process ends between effect and record | the same: an effect elsewhere should know the key or the [fencing number](Effect::fence) |
//! | the process ends between record and publication | the next delivery publishes |
//! | another attempt took over, and this one comes to its end | its result is dropped, and the message is retried, kind `ClaimLost`: it gets the other's result |
//! | the store is busy or away | before the effect nothing runs; after it the claim stays. The message is retried, kind `ClaimsUnavailable` |
//! | the store refuses | the same, kind `ClaimsRefused`, with an error in the log: no try will help before the permission or the table is right |
//! | the result is larger than the store takes | the message is rejected, kind `ResultTooLarge`: a retry would repeat the effect |

mod effect;
mod fingerprint;
mod memory;
mod once;
mod record;
mod store;

pub use effect::Effect;
pub(crate) use fingerprint::of_text;
pub use memory::MemoryClaims;
#[cfg(feature = "dynamodb")]
pub(crate) use memory::first_fence;
pub(crate) use once::Begun;
pub use once::{Idempotency, Once};
pub use store::{Attempt, Claim, ClaimError, Claims};

#[cfg(test)]
mod tests;
