//! The picture as a Mermaid flowchart.

use std::fmt::Write;

use super::{EdgeKind, Graph, Mark, Node, NodeKind, escape};

pub(super) const STYLES: &str = "  classDef function fill:#fff3e0,stroke:#e65100,color:#000
  classDef queue fill:#e3f2fd,stroke:#1565c0,color:#000
  classDef topic fill:#f3e5f5,stroke:#7b1fa2,color:#000
  classDef bus fill:#fce4ec,stroke:#c2185b,color:#000
  classDef source fill:#e8f5e9,stroke:#2e7d32,color:#000
  classDef dead fill:#fafafa,stroke:#9e9e9e,color:#616161,stroke-dasharray:4 3
";

/// Mermaid's brackets for a kind's shape, and its class.
const fn shape(kind: NodeKind) -> ([&'static str; 2], Option<&'static str>) {
    match kind {
        NodeKind::Source => (["([", "])"], Some("source")),
        NodeKind::Function | NodeKind::StateMachine => (["[", "]"], Some("function")),
        NodeKind::Queue => (["[(", ")]"], Some("queue")),
        NodeKind::DeadLetterQueue => ([">", "]"], Some("dead")),
        NodeKind::Topic => (["{{", "}}"], Some("topic")),
        NodeKind::Bus => (["[/", "/]"], Some("bus")),
        NodeKind::Pipe => (["[\\", "\\]"], Some("bus")),
        NodeKind::External => (["[[", "]]"], None),
    }
}

pub(super) fn draw(graph: &Graph) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for node in &graph.nodes {
        let ([open, close], class) = shape(node.kind);
        let class = class.map(|class| format!(":::{class}")).unwrap_or_default();
        let _ = writeln!(text, "  {}{open}\"{}\"{close}{class}", node.name, label(&marked(node)));
    }
    for edge in &graph.edges {
        let (from, to) = (&graph.nodes[edge.from].name, &graph.nodes[edge.to].name);
        let _ = match (edge.kind, edge.label.as_str()) {
            (EdgeKind::Failure, label) => writeln!(text, "  {from} -. {label} .-> {to}"),
            (EdgeKind::Delivery, "") => writeln!(text, "  {from} --> {to}"),
            (EdgeKind::Delivery, filter) => writeln!(text, "  {from} -->|\"{}\"| {to}", label(filter)),
        };
    }
    text.push_str(STYLES);
    marks(graph, &mut text);
    text
}

/// Borders in the colour of the worst finding.
fn marks(graph: &Graph, text: &mut String) {
    for node in &graph.nodes {
        if let Some(mark) = node.mark {
            let _ = writeln!(text, "  style {} stroke:{},stroke-width:3px", node.name, color(mark));
        }
    }
    for (place, edge) in graph.edges.iter().enumerate() {
        if let Some(mark) = edge.mark {
            let _ = writeln!(text, "  linkStyle {place} stroke:{},stroke-width:3px", color(mark));
        }
    }
}

pub(super) const fn color(mark: Mark) -> &'static str {
    match mark {
        Mark::Error => "#d32f2f",
        Mark::Warning => "#f9a825",
        Mark::Advice => "#0288d1",
    }
}

/// The label with how many findings there are.
pub(super) fn marked(node: &Node) -> String {
    match node.findings {
        0 => node.label.clone(),
        1 => format!("{}\n1 finding", node.label),
        several => format!("{}\n{several} findings", node.label),
    }
}

fn label(text: &str) -> String {
    escape(text).replace('\n', "<br>")
}
