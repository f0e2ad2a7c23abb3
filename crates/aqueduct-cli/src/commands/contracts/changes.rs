//! `aqueduct contracts diff`: what changed between two exports.

use std::process::ExitCode;

use serde_json::json;

use super::read;
use crate::args::ContractsDiff;
use crate::failure::Failure;
use crate::screen::{self, DIM, RED};

/// Runs the command.
pub(super) fn run(args: &ContractsDiff) -> Result<ExitCode, Failure> {
    let (before, after) = (read(&args.old)?, read(&args.new)?);
    let changes = before.changes(&after);
    for change in &changes {
        if args.json {
            let line = json!({ "breaking": change.breaking, "subject": change.subject, "message": change.message });
            screen::data(line);
        } else if change.breaking {
            screen::data(format_args!("{RED}breaking{RED:#}  {change}"));
        } else {
            screen::data(format_args!("{DIM}fits{DIM:#}      {change}"));
        }
    }
    let breaking = changes.iter().filter(|change| change.breaking).count();
    let count = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    match (changes.len(), breaking) {
        (0, _) => screen::talk("nothing changed"),
        (all, 0) => screen::talk(format_args!("{}, none of them breaking", count(all, "change"))),
        (all, breaking) => screen::talk(format_args!("{}, {breaking} of them breaking", count(all, "change"))),
    }
    Ok(if breaking == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
