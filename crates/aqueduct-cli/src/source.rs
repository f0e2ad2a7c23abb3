//! Files' texts, and which of them a place is in.

use std::path::{Path, PathBuf};

use aqueduct_check::SETTINGS_FILE;
use aqueduct_topology::{Lines, Span};

/// A file's text and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &Path, text: String) -> Self {
        Self { path: path.to_owned(), text }
    }

    /// The path as the user wrote it.
    pub(crate) fn shown_path(&self) -> std::path::Display<'_> {
        self.path.display()
    }

    /// The path with `/` between its parts, as URIs and GitHub want it.
    pub(crate) fn uri_path(&self) -> String {
        let path = self.path.to_string_lossy().replace('\\', "/");
        path.strip_prefix("./").unwrap_or(&path).to_owned()
    }
}

/// The files that spans speak of.
#[derive(Debug, Default)]
pub(crate) struct Sources<'a> {
    files: Vec<(u16, &'a Source, Lines<'a>)>,
}

impl<'a> Sources<'a> {
    /// Templates by their numbers, and `aqueduct.toml`.
    pub(crate) fn new(templates: impl IntoIterator<Item = &'a Source>, settings: Option<&'a Source>) -> Self {
        let numbered = (0..SETTINGS_FILE).zip(templates).chain(settings.map(|source| (SETTINGS_FILE, source)));
        Self { files: numbered.map(|(file, source)| (file, source, Lines::new(&source.text))).collect() }
    }

    /// The file of a span and its lines.
    pub(crate) fn of(&self, span: Span) -> Option<(&'a Source, &Lines<'a>)> {
        let (_, source, lines) = self.files.iter().find(|(file, ..)| *file == span.file)?;
        Some((source, lines))
    }
}
