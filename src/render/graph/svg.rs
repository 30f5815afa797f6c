//! The graph as SVG: boxes in columns, lines between them. Every name passes `escaped`.

use std::fmt::Write as _;

use crate::{
    finding::{Level, visible},
    graph::{EdgeKind, Graph, Kind, Node, State},
};

use super::{
    counted, days, escaped, first_line,
    layout::{HEIGHT, Layout, Line, WIDTH},
    second_line, short,
};

/// Above the boxes stands what a column is.
pub(super) const HEAD: f64 = 30.0;

/// Around everything.
const MARGIN: f64 = 10.0;

/// Draws the graph. Numbers in `data-n` and `data-l` are indices of nodes and lines.
pub(super) fn draw(graph: &Graph, layout: &Layout) -> String {
    let mut out = String::new();
    let (width, height) =
        (2.0f64.mul_add(MARGIN, layout.width()), 2.0f64.mul_add(MARGIN, layout.height + HEAD));
    let _ = write!(
        out,
        "<svg id=\"graph\" viewBox=\"{} {} {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"group\" \
         aria-label=\"{}\">\n\
         <defs><clipPath id=\"inside\"><rect x=\"0\" y=\"0\" width=\"{}\" height=\"{HEIGHT}\"/></clipPath></defs>\n",
        -MARGIN,
        -HEAD - MARGIN,
        escaped(&format!(
            "{} and {}",
            counted(graph.nodes.len(), "node"),
            counted(graph.edges.len(), "edge")
        )),
        WIDTH - 9.0,
    );
    for (column, spots) in layout.columns.iter().enumerate() {
        let mut kinds = spots.iter().filter_map(|spot| Some(graph.nodes[layout.spots[*spot].node?].kind));
        let first = kinds.next();
        // Described certificates stand in every column of certificates, which are called after the others.
        let kind = if first == Some(Kind::Described) {
            kinds.find(|it| *it != Kind::Described).or(first)
        } else {
            first
        };
        let _ = writeln!(
            out,
            "<text class=\"head\" x=\"{}\" y=\"{}\">{}</text>",
            Layout::x(column),
            -HEAD / 2.0,
            kind.map_or("", heading)
        );
    }
    lines(graph, layout, &mut out);
    out.push_str("<g id=\"boxes\">\n");
    for spots in &layout.columns {
        for spot in spots {
            let spot = &layout.spots[*spot];
            if let Some(node) = spot.node {
                draw_box(graph, node, Layout::x(spot.column), spot.y, &mut out);
            }
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn heading(kind: Kind) -> &'static str {
    match kind {
        Kind::Server | Kind::Client => "Endpoints",
        Kind::Step => "Stores, references",
        Kind::File | Kind::Store => "Files",
        Kind::Entry => "Aliases",
        Kind::Key | Kind::Request => "Keys",
        Kind::Leaf | Kind::Bundle | Kind::Described => "Certificates",
        Kind::Intermediate => "Intermediates",
        Kind::Root => "Roots",
    }
}

/// What makes a picture alarming: an end that has passed, a file that is not there.
pub(super) fn is_bad(node: &Node) -> bool {
    matches!(node.state, State::Expired | State::Missing)
}

fn lines(graph: &Graph, layout: &Layout, out: &mut String) {
    let bad: Vec<usize> = (0..graph.nodes.len()).filter(|index| is_bad(&graph.nodes[*index])).collect();
    let leads = graph.leading_to(&bad);
    out.push_str("<g id=\"lines\">\n");
    // What alarms is drawn last, above the rest.
    for hot in [false, true] {
        for (index, line) in layout.lines.iter().enumerate() {
            let edge = &graph.edges[line.edge];
            let (_, right) = edge.flow();
            let is_hot = edge.kind == EdgeKind::Differs || (leads[right] && edge.kind != EdgeKind::Matches);
            if is_hot != hot {
                continue;
            }
            let _ = writeln!(
                out,
                "<path class=\"line {}{}{}\" data-l=\"{index}\" d=\"{}\"><title>{}</title></path>",
                edge.kind.word(),
                if hot { " hot" } else { "" },
                if line.light { " light" } else { "" },
                path(layout, line),
                escaped(if edge.label.is_empty() { edge.kind.word() } else { &edge.label }),
            );
        }
    }
    out.push_str("</g>\n");
}

/// A smooth way through the spots of a line.
fn path(layout: &Layout, line: &Line) -> String {
    let mut out = String::new();
    let (first, last) = (line.spots[0], line.spots[line.spots.len() - 1]);
    if layout.spots[first].column >= layout.spots[last].column {
        // In one column, or back: a bow on the right.
        let x = Layout::x(layout.spots[first].column) + WIDTH;
        let to = Layout::x(layout.spots[last].column) + WIDTH;
        let bow = x.max(to) + 34.0;
        let (from_y, to_y) = (layout.middle(first), layout.middle(last));
        let _ = write!(out, "M{x} {from_y}C{bow} {from_y} {bow} {to_y} {to} {to_y}");
        return out;
    }
    let _ = write!(out, "M{} {}", Layout::x(layout.spots[first].column) + WIDTH, layout.middle(first));
    for pair in line.spots.windows(2) {
        let from = Layout::x(layout.spots[pair[0]].column) + WIDTH;
        let to = Layout::x(layout.spots[pair[1]].column);
        let (from_y, to_y) = (layout.middle(pair[0]), layout.middle(pair[1]));
        let half = f64::midpoint(from, to);
        let _ = write!(out, "C{half} {from_y} {half} {to_y} {to} {to_y}");
        if layout.spots[pair[1]].node.is_none() {
            let _ = write!(out, "H{}", to + WIDTH);
        }
    }
    out
}

fn draw_box(graph: &Graph, index: usize, x: f64, y: f64, out: &mut String) {
    let node = &graph.nodes[index];
    let level = node.level.map_or("none", Level::word);
    let mut said = format!("{}, {}", visible(&node.title), node.kind.noun());
    for more in [Some(node.detail.as_str()), days(graph, node).as_deref()].into_iter().flatten() {
        let _ = write!(said, ", {}", visible(more));
    }
    if let Some(level) = node.level {
        let _ = write!(said, ", {}", counted(node.remarks.len(), level.word()));
    }
    let _ = write!(
        out,
        "<g class=\"box {} s-{} l-{level}{}\" data-n=\"{index}\" transform=\"translate({x} {y})\" tabindex=\"0\" \
         role=\"button\" aria-label=\"{3}\"><title>{3}</title>",
        node.kind.word(),
        node.state.word(),
        escaped(&said),
        if node.used { "" } else { " unused" },
    );
    let _ = write!(
        out,
        "<rect class=\"card\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"{}\"/>\
         <rect class=\"stripe\" x=\"0.5\" y=\"6\" width=\"3\" height=\"{}\" rx=\"1.5\"/>\
         <g clip-path=\"url(#inside)\"><text class=\"name\" x=\"12\" y=\"17.5\">{}</text>\
         <text class=\"under\" x=\"12\" y=\"33\">{}</text></g>",
        if node.kind.is_endpoint() { 9 } else { 4 },
        HEIGHT - 12.0,
        escaped(&first_line(node, if node.level.is_some() { 22 } else { 25 })),
        escaped(&match node.kind {
            // The column says what it is.
            Kind::Leaf | Kind::Intermediate | Kind::Root | Kind::Key => short(&visible(&node.detail), 27),
            _ => second_line(node, 27),
        }),
    );
    if let Some(level) = node.level {
        let _ = write!(
            out,
            "<circle class=\"dot {}\" cx=\"{}\" cy=\"13\" r=\"7.5\"/><text class=\"count\" x=\"{}\" y=\"16.5\">{}</text>",
            level.word(),
            WIDTH - 13.0,
            WIDTH - 13.0,
            node.remarks.len().min(99)
        );
    }
    out.push_str("</g>\n");
}
