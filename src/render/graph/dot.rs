//! Graphviz. Every label is a quoted string whose backslashes, quotes and ampersands are escaped; Graphviz reads entities
//! in labels even where they are no HTML.

use std::{collections::BTreeMap, fmt::Write as _, io};

use crate::{
    finding::{Level, visible},
    graph::{EdgeKind, Graph, Kind, Node, State},
};

use super::{first_line, second_line, short};

/// How long a line of a label may get.
const ROOM: usize = 44;

pub(super) fn write(graph: &Graph, to: &mut dyn io::Write) -> io::Result<()> {
    let graph = &graph.clone().folded();
    writeln!(to, "// tlslint graph, as of {}", graph.as_of)?;
    writeln!(to, "digraph tlslint {{")?;
    writeln!(to, "  rankdir=LR; ranksep=0.9; nodesep=0.18; fontname=\"Helvetica\";")?;
    writeln!(
        to,
        "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\", color=\"#8a94a3\", fontname=\"Helvetica\", \
         fontsize=10, margin=\"0.12,0.06\"];"
    )?;
    writeln!(to, "  edge [color=\"#9aa4b2\", fontname=\"Helvetica\", fontsize=8, arrowsize=0.6];")?;
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        groups.entry(&node.group).or_default().push(index);
    }
    for (number, (group, nodes)) in groups.iter().enumerate() {
        let clustered = !group.is_empty();
        if clustered {
            writeln!(to, "  subgraph cluster_{number} {{")?;
            writeln!(
                to,
                "    label={}; color=\"#d5dae1\"; fontsize=9; fontcolor=\"#5d6775\";",
                quoted(group)
            )?;
        }
        for index in nodes {
            let indent = if clustered { "    " } else { "  " };
            writeln!(to, "{indent}n{index} [{}];", attributes(graph, &graph.nodes[*index]))?;
        }
        if clustered {
            writeln!(to, "  }}")?;
        }
    }
    for edge in &graph.edges {
        let (left, right) = edge.flow();
        let mut attributes: Vec<String> = Vec::new();
        if left != edge.from {
            attributes.push("dir=back".to_owned());
        }
        if !edge.label.is_empty() {
            attributes.push(format!("label={}", quoted(&short(&edge.label, 32))));
        }
        attributes.extend(look(edge.kind).map(str::to_owned));
        attributes.push(format!("class=\"{}\"", edge.kind.word()));
        writeln!(to, "  n{left} -> n{right} [{}];", attributes.join(", "))?;
    }
    writeln!(to, "}}")
}

fn look(kind: EdgeKind) -> Option<&'static str> {
    match kind {
        EdgeKind::Missing | EdgeKind::Differs => Some("color=\"#b3261e\", style=dashed"),
        EdgeKind::Trusts => Some("color=\"#3b6ea5\""),
        EdgeKind::NamedIssuer | EdgeKind::Same => Some("style=dashed"),
        EdgeKind::Matches => Some("dir=none, style=dotted"),
        EdgeKind::Names | EdgeKind::Holds | EdgeKind::Issued => None,
    }
}

fn attributes(graph: &Graph, node: &Node) -> String {
    let mut label = format!("{}\n{}", first_line(node, ROOM), second_line(node, ROOM));
    let mut tooltip = visible(&node.id).into_owned();
    if let Some(days) = super::days(graph, node) {
        tooltip = format!("{tooltip}, {days}");
    }
    if let Some(level) = node.level {
        let _ = write!(label, "\n{}", super::counted(node.remarks.len(), level.word()));
    }
    let mut list = vec![format!("label={}", quoted(&label)), format!("tooltip={}", quoted(&tooltip))];
    match node.kind {
        Kind::Server | Kind::Client => list.push("style=filled".to_owned()),
        Kind::Key => list.push("shape=ellipse, style=filled".to_owned()),
        Kind::File | Kind::Store => list.push("shape=note, style=filled".to_owned()),
        Kind::Bundle => list.push("shape=box3d".to_owned()),
        _ => {}
    }
    match (node.state, node.level) {
        (State::Expired, _) => list.push("fillcolor=\"#f6d5d2\", color=\"#b3261e\"".to_owned()),
        (State::Missing, _) => {
            list.push("style=\"dashed,filled\", fillcolor=\"#fdf1f0\", color=\"#b3261e\"".to_owned());
        }
        (State::Outside, _) => list.push("style=dashed, fontcolor=\"#5d6775\"".to_owned()),
        (State::Expiring | State::Early, _) => {
            list.push("fillcolor=\"#fbe8c4\", color=\"#9a6700\"".to_owned());
        }
        (_, Some(Level::Error)) => list.push("color=\"#b3261e\", penwidth=1.6".to_owned()),
        (_, Some(Level::Warning)) => list.push("color=\"#9a6700\", penwidth=1.6".to_owned()),
        _ => {}
    }
    list.join(", ")
}

/// A quoted string of the language; only line ends that we put are line ends.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for line in text.split('\n').enumerate() {
        if line.0 > 0 {
            out.push_str("\\n");
        }
        for c in visible(line.1).chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                c => out.push(c),
            }
        }
    }
    out.push('"');
    out
}
