//! The sample events that a check reads.

use std::fs::{DirEntry, FileType};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use aqueduct_check::Sample;

use crate::failure::Failure;
use crate::screen;

const FOLDER: &str = "events";
/// What tells that a folder is a project's.
const OF_PROJECTS: [&str; 2] = ["aqueduct.toml", "Cargo.toml"];
/// Files that are read at the most, and how deep they may lie.
const FILES_MAX: usize = 1_000;
const DEPTH_MAX: usize = 8;
/// A larger file is no event of an invocation.
const BYTES_MAX: u64 = 6 << 20;

/// Those of a folder that was named. Each of its JSON files must be an event.
pub(super) fn of_named(folder: &Path) -> Result<Vec<Sample>, Failure> {
    let mut files = Vec::new();
    collect(folder, DEPTH_MAX, &mut files)
        .map_err(|error| Failure::setup(format!("cannot read the sample events in {}: {error}", folder.display())))?;
    if files.len() > FILES_MAX {
        let words = format!("{} has more than {FILES_MAX} sample events; name a folder with fewer", folder.display());
        return Err(Failure::setup(words));
    }
    files.iter().map(|path| read(path).map_err(Failure::setup)).collect()
}

/// Those of the folders `events` beside the templates, or in their projects. What is no event there is passed over.
pub(super) fn beside<'a>(templates: impl Iterator<Item = &'a Path>) -> Vec<Sample> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in templates.filter_map(folder_of) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    let mut files = Vec::new();
    for folder in folders {
        // A folder that cannot be read is nobody's wish.
        let _ = collect(&folder, DEPTH_MAX, &mut files);
    }
    if files.len() > FILES_MAX {
        screen::warning(format_args!("only the first {FILES_MAX} sample events are read"));
        files.truncate(FILES_MAX);
    }
    let readable = files.iter().filter_map(|path| {
        read(path).inspect_err(|why| screen::warning(format_args!("a sample event is passed over: {why}"))).ok()
    });
    readable.collect()
}

/// The folder of sample events beside a template, else that of its project.
fn folder_of(template: &Path) -> Option<PathBuf> {
    let beside = template.parent()?;
    let is_project = |folder: &Path| OF_PROJECTS.iter().any(|file| folder.join(file).is_file());
    // A relative path that is used up goes on in the folder that the command runs in, and no further.
    let project = beside.ancestors().find(|folder| is_project(folder));
    [Some(beside), project].into_iter().flatten().map(|folder| folder.join(FOLDER)).find(|folder| folder.is_dir())
}

/// Adds the JSON files of a folder and those below, in the order of their names. A link to a folder may lead back.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let entry = |entry: std::io::Result<DirEntry>| entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)));
    let mut entries: Vec<(PathBuf, FileType)> =
        std::fs::read_dir(folder)?.map(entry).collect::<std::io::Result<_>>()?;
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (path, kind) in entries {
        if files.len() > FILES_MAX {
            break;
        }
        if kind.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "json") && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Sample, String> {
    let shown = path.display().to_string().replace('\\', "/");
    let bytes = std::fs::metadata(path).map_or(0, |it| it.len());
    if bytes > BYTES_MAX {
        return Err(format!("{shown} has {bytes} bytes, and an event at most {BYTES_MAX}"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => format!("{shown} is not text in UTF-8"),
        _ => format!("cannot read {shown}: {error}"),
    })?;
    Sample::read(shown.as_str(), &text).map_err(|error| format!("{shown}: {error}"))
}
