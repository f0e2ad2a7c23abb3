//! Lines of the function's log: each in one piece, so that it does not mix with what others write.

use std::io::Write as _;
use std::sync::Arc;

/// Where lines go.
pub(crate) type Sink = Arc<dyn Fn(&str) + Send + Sync>;

/// Writes a line to standard output.
pub(super) fn print(line: &str) {
    let mut text = String::with_capacity(line.len() + 1);
    text.push_str(line);
    text.push('\n');
    let mut out = std::io::stdout().lock();
    // Who reads the lines is gone: there is nobody to tell.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
