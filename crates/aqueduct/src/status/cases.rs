//! Steps for tests.

use super::{State, Step};

pub(crate) fn step(name: &'static str, rank: u32, state: State) -> Step {
    Step {
        name,
        rank,
        state,
        message: format!("{name}."),
        next_action: None,
        help: None,
        progress: None,
        expected: None,
        place: None,
    }
}
