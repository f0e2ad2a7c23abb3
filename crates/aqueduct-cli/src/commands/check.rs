//! `aqueduct check`: findings about a template's wiring.

use std::process::ExitCode;

use aqueduct_check::Level;
use aqueduct_topology::Severity;

use crate::args::Check;
use crate::failure::Failure;
use crate::screen;
use crate::template::Template;

/// Runs the command.
pub(crate) fn run(args: &Check) -> Result<ExitCode, Failure> {
    let template = Template::open(&args.template, &args.parameters)?;
    let topology = template.topology(&template.deployment())?;
    let findings = aqueduct_check::check(&topology);
    for finding in &findings {
        if args.json {
            screen::data(serde_json::to_string(finding).map_err(|error| Failure::work(error.to_string()))?);
            continue;
        }
        let severity = if finding.level == Level::Error { Severity::Error } else { Severity::Warning };
        let message = format!("{}[{}]: {}", finding.level, finding.rule, finding.message);
        screen::data(template.shown_at(&message, Some(&finding.help), finding.span, severity));
        screen::data("");
    }
    if findings.is_empty() {
        screen::talk(format_args!("{}: no findings", template.path()));
        return Ok(ExitCode::SUCCESS);
    }
    screen::talk(format_args!("{}: {} findings", template.path(), findings.len()));
    Ok(ExitCode::from(1))
}
