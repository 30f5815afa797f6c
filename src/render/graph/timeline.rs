//! The lives of all certificates as SVG, the one that ends first at the top, with a line for today.

use std::fmt::Write as _;

use crate::{
    finding::visible,
    graph::{Graph, Node},
    x509::Time,
};

use super::{days, escaped, short};

const DAY: i64 = 86_400;
const ROW: usize = 22;
/// Where bars begin and end.
const LEFT: f64 = 250.0;
const RIGHT: f64 = 960.0;
const WIDTH: f64 = 1200.0;
const HEAD: usize = 44;

/// What is shown of time, in days around today.
const BACK: i64 = 400;
const AHEAD: i64 = 800;

/// More rows are told in a sentence.
pub(super) const MAX_ROWS: usize = 2_000;

/// From when on certificates of public authorities live at most so long (CA/Browser Forum, ballot SC-081v3).
const LIMITS: &[(&str, &str)] = &[("2026-03-15", "200 d"), ("2027-03-15", "100 d"), ("2029-03-15", "47 d")];

/// Certificates with dates, by index, the one that ends first at the front.
pub(super) fn rows(graph: &Graph) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..graph.nodes.len())
        .filter(|index| graph.nodes[*index].kind.is_certificate() && graph.nodes[*index].validity.is_some())
        .collect();
    rows.sort_by_key(|index| (graph.nodes[*index].validity.map(|(_, ends)| ends), *index));
    rows
}

fn x(graph: &Graph, at: Time) -> f64 {
    let from = graph.as_of.0 - BACK * DAY;
    #[allow(clippy::cast_precision_loss, reason = "seconds of a few years")]
    let part =
        at.0.saturating_sub(from).clamp(0, (BACK + AHEAD) * DAY) as f64 / ((BACK + AHEAD) * DAY) as f64;
    ((RIGHT - LEFT).mul_add(part, LEFT) * 10.0).round() / 10.0
}

/// Draws the rows.
pub(super) fn draw(graph: &Graph, rows: &[usize]) -> String {
    let rows = &rows[..rows.len().min(MAX_ROWS)];
    let height = HEAD + rows.len() * ROW + 8;
    let mut out = format!(
        "<svg id=\"timeline\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"group\" \
         aria-label=\"validity of {}\">\n",
        super::counted(rows.len(), "certificate")
    );
    axis(graph, height, &mut out);
    for (row, index) in rows.iter().enumerate() {
        bar(graph, *index, HEAD + row * ROW, &mut out);
    }
    let today = x(graph, graph.as_of);
    let _ = write!(
        out,
        "<g class=\"today\"><path d=\"M{today} 30V{height}\"/><rect x=\"{}\" y=\"14\" width=\"78\" height=\"17\" \
         rx=\"3\"/><text x=\"{today}\" y=\"26.5\">{}</text></g>\n</svg>\n",
        today - 39.0,
        graph.as_of
    );
    out
}

fn axis(graph: &Graph, height: usize, out: &mut String) {
    let from = Time(graph.as_of.0 - BACK * DAY);
    let to = Time(graph.as_of.0 + AHEAD * DAY);
    let year = |time: Time| time.to_string().get(..4).and_then(|it| it.parse::<i64>().ok()).unwrap_or(2000);
    let today = x(graph, graph.as_of);
    out.push_str("<g class=\"axis\">");
    for year in year(from)..=year(to) {
        for month in [1, 4, 7, 10] {
            let Ok(at) = Time::parse(&format!("{year:04}-{month:02}-01")) else { continue };
            if at <= from || at >= to {
                continue;
            }
            let x = x(graph, at);
            let class = if month == 1 { " class=\"year\"" } else { "" };
            let _ = write!(out, "<path{class} d=\"M{x} 34V{height}\"/>");
            if (x - today).abs() > 66.0 {
                let text = if month == 1 { format!("{year}") } else { format!("{year}-{month:02}") };
                let _ = write!(out, "<text{class} x=\"{x}\" y=\"27\">{text}</text>");
            }
        }
    }
    for (day, limit) in LIMITS {
        let Ok(at) = Time::parse(day) else { continue };
        if at > from && at < to {
            let x = x(graph, at);
            let _ = write!(
                out,
                "<g class=\"limit\"><title>public certificates issued from {day} on live at most {limit}</title>\
                 <path d=\"M{x} 12l-4 -6h8z\"/><text x=\"{}\" y=\"11\">public: {limit}</text></g>",
                x + 7.0
            );
        }
    }
    out.push_str("</g>\n");
}

fn bar(graph: &Graph, index: usize, y: usize, out: &mut String) {
    let node: &Node = &graph.nodes[index];
    let Some((begins, ends)) = node.validity else { return };
    let (from, to) = (x(graph, begins), x(graph, ends));
    let unused = if node.used { "" } else { " unused" };
    let name = visible(&node.title);
    let left = days(graph, node).unwrap_or_default();
    let _ = write!(
        out,
        "<g class=\"row s-{}{unused}\" data-n=\"{index}\" transform=\"translate(0 {y})\" tabindex=\"0\" role=\"button\" \
         aria-label=\"{1}\"><title>{1}</title><rect class=\"back\" width=\"{WIDTH}\" height=\"{ROW}\"/>\
         <text class=\"who\" x=\"{2}\" y=\"15\">{3}</text>",
        node.state.word(),
        escaped(&format!("{name}, {}, {begins} to {ends}, {left}", node.kind.noun())),
        LEFT - 14.0,
        escaped(&short(&name, 30)),
    );
    let _ = write!(
        out,
        "<rect class=\"life\" x=\"{from}\" y=\"6\" width=\"{}\" height=\"10\" rx=\"2\"/>",
        (to - from).max(2.0)
    );
    if ends < graph.as_of {
        let _ = write!(out, "<path class=\"since\" d=\"M{to} 11H{}\"/>", x(graph, graph.as_of));
    }
    // What goes on beyond the picture has a point at that side.
    if begins.0 < graph.as_of.0 - BACK * DAY {
        let _ = write!(out, "<path class=\"life\" d=\"M{} 6l-6 5l6 5z\"/>", LEFT + 0.5);
    }
    if ends.0 > graph.as_of.0 + AHEAD * DAY {
        let _ = write!(out, "<path class=\"life\" d=\"M{} 6l6 5l-6 5z\"/>", RIGHT - 0.5);
    }
    let _ = writeln!(
        out,
        "<text class=\"end\" x=\"{}\" y=\"15\">{ends}</text><text class=\"left\" x=\"{}\" y=\"15\">{left}</text></g>",
        RIGHT + 16.0,
        RIGHT + 98.0
    );
}
