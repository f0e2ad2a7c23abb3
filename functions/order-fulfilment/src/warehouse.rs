//! What the warehouse can do.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use orders::Line;

/// Why goods could not be set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarehouseError {
    /// There is too little of this product.
    TooLittle(String),
    /// The warehouse did not answer.
    Unavailable(String),
}

/// The warehouse.
pub trait Warehouse: fmt::Debug + Send + Sync {
    /// Sets all lines of an order aside, or none. The same order is set aside once.
    fn reserve<'a>(
        &'a self,
        order: &'a str,
        lines: &'a [Line],
    ) -> Pin<Box<dyn Future<Output = Result<(), WarehouseError>> + Send + 'a>>;
}
