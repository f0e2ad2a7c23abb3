//! The sends that a FIFO queue remembers: by the time at which each is forgotten, and by key.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use super::deduplication::{First, Key};
use crate::{Timestamp, Uuid};

/// Entries in a chunk.
const CHUNK: usize = 256;

/// A send that is remembered. A queue may remember millions, so that each field counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// When it is forgotten.
    pub(super) end: Timestamp,
    pub(super) key: Key,
    message_id: Uuid,
    sequence: u64,
    /// The number of an earlier entry under the same mark. It may have been forgotten since.
    earlier: u32,
}

impl Entry {
    /// The send that is remembered.
    pub(super) const fn first(&self) -> First {
        First { message_id: self.message_id, sequence: self.sequence }
    }
}

/// Entries in the order in which they are forgotten, in chunks, so that the window grows without moving what it has and
/// gives memory back when it shrinks.
///
/// Entries have numbers that count up. The number of the latest entry under a mark, which is the start of its key, is in
/// `marks`; it leads on to the earlier ones.
#[derive(Debug, Default)]
pub(super) struct Window {
    chunks: VecDeque<Vec<Entry>>,
    /// Entries of the first chunk that are forgotten.
    passed: usize,
    /// The number of the first entry.
    start: u32,
    len: u32,
    /// Found in the same time among few and many; nothing depends on their order.
    marks: HashMap<u32, u32, BuildHasherDefault<Spread>>,
}

impl Window {
    /// Remembers a send after all others.
    pub(super) fn push(&mut self, end: Timestamp, key: Key, first: First) {
        let number = self.start.wrapping_add(self.len);
        // Without an earlier one it leads to itself, which is no way on.
        let earlier = self.marks.insert(mark(key), number).unwrap_or(number);
        let entry = Entry { end, key, message_id: first.message_id, sequence: first.sequence, earlier };
        match self.chunks.back_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(entry),
            _ => {
                // The only chunk of a quiet queue grows as it is needed.
                let mut chunk = if self.chunks.is_empty() { Vec::new() } else { Vec::with_capacity(CHUNK) };
                chunk.push(entry);
                self.chunks.push_back(chunk);
            }
        }
        self.len += 1;
    }

    /// Forgets the first send when its time is over.
    pub(super) fn pop_ended(&mut self, now: Timestamp) -> Option<Entry> {
        let entry = *self.chunks.front()?.get(self.passed)?;
        if entry.end > now {
            return None;
        }
        let mark = mark(entry.key);
        if self.marks.get(&mark) == Some(&self.start) {
            self.marks.remove(&mark);
        }
        self.start = self.start.wrapping_add(1);
        self.len -= 1;
        self.passed += 1;
        if self.passed == CHUNK {
            self.chunks.pop_front();
            self.passed = 0;
        }
        if self.len == 0 {
            *self = Self { start: self.start, ..Self::default() };
        }
        Some(entry)
    }

    /// The latest send under a key.
    pub(super) fn latest(&self, key: Key) -> Option<&Entry> {
        let mut number = *self.marks.get(&mark(key))?;
        loop {
            let entry = self.at(number)?;
            if entry.key == key {
                return Some(entry);
            }
            if entry.earlier == number {
                return None;
            }
            number = entry.earlier;
        }
    }

    /// All sends by their ends.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.chunks.iter().flatten().skip(self.passed)
    }

    /// The entry of a number, unless it is forgotten.
    fn at(&self, number: u32) -> Option<&Entry> {
        let place = number.wrapping_sub(self.start);
        if place >= self.len {
            return None;
        }
        let place = self.passed + place as usize;
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)
    }
}

/// The start of a key. Few keys have it in common, for a key is a hash.
const fn mark(key: Key) -> u32 {
    let [a, b, c, d, ..] = key.0;
    u32::from_be_bytes([a, b, c, d])
}

/// Takes a mark as the hash that it is, at both ends of the number, since a map looks at both.
#[derive(Clone, Copy, Debug, Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u32(&mut self, mark: u32) {
        self.0 = u64::from(mark) << 32 | u64::from(mark);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Ids;

    fn key(mark: u8, rest: u8) -> Key {
        let mut key = [0; 16];
        (key[3], key[15]) = (mark, rest);
        Key(key)
    }

    /// Keys with few marks come again and again and are found as a plain list finds them.
    #[test]
    fn finds_what_a_list_finds() {
        let mut ids = Ids::new(11);
        let (mut window, mut list) = (Window { start: u32::MAX - 1_000, ..Window::default() }, VecDeque::new());
        for step in 0_u64..20_000 {
            let now = Timestamp::from_millis(step);
            let [mark, rest] = [7_u64, 31].map(|below| u8::try_from(ids.next_u64() % below).unwrap());
            let (key, first) = (key(mark, rest), First { message_id: ids.next_uuid(), sequence: step });
            // The interval swings, so that the window is empty at times and holds several chunks at others.
            while window.pop_ended(now).is_some() {}
            while list.pop_front_if(|(end, ..): &mut (Timestamp, Key, First)| *end <= now).is_some() {}
            if step % 4_000 > 1_500 {
                let end = Timestamp::from_millis(step + 1_000);
                window.push(end, key, first);
                list.push_back((end, key, first));
            }
            let found = window.latest(key).map(|entry| (entry.end, entry.first()));
            let expected = list.iter().rev().find(|(_, of, _)| *of == key).map(|(end, _, first)| (*end, *first));
            assert_eq!(found, expected, "step {step}");
            assert_eq!(window.len as usize, list.len(), "step {step}");
        }
        let latest: BTreeMap<Key, Timestamp> = window.iter().map(|entry| (entry.key, entry.end)).collect();
        assert_eq!(latest, list.iter().map(|(end, key, _)| (*key, *end)).collect());
        assert!(!latest.is_empty());
    }
}
