//! The toolkit's layers, and their order.
//!
//! The first layer that is added is the outermost. From the outside in:
//!
//! | layer | why there |
//! |---|---|
//! | [`Trace`] | sees everything, also what other layers turn away |
//! | [`CircuitBreaker`] | turns away before anything is spent, and counts a message's failure once |
//! | [`RateLimit`] | a message that is turned away takes no part of the rate |
//! | [`ClaimCheck`] | fetches a body once for all tries, and none for a message that is turned away |
//! | [`RetryInPlace`] | each try has a time of its own, and the breaker sees only the last |
//! | [`Timeout`] | bounds one try |
//!
//! [`Idempotency`](crate::idempotency::Idempotency) is the handler's own, inside of all layers, and so reads the body
//! and never the pointer to it: a message that is sent twice may have two pointers. A layer that makes an effect happen
//! once goes inside [`ClaimCheck`] for the same reason, and around [`RetryInPlace`], so that a second try in place is the
//! same claim.
//!
//! A wrong order works, and does something else. With [`Timeout`] around [`RetryInPlace`] the time bounds all tries
//! together, and a slow first try takes the others' time. With [`CircuitBreaker`] inside [`RetryInPlace`] every try
//! counts, so that one bad message opens the circuit for all, and the retries meet an open circuit. With [`RateLimit`] around
//! [`RetryInPlace`] the second and third tries are not limited. With [`ClaimCheck`] inside [`RetryInPlace`] each try
//! fetches the body anew, and inside [`Timeout`] in the handler's time; outside of [`CircuitBreaker`] or [`RateLimit`] it
//! fetches bodies of messages that they then turn away. Where they stand as above, the breaker counts a body that cannot
//! be fetched as a failure.
//!
//! ```
//! use std::time::Duration;
//! use aqueduct::consume::layers::{CircuitBreaker, RateLimit, RetryInPlace, Timeout};
//! # use aqueduct::{Consumer, Failure, Message, Payload};
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Serialize, Deserialize)]
//! # struct Order {}
//! # impl Payload for Order { const TYPE: &'static str = "Order"; }
//! # async fn ship(order: Message<Order>) -> Result<(), Failure> { Ok(()) }
//! let consumer = Consumer::new(ship)
//!     .layer(CircuitBreaker::new("carrier"))
//!     .layer(RateLimit::per_second(50))
//!     .layer(RetryInPlace::new(3))
//!     .layer(Timeout::new(Duration::from_secs(2)));
//! ```
//!
//! [`ClaimCheck`]: crate::claim_check::ClaimCheck

mod breaker;
mod circuits;
mod rate;
mod retry;
mod timeout;
mod trace;

pub use breaker::CircuitBreaker;
pub use circuits::{Circuit, CircuitError, Circuits, MemoryCircuits};
pub use rate::RateLimit;
pub use retry::RetryInPlace;
pub use timeout::Timeout;
pub use trace::Trace;

#[cfg(test)]
mod tests;
