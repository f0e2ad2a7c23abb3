//! A scanner of JSON text that takes only what is common: no numbers, no escapes in names, little nesting. It says `None`
//! to everything else, and then nothing that it read may be used.

use std::borrow::Cow;

use wide::u8x16;

/// The deepest nesting of a value that is passed over.
const NESTING_MAX: u8 = 8;

/// How many bytes are looked at in one step.
const STEP: usize = 16;

/// The mark behind all bytes of a step.
const END: u32 = 1 << STEP;

/// A bit for each byte that ends a run of plain text, a quote, a backslash or a control character, and [`END`].
fn marks(step: [u8; STEP]) -> u32 {
    let step = u8x16::new(step);
    let special =
        step.simd_eq(u8x16::splat(b'"')) | step.simd_eq(u8x16::splat(b'\\')) | step.simd_lt(u8x16::splat(b' '));
    special.to_bitmask() | END
}

/// How many bytes stand before the first that is marked.
const fn before(marks: u32) -> usize {
    marks.trailing_zeros() as usize
}

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

/// What the first string is given room for: most messages.
const ROOM: usize = 4096;

/// The bytes from `at`, with quotes behind the end of the text.
fn step(bytes: &[u8], at: usize) -> [u8; STEP] {
    let bytes = bytes.get(at..).unwrap_or_default();
    bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut step = [b'"'; STEP];
        step[..bytes.len()].copy_from_slice(bytes);
        step
    })
}

/// A part of a string without its escapes.
struct Undone {
    bytes: [u8; 2 * STEP],
    /// How many of the bytes are text, no more than a step.
    length: usize,
    /// How many bytes of the string it was read from.
    read: usize,
    end: End,
}

/// What ended the reading of a step.
enum End {
    /// Nothing but the step, or that an escape goes on behind it.
    Step,
    /// An escape that needs more than a look.
    Escape,
    /// The quote that ends the string.
    Quote,
    /// A control character, which no string has.
    Control,
}

/// Undoes the escapes in a step of a string.
fn undo(step: [u8; STEP]) -> Undone {
    const MASK: usize = STEP - 1;
    let mut marks = marks(step);
    let mut source = [0; 2 * STEP];
    source[..STEP].copy_from_slice(&step);
    let mut undone = Undone { bytes: [0; 2 * STEP], length: 0, read: STEP, end: End::Step };
    let mut from = 0;
    // Places are below a step; the masks spare the compiler's checks that they are.
    while from < STEP {
        let run = before(marks);
        // As much as can be there is written, and what is behind the run is written over.
        let at = undone.length & MASK;
        undone.bytes[at..at + STEP].copy_from_slice(&source[from & MASK..(from & MASK) + STEP]);
        undone.length += run - from;
        if run == STEP {
            break;
        }
        let end = match source[run & MASK] {
            b'\\' if run + 1 == STEP => End::Step,
            b'\\' => match ESCAPED[usize::from(source[(run + 1) & MASK])] {
                0 => End::Escape,
                character => {
                    undone.bytes[undone.length & MASK] = character;
                    undone.length += 1;
                    from = run + 2;
                    // What stands behind the backslash is read, too.
                    marks = (marks & !(0b11 << run)) | END;
                    continue;
                }
            },
            b'"' => End::Quote,
            _ => End::Control,
        };
        return Undone { read: run, end, ..undone };
    }
    undone
}

/// The character of `\u` and four digits, or of two such when it lies beyond the Basic Multilingual Plane, and the size of
/// what it is written as.
fn code_point(text: &str) -> Option<(char, usize)> {
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

#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// How long the last string with escapes was.
    usual: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, usual: 0 }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    /// Goes over a byte that may be there, and the space before it.
    pub(crate) fn skip(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.byte() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Goes over a byte that must be there.
    pub(crate) fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip(byte).then_some(())
    }

    /// Whether another entry follows, or `close` ends them.
    pub(crate) fn more(&mut self, close: u8) -> Option<bool> {
        if self.skip(b',') {
            return Some(true);
        }
        self.expect(close).map(|()| false)
    }

    pub(crate) fn is_at_end(&mut self) -> bool {
        self.space();
        self.at == self.text.len()
    }

    /// A name and its colon.
    pub(crate) fn key(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let begin = self.at;
        self.run();
        let key = self.text.get(begin..self.at)?;
        (self.byte()? == b'"').then_some(())?;
        self.at += 1;
        self.expect(b':')?;
        Some(key)
    }

    /// Goes over plain text, up to what ends it.
    fn run(&mut self) {
        while self.at < self.text.len() {
            let run = before(marks(step(self.text.as_bytes(), self.at)));
            self.at += run;
            if run < STEP {
                return;
            }
        }
    }

    /// A string.
    pub(crate) fn text(&mut self) -> Option<Cow<'a, str>> {
        self.expect(b'"')?;
        let begin = self.at;
        self.run();
        match self.byte()? {
            b'"' => {
                let text = self.text.get(begin..self.at)?;
                self.at += 1;
                Some(Cow::Borrowed(text))
            }
            b'\\' => {
                let text = self.undo_escapes(begin)?;
                String::from_utf8(text).ok().map(Cow::Owned)
            }
            _ => None,
        }
    }

    /// The string that begins at `begin` and has its first escape here.
    fn undo_escapes(&mut self, begin: usize) -> Option<Vec<u8>> {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        // Strings of a batch are mostly of one size, and live as long as it.
        let usual = if self.usual == 0 { ROOM } else { self.usual + self.usual / 8 };
        let mut text = Vec::with_capacity((at - begin).max(usual).min(bytes.len() - begin) + STEP);
        text.extend_from_slice(&bytes[begin..at]);
        loop {
            let undone = undo(step(bytes, at));
            let length = text.len() + undone.length;
            // A whole step is added faster than a part of it.
            text.extend_from_slice(&undone.bytes[..STEP]);
            text.truncate(length);
            at += undone.read;
            match undone.end {
                End::Step => {}
                End::Escape => {
                    let (character, size) = code_point(self.text.get(at..)?)?;
                    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    at += size;
                }
                End::Quote => {
                    self.at = at + 1;
                    self.usual = length;
                    return (self.at <= bytes.len()).then_some(text);
                }
                End::Control => return None,
            }
        }
    }

    /// Any value, as it stands in the text.
    pub(crate) fn value(&mut self) -> Option<&'a str> {
        self.space();
        let begin = self.at;
        self.pass(0)?;
        self.text.get(begin..self.at)
    }

    fn pass(&mut self, nesting: u8) -> Option<()> {
        self.space();
        match self.byte()? {
            b'"' => return self.pass_text(),
            b'n' => {
                self.text.get(self.at..)?.starts_with("null").then_some(())?;
                self.at += 4;
            }
            open @ (b'{' | b'[') if nesting < NESTING_MAX => {
                // `{` and `}`, and `[` and `]`, stand two apart.
                let close = open + 2;
                self.at += 1;
                if self.skip(close) {
                    return Some(());
                }
                loop {
                    if open == b'{' {
                        self.key()?;
                    }
                    self.pass(nesting + 1)?;
                    if !self.more(close)? {
                        break;
                    }
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn pass_text(&mut self) -> Option<()> {
        self.at += 1;
        let begin = self.at;
        self.run();
        match self.byte()? {
            b'"' => self.at += 1,
            b'\\' => self.undo_escapes(begin).map(drop)?,
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Strings of up to four pieces, so that everything stands at every place of a word.
    #[test]
    fn a_string_is_what_serde_json_reads_or_is_left_to_it() {
        let pieces = [
            "",
            "a",
            "bcd",
            "efghijk",
            "é",
            "\u{1f980}",
            r#"\""#,
            r"\\",
            r"\n",
            r"\u00e9",
            r"\ud83e\udd80",
            r"\ud83e",
            r"\x",
        ];
        let texts = |all: &[String]| -> Vec<String> {
            all.iter().flat_map(|text| pieces.map(|piece| format!("{text}{piece}"))).collect()
        };
        let mut all = vec![String::new()];
        for _ in 0..4 {
            all = texts(&all);
        }
        let mut read = 0;
        for text in all {
            for json in [format!("\"{text}\""), format!("\"{text}"), format!("\"{text}\u{1}\"")] {
                let expected = serde_json::from_str::<String>(&json).ok();
                assert_eq!(Scanner::new(&json).text().map(Cow::into_owned), expected, "{json}");
                read += usize::from(expected.is_some());
            }
        }
        assert!(read > 10_000, "{read}");
    }

    #[test]
    fn a_long_string_has_room_whatever_stands_before_it() {
        for length in [1, ROOM / 2 - STEP, ROOM / 2, ROOM - STEP, ROOM - 1, ROOM, ROOM + 1, 3 * ROOM] {
            let text = format!("{}\"{}\u{1f980}", "a".repeat(length), "\\".repeat(length));
            let json = serde_json::to_string(&[&text, &text]).expect("text is JSON");
            let mut scanner = Scanner::new(&json);
            scanner.expect(b'[').expect("a list");
            for _ in 0..2 {
                assert_eq!(scanner.text().as_deref(), Some(&*text), "{length}");
                scanner.skip(b',');
            }
        }
    }
}
