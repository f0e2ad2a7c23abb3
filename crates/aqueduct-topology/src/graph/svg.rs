//! The picture as an SVG image.

use std::fmt::Write;

use super::layout::{Layout, Place, layout};
use super::mermaid::color;
use super::{Edge, EdgeKind, Graph, Node, NodeKind, escape};

const CHARACTER_WIDTH: f64 = 7.2;
const LINE_HEIGHT: f64 = 16.0;
const MARGIN: f64 = 20.0;

const STYLE: &str = "\
text{font:12px ui-sans-serif,system-ui,sans-serif;text-anchor:middle;dominant-baseline:central;fill:#000}
.edge{fill:none;stroke:#607d8b;stroke-width:1.3}
.failure{stroke:#9e9e9e;stroke-dasharray:5 4}
.label{font-size:10px;fill:#455a64;paint-order:stroke;stroke:#fff;stroke-width:3px}
.source{fill:#e8f5e9;stroke:#2e7d32}
.function{fill:#fff3e0;stroke:#e65100}
.state-machine{fill:#fff3e0;stroke:#e65100;stroke-width:2}
.queue{fill:#e3f2fd;stroke:#1565c0}
.dead-letter-queue{fill:#fafafa;stroke:#9e9e9e;stroke-dasharray:4 3}
.topic{fill:#f3e5f5;stroke:#7b1fa2}
.bus,.pipe{fill:#fce4ec;stroke:#c2185b}
.external{fill:#fff;stroke:#616161}
.count{font-size:10px;fill:#fff;font-weight:bold}";

pub(super) fn draw(graph: &Graph) -> String {
    let sizes: Vec<(f64, f64)> = graph.nodes.iter().map(size).collect();
    let layout = layout(graph, &sizes);
    let (width, height) = (layout.width + 2.0 * MARGIN, layout.height + 2.0 * MARGIN);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"{:.0} {:.0} {width:.0} {height:.0}\" role=\"img\">\n<title>Topology</title>\n<style>{STYLE}</style>\n\
         <defs>{}{}</defs>\n<rect x=\"{:.0}\" y=\"{:.0}\" width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        -MARGIN,
        -MARGIN,
        arrow("arrow", "#607d8b"),
        arrow("arrow-failure", "#9e9e9e"),
        -MARGIN,
        -MARGIN,
    );
    for (edge, points) in graph.edges.iter().zip(&layout.edges) {
        draw_edge(&mut text, edge, points);
    }
    draw_nodes(&mut text, graph, &layout);
    // Labels lie above everything that they cross.
    for (edge, points) in graph.edges.iter().zip(&layout.edges) {
        let (x, y) = middle(points);
        lines(&mut text, &edge.label, "label", x, y, 12.0);
    }
    text.push_str("</svg>\n");
    text
}

fn arrow(id: &str, fill: &str) -> String {
    format!(
        "<marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"{fill}\"/></marker>"
    )
}

fn size(node: &Node) -> (f64, f64) {
    let widest = node.label.lines().map(|line| line.chars().count()).max().unwrap_or(1);
    let count = node.label.lines().count().max(1);
    let [widest, count] = [widest, count].map(|number| f64::from(u32::try_from(number).unwrap_or(u32::MAX)));
    (widest * CHARACTER_WIDTH + 34.0, count * LINE_HEIGHT + 18.0)
}

fn draw_edge(text: &mut String, edge: &Edge, points: &[(f64, f64)]) {
    let (class, marker) = match edge.kind {
        EdgeKind::Delivery => ("edge", "arrow"),
        EdgeKind::Failure => ("edge failure", "arrow-failure"),
    };
    let Some(((x, y), rest)) = points.split_first() else { return };
    let mut path = format!("M{x:.1} {y:.1}");
    let (mut from_x, mut from_y) = (*x, *y);
    for (x, y) in rest {
        let bend = (x - from_x) / 2.0;
        let _ = write!(path, "C{:.1} {from_y:.1} {:.1} {y:.1} {x:.1} {y:.1}", from_x + bend, x - bend);
        (from_x, from_y) = (*x, *y);
    }
    let style = edge.mark.map(|mark| format!(" style=\"stroke:{};stroke-width:2.5\"", color(mark))).unwrap_or_default();
    let _ = writeln!(text, "<path class=\"{class}\" d=\"{path}\" marker-end=\"url(#{marker})\"{style}/>");
}

fn middle(points: &[(f64, f64)]) -> (f64, f64) {
    let place = points.len() / 2;
    match (points.get(place.wrapping_sub(1)), points.get(place)) {
        (Some(left), Some(right)) if points.len().is_multiple_of(2) => {
            (f64::midpoint(left.0, right.0), f64::midpoint(left.1, right.1))
        }
        (_, Some(point)) => *point,
        _ => (0.0, 0.0),
    }
}

fn draw_nodes(text: &mut String, graph: &Graph, layout: &Layout) {
    for (node, place) in graph.nodes.iter().zip(&layout.nodes) {
        let _ = writeln!(text, "<g><title>{}</title>", escape(&node.id));
        shape(text, node, place);
        lines(text, &node.label, "", place.x, place.y, LINE_HEIGHT);
        if let Some(mark) = node.mark {
            let (x, y) = (place.x + place.width / 2.0, place.y - place.height / 2.0);
            let _ = writeln!(
                text,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"9\" fill=\"{}\"/><text class=\"count\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
                color(mark),
                node.findings
            );
        }
        text.push_str("</g>\n");
    }
}

fn shape(text: &mut String, node: &Node, place: &Place) {
    let class = match node.kind {
        NodeKind::Source => "source",
        NodeKind::Function => "function",
        NodeKind::Queue => "queue",
        NodeKind::DeadLetterQueue => "dead-letter-queue",
        NodeKind::Topic => "topic",
        NodeKind::Bus => "bus",
        NodeKind::Pipe => "pipe",
        NodeKind::StateMachine => "state-machine",
        NodeKind::External => "external",
    };
    let style = node.mark.map(|mark| format!(" style=\"stroke:{};stroke-width:2.5\"", color(mark))).unwrap_or_default();
    let (left, right) = (place.x - place.width / 2.0, place.x + place.width / 2.0);
    let (top, bottom) = (place.y - place.height / 2.0, place.y + place.height / 2.0);
    let slant = 10.0;
    let points = match node.kind {
        NodeKind::Topic => vec![
            (left + slant, top),
            (right - slant, top),
            (right, place.y),
            (right - slant, bottom),
            (left + slant, bottom),
            (left, place.y),
        ],
        NodeKind::Bus => vec![(left + slant, top), (right, top), (right - slant, bottom), (left, bottom)],
        NodeKind::Pipe => {
            vec![
                (left, top),
                (right - slant, top),
                (right, place.y),
                (right - slant, bottom),
                (left, bottom),
                (left + slant, place.y),
            ]
        }
        _ => Vec::new(),
    };
    if !points.is_empty() {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(text, "<polygon class=\"{class}\" points=\"{}\"{style}/>", points.join(" "));
        return;
    }
    let round = match node.kind {
        NodeKind::Source => place.height / 2.0,
        NodeKind::Queue | NodeKind::DeadLetterQueue => 10.0,
        _ => 2.0,
    };
    let _ = writeln!(
        text,
        "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{round:.1}\"{style}/>",
        place.width, place.height
    );
}

/// Lines of text around a point.
fn lines(text: &mut String, label: &str, class: &str, x: f64, y: f64, height: f64) {
    let count = f64::from(u32::try_from(label.lines().count()).unwrap_or(u32::MAX));
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let mut y = y - (count - 1.0) * height / 2.0;
    for line in label.lines() {
        let _ = writeln!(text, "<text{class} x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escape(line));
        y += height;
    }
}
