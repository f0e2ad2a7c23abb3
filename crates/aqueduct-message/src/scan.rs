//! A scanner of JSON text that takes only what is common: no numbers, no escapes in names, little nesting. It says `None`
//! to everything else, and then nothing that it read may be used.

use std::borrow::Cow;

/// The deepest nesting of a value that is passed over.
const NESTING_MAX: u8 = 8;

/// A word of text with the same byte eight times.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The first of eight bytes that ends a run of plain text: a quote, a backslash or a control character.
fn first_special(word: u64) -> Option<usize> {
    // A byte's highest bit is set where subtracting borrows from it; above the first such byte it may be set wrongly.
    let below = |word: u64, limit: u8| word.wrapping_sub(all(limit)) & !word;
    let special = below(word, b' ') | below(word ^ all(b'"'), 1) | below(word ^ all(b'\\'), 1);
    let found = special & all(0x80);
    (found != 0).then(|| (found.trailing_zeros() / 8) as usize)
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

    /// The eight bytes from `at`, with quotes behind the end of the text.
    fn word(&self, at: usize) -> [u8; 8] {
        let bytes = &self.text.as_bytes()[at..];
        if let Some(word) = bytes.first_chunk() {
            return *word;
        }
        let mut word = [b'"'; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        word
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
            let word = u64::from_le_bytes(self.word(self.at));
            if let Some(length) = first_special(word) {
                self.at += length;
                return;
            }
            self.at += 8;
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
        let mut length = self.at - begin;
        if self.scratch.len() < length + 64 {
            self.scratch.resize(length + 64, 0);
        }
        self.scratch[..length].copy_from_slice(&bytes[begin..self.at]);
        loop {
            // Room for a word, and for the four bytes of a character beyond the common ones.
            if self.scratch.len() < length + 16 {
                self.scratch.resize(length * 2 + 16, 0);
            }
            let word = self.word(self.at);
            self.scratch[length..length + 8].copy_from_slice(&word);
            let Some(run) = first_special(u64::from_le_bytes(word)) else {
                self.at += 8;
                length += 8;
                continue;
            };
            self.at += run;
            length += run;
            match *bytes.get(self.at)? {
                b'"' => {
                    self.at += 1;
                    return Some(length);
                }
                b'\\' => match ESCAPED[usize::from(*bytes.get(self.at + 1)?)] {
                    0 => {
                        let character = self.code_point()?;
                        length += character.encode_utf8(&mut self.scratch[length..]).len();
                    }
                    character => {
                        self.scratch[length] = character;
                        self.at += 2;
                        length += 1;
                    }
                },
                _ => return None,
            }
        }
    }

    /// `\u` and four digits, or two such for a character beyond the Basic Multilingual Plane.
    fn code_point(&mut self) -> Option<char> {
        let high = self.code_unit()?;
        if !(0xd800..0xdc00).contains(&high) {
            return char::from_u32(high);
        }
        let low = self.code_unit().filter(|low| (0xdc00..0xe000).contains(low))?;
        char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))
    }

    fn code_unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 6)?.strip_prefix("\\u")?;
        self.at += 6;
        digits.bytes().try_fold(0, |unit, digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
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
