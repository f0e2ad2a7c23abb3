//! What functions consume, publish and rely on, as data: what `aqueduct contracts` writes and `aqueduct check` reads.
//!
//! ```
//! use aqueduct_contract::{Contracts, Names};
//!
//! let contracts = Contracts::read(r#"{
//!     "contracts": 1,
//!     "events": [{ "type": "OrderConfirmed", "schema": { "type": "object" } }],
//!     "functions": [{ "name": "order-fulfilment", "consumes": [{ "event": "OrderConfirmed", "from": ["queue"] }] }]
//! }"#)?;
//! let names = Names { binary: Some("order-fulfilment"), ..Names::of("OrderFulfilment") };
//! assert_eq!(contracts.function(names).map(|function| function.consumes.len()), Some(1));
//! # Ok::<(), aqueduct_contract::ContractError>(())
//! ```

mod asyncapi;
mod channel;
mod diff;
mod document;
mod embed;
mod event;
mod files;
mod function;
mod names;
mod places;
mod retries;
mod view;

pub use channel::{Attribute, ChannelKind, Destination, Form, Layout, Source, Wrapping};
pub use diff::Change;
pub use document::{ContractError, Contracts, SIZE_MAX, VERSION};
pub use event::EventContract;
pub use function::{BatchResponse, Consumes, FunctionContract, Idempotency, Ordering, Publishes};
pub use names::Names;
pub use places::{Place, Places};
pub use retries::{Backoff, Jitter, Retries};
pub use view::{Carrier, View};
