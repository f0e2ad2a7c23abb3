//! Where the lines of a text begin, to turn places into bytes and back.

use std::ops::Range;

use crate::Span;

/// The lines of a text.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    /// The byte offset of each line's start.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Looks for the lines of `text`.
    pub fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(offset, _)| offset + 1)).collect();
        Self { text, starts }
    }

    /// The bytes of a span; a place behind the end of a line or of the text is that end.
    pub fn range(&self, span: Span) -> Range<usize> {
        let start = self.offset(span.line, span.column);
        start..self.offset(span.end_line, span.end_column).max(start)
    }

    /// The place of a range of bytes in the `file` with this number.
    pub fn span(&self, range: Range<usize>, file: u16) -> Span {
        let (line, column) = self.place(range.start);
        let (end_line, end_column) = self.place(range.end);
        Span { file, line, column, end_line, end_column }
    }

    /// The whole lines around a range of bytes: the number of the first, its byte offset, and their text.
    pub fn around(&self, range: &Range<usize>) -> (usize, usize, &'t str) {
        let index = self.index(range.start);
        let start = self.starts.get(index).copied().unwrap_or_default();
        let end = self.starts.get(self.index(range.end) + 1).copied().unwrap_or(self.text.len());
        (index + 1, start, &self.text[start..end])
    }

    fn offset(&self, line: u32, column: u32) -> usize {
        let Some(index) = (line as usize).checked_sub(1) else { return 0 };
        let Some(start) = self.starts.get(index) else { return self.text.trim_end().len() };
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        let line = self.text[*start..end].trim_end_matches(['\r', '\n']);
        let mut characters = line.char_indices().map(|(offset, _)| offset);
        start + characters.nth(column.saturating_sub(1) as usize).unwrap_or(line.len())
    }

    fn place(&self, offset: usize) -> (u32, u32) {
        let index = self.index(offset);
        let start = self.starts.get(index).copied().unwrap_or_default();
        let before = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).saturating_add(1);
        (number(index), number(before))
    }

    /// The line that a byte stands on, from 0.
    fn index(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bytes_and_back() {
        let text = "Ä: ü\r\nb: c\n";
        let lines = Lines::new(text);
        let range =
            |line, column, end_line, end_column| lines.range(Span { file: 0, line, column, end_line, end_column });
        assert_eq!(&text[range(1, 4, 1, 5)], "ü");
        assert_eq!(&text[range(2, 1, 2, 2)], "b");
        assert_eq!(range(0, 0, 0, 0), 0..0);
        assert_eq!(range(9, 1, 9, 2), 12..12, "the end of the text");
        assert_eq!(range(1, 99, 1, 99), 6..6, "the end of the line");
        assert_eq!(lines.around(&(8..9)), (2, 8, "b: c\n"));
        assert_eq!(lines.span(4..6, 3), Span { file: 3, line: 1, column: 4, end_line: 1, end_column: 5 });
    }

    #[test]
    fn an_empty_text_has_one_line() {
        let lines = Lines::new("");
        assert_eq!(lines.range(Span { file: 0, line: 1, column: 1, end_line: 2, end_column: 7 }), 0..0);
        assert_eq!(lines.around(&(0..0)), (1, 0, ""));
    }
}
