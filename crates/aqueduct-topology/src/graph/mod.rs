//! The topology as a picture: who sends what to whom, and where it goes when it cannot be delivered or handled.

mod build;
mod dot;
mod layout;
mod mermaid;
mod svg;

use serde::Serialize;

use crate::Topology;

/// A picture's nodes and edges. Nodes keep the template's order; what the template does not have comes last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Graph {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The edges.
    pub edges: Vec<Edge>,
}

/// Something that messages come from, go through or end at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Node {
    /// Logical id, or the ARN of what the template does not have.
    pub id: String,
    /// Its name in the languages of drawings: letters, digits and `_`, unlike any other's.
    #[serde(skip)]
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// What is written in it; lines end with `\n`.
    pub label: String,
    /// The worst finding about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// How many findings there are about it.
    #[serde(skip_serializing_if = "is_zero")]
    pub findings: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NodeKind {
    /// HTTP, a schedule, a stream or a bucket.
    Source,
    /// A function.
    Function,
    /// A queue.
    Queue,
    /// A queue that takes what could not be delivered or handled.
    DeadLetterQueue,
    /// A topic.
    Topic,
    /// A bus.
    Bus,
    /// A pipe.
    Pipe,
    /// A state machine.
    StateMachine,
    /// What the template does not have.
    External,
}

/// A way that messages go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Edge {
    /// Place of the node that they come from.
    pub from: usize,
    /// Place of the node that they go to.
    pub to: usize,
    /// Whether it carries messages, or what could not be delivered or handled.
    pub kind: EdgeKind,
    /// A filter, a batch size, or what has to happen; lines end with `\n`.
    pub label: String,
    /// Logical id of what makes it, such as a subscription; none where that is the node that it starts from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The worst finding about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
}

/// What an edge carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EdgeKind {
    /// Messages on their way.
    Delivery,
    /// Messages that could not be delivered or handled.
    Failure,
}

/// How bad the worst finding about a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// An advice.
    Advice,
    /// A warning.
    Warning,
    /// An error.
    Error,
}

impl Graph {
    /// The graph of a topology.
    ///
    /// Who sends is read from the functions' policy statements, so a grant on `*` draws no edge.
    pub fn of(topology: &Topology) -> Self {
        build::graph(topology)
    }

    /// Marks nodes and edges with the findings about them, by logical id.
    pub fn mark<'f>(&mut self, findings: impl IntoIterator<Item = (&'f str, Mark)>) {
        for (id, mark) in findings {
            for node in self.nodes.iter_mut().filter(|node| node.id == id) {
                node.mark = node.mark.max(Some(mark));
                node.findings += 1;
            }
            for edge in self.edges.iter_mut().filter(|edge| edge.id.as_deref() == Some(id)) {
                edge.mark = edge.mark.max(Some(mark));
            }
        }
    }

    /// A Mermaid flowchart, which GitHub shows in Markdown.
    pub fn mermaid(&self) -> String {
        mermaid::draw(self)
    }

    /// A drawing in the language of Graphviz.
    pub fn dot(&self) -> String {
        dot::draw(self)
    }

    /// An SVG image, laid out from left to right.
    pub fn svg(&self) -> String {
        svg::draw(self)
    }

    /// Nodes and edges as JSON. Edges name nodes by their place in the list.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// A Mermaid flowchart: solid edges carry messages, dotted ones what could not be delivered or handled.
pub fn mermaid(topology: &Topology) -> String {
    Graph::of(topology).mermaid()
}

/// Text in XML and in Mermaid's labels.
fn escape(text: &str) -> String {
    let clean: String = text.chars().filter(|it| !it.is_control() || *it == '\n').collect();
    clean.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
