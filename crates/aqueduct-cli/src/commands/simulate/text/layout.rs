//! Words and curves in lines.

/// The width of what is no terminal.
const WIDTH: usize = 100;
const WIDTH_MIN: usize = 48;

/// How wide the report may be.
pub(in super::super) fn width(to_file: bool) -> usize {
    let terminal = if to_file { None } else { terminal_size::terminal_size_of(std::io::stdout()) };
    terminal.map_or(WIDTH, |(width, _)| usize::from(width.0)).max(WIDTH_MIN)
}

/// The same with a capital at the beginning.
pub(super) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Values as blocks, the greatest as a whole one; what is more than nothing is seen.
pub(super) fn sparkline(values: &[f64]) -> String {
    const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let greatest = values.iter().copied().fold(0.0, f64::max);
    let block = |value: f64| {
        if value <= 0.0 || greatest <= 0.0 {
            return BLOCKS[0];
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 8")]
        let height = (value / greatest * 8.0).ceil() as usize;
        BLOCKS[height.clamp(1, 8)]
    };
    values.iter().map(|value| block(*value)).collect()
}

/// Words in lines of at most `width` signs; a word that is longer has a line of its own.
pub(super) fn wrap(words: &str, width: usize) -> Vec<String> {
    filled(words.split(' '), " ", width)
}

/// Parts in lines of at most `width` signs, with a point between those of a line; a part that is longer is wrapped.
pub(super) fn wrap_parts(parts: &[String], width: usize) -> Vec<String> {
    let lines = filled(parts.iter().map(String::as_str), " · ", width);
    lines.iter().flat_map(|line| wrap(line, width)).collect()
}

fn filled<'a>(parts: impl Iterator<Item = &'a str>, between: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for part in parts {
        let signs = part.chars().count();
        if length > 0 && length + between.chars().count() + signs > width {
            lines.push(String::new());
            length = 0;
        }
        if let Some(line) = lines.last_mut() {
            if length > 0 {
                line.push_str(between);
                length += between.chars().count();
            }
            line.push_str(part);
            length += signs;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_show_what_is_more_than_nothing() {
        assert_eq!(sparkline(&[0.0, 1.0, 50.0, 100.0]), " ▁▄█");
        assert_eq!(sparkline(&[0.0, 0.0]), "  ");
    }

    #[test]
    fn words_are_wrapped_between_them() {
        assert_eq!(wrap("one two three four", 9), ["one two", "three", "four"]);
        assert_eq!(wrap("unbreakable words", 4), ["unbreakable", "words"]);
        assert_eq!(wrap("", 4), [""]);
        let parts = ["one two".to_owned(), "three".to_owned(), "four five six".to_owned()];
        assert_eq!(wrap_parts(&parts, 17), ["one two · three", "four five six"]);
        assert_eq!(wrap_parts(&parts, 9), ["one two", "three", "four five", "six"]);
    }

    #[test]
    fn sentences_begin_with_a_capital() {
        assert_eq!(capital("raise it"), "Raise it");
        assert_eq!(capital(""), "");
    }
}
