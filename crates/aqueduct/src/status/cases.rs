//! Steps for tests.

use super::{State, Step};

pub(crate) fn step(name: &'static str, rank: u32, state: State) -> Step {
    Step::new(name, rank, state, format!("{name}."))
}
