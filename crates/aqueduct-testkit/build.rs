//! Lists the conformance cases, so that a file that is added is part of the suite without being named anywhere.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // Asked for when the script runs, and not when it is compiled: a checkout elsewhere has cases of its own.
    let cases = folder("CARGO_MANIFEST_DIR")?.join("cases");
    println!("cargo::rerun-if-changed={}", cases.display());
    let mut files = Vec::new();
    collect(&cases, &mut files)?;
    files.sort();
    let mut source = String::new();
    let constants = [("TEMPLATES", Some("templates")), ("DIVERGENCES", Some("divergences")), ("CASES", None)];
    for (constant, folder) in constants {
        let of_constant = |file: &&PathBuf| match folder {
            Some(folder) => file.starts_with(cases.join(folder)),
            None => !["templates", "divergences"].iter().any(|other| file.starts_with(cases.join(other))),
        };
        let _ = writeln!(source, "pub(super) const {constant}: &[(&str, &str)] = &[");
        for file in files.iter().filter(of_constant) {
            let name = file.strip_prefix(&cases).unwrap_or(file).display().to_string();
            let _ = writeln!(source, "    ({name:?}, include_str!({:?})),", file.display().to_string());
        }
        source.push_str("];\n");
    }
    fs::write(folder("OUT_DIR")?.join("case_files.rs"), source)
}

/// A folder that Cargo names to every build script.
fn folder(variable: &str) -> io::Result<PathBuf> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| io::Error::other(format!("{variable} is not set")))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}
