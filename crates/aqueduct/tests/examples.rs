//! The examples are as short as they claim, and each stands in their table.

use std::path::Path;

#[test]
fn every_example_is_short_and_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let readme = std::fs::read_to_string(folder.join("README.md")).expect("examples have a table");
    let mut examples = 0;
    for entry in folder.read_dir().expect("there are examples").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        examples += 1;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("an example can be read");
        // What a reader reads: blank lines and what is said about the file stand beside the code.
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("//!")).count();
        assert!(lines < 25, "{name} has {lines} lines");
        assert!(readme.contains(&format!("| `{name}` |")), "{name} is not in examples/README.md");
    }
    assert!(examples >= 3, "{examples}");
}
