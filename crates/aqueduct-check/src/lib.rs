//! Rules that prove a topology's wiring right.
//!
//! [`check`] runs every rule of the [`registry`] over a topology and answers with findings: plain data, sorted by place.
//! A rule speaks only of what the template itself proves. A queue, topic or function that the template refers to but
//! does not define, and a policy condition that is not modelled, count in its favour.
//!
//! A rule is one file under `src/rules` that is named in the registry there, and one folder under `rules` with a template
//! in which it finds something and the same template put right. Tests hold each rule against its templates.

mod assert;
mod check;
mod edits;
mod evidence;
mod finding;
mod gates;
mod grants;
mod ignore;
mod index;
mod level;
mod place;
mod policy;
mod publishing;
mod rule;
mod rules;
mod samples;
mod senders;
mod settings;
mod wiring;

pub use assert::Wired;
pub use check::{Evidence, Outcome, check, check_with};
pub use edits::{TextEdit, Unfixable, apply};
pub use finding::{Edit, Finding, Fix, Related};
pub use ignore::Ignored;
pub use level::Level;
pub use rule::{Misleading, Rule, ShownSample, registry, rule};
pub use samples::{Sample, SampleError};
pub use settings::{SETTINGS_FILE, Settings, Stack};
