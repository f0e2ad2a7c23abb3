//! Appending entries.

use std::future::Future;

use aqueduct::{Failure, Handler, Message};
use orders::LedgerEntry;

/// Where entries are kept.
pub trait Ledger: Send + Sync + 'static {
    /// Appends an entry to its customer's account. The same key is appended once; the answer is whether it was new.
    fn append(&self, key: &str, entry: &LedgerEntry) -> impl Future<Output = Result<bool, Failure>> + Send;

    /// Whether a customer's account has the entry with this key.
    fn has(&self, account: &str, key: &str) -> impl Future<Output = Result<bool, Failure>> + Send;
}

/// Appends entries to the ledger. The FIFO queue and the consumer keep the entries of one customer in order; the
/// entry's key makes a duplicate harmless, also one that comes back from the dead-letter queue weeks later.
///
/// A group goes on when one of its entries is given up, so that nothing in a FIFO queue keeps an order's payment behind an invoice
/// that lies in the dead-letter queue. The payment is rejected then, and joins it there: moved back, both come in their order. Other
/// orders of the customer do not wait for them.
#[derive(Debug)]
pub struct LedgerWriter<L> {
    /// Where entries are kept.
    pub ledger: L,
}

impl<L: Ledger> Handler<LedgerEntry> for LedgerWriter<L> {
    async fn handle(&self, message: Message<LedgerEntry>) -> Result<(), Failure> {
        let entry = &message.data;
        if let Some(before) = entry.follows()
            && !self.ledger.has(&entry.customer, &before).await?
        {
            let reason = format!("{before} is not in the ledger; once it is moved back, this may follow it");
            return Err(Failure::reject(reason).kind("OutOfOrder"));
        }
        let new = self.ledger.append(message.header.idempotency_key(), entry).await?;
        tracing::info!(posting = entry.posting.name(), new, "ledger entry written");
        Ok(())
    }
}
