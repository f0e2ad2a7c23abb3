//! A scanner of JSON text that takes only what is common: no numbers, no escapes in names, little nesting. It says `None`
//! to everything else, and then nothing that it read may be used.

use std::borrow::Cow;

use wide::u8x16;

use crate::unescape::{self, End, WINDOW};

/// The deepest nesting of a value that is passed over.
const NESTING_MAX: u8 = 8;

/// How many bytes are looked at in one step.
pub(crate) const STEP: usize = 16;

/// A bit for each byte that ends a run of plain text: a quote, a backslash or a control character.
pub(crate) fn marks(step: &[u8; STEP]) -> u32 {
    let step = u8x16::new(*step);
    let control = (step & u8x16::splat(0xe0)).simd_eq(u8x16::splat(0));
    let special = step.simd_eq(u8x16::splat(b'"')) | step.simd_eq(u8x16::splat(b'\\')) | control;
    special.to_bitmask()
}

/// What the first string is given room for: most messages.
const ROOM: usize = 4096;

/// How much of a string is undone before it is added to what there is of it.
const PART: usize = 4096;

/// The bytes from `at`, with quotes behind the end of the text.
pub(crate) fn step(bytes: &[u8], at: usize) -> [u8; STEP] {
    let bytes = bytes.get(at..).unwrap_or_default();
    bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut step = [b'"'; STEP];
        step[..bytes.len()].copy_from_slice(bytes);
        step
    })
}

#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// How long the last string with escapes was.
    usual: usize,
    /// What is undone of a string before it is added to it, and room for a window behind.
    part: [u8; PART + 2 * WINDOW],
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, usual: 0, part: [0; PART + 2 * WINDOW] }
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
            let marks = marks(&step(self.text.as_bytes(), self.at));
            if marks != 0 {
                self.at += marks.trailing_zeros() as usize;
                return;
            }
            self.at += STEP;
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
        let mut text = Vec::with_capacity((at - begin).max(usual).min(bytes.len() - begin));
        text.extend_from_slice(&bytes[begin..at]);
        let mut length = 0;
        loop {
            if length > PART {
                text.extend_from_slice(&self.part[..length]);
                length = 0;
            }
            let undone = unescape::undo(bytes.get(at..)?, self.part.get_mut(length..)?.first_chunk_mut()?);
            length += undone.length;
            at += undone.read;
            match undone.end {
                End::Block => {}
                End::Escape => {
                    let (character, size) = unescape::code_point(self.text.get(at..)?)?;
                    length += character.encode_utf8(&mut self.part[length..]).len();
                    at += size;
                }
                End::Quote => {
                    text.extend_from_slice(&self.part[..length]);
                    self.at = at + 1;
                    self.usual = text.len();
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

    /// Runs of every length, and escapes at every place of a block, one alone and several in a row.
    #[test]
    fn an_escape_may_stand_anywhere() {
        let escapes = [r#"\""#, r"\\\n", r"\u00e9", r"\ud83e\udd80", r"\u00", r"\x", "\\", "é", "\u{1}"];
        let mut read = 0;
        for (before, between) in
            (0..140).flat_map(|before| [0, 1, 15, 31, 32, 33, 62, 63, 64, 65].map(|between| (before, between)))
        {
            for (first, second) in escapes.iter().flat_map(|first| escapes.map(|second| (first, second))) {
                let plain = |length| "abcdefghijklmnopqrstuvwxyz".chars().cycle().take(length).collect::<String>();
                let json = format!("\"\\t{}{first}{}{second}\"", plain(before), plain(between));
                let first = serde_json::Deserializer::from_str(&json).into_iter::<String>().next();
                let expected = first.and_then(Result::ok);
                for json in [json.clone(), format!("{json}{}", " ".repeat(200))] {
                    assert_eq!(Scanner::new(&json).text().map(Cow::into_owned), expected, "{json}");
                }
                read += usize::from(expected.is_some());
            }
        }
        assert!(read > 10_000, "{read}");
    }
}
