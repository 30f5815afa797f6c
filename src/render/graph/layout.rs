//! Where everything stands in the drawing: columns from endpoints to roots, an order in each that keeps lines short, and
//! heights that keep them straight.

#![allow(clippy::cast_precision_loss, reason = "columns and positions are small numbers")]

use std::collections::BTreeMap;

use crate::graph::{EdgeKind, Graph, Kind};

/// Width of a box.
pub(super) const WIDTH: f64 = 204.0;
/// Height of a box.
pub(super) const HEIGHT: f64 = 42.0;
/// Between the boxes of a column.
pub(super) const GAP: f64 = 12.0;
/// Between two columns.
pub(super) const ALLEY: f64 = 58.0;
/// What a line takes that passes through a column.
const LANE: f64 = 9.0;

/// One box, or a line that passes a column between boxes.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// The node; `None` for a line that passes.
    pub(super) node: Option<usize>,
    pub(super) column: usize,
    /// Of its upper edge.
    pub(super) y: f64,
}

/// A line from spot to spot, from left to right.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// The edge, by index.
    pub(super) edge: usize,
    /// That a bundle also holds authorities; this must not pull at boxes.
    pub(super) light: bool,
    /// Spots by index: the box on the left, spots it passes, the box on the right.
    pub(super) spots: Vec<usize>,
}

/// The drawing before it is drawn.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) spots: Vec<Spot>,
    pub(super) lines: Vec<Line>,
    /// Spots of each column from top to bottom.
    pub(super) columns: Vec<Vec<usize>>,
    pub(super) height: f64,
}

impl Layout {
    pub(super) fn width(&self) -> f64 {
        let columns = self.columns.len().max(1) as f64;
        columns.mul_add(WIDTH, (columns - 1.0) * ALLEY)
    }

    pub(super) fn x(column: usize) -> f64 {
        column as f64 * (WIDTH + ALLEY)
    }

    fn size(&self, spot: usize) -> f64 {
        if self.spots[spot].node.is_some() { HEIGHT } else { LANE }
    }

    /// Where a line meets a spot.
    pub(super) fn middle(&self, spot: usize) -> f64 {
        self.spots[spot].y + self.size(spot) / 2.0
    }
}

/// Lays out a graph.
pub(super) fn layout(graph: &Graph) -> Layout {
    let columns = columns(graph);
    let mut layout = Layout::default();
    let count = columns.iter().max().map_or(0, |last| last + 1);
    layout.columns = vec![Vec::new(); count];
    for (node, column) in columns.iter().enumerate() {
        layout.spots.push(Spot { node: Some(node), column: *column, y: 0.0 });
    }
    // Lines to one box share their way through the columns between: many become one.
    let mut lanes: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (index, edge) in graph.edges.iter().enumerate() {
        let (left, right) = edge.flow();
        let authority = matches!(graph.nodes[right].kind, Kind::Intermediate | Kind::Root);
        let light = edge.kind == EdgeKind::Holds && authority;
        if columns[left] >= columns[right] {
            layout.lines.push(Line { edge: index, light, spots: vec![left, right] });
            continue;
        }
        let mut spots = vec![left];
        for column in columns[left] + 1..columns[right] {
            let spot = *lanes.entry((right, column)).or_insert_with(|| {
                layout.spots.push(Spot { node: None, column, y: 0.0 });
                layout.spots.len() - 1
            });
            spots.push(spot);
        }
        spots.push(right);
        layout.lines.push(Line { edge: index, light, spots });
    }
    let near = Near::of(&layout);
    first_order(&mut layout, &near);
    sort_columns(&mut layout, &near);
    straighten(&mut layout, &near);
    layout
}

/// The column of every node: kinds in their order, ways and authorities by depth, no column empty.
fn columns(graph: &Graph) -> Vec<usize> {
    let rank = |kind: Kind| match kind {
        Kind::Server | Kind::Client => 0,
        Kind::Step => 1,
        Kind::File | Kind::Store => 20,
        Kind::Entry => 21,
        Kind::Key | Kind::Request => 22,
        Kind::Leaf | Kind::Described | Kind::Bundle => 23,
        Kind::Intermediate => 24,
        Kind::Root => 60,
    };
    let mut ranks: Vec<usize> = graph.nodes.iter().map(|node| rank(node.kind)).collect();
    // Depth by going on until nothing moves; a circle of signatures ends with the rounds.
    for _ in 0..16 {
        let mut moved = false;
        for edge in &graph.edges {
            let (left, right) = edge.flow();
            let deep = |kind: Kind| matches!(kind, Kind::Step | Kind::Intermediate | Kind::Described);
            let (from, to) = (graph.nodes[left].kind, graph.nodes[right].kind);
            let bound = if to == Kind::Step { 18 } else { 58 };
            let follows = edge.kind != EdgeKind::Same || to != Kind::Described;
            if deep(to) && follows && ranks[left] >= ranks[right] && ranks[left] < bound && from != Kind::Root
            {
                ranks[right] = ranks[left] + 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    // A described authority that names no other stands among the roots.
    let mut issues = vec![false; graph.nodes.len()];
    let mut has_issuer = vec![false; graph.nodes.len()];
    for edge in graph.edges.iter().filter(|it| it.kind == EdgeKind::NamedIssuer) {
        issues[edge.from] = true;
        has_issuer[edge.to] = true;
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        if node.kind == Kind::Described && issues[index] && !has_issuer[index] {
            ranks[index] = rank(Kind::Root);
        }
    }
    let mut used: Vec<usize> = ranks.clone();
    used.sort_unstable();
    used.dedup();
    ranks.iter().map(|rank| used.partition_point(|it| it < rank)).collect()
}

/// Neighbours of every spot on its left and on its right, with how much they pull.
struct Near {
    left: Vec<Vec<(usize, f64)>>,
    right: Vec<Vec<(usize, f64)>>,
}

impl Near {
    fn of(layout: &Layout) -> Self {
        let mut pulls: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for line in &layout.lines {
            let pull = if line.light { 0.05 } else { 1.0 };
            for pair in line.spots.windows(2) {
                if layout.spots[pair[0]].column < layout.spots[pair[1]].column {
                    let known = pulls.entry((pair[0], pair[1])).or_insert(pull);
                    *known = known.max(pull);
                }
            }
        }
        let mut near =
            Self { left: vec![Vec::new(); layout.spots.len()], right: vec![Vec::new(); layout.spots.len()] };
        for ((from, to), pull) in pulls {
            near.right[from].push((to, pull));
            near.left[to].push((from, pull));
        }
        near
    }

    /// How much lines cross each other, in the order of the columns.
    fn crossings(&self, columns: &[Vec<usize>], place: &[f64]) -> f64 {
        let mut crossings = 0.0;
        for column in columns {
            // Lines by where they begin and then end; each one that ends above an earlier one crosses it.
            let mut ends: Vec<(f64, f64)> = Vec::new();
            for spot in column {
                let mut own: Vec<(f64, f64)> =
                    self.right[*spot].iter().map(|(to, pull)| (place[*to], *pull)).collect();
                own.sort_by(|a, b| a.0.total_cmp(&b.0));
                ends.extend(own);
            }
            crossings += inversions(&ends);
        }
        crossings
    }
}

/// The weight of pairs that stand in the wrong order, by merging.
fn inversions(list: &[(f64, f64)]) -> f64 {
    fn sorted(list: &[(f64, f64)], sum: &mut f64) -> Vec<(f64, f64)> {
        if list.len() < 2 {
            return list.to_vec();
        }
        let (left, right) = list.split_at(list.len() / 2);
        let (left, right) = (sorted(left, sum), sorted(right, sum));
        let mut rest: f64 = left.iter().map(|it| it.1).sum();
        let mut merged = Vec::with_capacity(list.len());
        let (mut l, mut r) = (left.into_iter().peekable(), right.into_iter().peekable());
        while let (Some(a), Some(b)) = (l.peek().copied(), r.peek().copied()) {
            if b.0 < a.0 {
                *sum += b.1 * rest;
                merged.push(b);
                r.next();
            } else {
                rest -= a.1;
                merged.push(a);
                l.next();
            }
        }
        merged.extend(l);
        merged.extend(r);
        merged
    }
    let mut sum = 0.0;
    sorted(list, &mut sum);
    sum
}

/// What hangs together stands together: from each endpoint to the right.
fn first_order(layout: &mut Layout, near: &Near) {
    let mut seen = vec![false; layout.spots.len()];
    let mut starts: Vec<usize> = (0..layout.spots.len()).collect();
    starts.sort_by_key(|spot| (layout.spots[*spot].column, *spot));
    for start in starts {
        let mut open = vec![start];
        while let Some(spot) = open.pop() {
            if std::mem::replace(&mut seen[spot], true) {
                continue;
            }
            let column = layout.spots[spot].column;
            layout.columns[column].push(spot);
            open.extend(near.right[spot].iter().rev().map(|(to, _)| *to));
        }
    }
}

/// Each column by the mean place of its neighbours, from left to right and back; the best of all rounds stays.
fn sort_columns(layout: &mut Layout, near: &Near) {
    let mut place: Vec<f64> = vec![0.0; layout.spots.len()];
    let note = |column: &[usize], place: &mut Vec<f64>| {
        for (position, spot) in column.iter().enumerate() {
            place[*spot] = (position as f64 + 0.5) / column.len() as f64;
        }
    };
    layout.columns.iter().for_each(|column| note(column, &mut place));
    let mut best = (near.crossings(&layout.columns, &place), layout.columns.clone());
    let count = layout.columns.len();
    for round in 0..20 {
        let onwards = round % 2 == 0;
        let order: Vec<usize> = if onwards { (0..count).collect() } else { (0..count).rev().collect() };
        for column in order {
            let wish = |spot: usize| {
                let (mut sum, mut all) = (0.0, 0.0);
                // Late rounds look at both sides.
                let left = near.left[spot].iter().filter(|_| onwards || round > 9);
                let right = near.right[spot].iter().filter(|_| !onwards || round > 9);
                for (other, pull) in left.chain(right) {
                    sum += place[*other] * pull;
                    all += pull;
                }
                if all > 0.0 { sum / all } else { place[spot] }
            };
            let mut sorted: Vec<(f64, usize)> =
                layout.columns[column].iter().map(|spot| (wish(*spot), *spot)).collect();
            sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
            layout.columns[column] = sorted.into_iter().map(|(_, spot)| spot).collect();
            note(&layout.columns[column], &mut place);
        }
        let crossings = near.crossings(&layout.columns, &place);
        if crossings < best.0 {
            best = (crossings, layout.columns.clone());
        }
    }
    layout.columns = best.1;
}

/// Heights: as near to the neighbours as the order and the gaps allow, in turns.
fn straighten(layout: &mut Layout, near: &Near) {
    for column in 0..layout.columns.len() {
        let mut y = 0.0;
        for spot in layout.columns[column].clone() {
            layout.spots[spot].y = y;
            y += layout.size(spot) + GAP;
        }
    }
    let count = layout.columns.len();
    for round in 0..14 {
        let order: Vec<usize> =
            if round % 2 == 0 { (0..count).collect() } else { (0..count).rev().collect() };
        for column in order {
            let spots = layout.columns[column].clone();
            let wishes: Vec<f64> = spots
                .iter()
                .map(|spot| {
                    // Where many meet, each is pulled little: rows stay straight up to the authority that many share.
                    let crowd = |list: &[(usize, f64)]| list.iter().map(|it| it.1).sum::<f64>();
                    let left =
                        near.left[*spot].iter().map(|(it, pull)| (*it, pull / crowd(&near.right[*it])));
                    let right =
                        near.right[*spot].iter().map(|(it, pull)| (*it, pull / crowd(&near.left[*it])));
                    let (mut sum, mut weight) = (0.0, 0.0);
                    for (other, pull) in left.chain(right) {
                        sum += layout.middle(other) * pull;
                        weight += pull;
                    }
                    let middle = if weight > 0.0 { sum / weight } else { layout.middle(*spot) };
                    middle - layout.size(*spot) / 2.0
                })
                .collect();
            let sizes: Vec<f64> = spots.iter().map(|spot| layout.size(*spot) + GAP).collect();
            for (spot, y) in spots.iter().zip(settle(&wishes, &sizes)) {
                layout.spots[*spot].y = y;
            }
        }
    }
    let top = layout.spots.iter().map(|it| it.y).fold(f64::INFINITY, f64::min);
    let top = if top.is_finite() { top } else { 0.0 };
    for spot in &mut layout.spots {
        spot.y = (spot.y - top).round();
    }
    layout.height =
        (0..layout.spots.len()).map(|spot| layout.spots[spot].y + layout.size(spot)).fold(0.0, f64::max);
}

/// The heights nearest to what is wished for, in the sense of least squares, that keep order and sizes: neighbours that
/// would overlap move together (pool adjacent violators).
fn settle(wishes: &[f64], sizes: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(wishes.len());
    let mut offset = 0.0;
    for (wish, size) in wishes.iter().zip(sizes) {
        blocks.push((wish - offset, 1.0, 1));
        offset += size;
        while let [.., before, last] = blocks.as_slice()
            && before.0 > last.0
        {
            let weight = before.1 + last.1;
            let joined = (before.0.mul_add(before.1, last.0 * last.1) / weight, weight, before.2 + last.2);
            blocks.truncate(blocks.len() - 2);
            blocks.push(joined);
        }
    }
    let mut placed = Vec::with_capacity(wishes.len());
    let mut offset = 0.0;
    for (value, _, count) in blocks {
        for _ in 0..count {
            placed.push(value + offset);
            offset += sizes[placed.len() - 1];
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::settle;

    #[test]
    fn boxes_that_would_overlap_share_the_pain() {
        let placed = settle(&[0.0, 0.0, 100.0], &[10.0, 10.0, 10.0]);
        assert_eq!(placed, [-5.0, 5.0, 100.0]);
        let placed = settle(&[5.0, 4.0, 3.0], &[10.0, 20.0, 10.0]);
        assert!(placed[1] - placed[0] >= 10.0 && placed[2] - placed[1] >= 20.0);
    }
}
