//! Identifiers that a seed reproduces.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// A source of identifiers: the same seed gives the same sequence.
///
/// The generator is `SplitMix64`, which is enough for identifiers that must differ and need not be secret.
#[derive(Clone, Debug)]
pub struct Ids {
    state: u64,
}

impl Ids {
    /// A source that starts from `seed`.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 pseudo-random bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// An identifier in the shape of a version 4 UUID, as AWS gives messages and requests.
    pub fn uuid(&mut self) -> String {
        self.next_uuid().to_string()
    }

    /// The same, not yet written out.
    pub(crate) const fn next_uuid(&mut self) -> Uuid {
        let (high, low) = (self.next_u64(), self.next_u64());
        let version = high & 0xffff_ffff_ffff_0fff | 0x4000;
        let variant = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
        Uuid([version, variant])
    }
}

/// An identifier in the shape of a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Uuid([u64; 2]);

impl Uuid {
    /// The identifier of these bytes.
    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        let mut halves = [[0; 8]; 2];
        halves.as_flattened_mut().copy_from_slice(&bytes);
        Self(halves.map(u64::from_be_bytes))
    }

    /// Its bytes, the first ones first.
    pub(crate) const fn to_bytes(self) -> [u8; 16] {
        let [high, low] = self.0;
        ((high as u128) << 64 | low as u128).to_be_bytes()
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let [high, low] = self.0;
        let bits = u128::from(high) << 64 | u128::from(low);
        let mut text = [b'-'; 36];
        let places = (0..36).filter(|place| !matches!(place, 8 | 13 | 18 | 23));
        for (nibble, place) in (0..32).rev().zip(places) {
            text[place] = DIGITS[(bits >> (nibble * 4)) as usize & 15];
        }
        // Digits and hyphens are text.
        formatter.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl FromStr for Uuid {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let digits = text.replace('-', "");
        let (high, low) = digits.split_at_checked(16).unwrap_or(("", ""));
        Ok(Self([u64::from_str_radix(high, 16)?, u64::from_str_radix(low, 16)?]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_reproduces_its_identifiers() {
        let (mut one, mut two) = (Ids::new(7), Ids::new(7));
        let first = one.uuid();
        assert_eq!(first, two.uuid());
        assert_ne!(first, one.uuid());
        let parts: Vec<&str> = first.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{first}");
        assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{first}");
        assert_eq!(first.parse::<Uuid>().unwrap().to_string(), first);
    }
}
