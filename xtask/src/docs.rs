//! The pictures of the documentation, drawn from the template.

use std::fs;

use anyhow::{Context as _, Result, bail};
use aqueduct_topology::{Deployment, graph, read};

use crate::command::{root, say};

const README: &str = "README.md";
const TEMPLATE: &str = "infra/template.yaml";
const START: &str = "<!-- drawn from infra/template.yaml by `cargo xtask docs` -->\n";
const END: &str = "<!-- end of the drawing -->";

pub(crate) fn run(check: bool) -> Result<()> {
    let path = root().join(README);
    let readme = fs::read_to_string(&path).with_context(|| format!("{README} cannot be read"))?;
    let drawn = redraw(&readme, &picture()?)?;
    if drawn == readme {
        return Ok(());
    }
    if check {
        bail!("the picture in {README} is not that of {TEMPLATE}; run `cargo xtask docs`");
    }
    fs::write(&path, drawn).with_context(|| format!("{README} cannot be written"))?;
    say(&format!("drew the picture in {README} anew"));
    Ok(())
}

fn picture() -> Result<String> {
    let template = fs::read_to_string(root().join(TEMPLATE)).with_context(|| format!("{TEMPLATE} cannot be read"))?;
    let (topology, diagnostics) = read(&template, &Deployment::default());
    if let Some(diagnostic) = diagnostics.first() {
        bail!("{TEMPLATE}:{diagnostic}");
    }
    Ok(graph::mermaid(&topology))
}

fn redraw(readme: &str, picture: &str) -> Result<String> {
    let (before, rest) = readme.split_once(START).with_context(|| format!("{README} has no line {START}"))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("{README} has no line {END}"))?;
    Ok(format!("{before}{START}```mermaid\n{}\n```\n{END}{after}", picture.trim_end()))
}
