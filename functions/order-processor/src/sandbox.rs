//! A payment provider's sandbox: the card decides what happens, as providers' test cards do.

use std::time::Duration;

use aqueduct::{Clock, Failure};

use crate::payment::{Charge, Payment, PaymentGateway};

/// How long `tok_outage` finds the provider away, counted from the order.
const OUTAGE_MILLIS: i64 = 10_000;

/// The sandbox. `tok_visa` pays, `tok_slow` pays after two seconds, `tok_declined` is declined, and `tok_outage` finds
/// the provider away for the first ten seconds of the order's life.
#[derive(Clone, Debug)]
pub struct SandboxGateway {
    clock: Clock,
}

impl SandboxGateway {
    /// A sandbox that tells the time by `clock`.
    pub fn new(clock: Clock) -> Self {
        Self { clock }
    }
}

impl PaymentGateway for SandboxGateway {
    async fn charge(&self, charge: Charge) -> Result<Payment, Failure> {
        match charge.card.0.as_str() {
            "tok_outage" if self.clock.now().as_millisecond() < charge.placed_millis + OUTAGE_MILLIS => {
                return Err(Failure::retry("the payment provider does not answer"));
            }
            "tok_slow" => tokio::time::sleep(Duration::from_secs(2)).await,
            "tok_visa" | "tok_outage" => {}
            _ => return Ok(Payment::Declined { reason: "the card was declined".to_owned() }),
        }
        Ok(Payment::Taken { receipt: format!("rcpt_{}", charge.order.trim_start_matches("ord_")) })
    }
}
