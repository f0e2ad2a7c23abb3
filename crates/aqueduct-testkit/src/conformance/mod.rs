//! What AWS does, as cases with their sources, held against the embedded cloud and against any endpoint.
//!
//! A case makes API calls, lets time pass and says what must be answered. The cases are data under `cases/`, whose
//! `README.md` describes them.

mod backend;
mod case;
mod client;
mod condition;
#[cfg(feature = "suite")]
mod divergence;
#[cfg(feature = "suite")]
mod endpoint;
#[cfg(feature = "suite")]
mod report;
mod run;
#[cfg(feature = "suite")]
mod suite;
mod text;
mod undo;
mod virtual_cloud;

use virtual_cloud::VirtualCloud;

pub use case::{Behaviour, Call, Case, Expected, FunctionScript, Look, Step};
pub use client::{Service, SqsProtocol};
#[cfg(feature = "suite")]
pub use divergence::{Divergence, divergences};
#[cfg(feature = "suite")]
pub use endpoint::{Endpoint, Keys, Unusable};
#[cfg(feature = "suite")]
pub use report::{Count, Held, Report, Verdict};
pub use run::Failure;
#[cfg(feature = "suite")]
pub use suite::{Options, Place};

#[cfg_attr(not(feature = "suite"), expect(dead_code, reason = "the table of divergences is the whole suite's"))]
mod files {
    include!(concat!(env!("OUT_DIR"), "/case_files.rs"));
}
#[cfg(feature = "suite")]
use files::DIVERGENCES;
use files::{CASES, TEMPLATES};

/// All cases; an error names the file that cannot be read, and the case in it.
pub fn cases() -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for (file, text) in CASES {
        let written: Vec<serde_json::Value> = serde_json::from_str(text).map_err(|error| format!("{file}: {error}"))?;
        for case in written {
            let name = case["name"].as_str().unwrap_or("a case without a name").to_owned();
            let read: Case = serde_json::from_value(case).map_err(|error| format!("{file}: {name}: {error}"))?;
            cases.push(Case { file: (*file).to_owned(), ..read });
        }
    }
    Ok(cases)
}

impl Case {
    /// Runs the case against the embedded cloud in virtual time.
    pub fn run_in_virtual_time(&self, sqs: SqsProtocol) -> Result<(), Failure> {
        const RUN: &str = "r1";
        run::run(self, &mut VirtualCloud::new(sqs, RUN), RUN)
    }
}
