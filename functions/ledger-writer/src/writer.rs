//! Appending entries.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use aqueduct::{Failure, Handler, Message};
use orders::LedgerEntry;

/// Where entries are kept.
pub trait Ledger: fmt::Debug + Send + Sync {
    /// Appends an entry to its customer's account. The same key is appended once; the answer is whether it was new.
    fn append<'a>(
        &'a self,
        key: &'a str,
        entry: &'a LedgerEntry,
    ) -> Pin<Box<dyn Future<Output = Result<bool, Failure>> + Send + 'a>>;
}

/// Appends entries to the ledger. The FIFO queue and the consumer keep the entries of one customer in order; the
/// entry's key makes a duplicate harmless, also one that comes back from the dead-letter queue weeks later.
#[derive(Debug)]
pub struct LedgerWriter {
    /// Where entries are kept.
    pub ledger: Box<dyn Ledger>,
}

impl Handler<LedgerEntry> for LedgerWriter {
    async fn handle(&self, message: Message<LedgerEntry>) -> Result<(), Failure> {
        let new = self.ledger.append(message.header.idempotency_key(), &message.data).await?;
        tracing::info!(posting = message.data.posting.name(), new, "ledger entry written");
        Ok(())
    }
}
