//! `aqueduct graph`: the topology as a drawing.

use std::process::ExitCode;

use aqueduct_check::Level;
use aqueduct_topology::graph::{self, Mark};
use aqueduct_topology::{Deployment, Topology};

use crate::args::{Graph, GraphFormat};
use crate::failure::Failure;
use crate::screen;
use crate::template::Template;

/// Runs the command.
pub(crate) fn run(args: &Graph) -> Result<ExitCode, Failure> {
    let template = Template::open(&args.templates, &args.values)?;
    let topology = template.topology(&Deployment::default())?;
    let mut graph = graph::Graph::of(&topology);
    if args.findings {
        mark(&mut graph, &topology);
    }
    let drawing = match args.format {
        GraphFormat::Mermaid => graph.mermaid(),
        GraphFormat::Dot => graph.dot(),
        GraphFormat::Svg => graph.svg(),
        GraphFormat::Json => graph.json(),
    };
    screen::data(drawing.trim_end());
    Ok(ExitCode::SUCCESS)
}

/// Marks what there are findings about.
fn mark(graph: &mut graph::Graph, topology: &Topology) {
    let findings = aqueduct_check::check(topology);
    graph.mark(findings.iter().filter_map(|finding| {
        let mark = match finding.level {
            Level::Error => Mark::Error,
            Level::Warning => Mark::Warning,
            Level::Advice => Mark::Advice,
        };
        Some((topology.resource_at(finding.span)?.id.as_str(), mark))
    }));
}
