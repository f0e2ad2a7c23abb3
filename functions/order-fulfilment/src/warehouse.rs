//! What the warehouse can do.

use std::future::Future;

use aqueduct::Failure;
use orders::Line;

/// The warehouse.
pub trait Warehouse: Send + Sync + 'static {
    /// Sets all lines of an order aside, or none. The same order is set aside once. Too little of a product is no reason to
    /// give up.
    fn reserve(&self, order: &str, lines: &[Line]) -> impl Future<Output = Result<(), Failure>> + Send;
}
