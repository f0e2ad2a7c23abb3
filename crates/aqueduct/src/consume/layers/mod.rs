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
//! | [`Idempotent`] | a duplicate takes no try, and a second try in place is the same claim |
//! | [`RetryInPlace`] | each try has a time of its own, and the breaker sees only the last |
//! | [`Timeout`] | bounds one try |
//!
//! [`Idempotent`] stands inside of [`ClaimCheck`], so that it reads the body and never the pointer to it: a message that is sent
//! twice may have two pointers.
//!
//! A wrong order works, and does something else. With [`Timeout`] around [`RetryInPlace`] the time bounds all tries
//! together, and a slow first try takes the others' time. With [`CircuitBreaker`] inside [`RetryInPlace`] every try
//! counts, so that one bad message opens the circuit for all, and the retries meet an open circuit. With [`RateLimit`] around
//! [`RetryInPlace`] the second and third tries are not limited. With [`ClaimCheck`] inside [`RetryInPlace`] each try
//! fetches the body anew, and inside [`Timeout`] in the handler's time; outside of [`CircuitBreaker`] or [`RateLimit`] it
//! fetches bodies of messages that they then turn away. Where they stand as above, the breaker counts a body that cannot
//! be fetched as a failure. With [`Idempotent`] inside [`RetryInPlace`] every try claims anew, which costs two writes each,
//! and a duplicate whose twin is at work waits its turn all the same. With [`Idempotent`] inside [`Timeout`] the time may end
//! between the effect and its record, and the effect is repeated.
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
mod idempotent;
mod rate;
mod retry;
mod timeout;
mod trace;

pub use breaker::CircuitBreaker;
pub use circuits::{Circuit, CircuitError, Circuits, MemoryCircuits};
pub use idempotent::Idempotent;
pub use rate::RateLimit;
pub use retry::RetryInPlace;
pub use timeout::Timeout;
pub use trace::Trace;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod tests_idempotent;
