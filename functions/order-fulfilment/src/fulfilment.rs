//! Setting the goods of an order aside and announcing its dispatch.

use std::sync::Arc;

use aqueduct::status::Statuses;
use aqueduct::{Failure, Handler, Message, Publisher};
use orders::{OrderConfirmed, OrderDispatched};

use crate::warehouse::Warehouse;

/// Reserves stock and dispatches.
#[derive(Debug)]
pub struct Fulfilment<W> {
    /// Where the goods are.
    pub warehouse: W,
    /// What customers read.
    pub statuses: Arc<dyn Statuses>,
    /// Where the dispatch is announced.
    pub commerce: Publisher,
}

impl<W: Warehouse> Handler<OrderConfirmed> for Fulfilment<W> {
    async fn handle(&self, message: Message<OrderConfirmed>) -> Result<(), Failure> {
        let order = &message.data;
        self.warehouse.reserve(&order.order, &order.items).await?;
        tracing::info!(lines = order.items.len(), "stock reserved");
        self.statuses.advance(&order.order, orders::reserved()).await?;
        let dispatched = OrderDispatched { order: order.order.clone(), customer: order.customer.clone() };
        self.commerce.publish(message.followed_by(dispatched)).await?;
        Ok(())
    }
}
