//! The order domain of the reference pipeline: no I/O, no clock.

mod cart;
mod catalogue;
mod messages;
mod money;
mod patience;
mod progress;

pub use cart::{Cart, CartError, Line};
pub use catalogue::{CATALOGUE, CURRENCY, Product, product};
pub use messages::{
    Card, LARGE_ORDER_BYTES, LARGE_ORDERS, LedgerEntry, OrderConfirmed, OrderDeclined, OrderDispatched, PlaceOrder,
    Posting,
};
pub use money::Cents;
pub use patience::{ATTEMPTS, OUTAGE};
pub use progress::{
    confirmed, declined, delayed, dispatched, received, received_again, rejected, reserved, stuck, unsent,
    waiting_for_stock,
};
