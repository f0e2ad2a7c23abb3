//! A scanner of JSON text that takes only what is common: no numbers, no escapes in names, little nesting. It says `None`
//! to everything else, and then nothing that it read may be used.

use std::borrow::Cow;

/// The deepest nesting of a value that is passed over.
const NESTING_MAX: u8 = 8;

/// A word of text with the same byte eight times.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of each of eight bytes that ends a run of plain text: a quote, a backslash or a control character.
const fn specials(word: u64) -> u64 {
    const LOW: u64 = all(0x7f);
    // Sums stay within their bytes, and set the highest bit of all that is not looked for.
    let not_quote = ((word ^ all(b'"')) & LOW) + LOW;
    let not_backslash = ((word ^ all(b'\\')) & LOW) + LOW;
    let not_control = (word & LOW) + all(0x80 - b' ');
    !((not_quote & not_backslash & not_control) | word) & all(0x80)
}

/// How many bytes stand before the first that is marked.
const fn before(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
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

/// What a string is given room for at first: that of most messages.
const ROOM: usize = 4096;

/// As much as is looked at in one step: a word, and what its last byte may escape.
const STEP: usize = 9;

/// The bytes from `at`, with quotes behind the end of the text.
fn step(bytes: &[u8], at: usize) -> [u8; STEP] {
    let bytes = bytes.get(at..).unwrap_or_default();
    bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut step = [b'"'; STEP];
        step[..bytes.len()].copy_from_slice(bytes);
        step
    })
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
    /// Where escapes are undone, one string after the other.
    scratch: Vec<u8>,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, scratch: Vec::new() }
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
            let [word @ .., _] = step(self.text.as_bytes(), self.at);
            let marks = specials(u64::from_le_bytes(word));
            self.at += before(marks);
            if marks != 0 {
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
                let length = self.undo_escapes(begin)?;
                std::str::from_utf8(self.scratch.get(..length)?).ok().map(|text| Cow::Owned(text.to_owned()))
            }
            _ => None,
        }
    }

    /// Writes the string that begins at `begin`, and has its first escape here, into the scratch.
    fn undo_escapes(&mut self, begin: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let (mut at, mut length) = (self.at, self.at - begin);
        self.scratch.resize(self.scratch.len().max(length + ROOM), 0);
        self.scratch[..length].copy_from_slice(&bytes[begin..at]);
        loop {
            let step = step(bytes, at);
            let Some(room) = self.scratch.get_mut(length..).and_then(|room| room.first_chunk_mut::<STEP>()) else {
                self.scratch.resize(length * 2 + ROOM, 0);
                continue;
            };
            // What is written behind the run is written over.
            room.copy_from_slice(&step);
            let [word @ .., _] = step;
            let marks = specials(u64::from_le_bytes(word));
            let run = before(marks);
            at += run;
            length += run;
            if marks == 0 {
                continue;
            }
            // It is below 8 already, which the compiler cannot know.
            let run = run & 7;
            match step[run] {
                b'\\' => match ESCAPED[usize::from(step[run + 1])] {
                    0 => {
                        let (character, size) = code_point(self.text.get(at..)?)?;
                        self.scratch.resize(self.scratch.len().max(length + ROOM), 0);
                        length += character.encode_utf8(&mut self.scratch[length..]).len();
                        at += size;
                    }
                    character => {
                        room[run] = character;
                        at += 2;
                        length += 1;
                    }
                },
                b'"' => {
                    self.at = at + 1;
                    return (self.at <= bytes.len()).then_some(length);
                }
                _ => return None,
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
