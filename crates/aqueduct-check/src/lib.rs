//! Rules that prove a topology's wiring right.
//!
//! [`check`] runs every rule of the [`registry`] over a topology and answers with findings: plain data, sorted by place.
//! A rule speaks only of what the template itself proves. A queue, topic or function that the template refers to but
//! does not define, and a policy condition that is not modelled, count in its favour.

mod finding;
mod policy;
mod rule;
mod rules;
mod wiring;

pub use finding::{Finding, Level};
pub use rule::{Rule, check, registry, rule};
