//! Files that templates name: nested stacks and applications, and what is included.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use aqueduct_topology::File;

use crate::source::Source;

/// A larger file is no template.
const BYTES_MAX: u64 = 4 << 20;
/// What a folder's template is called, where a folder is named.
pub(crate) const TEMPLATES: [&str; 3] = ["template.yaml", "template.yml", "template.json"];

/// The paths of the templates and of the files that they name, by the numbers that the reader gives them.
pub(crate) struct Loaded {
    paths: RefCell<Vec<PathBuf>>,
    sources: RefCell<Vec<Source>>,
}

impl Loaded {
    pub(crate) fn new(templates: impl Iterator<Item = PathBuf>) -> Self {
        Self { paths: RefCell::new(templates.collect()), sources: RefCell::default() }
    }

    /// The file that template number `from` names by a path relative to it.
    pub(crate) fn read(&self, from: u16, path: &str) -> Result<File, String> {
        let base = self.paths.borrow().get(usize::from(from)).cloned().unwrap_or_default();
        let beside = base.parent().unwrap_or(Path::new("")).join(path.trim_start_matches("./"));
        let in_folder = || TEMPLATES.iter().map(|name| beside.join(name)).find(|path| path.is_file());
        let path = if beside.is_dir() { in_folder().unwrap_or(beside) } else { beside };
        let cannot = |error: &std::io::Error| format!("cannot read {}: {error}", path.display());
        let bytes = std::fs::metadata(&path).map_err(|error| cannot(&error))?.len();
        if bytes > BYTES_MAX {
            return Err(format!("{} has {bytes} bytes, more than the {BYTES_MAX} that are read", path.display()));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| cannot(&error))?;
        // One file has one name, by whatever path it is reached.
        let name = path.canonicalize().map_err(|error| cannot(&error))?;
        self.sources.borrow_mut().push(Source::new(&path, text.clone()));
        self.paths.borrow_mut().push(path);
        Ok(File { name: shown(&name), text })
    }

    pub(crate) fn into_sources(self) -> Vec<Source> {
        self.sources.into_inner()
    }
}

/// A path relative to the folder that the command runs in, where it lies there.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().and_then(|folder| folder.canonicalize()).unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}
