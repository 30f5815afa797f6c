//! One page with all that people need: what is wrong, the graph, the lives of the certificates, the list. It asks for
//! nothing from anywhere, runs the one script whose digest stands in it, and can be read without that.

use std::{collections::BTreeMap, fmt::Write as _, io};

use data_encoding::BASE64;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    finding::{Level, visible},
    graph::{Graph, Kind, Node, State},
};

use super::{
    counted, days, escaped,
    layout::{Layout, layout},
    svg, timeline,
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A picture of more boxes helps nobody; the list still has everything.
const MAX_DRAWN: usize = 2_500;

/// What is listed of one kind of trouble.
const MAX_LISTED: usize = 200;

/// What is listed at once; the rest opens at a click.
const FIRST_LISTED: usize = 12;

/// Writes the page, and says in a sentence what it leaves out of the drawing.
pub fn write(graph: &Graph, to: &mut dyn io::Write) -> io::Result<Option<String>> {
    let mut drawn = graph.clone().folded();
    let mut left_out = None;
    if drawn.nodes.len() > MAX_DRAWN {
        let all = drawn.nodes.len();
        drawn = drawn.problems();
        if drawn.nodes.len() > MAX_DRAWN {
            drawn = drawn.first(MAX_DRAWN);
        }
        left_out = Some(format!(
            "the estate has {all} nodes, and {} of them are drawn, those with findings first; cut it with --around or \
             --only-used to see the others",
            drawn.nodes.len()
        ));
    }
    let page = page(graph, &drawn, left_out.as_deref());
    to.write_all(page.as_bytes())?;
    Ok(left_out)
}

fn digest(text: &str) -> String {
    BASE64.encode(&Sha256::digest(text.as_bytes()))
}

fn page(graph: &Graph, drawn: &Graph, left_out: Option<&str>) -> String {
    let layout = layout(drawn);
    let rows = timeline::rows(drawn);
    let mut out = String::with_capacity(1 << 16);
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; \
         script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>TLS estate, {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        digest(STYLE),
        digest(SCRIPT),
        graph.as_of
    );
    header(graph, &mut out);
    attention(graph, drawn, &mut out);
    out.push_str(CONTROLS);
    if let Some(text) = left_out {
        let _ = writeln!(out, "<p class=\"quiet\">{}</p>", escaped(text));
    }
    if graph.nodes.is_empty() {
        out.push_str("<p>Nothing that speaks TLS was found, and no certificate or key.</p>\n");
    }
    out.push_str(LEGEND);
    let _ =
        write!(out, "<div class=\"scroll\" id=\"field\">\n{}</div>\n</section>\n", svg::draw(drawn, &layout));
    let _ = write!(
        out,
        "<section>\n<h2>Expiry</h2>\n<div class=\"scroll\">\n{}</div>\n",
        timeline::draw(drawn, &rows)
    );
    if rows.len() > timeline::MAX_ROWS {
        let _ = writeln!(
            out,
            "<p class=\"quiet\">{} more certificates stand in the list.</p>",
            rows.len() - timeline::MAX_ROWS
        );
    }
    out.push_str("</section>\n");
    findings(graph, &mut out);
    list(graph, &mut out);
    let _ = write!(
        out,
        "<footer>tlslint {}, from files alone: what runs may differ.</footer>\n</main>\n\
         <aside id=\"panel\" hidden aria-live=\"polite\"><button id=\"close\" aria-label=\"close\">×</button>\
         <div id=\"detail\"></div></aside>\n\
         <script type=\"application/json\" id=\"estate\">{}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION"),
        embedded(drawn, &layout)
    );
    out
}

const CONTROLS: &str = "<section>\n<h2>Wiring</h2>\n\
<form id=\"controls\" class=\"scripted\" hidden>\n\
<label class=\"wide\">Filter <input id=\"words\" type=\"search\" placeholder=\"name, path, serial, rule …\" \
autocomplete=\"off\" spellcheck=\"false\"></label>\n\
<label>Findings <select id=\"level\"><option value=\"0\">all nodes</option><option value=\"1\">with findings</option>\
<option value=\"2\">warnings and errors</option><option value=\"3\">errors</option></select></label>\n\
<label>Ends within <input id=\"days\" type=\"number\" min=\"0\" step=\"1\" placeholder=\"–\"> days</label>\n\
<label class=\"check\"><input id=\"used\" type=\"checkbox\"> only used</label>\n\
<button id=\"all\" type=\"button\">Show all</button>\n<output id=\"shown\"></output>\n</form>\n";

const LEGEND: &str = "<ul class=\"legend\" aria-label=\"legend\">\
<li><i class=\"swatch expired\"></i>expired</li><li><i class=\"swatch soon\"></i>ends soon, or has not begun</li>\
<li><i class=\"swatch missing\"></i>missing file</li><li><i class=\"swatch outside\"></i>outside the tree</li>\
<li><i class=\"swatch unused\"></i>no use seen</li>\
<li><i class=\"stroke hot\"></i>leads to something expired or missing</li>\
<li><i class=\"stroke trusts\"></i>trusts</li><li><i class=\"stroke matches\"></i>key of</li>\
<li><i class=\"stroke differs\"></i>used as its key, and is not</li>\
<li><i class=\"badge\">2</i>findings</li></ul>\n";

fn header(graph: &Graph, out: &mut String) {
    let nodes = |wanted: &dyn Fn(&Node) -> bool| graph.nodes.iter().filter(|node| wanted(node)).count();
    let level = |level: Level| graph.remarks.iter().filter(|it| it.level == level).count();
    let state = |state: State| nodes(&|node| node.kind.is_certificate() && node.state == state);
    let chips = [
        ("bad", state(State::Expired), "expired"),
        ("warn", state(State::Expiring), "ending soon"),
        ("warn", state(State::Early), "not yet valid"),
        ("bad", nodes(&|node| node.state == State::Missing), "missing"),
        ("bad", level(Level::Error), "errors"),
        ("warn", level(Level::Warning), "warnings"),
        ("calm", level(Level::Note), "notes"),
    ];
    let _ = write!(
        out,
        "<main>\n<header>\n<h1>TLS estate <small>as of <time datetime=\"{0}\">{0}</time></small></h1>\n\
         <ul class=\"chips\">",
        graph.as_of
    );
    for (class, count, what) in chips {
        if count > 0 {
            let what = if count == 1 { what.trim_end_matches('s') } else { what };
            let _ = write!(out, "<li class=\"{class}\"><b>{count}</b> {what}</li>");
        }
    }
    let _ = write!(
        out,
        "</ul>\n<p class=\"quiet\">{}, {}, {}, {}.</p>\n</header>\n",
        counted(nodes(&|node| node.kind.is_endpoint()), "endpoint"),
        counted(nodes(&|node| node.kind.is_certificate()), "certificate"),
        counted(nodes(&|node| node.kind == Kind::Key), "private key"),
        counted(
            nodes(&|node| matches!(node.kind, Kind::File | Kind::Store) && !node.places.is_empty()),
            "file"
        ),
    );
}

/// What has ended, ends soon or is not there, with who depends on it: the first thing to read.
fn attention(graph: &Graph, drawn: &Graph, out: &mut String) {
    let rank = |node: &Node| match node.state {
        State::Expired => Some(0),
        State::Missing => Some(1),
        State::Early => Some(2),
        State::Expiring => Some(3),
        State::Outside | State::Locked | State::Sound => None,
    };
    let mut wanted: Vec<(bool, u8, i64, usize)> = (graph.nodes.iter().enumerate())
        .filter_map(|(index, node)| {
            let ends = node.validity.map_or(0, |(_, ends)| ends.0);
            Some((!node.used, rank(node)?, ends, index))
        })
        .collect();
    if wanted.is_empty() {
        return;
    }
    wanted.sort_unstable();
    wanted.truncate(MAX_LISTED);
    let used = wanted.iter().filter(|it| !it.0).count();
    out.push_str("<section>\n<h2>Needs attention</h2>\n");
    let places_drawn: BTreeMap<&str, usize> =
        drawn.nodes.iter().enumerate().map(|(index, node)| (node.id.as_str(), index)).collect();
    let (now, later) = wanted.split_at(used.min(FIRST_LISTED));
    if !now.is_empty() {
        attention_table(graph, &places_drawn, now, out);
    }
    if !later.is_empty() {
        let what = match (now.is_empty(), used > now.len()) {
            (_, true) => format!("{} more", later.len()),
            (true, false) => format!("{} without a use", later.len()),
            (false, false) => format!("{} more without a use", later.len()),
        };
        let _ = writeln!(out, "<details><summary>{what}</summary>");
        attention_table(graph, &places_drawn, later, out);
        out.push_str("</details>\n");
    }
    out.push_str("</section>\n");
}

/// Rows of trouble; of each, the last part says which node.
fn attention_table(
    graph: &Graph,
    drawn: &BTreeMap<&str, usize>,
    rows: &[(bool, u8, i64, usize)],
    out: &mut String,
) {
    out.push_str(
        "<div class=\"scroll\"><table class=\"attention\">\n<thead><tr><th>What</th><th>State</th><th>Stands in</th>\
         <th>Endpoints that lead to it</th></tr></thead>\n<tbody>\n",
    );
    for (_, _, _, index) in rows {
        let node = &graph.nodes[*index];
        let word = match node.state {
            State::Missing => "missing".to_owned(),
            _ => days(graph, node).unwrap_or_default(),
        };
        let endpoints = graph.dependents(*index);
        let mut names: Vec<String> =
            endpoints.iter().take(4).map(|it| escaped(&graph.nodes[*it].title)).collect();
        if endpoints.len() > 4 {
            names.push(format!("and {} more", endpoints.len() - 4));
        }
        let users = if names.is_empty() {
            "<span class=\"quiet\">no use seen</span>".to_owned()
        } else {
            names.join("<br>")
        };
        let places = match node.state {
            State::Missing => escaped(node.id.trim_start_matches("missing:")),
            _ => places(node, 3),
        };
        let _ = writeln!(
            out,
            "<tr{}><td><b>{}</b> <span class=\"quiet\">{}</span></td><td><span class=\"chip s-{}\">{}</span></td>\
             <td class=\"path\">{places}</td><td>{users}</td></tr>",
            drawn.get(node.id.as_str()).map_or(String::new(), |index| format!(" data-go=\"{index}\"")),
            escaped(&node.title),
            node.kind.noun(),
            node.state.word(),
            escaped(&word),
        );
    }
    out.push_str("</tbody>\n</table></div>\n");
}

fn places(node: &Node, room: usize) -> String {
    let mut list: Vec<String> = node.places.iter().take(room).map(|at| escaped(&at.short())).collect();
    if node.places.len() > room {
        list.push(format!("and {} more", node.places.len() - room));
    }
    list.join("<br>")
}

fn findings(graph: &Graph, out: &mut String) {
    if graph.remarks.is_empty() {
        return;
    }
    let _ = write!(out, "<section>\n<h2>Findings</h2>\n<ul class=\"findings\">\n");
    let mut order: Vec<usize> = (0..graph.remarks.len()).collect();
    order.sort_by_key(|index| (std::cmp::Reverse(graph.remarks[*index].level), *index));
    for index in order.iter().take(5 * MAX_LISTED) {
        let it = &graph.remarks[*index];
        let _ = writeln!(
            out,
            "<li><span class=\"tag {}\">{}</span> {}<br><span class=\"quiet path\">{} · {}</span></li>",
            it.level.word(),
            it.level.word(),
            code(&it.message),
            escaped(&it.at.short()),
            escaped(it.rule),
        );
    }
    out.push_str("</ul>\n");
    if graph.remarks.len() > 5 * MAX_LISTED {
        let _ = writeln!(out, "<p class=\"quiet\">and {} more.</p>", graph.remarks.len() - 5 * MAX_LISTED);
    }
    out.push_str("</section>\n");
}

/// A message with the names in its backticks set apart.
fn code(message: &str) -> String {
    let parts: Vec<&str> = message.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped(message);
    }
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        let _ = if index.is_multiple_of(2) {
            write!(out, "{}", escaped(part))
        } else {
            write!(out, "<code>{}</code>", escaped(part))
        };
    }
    out
}

fn list(graph: &Graph, out: &mut String) {
    let mut rows = timeline::rows(graph);
    let undated =
        |index: &usize| graph.nodes[*index].kind.is_certificate() && graph.nodes[*index].validity.is_none();
    rows.extend((0..graph.nodes.len()).filter(undated));
    let _ = write!(
        out,
        "<section>\n<details id=\"list\"><summary><h2>All {}</h2></summary>\n<div class=\"scroll\"><table>\n<thead><tr>\
         <th>Name</th><th>Kind</th><th>Ends</th><th>State</th><th>Issuer</th><th>Stands in</th></tr></thead>\n<tbody>\n",
        counted(rows.len(), "certificate")
    );
    for index in rows {
        let node = &graph.nodes[index];
        let fact = |label: &str| {
            node.facts.iter().find(|(it, _)| *it == label).map_or("", |(_, value)| value.as_str())
        };
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}{}</td><td class=\"nowrap\">{}</td><td class=\"nowrap\"><span class=\"chip s-{}\">{}\
             </span></td><td>{}</td><td class=\"path\">{}</td></tr>",
            escaped(&node.title),
            node.kind.noun(),
            if node.used { "" } else { "<br><span class=\"quiet\">no use seen</span>" },
            node.validity.map_or(String::new(), |(_, ends)| ends.to_string()),
            node.state.word(),
            escaped(&days(graph, node).unwrap_or_default()),
            escaped(fact("issuer")),
            places(node, 4),
        );
    }
    out.push_str("</tbody>\n</table></div>\n</details>\n</section>\n");
}

#[derive(Serialize)]
struct Wire<'a> {
    nodes: Vec<WireNode<'a>>,
    spots: Vec<(i64, usize)>,
    columns: &'a [Vec<usize>],
    lines: Vec<WireLine<'a>>,
    remarks: Vec<WireRemark<'a>>,
}

#[derive(Serialize)]
struct WireNode<'a> {
    title: std::borrow::Cow<'a, str>,
    detail: std::borrow::Cow<'a, str>,
    kind: &'a str,
    state: &'a str,
    days: Option<i64>,
    when: Option<String>,
    used: bool,
    level: u8,
    facts: Vec<(&'a str, std::borrow::Cow<'a, str>)>,
    places: Vec<String>,
    remarks: &'a [usize],
}

#[derive(Serialize)]
struct WireLine<'a> {
    kind: &'a str,
    label: std::borrow::Cow<'a, str>,
    light: bool,
    spots: &'a [usize],
}

#[derive(Serialize)]
struct WireRemark<'a> {
    level: &'a str,
    rule: &'a str,
    message: std::borrow::Cow<'a, str>,
    help: std::borrow::Cow<'a, str>,
    at: String,
}

/// What the script works on. Nothing in it can end the element it stands in.
fn embedded(graph: &Graph, layout: &Layout) -> String {
    let wire = Wire {
        nodes: (graph.nodes.iter())
            .map(|node| WireNode {
                title: visible(&node.title),
                detail: visible(&node.detail),
                kind: node.kind.noun(),
                state: node.state.word(),
                days: node.validity.map(|(_, ends)| graph.as_of.days_until(ends)),
                when: days(graph, node),
                used: node.used,
                level: node.level.map_or(0, |level| level as u8 + 1),
                facts: node.facts.iter().map(|(label, value)| (*label, visible(value))).collect(),
                places: node.places.iter().map(|at| visible(&at.short()).into_owned()).collect(),
                remarks: &node.remarks,
            })
            .collect(),
        spots: (layout.spots.iter())
            .map(|spot| (spot.node.map_or(-1, |node| i64::try_from(node).unwrap_or(-1)), spot.column))
            .collect(),
        columns: &layout.columns,
        lines: (layout.lines.iter())
            .map(|line| WireLine {
                kind: graph.edges[line.edge].kind.word(),
                label: visible(&graph.edges[line.edge].label),
                light: line.light,
                spots: &line.spots,
            })
            .collect(),
        remarks: (graph.remarks.iter())
            .map(|it| WireRemark {
                level: it.level.word(),
                rule: it.rule,
                message: visible(&it.message),
                help: visible(&it.help),
                at: visible(&it.at.short()).into_owned(),
            })
            .collect(),
    };
    // Plain values always serialise.
    let text = serde_json::to_string(&wire).unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}
