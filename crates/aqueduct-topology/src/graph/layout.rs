//! Where nodes and edges lie: layers from left to right, few crossings, the same each time.
//!
//! After Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures" (1981).

use super::{EdgeKind, Graph};

/// Rounds of ordering and of placing; more change nothing that can be seen.
const ROUNDS: usize = 12;
/// Beyond so many places in layers that edges pass through, edges go straight.
const PASSED_MAX: usize = 20_000;
const GAP_BETWEEN_LAYERS: f64 = 90.0;
const GAP_BETWEEN_NODES: f64 = 26.0;
const LABEL_CHARACTER_WIDTH: f64 = 5.6;
/// Room for an arrow at each side of a label.
const ARROW: f64 = 22.0;

/// A box or a point that an edge passes through.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// Its centre.
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A picture that is laid out.
pub(super) struct Layout {
    /// One for each node.
    pub(super) nodes: Vec<Place>,
    /// The points of each edge, from its start to its end.
    pub(super) edges: Vec<Vec<(f64, f64)>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Lays out a graph whose nodes have these widths and heights.
pub(super) fn layout(graph: &Graph, sizes: &[(f64, f64)]) -> Layout {
    let layers = layers(graph);
    let mut grid = Grid::new(graph, &layers, sizes);
    grid.order();
    grid.place();
    grid.finish(graph)
}

/// Each node's layer: behind everything that leads to it, but for edges that close a circle.
fn layers(graph: &Graph) -> Vec<usize> {
    let count = graph.nodes.len();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    for edge in graph.edges.iter().filter(|edge| edge.from != edge.to) {
        next[edge.from].push(edge.to);
    }
    let order = finished_last(&next);
    let mut rank = vec![0; count];
    for (place, node) in order.iter().enumerate() {
        rank[*node] = place;
    }
    let mut layers = vec![0; count];
    push_apart(&order, &next, &rank, &mut layers);
    let mut delivered = vec![Vec::new(); count];
    for edge in graph.edges.iter().filter(|edge| edge.kind == EdgeKind::Delivery && rank[edge.to] > rank[edge.from]) {
        delivered[edge.from].push(edge.to);
    }
    pull_starts(&delivered, &mut layers);
    push_apart(&order, &next, &rank, &mut layers);
    layers
}

/// Puts every node behind those that lead to it.
fn push_apart(order: &[usize], next: &[Vec<usize>], rank: &[usize], layers: &mut [usize]) {
    for node in order {
        for to in next[*node].iter().filter(|to| rank[**to] > rank[*node]) {
            layers[*to] = layers[*to].max(layers[*node] + 1);
        }
    }
}

/// Moves nodes that nothing leads to next to the first that they deliver to, so that their edges are short.
fn pull_starts(delivered: &[Vec<usize>], layers: &mut [usize]) {
    let mut entered = vec![false; delivered.len()];
    delivered.iter().flatten().for_each(|to| entered[*to] = true);
    for node in (0..delivered.len()).filter(|node| !entered[*node]) {
        let first = delivered[node].iter().map(|to| layers[*to]).min();
        layers[node] = first.map_or(layers[node], |first| layers[node].max(first.saturating_sub(1)));
    }
}

/// Nodes in the order in which a search from the first to the last leaves them, reversed: edges point forward in it,
/// but for those that close a circle.
fn finished_last(next: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::with_capacity(next.len());
    let mut seen = vec![false; next.len()];
    let mut entered = vec![0_usize; next.len()];
    next.iter().flatten().for_each(|to| entered[*to] += 1);
    // Nodes that nothing leads to begin.
    let starts = (0..next.len()).filter(|node| entered[*node] == 0).chain(0..next.len());
    for start in starts.collect::<Vec<_>>() {
        let mut stack = vec![(start, 0)];
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        while let Some((node, child)) = stack.pop() {
            match next[node].get(child) {
                Some(to) => {
                    stack.push((node, child + 1));
                    if !std::mem::replace(&mut seen[*to], true) {
                        stack.push((*to, 0));
                    }
                }
                None => order.push(node),
            }
        }
    }
    order.reverse();
    order
}

/// Nodes and the points that edges pass, layer by layer.
struct Grid {
    places: Vec<Place>,
    layers: Vec<Vec<usize>>,
    /// Neighbours in the layer before and in the layer behind.
    before: Vec<Vec<usize>>,
    behind: Vec<Vec<usize>>,
    /// The places that each edge passes, its ends included, from left to right.
    paths: Vec<Vec<usize>>,
    /// The room behind each layer, for the labels of the edges there.
    gaps: Vec<f64>,
}

impl Grid {
    fn new(graph: &Graph, layer_of: &[usize], sizes: &[(f64, f64)]) -> Self {
        let count = layer_of.iter().max().map_or(0, |last| last + 1);
        let mut grid = Self {
            places: sizes
                .iter()
                .map(|(width, height)| Place { width: *width, height: *height, ..Place::default() })
                .collect(),
            layers: vec![Vec::new(); count],
            before: vec![Vec::new(); sizes.len()],
            behind: vec![Vec::new(); sizes.len()],
            paths: Vec::with_capacity(graph.edges.len()),
            gaps: vec![GAP_BETWEEN_LAYERS; count],
        };
        for (node, layer) in layer_of.iter().enumerate() {
            grid.layers[*layer].push(node);
        }
        for edge in &graph.edges {
            let (left, right) =
                if layer_of[edge.from] <= layer_of[edge.to] { (edge.from, edge.to) } else { (edge.to, edge.from) };
            grid.add_path(left, right, layer_of);
            // A label stands in the middle of its edge.
            let gap = &mut grid.gaps[usize::midpoint(layer_of[left], layer_of[right].saturating_sub(1))];
            *gap = gap.max(label_width(&edge.label) + 2.0 * ARROW);
        }
        grid
    }

    fn add_path(&mut self, left: usize, right: usize, layer_of: &[usize]) {
        let mut path = vec![left];
        let room = self.places.len() < layer_of.len() + PASSED_MAX;
        for layer in (layer_of[left] + 1..layer_of[right]).filter(|_| room) {
            let point = self.places.len();
            self.places.push(Place { height: 8.0, ..Place::default() });
            self.before.push(Vec::new());
            self.behind.push(Vec::new());
            self.layers[layer].push(point);
            path.push(point);
        }
        path.push(right);
        for pair in
            path.windows(2).filter(|pair| layer_of.get(pair[0]) != layer_of.get(pair[1]) || pair[0] >= layer_of.len())
        {
            self.behind[pair[0]].push(pair[1]);
            self.before[pair[1]].push(pair[0]);
        }
        self.paths.push(path);
    }

    /// Orders each layer by the middle of its neighbours, forth and back.
    fn order(&mut self) {
        let mut rank = vec![0.0; self.places.len()];
        for layer in &self.layers {
            layer.iter().enumerate().for_each(|(place, node)| rank[*node] = ordinal(place));
        }
        for round in 0..ROUNDS {
            let forth = round % 2 == 0;
            let count = self.layers.len();
            for step in 0..count {
                let layer = if forth { step } else { count - 1 - step };
                let neighbours = if forth { &self.before } else { &self.behind };
                let middle = |node: usize| mean(neighbours[node].iter().map(|it| rank[*it])).unwrap_or(rank[node]);
                let mut sorted: Vec<(f64, usize)> =
                    self.layers[layer].iter().map(|node| (middle(*node), *node)).collect();
                sorted.sort_by(|left, right| left.0.total_cmp(&right.0));
                self.layers[layer] = sorted.iter().map(|(_, node)| *node).collect();
                self.layers[layer].iter().enumerate().for_each(|(place, node)| rank[*node] = ordinal(place));
            }
        }
    }

    /// Gives every place its coordinates.
    fn place(&mut self) {
        let mut x = 0.0;
        for (layer, gap) in self.layers.iter().zip(&self.gaps) {
            let width = layer.iter().map(|node| self.places[*node].width).fold(0.0, f64::max);
            for node in layer {
                self.places[*node].x = x + width / 2.0;
            }
            x += width + gap;
        }
        for layer in 0..self.layers.len() {
            let wanted = vec![0.0; self.layers[layer].len()];
            self.stack(layer, &wanted);
        }
        let count = self.layers.len();
        for round in 0..ROUNDS {
            let forth = round % 2 == 0;
            for step in 0..count {
                let layer = if forth { step } else { count - 1 - step };
                let neighbours = if forth { &self.before } else { &self.behind };
                let height = |node: usize| self.places[node].y;
                let middle = |node: usize| mean(neighbours[node].iter().map(|it| height(*it)));
                let wanted: Vec<f64> =
                    self.layers[layer].iter().map(|node| middle(*node).unwrap_or_else(|| height(*node))).collect();
                self.stack(layer, &wanted);
            }
        }
    }

    /// Puts a layer's places below one another, as near to where they want to be as their order allows.
    fn stack(&mut self, layer: usize, wanted: &[f64]) {
        // Neighbours that would overlap become one block around the mean of what they want.
        let mut blocks: Vec<(f64, f64, Vec<usize>)> = Vec::new();
        for (node, wanted) in self.layers[layer].iter().zip(wanted) {
            let height = self.places[*node].height + GAP_BETWEEN_NODES;
            let mut block = (*wanted, height, vec![*node]);
            while let Some(last) = blocks.pop_if(|last| last.0 + last.1 / 2.0 > block.0 - block.1 / 2.0) {
                let (all, own) = (ordinal(last.2.len()), ordinal(block.2.len()));
                let height = last.1 + block.1;
                let middle = (last.0 * all + block.0 * own) / (all + own);
                let mut members = last.2;
                members.append(&mut block.2);
                block = (middle, height, members);
            }
            blocks.push(block);
        }
        for (middle, height, members) in blocks {
            let mut top = middle - height / 2.0;
            for node in members {
                let own = self.places[node].height + GAP_BETWEEN_NODES;
                self.places[node].y = top + own / 2.0;
                top += own;
            }
        }
    }

    /// Moves everything into view.
    fn finish(mut self, graph: &Graph) -> Layout {
        let top = self.places.iter().map(|place| place.y - place.height / 2.0).fold(f64::INFINITY, f64::min);
        let top = if top.is_finite() { top } else { 0.0 };
        self.places.iter_mut().for_each(|place| place.y -= top);
        let right = self.places.iter().map(|place| place.x + place.width / 2.0).fold(0.0, f64::max);
        let bottom = self.places.iter().map(|place| place.y + place.height / 2.0).fold(0.0, f64::max);
        let edges = graph.edges.iter().zip(&self.paths).map(|(edge, path)| {
            let mut points: Vec<usize> = path.clone();
            if points.first() != Some(&edge.from) {
                points.reverse();
            }
            self.ends(&points)
        });
        let edges = edges.collect();
        self.places.truncate(graph.nodes.len());
        Layout { nodes: self.places, edges, width: right, height: bottom }
    }

    /// The points of a path, from border to border.
    fn ends(&self, points: &[usize]) -> Vec<(f64, f64)> {
        let centre = |place: usize| (self.places[place].x, self.places[place].y);
        let mut line: Vec<(f64, f64)> = points.iter().map(|place| centre(*place)).collect();
        let (first, last) = (points[0], points[points.len() - 1]);
        let (start, end) = (self.places[first], self.places[last]);
        let count = line.len();
        if first == last {
            // A loop leaves and comes back on the right.
            let (x, y) = (start.x + start.width / 2.0, start.y);
            return vec![(x, y - start.height / 4.0), (x + 30.0, y), (x, y + start.height / 4.0)];
        }
        let side = |own: Place, other: (f64, f64)| {
            if (own.x - other.0).abs() < own.width / 2.0 {
                let down = if other.1 > own.y { 0.5 } else { -0.5 };
                (own.x, own.y + own.height * down)
            } else {
                let right = if other.0 > own.x { 0.5 } else { -0.5 };
                (own.x + own.width * right, own.y)
            }
        };
        line[0] = side(start, line[1]);
        line[count - 1] = side(end, line[count - 2]);
        line
    }
}

fn label_width(label: &str) -> f64 {
    ordinal(label.lines().map(|line| line.chars().count()).max().unwrap_or(0)) * LABEL_CHARACTER_WIDTH
}

#[expect(clippy::cast_precision_loss, reason = "no picture has 2^52 nodes")]
const fn ordinal(number: usize) -> f64 {
    number as f64
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.fold((0.0, 0), |(sum, count), number| (sum + number, count + 1));
    (count > 0).then(|| sum / ordinal(count))
}
