//! `aqueduct graph`: the topology as a drawing.

use std::process::ExitCode;

use crate::args::{Graph, GraphFormat};
use crate::failure::Failure;
use crate::screen;
use crate::template::Template;

/// Runs the command.
pub(crate) fn run(args: &Graph) -> Result<ExitCode, Failure> {
    let template = Template::open(&args.template, &[])?;
    let topology = template.topology(&template.deployment())?;
    let drawing = match args.format {
        GraphFormat::Mermaid => aqueduct_topology::graph::mermaid(&topology),
    };
    screen::data(drawing.trim_end());
    Ok(ExitCode::SUCCESS)
}
