//! The steps of an order, in the customer's words.

use std::time::Duration;

use aqueduct::status::{Place, State, Step};

use crate::Cents;

/// Where a customer whose order failed reaches a person.
const HELP: &str = "mailto:orders@example.com";

fn step(name: &'static str, rank: u32, state: State, message: impl Into<String>) -> Step {
    let help = (state == State::Failed).then(|| HELP.to_owned());
    Step { help, ..Step::new(name, rank, state, message) }
}

/// Steps on the way to a dispatched order.
const STEPS: u32 = 4;

/// A step on the way to a dispatched order: which one it is, how much is done with it, and how long the rest takes as a
/// rule.
fn on_the_way(number: u32, progress: u8, rest: Duration, step: Step) -> Step {
    Step { progress: Some(progress), expected: Some(rest), place: Some(Place { number, of: STEPS }), ..step }
}

/// The order is in our books.
pub fn received() -> Step {
    let message = "We have your order and are asking your bank for the payment.";
    on_the_way(1, 10, Duration::from_secs(30), step("received", 0, State::InProgress, message))
}

/// An order is sent once more that was [`unsent`]: [`received`], in its place.
pub fn received_again() -> Step {
    Step { rank: 1, ..received() }
}

/// The order is in our books, and nothing says that it was passed on to whoever works on it.
pub fn unsent() -> Step {
    let message = "We noted your order, and do not know whether it was passed on. Nothing was charged so far.";
    let next_action = "Please send it again from where you placed it: it stays one order, and is charged once.";
    let help = Some(HELP.to_owned());
    Step {
        next_action: Some(next_action.to_owned()),
        halts: true,
        help,
        ..step("unsent", 0, State::InProgress, message)
    }
}

/// The order is paid.
pub fn confirmed(total: Cents) -> Step {
    let message = format!("Your payment of {total} went through. We are getting your order ready.");
    on_the_way(2, 40, Duration::from_secs(20), step("confirmed", 10, State::InProgress, message))
}

/// The goods lie ready.
pub fn reserved() -> Step {
    let message = "Everything you ordered is set aside for you.";
    on_the_way(3, 70, Duration::from_secs(10), step("reserved", 20, State::InProgress, message))
}

/// The order is on its way.
pub fn dispatched() -> Step {
    let place = Some(Place { number: STEPS, of: STEPS });
    Step { progress: Some(100), place, ..step("dispatched", 30, State::Done, "Your order is on its way to you.") }
}

/// The bank said no.
pub fn declined(reason: &str) -> Step {
    let message = format!("Your bank did not accept the payment: {reason}. Nothing was charged.");
    let next_action = Some("Order again with another card.".to_owned());
    Step { next_action, ..step("declined", 40, State::Failed, message) }
}

/// We cannot work on the order as it is. Once a person has seen to it, it may go on.
pub fn rejected() -> Step {
    let message =
        "Something is wrong with this order, and our systems cannot complete it. A person is looking into it.";
    let next_action = "You need not do anything. If you were charged, you will get your money back.";
    let halts = step("rejected", 0, State::Failed, message);
    Step { next_action: Some(next_action.to_owned()), halts: true, ..halts }
}

/// What is said while a service is down.
pub const fn delayed() -> &'static str {
    "This takes longer than usual. Your order is safe, and we keep trying; you need not order again."
}

/// What is said of an order that stands still for longer than anybody tries.
pub const fn stuck() -> &'static str {
    "Your order is safe, and has stood still for too long. A person is looking into it; you need not order again."
}

/// What is said while the warehouse has too little.
pub const fn waiting_for_stock() -> &'static str {
    "Your order is paid and safe. We are waiting for goods to arrive at our warehouse."
}
