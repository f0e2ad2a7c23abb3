//! The functions' binaries, built once for all tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aqueduct_local::build::{self, Settings};
use aqueduct_topology::Topology;
use tokio::sync::Mutex;

/// Built so far, by template.
static BUILT: Mutex<BTreeMap<PathBuf, BTreeMap<String, PathBuf>>> = Mutex::const_new(BTreeMap::new());

/// The executables of a template's functions by logical id.
pub(crate) async fn build(template: &Path, topology: &Topology) -> BTreeMap<String, PathBuf> {
    let mut built = BUILT.lock().await;
    if let Some(executables) = built.get(template) {
        return executables.clone();
    }
    let settings = Settings { cargo: PathBuf::from(env!("CARGO")), ..Settings::default() };
    let executables = build::functions(topology, template.parent().unwrap(), &settings, |_| {}).await;
    let executables = executables.unwrap_or_else(|error| panic!("the functions do not build: {error}"));
    built.insert(template.to_path_buf(), executables.clone());
    executables
}
