//! Where a backend is known to do otherwise than AWS.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::DIVERGENCES;

/// A case that a backend is known not to stand up to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Divergence {
    /// What the backend does instead.
    pub does: String,
    /// Why it is the backend and not the case that is wrong, with the source; without it, the case's source says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The case holds at some times and not at others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sometimes: bool,
}

/// What is known of a backend, by the case's name; nothing of one that has no table.
pub fn divergences(backend: &str) -> Result<BTreeMap<String, Divergence>, String> {
    let file = format!("divergences/{backend}.json");
    let Some((_, text)) = DIVERGENCES.iter().find(|(name, _)| *name == file) else { return Ok(BTreeMap::new()) };
    serde_json::from_str(text).map_err(|error| format!("{file}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_divergence_is_one_of_a_case() {
        let cases = crate::conformance::cases().unwrap();
        for (file, _) in DIVERGENCES {
            let backend = file.strip_prefix("divergences/").and_then(|file| file.strip_suffix(".json")).unwrap();
            for name in divergences(backend).unwrap().into_keys() {
                assert!(cases.iter().any(|case| case.name == name), "{file}: no case is called {name:?}");
            }
        }
    }
}
