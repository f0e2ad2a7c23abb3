//! What is printed, and in which colours: data to standard output, talk to standard error.
//!
//! `anstream` drops the colours where nobody sees them or `NO_COLOR` is set.

use std::fmt::Display;
use std::io::Write;

use anstyle::{AnsiColor, Style};

/// Of errors.
pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
/// Of warnings.
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
/// Of what went well.
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
/// Of places.
pub(crate) const CYAN: Style = AnsiColor::Cyan.on_default();
/// Of subjects and headings.
pub(crate) const BOLD: Style = Style::new().bold();
/// Of what matters least.
pub(crate) const DIM: Style = Style::new().dimmed();

/// Prints a line of data. A reader that went away is no error: there is nobody left to tell.
pub(crate) fn data(line: impl Display) {
    let _ = writeln!(anstream::stdout().lock(), "{line}");
}

/// Prints a line of talk.
pub(crate) fn talk(line: impl Display) {
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

/// Prints an error.
pub(crate) fn error(message: impl Display) {
    talk(format_args!("{RED}error{RED:#}: {message}"));
}

/// Prints a warning.
pub(crate) fn warning(message: impl Display) {
    talk(format_args!("{YELLOW}warning{YELLOW:#}: {message}"));
}
