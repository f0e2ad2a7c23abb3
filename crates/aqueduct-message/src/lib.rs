//! Messages, envelopes and deliveries, and how they are read out of what Lambda hands over.

mod peek;

pub use peek::subject_of;
