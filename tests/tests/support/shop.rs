//! The shop that the tests of the whole job are run against.

use super::stub::Stub;

/// A running shop. It ends when it is dropped.
pub(crate) struct Shop(Stub);

/// Starts the shop and waits until it answers.
pub(crate) async fn start() -> Shop {
    Shop(Stub::start_moving().await)
}

impl Shop {
    /// The address of the shop page.
    pub(crate) fn url(&self) -> &str {
        self.0.url()
    }
}
