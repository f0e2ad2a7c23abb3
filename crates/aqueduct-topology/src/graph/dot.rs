//! The picture in the language of Graphviz.

use std::fmt::Write;

use super::mermaid::{color, marked};
use super::{EdgeKind, Graph, NodeKind};

/// Shape, fill and line of a kind.
const fn style(kind: NodeKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        NodeKind::Source => ("oval", "#e8f5e9", "#2e7d32"),
        NodeKind::Function => ("box", "#fff3e0", "#e65100"),
        NodeKind::StateMachine => ("component", "#fff3e0", "#e65100"),
        NodeKind::Queue => ("cylinder", "#e3f2fd", "#1565c0"),
        NodeKind::DeadLetterQueue => ("cylinder", "#fafafa", "#9e9e9e"),
        NodeKind::Topic => ("hexagon", "#f3e5f5", "#7b1fa2"),
        NodeKind::Bus => ("parallelogram", "#fce4ec", "#c2185b"),
        NodeKind::Pipe => ("cds", "#fce4ec", "#c2185b"),
        NodeKind::External => ("box3d", "#ffffff", "#616161"),
    }
}

pub(super) fn draw(graph: &Graph) -> String {
    let mut text = "digraph topology {\n  rankdir=LR\n  node [style=filled, fontname=\"sans-serif\"]\n  edge [fontname=\"sans-serif\", fontsize=10]\n".to_owned();
    for node in &graph.nodes {
        let (shape, fill, line) = style(node.kind);
        let (line, width) = node.mark.map_or((line, 1), |mark| (color(mark), 3));
        let _ = writeln!(
            text,
            "  {} [label=\"{}\", shape={shape}, fillcolor=\"{fill}\", color=\"{line}\", penwidth={width}]",
            node.name,
            quoted(&marked(node)),
        );
    }
    for edge in &graph.edges {
        let line = if edge.kind == EdgeKind::Failure { ", style=dashed" } else { "" };
        let own = if edge.kind == EdgeKind::Failure { "#9e9e9e" } else { "#000000" };
        let style = format!("{line}, color=\"{}\"", edge.mark.map_or(own, color));
        let (from, to) = (&graph.nodes[edge.from].name, &graph.nodes[edge.to].name);
        let _ = writeln!(text, "  {from} -> {to} [label=\"{}\"{style}]", quoted(&edge.label));
    }
    text.push_str("}\n");
    text
}

fn quoted(text: &str) -> String {
    let clean: String = text.chars().filter(|it| !it.is_control() || *it == '\n').collect();
    clean.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
