//! A flowchart of Mermaid. In labels every character that could mean something to Mermaid, Markdown or HTML is written
//! as an entity by its number.

use std::{fmt::Write as _, io};

use crate::{
    finding::{Level, visible},
    graph::{EdgeKind, Graph, Kind, Node, State},
};

use super::{first_line, second_line, short};

/// Longer texts are refused by Mermaid as GitHub runs it (`maxTextSize`).
const MAX_TEXT: usize = 50_000;

/// More edges are refused (`maxEdges`).
const MAX_EDGES: usize = 500;

const ROOM: usize = 40;

/// Writes the flowchart. The answer says that it is too large to be drawn, where it is.
pub(super) fn write(graph: &Graph, to: &mut dyn io::Write) -> io::Result<Option<String>> {
    let graph = &graph.clone().folded();
    let mut text = String::from("flowchart LR\n");
    for (index, node) in graph.nodes.iter().enumerate() {
        let mut label =
            format!("{}<br/>{}", entities(&first_line(node, ROOM)), entities(&second_line(node, ROOM)));
        if let Some(level) = node.level {
            let _ = write!(label, "<br/>{}", super::counted(node.remarks.len(), level.word()));
        }
        let (open, close) = match node.kind {
            Kind::Server | Kind::Client => ("[", "]"),
            Kind::File | Kind::Store => ("[/", "/]"),
            Kind::Key => ("([", "])"),
            Kind::Bundle => ("[[", "]]"),
            _ => ("(", ")"),
        };
        let _ = writeln!(text, "  n{index}{open}\"{label}\"{close}");
    }
    for edge in &graph.edges {
        let (left, right) = edge.flow();
        let arrow = match edge.kind {
            // Mermaid draws arrows one way; from the certificate to who issued it is the way of the chart.
            EdgeKind::Names | EdgeKind::Trusts | EdgeKind::Holds => "-->",
            EdgeKind::Issued => "-- issued by -->",
            EdgeKind::NamedIssuer => "-. names as issuer .->",
            EdgeKind::Missing => "-. missing .->",
            EdgeKind::Differs => "-. is not the key of .->",
            EdgeKind::Matches => "---",
            EdgeKind::Same => "-. is .-",
        };
        let label = match edge.kind {
            EdgeKind::Names | EdgeKind::Trusts if !edge.label.is_empty() => {
                format!("|\"{}\"|", entities(&short(&edge.label, 32)))
            }
            _ => String::new(),
        };
        let _ = writeln!(text, "  n{left} {arrow}{label} n{right}");
    }
    text.push_str("  classDef expired fill:#f6d5d2,stroke:#b3261e,color:#1d2430\n");
    text.push_str("  classDef soon fill:#fbe8c4,stroke:#9a6700,color:#1d2430\n");
    text.push_str("  classDef missing fill:#fdf1f0,stroke:#b3261e,color:#1d2430,stroke-dasharray:4 3\n");
    text.push_str("  classDef outside stroke-dasharray:4 3\n");
    text.push_str("  classDef wrong stroke:#b3261e,stroke-width:2px\n");
    for class in ["expired", "soon", "missing", "outside", "wrong"] {
        let members: Vec<String> = (graph.nodes.iter().enumerate())
            .filter(|(_, node)| class_of(node) == Some(class))
            .map(|(index, _)| format!("n{index}"))
            .collect();
        if !members.is_empty() {
            let _ = writeln!(text, "  class {} {class}", members.join(","));
        }
    }
    let mut header = format!("%% tlslint graph, as of {}\n", graph.as_of);
    let too_large = too_large(text.len() + 300, graph.edges.len());
    if let Some(warning) = &too_large {
        let _ = writeln!(header, "%% {warning}");
    }
    to.write_all(header.as_bytes())?;
    to.write_all(text.as_bytes())?;
    Ok(too_large)
}

fn too_large(text: usize, edges: usize) -> Option<String> {
    (text > MAX_TEXT || edges > MAX_EDGES).then(|| {
        format!(
            "too large for GitHub: {text} characters and {edges} edges, where Mermaid takes {MAX_TEXT} and {MAX_EDGES}; \
             cut it with --around, --only-used or --problems, or use --format dot or --html"
        )
    })
}

fn class_of(node: &Node) -> Option<&'static str> {
    match (node.state, node.level) {
        (State::Expired, _) => Some("expired"),
        (State::Expiring | State::Early, _) => Some("soon"),
        (State::Missing, _) => Some("missing"),
        (State::Outside, _) => Some("outside"),
        (_, Some(Level::Error)) => Some("wrong"),
        _ => None,
    }
}

/// Letters, digits and a few signs as they are; everything else by its number.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in visible(text).chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '.' | '/' | '-' | '_' | ',' | '…' | '·') {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}
