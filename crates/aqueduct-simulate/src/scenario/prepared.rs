//! A scenario read from its file, with the files that it names.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use aqueduct_topology::nearest;
use serde_path_to_error::Segment;
use toml::de::{DeTable, DeValue};

use super::{Assumed, Problem, Process, Scenario, ServiceTime};

/// The largest scenario and the largest file that one names, in bytes: room for ten million times of a trace.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A scenario with the files that it names.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// What happens. It may be changed before a run, but for the files that it names.
    pub scenario: Scenario,
    /// The name of its own file, for what is said about it.
    name: String,
    /// The files that it names, by the name that it has for them.
    files: BTreeMap<String, String>,
    /// The line of each key.
    lines: BTreeMap<String, usize>,
    /// What the scenario does not say itself.
    pub(super) assumed: Vec<Assumed>,
}

/// A file that a scenario names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File<'a> {
    /// As the scenario names it.
    pub(crate) name: &'a str,
    /// What is in it.
    pub(crate) text: &'a str,
}

impl Prepared {
    /// Reads a scenario and the files that it names.
    ///
    /// # Errors
    ///
    /// What is wrong, with file, line and key.
    pub fn read(path: &Path) -> Result<Self, Vec<Problem>> {
        let name = path.display().to_string();
        let text = read(path).map_err(|error| vec![unreadable(&name, &error)])?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&name, &text, &mut |file| read(&folder.join(file)))
    }

    /// Takes a scenario out of TOML text; `open` gives the files that it names.
    ///
    /// # Errors
    ///
    /// What is wrong, with file, line and key.
    pub fn parse(
        name: &str,
        text: &str,
        open: &mut dyn FnMut(&str) -> io::Result<String>,
    ) -> Result<Self, Vec<Problem>> {
        let syntax = |error: toml::de::Error| {
            let line = error.span().map(|span| line_of(text, span.start));
            vec![Problem { file: name.to_owned(), line, key: String::new(), message: one_line(error.message()) }]
        };
        let table = DeTable::parse(text).map_err(syntax)?;
        let mut lines = BTreeMap::new();
        note_table(text, "", table.get_ref(), &mut lines);
        let deserializer = toml::Deserializer::parse(text).map_err(syntax)?;
        let scenario: Scenario = serde_path_to_error::deserialize(deserializer).map_err(|error| {
            let key = key_of(error.path());
            let span = error.inner().span();
            let line = line_of_key(&lines, &key).or_else(|| span.map(|span| line_of(text, span.start)));
            let message = with_nearest(one_line(error.inner().message()));
            vec![Problem { file: name.to_owned(), line, key, message }]
        })?;
        let (name, files) = (name.to_owned(), BTreeMap::new());
        let mut prepared = Self { scenario, name, files, lines, assumed: Vec::new() };
        prepared.open_files(open)?;
        Ok(prepared)
    }

    /// A scenario that was not read from a file. The files that it names are missing, unless it names none.
    pub fn of(scenario: Scenario) -> Self {
        let name = scenario.title.clone();
        Self { scenario, name, files: BTreeMap::new(), lines: BTreeMap::new(), assumed: Vec::new() }
    }

    /// A file that the scenario names.
    pub(crate) fn file<'a>(&'a self, key: &str, name: &'a str) -> Result<File<'a>, Problem> {
        match self.files.get(name) {
            Some(text) => Ok(File { name, text }),
            None => Err(self.problem(key, format!("the file {name:?} was not read"))),
        }
    }

    /// Whether a key stands in the scenario's file.
    pub(super) fn has(&self, key: &str) -> bool {
        self.lines.contains_key(key)
    }

    /// The retries that the scenario does not say itself, with where they stand.
    pub fn assumed(&self) -> &[Assumed] {
        &self.assumed
    }

    /// Something that is wrong at a key.
    pub(crate) fn problem(&self, key: &str, message: impl Into<String>) -> Problem {
        let line = line_of_key(&self.lines, key);
        Problem { file: self.name.clone(), line, key: key.to_owned(), message: message.into() }
    }

    fn open_files(&mut self, open: &mut dyn FnMut(&str) -> io::Result<String>) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        for (key, name) in names(&self.scenario) {
            if self.files.contains_key(&name) {
                continue;
            }
            match open(&name) {
                Ok(text) => drop(self.files.insert(name, text)),
                Err(error) => problems.push(self.problem(&key, format!("{name:?} cannot be read: {error}"))),
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

/// The files that a scenario names, each with its key.
fn names(scenario: &Scenario) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for (index, arrivals) in scenario.arrivals.iter().enumerate() {
        if let Process::Trace { file } = &arrivals.process {
            names.push((format!("arrivals[{index}].process.file"), file.clone()));
        }
        names.extend(arrivals.sample.iter().map(|file| (format!("arrivals[{index}].sample"), file.clone())));
    }
    for (id, behaviour) in &scenario.functions {
        if let ServiceTime::Empirical { file } = &behaviour.takes {
            names.push((format!("functions.{id}.takes.file"), file.clone()));
        }
        for (index, publication) in behaviour.publishes.iter().enumerate() {
            let key = format!("functions.{id}.publishes[{index}].sample");
            names.extend(publication.sample.iter().map(|file| (key.clone(), file.clone())));
        }
    }
    names
}

fn read(path: &Path) -> io::Result<String> {
    let bytes = fs::metadata(path)?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(io::Error::other(format!("it has {bytes} bytes, more than {FILE_BYTES_MAX}")));
    }
    fs::read_to_string(path)
}

fn unreadable(name: &str, error: &io::Error) -> Problem {
    Problem { file: name.to_owned(), line: None, key: String::new(), message: format!("cannot be read: {error}") }
}

/// The line of the key, or of the nearest one around it.
fn line_of_key(lines: &BTreeMap<String, usize>, key: &str) -> Option<usize> {
    let mut key = key;
    loop {
        if let Some(line) = lines.get(key) {
            return Some(*line);
        }
        key = &key[..key.rfind(['.', '['])?];
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

fn one_line(message: &str) -> String {
    message.lines().collect::<Vec<_>>().join(" ")
}

/// A complaint of serde's about a name that it does not know, with the nearest of those that it does.
fn with_nearest(message: String) -> String {
    if !message.starts_with("unknown ") {
        return message;
    }
    // The names stand between backticks, the unknown one first.
    let mut names = message.split('`').skip(1).step_by(2);
    let near = names.next().and_then(|unknown| nearest(unknown, names));
    match near {
        Some(near) => format!("{message}; did you mean `{near}`?"),
        None => message,
    }
}

/// A path of serde in the form of our keys.
fn key_of(path: &serde_path_to_error::Path) -> String {
    let mut key = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => key.extend(["[", &index.to_string(), "]"]),
            Segment::Map { key: name } | Segment::Enum { variant: name } => push(&mut key, name),
            Segment::Unknown => {}
        }
    }
    key
}

fn push(key: &mut String, name: &str) {
    if !key.is_empty() {
        key.push('.');
    }
    key.push_str(name);
}

fn note_table(text: &str, prefix: &str, table: &DeTable<'_>, lines: &mut BTreeMap<String, usize>) {
    for (name, value) in table {
        let mut key = prefix.to_owned();
        push(&mut key, name.get_ref());
        lines.insert(key.clone(), line_of(text, name.span().start));
        note_value(text, &key, value.get_ref(), lines);
    }
}

fn note_value(text: &str, key: &str, value: &DeValue<'_>, lines: &mut BTreeMap<String, usize>) {
    if let Some(table) = value.as_table() {
        note_table(text, key, table, lines);
    }
    for (index, value) in value.as_array().into_iter().flat_map(|array| array.iter()).enumerate() {
        let key = format!("{key}[{index}]");
        lines.insert(key.clone(), line_of(text, value.span().start));
        note_value(text, &key, value.get_ref(), lines);
    }
}
