//! Paths into an event.

use serde_json::Value;

/// A path into an event: `$.detail.items[0].id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::events) struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Path {
    /// Reads a path; `None` for what is none, or for a wildcard, which is not modelled.
    pub(in crate::events) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        for part in rest.split('.').skip(usize::from(rest.starts_with('.'))).filter(|_| !rest.is_empty()) {
            let (key, indices) = part.split_once('[').map_or((part, None), |(key, indices)| (key, Some(indices)));
            if key.is_empty() || key.contains('*') {
                return None;
            }
            steps.push(Step::Key(key.to_owned()));
            if let Some(indices) = indices {
                for index in indices.strip_suffix(']')?.split("][") {
                    steps.push(Step::Index(index.parse().ok()?));
                }
            }
        }
        (rest.is_empty() || rest.starts_with('.')).then_some(Self(steps))
    }

    /// What an event has there.
    pub(super) fn find<'a>(&self, event: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(event, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })
    }
}
