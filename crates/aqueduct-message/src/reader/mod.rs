//! Data read out of JSON text, as `serde_json` reads it and faster where it is as most of it is: strings, whole numbers, lists and
//! objects.
//!
//! Whatever else stands there is read by `serde_json` in its place. Whatever is an error is read by it from the beginning, so that
//! it alone says what is wrong, and decides about everything that is not decided here.

mod key;
mod value;

use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny};
use serde_json::Error;
use serde_json::de::StrRead;

use crate::scan::{STEP, marks, step};
use crate::unescape::{self, End, WINDOW};

/// How `serde_json` asks for JSON text as it stands.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// What is nested deeper is left to `serde_json`, which has a limit of 127.
const NESTING_MAX: u8 = 100;

/// Reads JSON text as `serde_json::from_str` does.
pub(crate) fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
    attempt(text).map_or_else(|| serde_json::from_str(text), Ok)
}

fn attempt<'de, T: Deserialize<'de>>(text: &'de str) -> Option<T> {
    let mut reader = Reader { text, at: 0, nesting: 0, scratch: Vec::new(), failed: false };
    let value = T::deserialize(&mut reader).ok()?;
    // Types may make something of an error, and what was read behind it counts for nothing.
    (!reader.failed && reader.peek().is_none()).then_some(value)
}

#[derive(Debug)]
struct Reader<'de> {
    text: &'de str,
    at: usize,
    nesting: u8,
    /// A string without its escapes.
    scratch: Vec<u8>,
    /// Whether anything was an error.
    failed: bool,
}

/// A whole number of up to 18 digits.
enum Whole {
    Positive(u64),
    Negative(i64),
}

impl<'de> Reader<'de> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.byte()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    #[cold]
    fn fail<T>(&mut self) -> Result<T, Error> {
        self.failed = true;
        Err(Error::custom("left to the general reading"))
    }

    /// Goes over a byte that must be there.
    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Error> {
        if self.peek() != Some(byte) {
            return self.fail();
        }
        self.at += 1;
        Ok(())
    }

    /// Goes over a word that may be there.
    fn skip(&mut self, word: &str) -> bool {
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// Lets `serde_json` read a value. It must not be one that others are nested in: their nesting is counted here.
    fn general<T>(
        &mut self,
        read: impl FnOnce(&mut serde_json::Deserializer<StrRead<'de>>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let Some(rest) = self.text.get(self.at..) else { return self.fail() };
        let mut general = serde_json::Deserializer::from_str(rest);
        let value = read(&mut general);
        self.failed |= value.is_err();
        self.at += general.into_iter::<IgnoredAny>().byte_offset();
        value
    }

    /// The string whose quote comes next, if it has no escapes.
    #[inline]
    fn plain(&mut self) -> Option<&'de str> {
        let begin = self.at + 1;
        let mut end = begin;
        loop {
            let marks = marks(&step(self.text.as_bytes(), end));
            if marks != 0 {
                end += marks.trailing_zeros() as usize;
                break;
            }
            end += STEP;
        }
        if self.text.as_bytes().get(end) != Some(&b'"') {
            return None;
        }
        let text = self.text.get(begin..end)?;
        self.at = end + 1;
        Some(text)
    }

    /// The string whose quote comes next, whatever is in it.
    fn escaped(&mut self) -> Option<&str> {
        let bytes = self.text.as_bytes();
        let (mut at, mut window) = (self.at + 1, [0; WINDOW]);
        self.scratch.clear();
        loop {
            let undone = unescape::undo(bytes.get(at..)?, &mut window);
            self.scratch.extend_from_slice(window.get(..undone.length)?);
            at += undone.read;
            match undone.end {
                End::Block => {}
                End::Escape => {
                    let (character, size) = unescape::code_point(self.text.get(at..)?)?;
                    self.scratch.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    at += size;
                }
                End::Quote if at < bytes.len() => {
                    self.at = at + 1;
                    return std::str::from_utf8(&self.scratch).ok();
                }
                End::Quote | End::Control => return None,
            }
        }
    }

    /// The whole number that comes next, if nothing else does.
    #[inline]
    fn whole(&mut self) -> Option<Whole> {
        let bytes = self.text.as_bytes();
        let is_negative = self.byte()? == b'-';
        let begin = self.at + usize::from(is_negative);
        let (mut at, mut number) = (begin, 0_u64);
        while let Some(digit) = bytes.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
            // What is more than 18 digits is not taken.
            number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
            at += 1;
        }
        let begins_with_zero = bytes.get(begin) == Some(&b'0');
        let is_whole = match at - begin {
            1 => !(begins_with_zero && is_negative),
            2..=18 => !begins_with_zero,
            _ => false,
        };
        if !is_whole || matches!(bytes.get(at), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        let whole = if is_negative { Whole::Negative(-i64::try_from(number).ok()?) } else { Whole::Positive(number) };
        self.at = at;
        Some(whole)
    }

    /// Reads what stands between two brackets, of which the first comes next.
    fn nested<T>(&mut self, close: u8, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if self.nesting == NESTING_MAX {
            return self.fail();
        }
        self.at += 1;
        self.nesting += 1;
        let value = read(self);
        self.nesting -= 1;
        match value {
            Ok(value) => self.expect(close).map(|()| value),
            Err(error) => {
                self.failed = true;
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests;
