//! Appending entries.

use std::future::Future;

use aqueduct::{Failure, Handler, Message};
use orders::LedgerEntry;

/// Where entries are kept.
pub trait Ledger: Send + Sync + 'static {
    /// Appends an entry to its customer's account. The same key is appended once; the answer is whether it was new.
    fn append(&self, key: &str, entry: &LedgerEntry) -> impl Future<Output = Result<bool, Failure>> + Send;
}

/// Appends entries to the ledger. The FIFO queue and the consumer keep the entries of one customer in order; the
/// entry's key makes a duplicate harmless, also one that comes back from the dead-letter queue weeks later.
#[derive(Debug)]
pub struct LedgerWriter<L> {
    /// Where entries are kept.
    pub ledger: L,
}

impl<L: Ledger> Handler<LedgerEntry> for LedgerWriter<L> {
    async fn handle(&self, message: Message<LedgerEntry>) -> Result<(), Failure> {
        let new = self.ledger.append(message.header.idempotency_key(), &message.data).await?;
        tracing::info!(posting = message.data.posting.name(), new, "ledger entry written");
        Ok(())
    }
}
