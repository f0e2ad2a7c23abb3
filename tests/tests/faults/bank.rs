//! A payment provider that takes money once per order, and can be told to answer late.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use aqueduct::Failure;
use order_processor::{Charge, Payment, PaymentGateway};
use tokio::sync::Notify;

#[derive(Clone, Debug, Default)]
pub(crate) struct Bank {
    /// How often it was asked for each order.
    calls: Arc<Mutex<BTreeMap<String, u32>>>,
    /// The orders that money was taken for.
    taken: Arc<Mutex<BTreeSet<String>>>,
    /// The orders that it takes the money for without answering, or does not begin with.
    silent: Arc<Mutex<BTreeMap<String, bool>>>,
    /// Told when it was asked for one of these.
    pub(crate) reached: Arc<Notify>,
}

impl Bank {
    /// Does not answer for an order, after it has taken the money or before.
    pub(crate) fn silence(&self, order: &str, after_taking: bool) {
        self.silent.lock().unwrap().insert(order.to_owned(), after_taking);
    }

    /// Answers for all orders again.
    pub(crate) fn recover(&self) {
        self.silent.lock().unwrap().clear();
    }

    /// How often it was asked, by order, and how many orders it took money for.
    pub(crate) fn account(&self) -> (Vec<(String, u32)>, usize) {
        (self.calls.lock().unwrap().clone().into_iter().collect(), self.taken.lock().unwrap().len())
    }
}

impl PaymentGateway for Bank {
    async fn charge(&self, charge: Charge) -> Result<Payment, Failure> {
        *self.calls.lock().unwrap().entry(charge.order.clone()).or_default() += 1;
        let silent = self.silent.lock().unwrap().get(&charge.order).copied();
        if silent != Some(false) {
            self.taken.lock().unwrap().insert(charge.order.clone());
        }
        if silent.is_some() {
            self.reached.notify_one();
            return std::future::pending().await;
        }
        Ok(Payment::Taken { receipt: format!("rcpt_{}", charge.order) })
    }
}
