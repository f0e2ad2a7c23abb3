//! Lines of text, for `tracing_subscriber`'s own format.

use std::io;

use tracing_subscriber::fmt::MakeWriter;

use crate::observe::lines::Sink;

/// Hands lines on, which come whole.
#[derive(Clone)]
pub(super) struct TextLines(Sink);

impl TextLines {
    pub(super) fn new(sink: Sink) -> Self {
        Self(sink)
    }
}

impl io::Write for TextLines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.0)(String::from_utf8_lossy(bytes).trim_end_matches('\n'));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for TextLines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
