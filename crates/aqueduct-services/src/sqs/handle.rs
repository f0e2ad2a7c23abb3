//! Receipt handles: opaque to clients, checked by their queue.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::refusal::invalid_handle;
use crate::{ApiError, Ids};

/// Names one receive of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    /// The message within its queue.
    pub(super) message: u64,
    /// The message's receive count at that time.
    pub(super) receive: u32,
}

impl Receipt {
    /// The handle that a consumer gets from the queue with this `salt`.
    pub(super) fn handle(self, salt: u64) -> String {
        STANDARD.encode(format!("{:x}.{:x}.{:x}", self.message, self.receive, self.check(salt)))
    }

    /// Reads a handle; one that the queue did not give out is refused.
    pub(super) fn parse(handle: &str, salt: u64) -> Result<Self, ApiError> {
        Self::read(handle)
            .and_then(|(receipt, check)| (receipt.check(salt) == check).then_some(receipt))
            .ok_or_else(|| invalid_handle(handle))
    }

    fn read(handle: &str) -> Option<(Self, u64)> {
        let text = String::from_utf8(STANDARD.decode(handle).ok()?).ok()?;
        let mut parts = text.split('.');
        let message = u64::from_str_radix(parts.next()?, 16).ok()?;
        let receive = u32::from_str_radix(parts.next()?, 16).ok()?;
        let check = u64::from_str_radix(parts.next()?, 16).ok()?;
        parts.next().is_none().then_some((Self { message, receive }, check))
    }

    fn check(self, salt: u64) -> u64 {
        let mut mixed = Ids::new(salt ^ self.message.rotate_left(24) ^ u64::from(self.receive));
        mixed.next_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_valid_in_its_queue_only() {
        let receipt = Receipt { message: 7, receive: 2 };
        let handle = receipt.handle(1);
        assert_eq!(Receipt::parse(&handle, 1), Ok(receipt));
        for (handle, salt) in [(handle.as_str(), 2), ("garbage", 1), ("", 1), ("Ny4yLjA=", 1)] {
            assert_eq!(Receipt::parse(handle, salt).unwrap_err().code, "ReceiptHandleIsInvalid");
        }
    }
}
