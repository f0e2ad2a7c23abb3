//! What a publisher is declared to send.

use aqueduct_message::Payload;

/// An event type that a publisher sends.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(all(feature = "contract", feature = "lambda")),
    expect(dead_code, reason = "the contracts that functions tell read the rest")
)]
pub(crate) struct Declared {
    pub(crate) kind: &'static str,
    pub(crate) version: &'static str,
    pub(crate) is_grouped: Option<bool>,
    pub(crate) schema: fn() -> Option<serde_json::Value>,
}

impl Declared {
    pub(crate) const fn of<T: Payload>() -> Self {
        Self { kind: T::TYPE, version: T::VERSION, is_grouped: T::GROUPED, schema: T::schema }
    }
}
