//! What is to happen, by time.

/// Microseconds since the start of the scenario.
pub(super) type Micros = u64;

/// Later than everything.
pub(super) const NEVER: Micros = u64::MAX;

/// What happens, in the order in which it happens at one point in time: a queue's messages return before anybody acts on
/// them, and mappings look at queues last. A number says to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Kind {
    /// A fault begins or ends, or a setting changes.
    Step,
    /// The oldest messages of a queue reach the end of their retention.
    Expiry,
    /// A queue's delayed messages become ready.
    Delay,
    /// A message's visibility timeout ends.
    Return,
    /// A move task moves its next message.
    Move,
    /// A batch's invocation ends.
    BatchEnd,
    /// An event's invocation ends.
    EventEnd,
    /// An asynchronous event is to be tried again.
    EventDue,
    /// A throttled batch is to be tried again.
    BatchDue,
    /// A mapping looks at its queue.
    Wake,
}

const KINDS: [Kind; 10] = [
    Kind::Step,
    Kind::Expiry,
    Kind::Delay,
    Kind::Return,
    Kind::Move,
    Kind::BatchEnd,
    Kind::EventEnd,
    Kind::EventDue,
    Kind::BatchDue,
    Kind::Wake,
];

/// A heap in which a parent has four children: half as deep as a binary one, and its children lie in one cache line.
///
/// An entry is one number, from its highest bits down: time (60 bits), kind (4), the order in which it came (32), to whom (32).
#[derive(Debug, Default)]
pub(super) struct Agenda {
    heap: Vec<u128>,
    /// Wraps around: it only has to tell entries of the same time and kind apart, which are never four billion.
    next: u32,
}

const CHILDREN: usize = 4;

impl Agenda {
    /// Notes that something happens.
    pub(super) fn add(&mut self, at: Micros, kind: Kind, to: u32) {
        let time = u128::from(at) << 68;
        let entry = time | (kind as u128) << 64 | u128::from(self.next) << 32 | u128::from(to);
        self.next = self.next.wrapping_add(1);
        let mut at = self.heap.len();
        self.heap.push(entry);
        while at > 0 {
            let parent = (at - 1) / CHILDREN;
            if self.heap[parent] <= entry {
                break;
            }
            self.heap[at] = self.heap[parent];
            at = parent;
        }
        self.heap[at] = entry;
    }

    /// When something happens next; [`NEVER`] when nothing does.
    pub(super) fn next(&self) -> Micros {
        self.heap.first().map_or(NEVER, |entry| (entry >> 68) as u64)
    }

    /// Takes out what happens next: the kind, and to whom.
    #[expect(clippy::cast_possible_truncation, reason = "the fields have these widths")]
    pub(super) fn take(&mut self) -> Option<(Kind, u32)> {
        let entry = *self.heap.first()?;
        let last = self.heap.pop()?;
        let len = self.heap.len();
        if len > 0 {
            let mut at = 0;
            loop {
                let first = at * CHILDREN + 1;
                let Some(place) = self.heap.get(first..).and_then(least) else { break };
                let child = self.heap[first + place];
                if last <= child {
                    break;
                }
                self.heap[at] = child;
                at = first + place;
            }
            self.heap[at] = last;
        }
        Some((KINDS[(entry >> 64) as usize & 15], entry as u32))
    }
}

/// The place of the least of the first children in front of others. Which it is cannot be foretold, so that four are compared
/// without branches.
#[inline]
fn least(entries: &[u128]) -> Option<usize> {
    if let Some([a, b, c, d]) = entries.first_chunk::<CHILDREN>() {
        let (one, other) = (usize::from(b < a), 2 + usize::from(d < c));
        return Some(if entries[other] < entries[one] { other } else { one });
    }
    (0..entries.len()).min_by_key(|place| entries[*place])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::chance::Chance;

    #[test]
    fn what_comes_first_is_taken_first() {
        let mut chance = Chance::new(5, 0);
        let (mut agenda, mut all) = (Agenda::default(), Vec::new());
        for number in 0..5_000 {
            let (at, kind) = (u64::from(chance.below(500)), KINDS[chance.below(10) as usize]);
            agenda.add(at, kind, number);
            all.push((at, kind, number));
        }
        all.sort_unstable();
        for (at, kind, number) in all {
            assert_eq!(agenda.next(), at);
            assert_eq!(agenda.take(), Some((kind, number)));
        }
        assert_eq!((agenda.next(), agenda.take()), (NEVER, None));
    }

    #[test]
    fn times_up_to_the_last_one_keep_their_order() {
        let mut agenda = Agenda::default();
        for at in [(1 << 60) - 1, 0, 1 << 59] {
            agenda.add(at, Kind::Wake, 7);
        }
        for at in [0, 1 << 59, (1 << 60) - 1] {
            assert_eq!(agenda.next(), at);
            agenda.take();
        }
    }
}
