//! Where a queue's messages are kept: in chunks of slots, so that a queue grows without moving what it has and gives
//! memory back when it shrinks.

use std::collections::BTreeSet;

use crate::sqs::message::Message;

/// The slot of no message.
pub(super) const NONE: u32 = u32::MAX;

/// Slots in a chunk.
const CHUNK: u32 = 256;

/// A place for one message.
#[derive(Debug)]
enum Slot {
    /// Free; the next free one of the chunk.
    Free(u32),
    Held(Message),
}

#[derive(Debug)]
struct Chunk {
    /// Empty while the chunk has no memory.
    slots: Vec<Slot>,
    /// The first free slot within the chunk.
    free: u32,
    held: u32,
}

/// Messages by slot.
#[derive(Debug, Default)]
pub(super) struct Slab {
    chunks: Vec<Chunk>,
    /// Chunks with memory and a free slot. The first ones are filled first, so that the last ones become empty.
    open: BTreeSet<u32>,
    /// Chunks without memory.
    bare: Vec<u32>,
    len: usize,
}

impl Slab {
    /// How many messages there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Keeps a message and answers its slot.
    pub(super) fn insert(&mut self, message: Message) -> u32 {
        let index = self.open.first().copied().unwrap_or_else(|| self.open_chunk());
        let chunk = &mut self.chunks[index as usize];
        let at = chunk.free;
        if let Some(Slot::Free(next)) = chunk.slots.get(at as usize) {
            chunk.free = *next;
            chunk.slots[at as usize] = Slot::Held(message);
        } else {
            chunk.slots.push(Slot::Held(message));
            chunk.free = u32::try_from(chunk.slots.len()).unwrap_or(NONE);
        }
        chunk.held += 1;
        if chunk.held == CHUNK {
            self.open.remove(&index);
        }
        self.len += 1;
        index * CHUNK + at
    }

    fn open_chunk(&mut self) -> u32 {
        let index = self.bare.pop().unwrap_or_else(|| {
            self.chunks.push(Chunk { slots: Vec::new(), free: 0, held: 0 });
            u32::try_from(self.chunks.len() - 1).unwrap_or(NONE)
        });
        self.chunks[index as usize] = Chunk { slots: Vec::with_capacity(CHUNK as usize), free: 0, held: 0 };
        self.open.insert(index);
        index
    }

    /// A message.
    pub(super) fn get(&self, slot: u32) -> Option<&Message> {
        match self.chunks.get((slot / CHUNK) as usize)?.slots.get((slot % CHUNK) as usize)? {
            Slot::Held(message) => Some(message),
            Slot::Free(_) => None,
        }
    }

    /// A message to change.
    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut Message> {
        match self.chunks.get_mut((slot / CHUNK) as usize)?.slots.get_mut((slot % CHUNK) as usize)? {
            Slot::Held(message) => Some(message),
            Slot::Free(_) => None,
        }
    }

    /// Takes a message out.
    pub(super) fn remove(&mut self, slot: u32) -> Option<Message> {
        let index = slot / CHUNK;
        let chunk = self.chunks.get_mut(index as usize)?;
        let place = chunk.slots.get_mut((slot % CHUNK) as usize)?;
        if matches!(place, Slot::Free(_)) {
            return None;
        }
        let Slot::Held(message) = std::mem::replace(place, Slot::Free(chunk.free)) else { return None };
        chunk.free = slot % CHUNK;
        chunk.held -= 1;
        self.len -= 1;
        self.open.insert(index);
        // One open chunk stays, so that a queue that goes up and down by one message asks for no memory.
        if chunk.held == 0 && self.open.len() > 1 {
            chunk.slots = Vec::new();
            self.open.remove(&index);
            self.bare.push(index);
        }
        Some(message)
    }

    /// All messages with their slots, in no particular order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Message)> {
        let slots = self.chunks.iter().zip(0_u32..).flat_map(|(chunk, index)| {
            chunk.slots.iter().zip(0_u32..).map(move |(slot, at)| (index * CHUNK + at, slot))
        });
        slots.filter_map(|(at, slot)| match slot {
            Slot::Held(message) => Some((at, message)),
            Slot::Free(_) => None,
        })
    }
}
