//! A block of a JSON string without its escapes.
//!
//! JSON within JSON has an escape in every seventh byte or so. Where they are in a block is found at once: were each looked for from
//! where the one before it ended, the processor would spend its time waiting for where that is.

use crate::scan::{STEP, marks};

/// How many bytes are undone at once.
const BLOCK: usize = 64;

/// How many are copied at once, whether as many are wanted or not: most runs between two escapes are shorter.
const REACH: usize = 32;

/// A block, and what is copied behind its end.
pub(crate) const WINDOW: usize = BLOCK + REACH;

/// What stands for the character behind a backslash; 0 where it needs more than a look.
const ESCAPED: [u8; 256] = {
    let mut escaped = [0; 256];
    escaped[b'"' as usize] = b'"';
    escaped[b'\\' as usize] = b'\\';
    escaped[b'/' as usize] = b'/';
    escaped[b'b' as usize] = 0x08;
    escaped[b'f' as usize] = 0x0c;
    escaped[b'n' as usize] = b'\n';
    escaped[b'r' as usize] = b'\r';
    escaped[b't' as usize] = b'\t';
    escaped
};

/// What was done with a block.
#[derive(Debug)]
pub(crate) struct Undone {
    /// How many bytes were written, no more than were read.
    pub(crate) length: usize,
    /// How many bytes were read; an escape is read whole.
    pub(crate) read: usize,
    pub(crate) end: End,
}

/// What ended the undoing.
#[derive(Debug)]
pub(crate) enum End {
    /// Nothing but the block.
    Block,
    /// An escape that needs more than a look.
    Escape,
    /// The quote that ends the string.
    Quote,
    /// A control character, which no string has.
    Control,
}

/// Undoes the escapes in a block of a string, as if quotes stood behind the end of the text.
pub(crate) fn undo(text: &[u8], into: &mut [u8; WINDOW]) -> Undone {
    match text.first_chunk() {
        Some(window) => undo_window(window, into),
        None => undo_end(text, into),
    }
}

#[cold]
fn undo_end(text: &[u8], into: &mut [u8; WINDOW]) -> Undone {
    let mut window = [b'"'; WINDOW];
    window[..text.len()].copy_from_slice(text);
    undo_window(&window, into)
}

/// Places are below a block; the masks spare the compiler's checks that they are.
const MASK: usize = BLOCK - 1;

fn undo_window(window: &[u8; WINDOW], into: &mut [u8; WINDOW]) -> Undone {
    let mut marks = marks_of(window);
    let (mut from, mut length) = (0, 0);
    while marks != 0 {
        let mark = marks.trailing_zeros() as usize & MASK;
        copy(window, into, from, length, mark - from);
        length += mark - from;
        let end = match window[mark] {
            b'\\' => match ESCAPED[usize::from(window[mark + 1])] {
                0 => End::Escape,
                character => {
                    into[length & MASK] = character;
                    length += 1;
                    from = mark + 2;
                    // What stands behind the backslash is read, too.
                    marks &= !(0b11 << mark);
                    continue;
                }
            },
            b'"' => End::Quote,
            _ => End::Control,
        };
        return Undone { length, read: mark, end };
    }
    if from < BLOCK {
        copy(window, into, from, length, BLOCK - from);
        length += BLOCK - from;
        from = BLOCK;
    }
    Undone { length, read: from, end: End::Block }
}

fn marks_of(window: &[u8; WINDOW]) -> u64 {
    let (steps, _) = window[..BLOCK].as_chunks::<STEP>();
    steps.iter().rev().fold(0, |all, step| all << STEP | u64::from(marks(step)))
}

/// Copies a run, and what stands behind it, which is written over.
fn copy(window: &[u8; WINDOW], into: &mut [u8; WINDOW], from: usize, length: usize, run: usize) {
    let (from, length) = (from & MASK, length & MASK);
    into[length..length + REACH].copy_from_slice(&window[from..from + REACH]);
    if run > REACH {
        let (from, length, rest) = (from + REACH, length + REACH, run - REACH);
        into[length..length + rest].copy_from_slice(&window[from..from + rest]);
    }
}

/// The character of `\u` and four digits, or of two such when it lies beyond the Basic Multilingual Plane, and the size of
/// what it is written as.
pub(crate) fn code_point(text: &str) -> Option<(char, usize)> {
    const SIZE: usize = 6;
    let unit = |text: &str| {
        let digits = text.get(..SIZE)?.strip_prefix("\\u")?;
        digits.bytes().try_fold(0, |unit, digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
    };
    let high = unit(text)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Some((char::from_u32(high)?, SIZE));
    }
    let low = unit(&text[SIZE..]).filter(|low| (0xdc00..0xe000).contains(low))?;
    Some((char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))?, 2 * SIZE))
}
