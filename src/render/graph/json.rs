//! The contract with programs: `docs/graph-schema.json` describes it, and its `schema` number changes when a reader
//! would break.

use std::io;

use serde::Serialize;

use crate::graph::{At, Graph};

#[derive(Serialize)]
struct Wire<'a> {
    schema: u32,
    tool: WireTool,
    as_of: String,
    nodes: Vec<WireNode<'a>>,
    edges: Vec<WireEdge<'a>>,
    findings: Vec<WireFinding<'a>>,
}

#[derive(Serialize)]
struct WireTool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct WireNode<'a> {
    id: &'a str,
    kind: &'static str,
    title: &'a str,
    detail: &'a str,
    state: &'static str,
    group: &'a str,
    used: bool,
    not_before: Option<String>,
    not_after: Option<String>,
    days_left: Option<i64>,
    level: Option<&'static str>,
    findings: &'a [usize],
    facts: Vec<WireFact<'a>>,
    places: Vec<WirePlace<'a>>,
}

#[derive(Serialize)]
struct WireFact<'a> {
    label: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct WirePlace<'a> {
    path: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    entry: Option<&'a str>,
}

#[derive(Serialize)]
struct WireEdge<'a> {
    from: &'a str,
    to: &'a str,
    kind: &'static str,
    label: &'a str,
}

#[derive(Serialize)]
struct WireFinding<'a> {
    rule: &'a str,
    level: &'static str,
    message: &'a str,
    help: &'a str,
    place: WirePlace<'a>,
}

fn place(at: &At) -> WirePlace<'_> {
    WirePlace { path: &at.path, line: at.line, column: at.column, entry: at.entry.as_deref() }
}

pub(super) fn write(graph: &Graph, to: &mut dyn io::Write) -> io::Result<()> {
    let wire = Wire {
        schema: 1,
        tool: WireTool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        as_of: graph.as_of.rfc3339(),
        nodes: graph
            .nodes
            .iter()
            .map(|node| WireNode {
                id: &node.id,
                kind: node.kind.word(),
                title: &node.title,
                detail: &node.detail,
                state: node.state.word(),
                group: &node.group,
                used: node.used,
                not_before: node.validity.map(|(begins, _)| begins.rfc3339()),
                not_after: node.validity.map(|(_, ends)| ends.rfc3339()),
                days_left: node.validity.map(|(_, ends)| graph.as_of.days_until(ends)),
                level: node.level.map(crate::finding::Level::word),
                findings: &node.remarks,
                facts: node.facts.iter().map(|(label, value)| WireFact { label, value }).collect(),
                places: node.places.iter().map(place).collect(),
            })
            .collect(),
        edges: graph
            .edges
            .iter()
            .map(|edge| WireEdge {
                from: &graph.nodes[edge.from].id,
                to: &graph.nodes[edge.to].id,
                kind: edge.kind.word(),
                label: &edge.label,
            })
            .collect(),
        findings: graph
            .remarks
            .iter()
            .map(|it| WireFinding {
                rule: it.rule,
                level: it.level.word(),
                message: &it.message,
                help: &it.help,
                place: place(&it.at),
            })
            .collect(),
    };
    super::super::document::write(&wire, to)
}
