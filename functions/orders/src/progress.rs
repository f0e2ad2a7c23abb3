//! The steps of an order, in the customer's words.

use aqueduct::status::{State, Step};

use crate::Cents;

/// Where a customer whose order failed reaches a person.
const HELP: &str = "mailto:orders@example.com";

fn step(name: &'static str, rank: u32, state: State, message: impl Into<String>, next_action: Option<&str>) -> Step {
    let help = (state == State::Failed).then(|| HELP.to_owned());
    Step { name, rank, state, message: message.into(), next_action: next_action.map(str::to_owned), help }
}

/// The order is in our books.
pub fn received() -> Step {
    let message = "We have your order and are asking your bank for the payment.";
    step("received", 0, State::InProgress, message, None)
}

/// The order is paid.
pub fn confirmed(total: Cents) -> Step {
    let message = format!("Your payment of {total} went through. We are getting your order ready.");
    step("confirmed", 10, State::InProgress, message, None)
}

/// The goods lie ready.
pub fn reserved() -> Step {
    step("reserved", 20, State::InProgress, "Everything you ordered is set aside for you.", None)
}

/// The order is on its way.
pub fn dispatched() -> Step {
    step("dispatched", 30, State::Done, "Your order is on its way to you.", None)
}

/// The bank said no.
pub fn declined(reason: &str) -> Step {
    let message = format!("Your bank did not accept the payment: {reason}. Nothing was charged.");
    step("declined", 40, State::Failed, message, Some("Order again with another card."))
}

/// We cannot work on the order.
pub fn rejected() -> Step {
    let message =
        "Something is wrong with this order, and our systems cannot complete it. A person is looking into it.";
    let next_action = "You need not do anything. If you were charged, you will get your money back.";
    step("rejected", 50, State::Failed, message, Some(next_action))
}

/// What is said while a service is down.
pub const fn delayed() -> &'static str {
    "This takes longer than usual. Your order is safe, and we keep trying; you need not order again."
}

/// What is said while the warehouse has too little.
pub const fn waiting_for_stock() -> &'static str {
    "Your order is paid and safe. We are waiting for goods to arrive at our warehouse."
}
