//! The order pipeline end to end.

mod events;
