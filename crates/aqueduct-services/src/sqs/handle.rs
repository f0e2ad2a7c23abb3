//! Receipt handles: opaque to clients, checked by their queue.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::refusal::invalid_handle;
use crate::{ApiError, Ids};

/// A receipt's bytes: serial number, slot, receive count and check.
const LEN: usize = 24;

/// Names one receive of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Receipt {
    /// The message within its queue.
    pub(super) serial: u64,
    /// Where the message was kept at that time.
    pub(super) slot: u32,
    /// The message's receive count at that time.
    pub(super) receive: u32,
}

impl Receipt {
    /// The handle that a consumer gets from the queue with this `salt`.
    pub(super) fn handle(self, salt: u64) -> String {
        let mut bytes = [0; LEN];
        bytes[..8].copy_from_slice(&self.serial.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.slot.to_be_bytes());
        bytes[12..16].copy_from_slice(&self.receive.to_be_bytes());
        bytes[16..].copy_from_slice(&self.check(salt).to_be_bytes());
        STANDARD.encode(bytes)
    }

    /// Reads a handle; one that the queue did not give out is refused.
    pub(super) fn parse(handle: &str, salt: u64) -> Result<Self, ApiError> {
        Self::read(handle)
            .and_then(|(receipt, check)| (receipt.check(salt) == check).then_some(receipt))
            .ok_or_else(|| invalid_handle(handle))
    }

    fn read(handle: &str) -> Option<(Self, u64)> {
        // Decoding may need a little more room than the bytes take.
        let mut bytes = [0; LEN + 3];
        let read = STANDARD.decode_slice(handle, &mut bytes).ok()?;
        let (serial, rest) = bytes.get(..read)?.split_first_chunk()?;
        let (slot, rest) = rest.split_first_chunk()?;
        let (receive, rest) = rest.split_first_chunk()?;
        let check = u64::from_be_bytes(rest.try_into().ok()?);
        let (slot, receive) = (u32::from_be_bytes(*slot), u32::from_be_bytes(*receive));
        Some((Self { serial: u64::from_be_bytes(*serial), slot, receive }, check))
    }

    fn check(self, salt: u64) -> u64 {
        let place = u64::from(self.slot) << 32 | u64::from(self.receive);
        Ids::new(salt ^ Ids::new(self.serial ^ place.rotate_left(17)).next_u64()).next_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_valid_in_its_queue_only() {
        let receipt = Receipt { serial: 7, slot: 3, receive: 2 };
        let handle = receipt.handle(1);
        assert_eq!(Receipt::parse(&handle, 1), Ok(receipt));
        let longer = format!("{handle}AAAA");
        for (handle, salt) in [(handle.as_str(), 2), ("garbage", 1), ("", 1), ("Ny4yLjA=", 1), (&longer, 1)] {
            assert_eq!(Receipt::parse(handle, salt).unwrap_err().code, "ReceiptHandleIsInvalid");
        }
    }
}
