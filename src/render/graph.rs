//! The estate as a picture: text for programs that draw, a document for programs that think, a page for people.

use std::{fmt::Write as _, io};

use crate::graph::{Graph, Kind, Node, State};

use super::Shape;

mod dot;
mod html;
mod json;
mod layout;
mod mermaid;
mod svg;
mod timeline;

pub use html::write as write_page;

/// What draws or reads the graph.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// Graphviz.
    Dot,
    /// A flowchart of Mermaid, which GitHub and GitLab draw in Markdown.
    Mermaid,
    /// Everything, for programs; `docs/graph-schema.json` describes it.
    Json,
}

/// Writes the graph, and says what a reader should know about it in a sentence, where there is something.
pub fn write(format: Format, graph: &Graph, to: &mut dyn io::Write) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let shape = match format {
        Format::Dot => dot::write(graph, &mut bytes).map(|()| Shape::Dot)?,
        // Every such sign is an entity there.
        Format::Mermaid => return mermaid::write(graph, to),
        Format::Json => json::write(graph, &mut bytes).map(|()| Shape::Json)?,
    };
    to.write_all(&shape.inert(bytes)).map(|()| None)
}

/// How much room a character takes: those of East Asia and emoji are twice as wide.
fn breadth(c: char) -> usize {
    1 + usize::from(u32::from(c) >= 0x1100 && !('\u{2000}'..'\u{2e80}').contains(&c))
}

/// The name of a node as it fits a box: the beginning of a long name.
fn short(text: &str, room: usize) -> String {
    if text.chars().map(breadth).sum::<usize>() <= room {
        return text.to_owned();
    }
    let mut taken = 1;
    let fits = |c: &char| {
        taken += breadth(*c);
        taken <= room
    };
    let cut: String = text.chars().take_while(fits).collect();
    format!("{}…", cut.trim_end())
}

/// The end of a long text, which is what tells paths apart.
fn short_end(text: &str, room: usize) -> String {
    if text.chars().map(breadth).sum::<usize>() <= room {
        return text.to_owned();
    }
    let reversed: String = text.chars().rev().collect();
    short(&reversed, room).chars().rev().collect()
}

/// The beginning and the very end, where the ending says what it is.
fn short_middle(text: &str, room: usize) -> String {
    let tail: String = text.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    if text.chars().map(breadth).sum::<usize>() <= room || !tail.is_ascii() {
        return short(text, room);
    }
    format!("{}{tail}", short(text, room - 4))
}

/// The first line of a box.
fn first_line(node: &Node, room: usize) -> String {
    let title = crate::finding::visible(&node.title);
    match node.kind {
        Kind::File | Kind::Store => short_middle(&title, room),
        _ => short(&title, room),
    }
}

/// The second line of a box: what it is, and the one thing to know.
fn second_line(node: &Node, room: usize) -> String {
    let kind = match node.kind {
        Kind::File if node.state == State::Missing => "missing",
        kind => kind.noun(),
    };
    match node.kind {
        Kind::File | Kind::Store | Kind::Server | Kind::Client | Kind::Step => {
            short_end(&crate::finding::visible(&node.detail), room)
        }
        _ => short(&format!("{kind} · {}", node.detail), room),
    }
}

/// Whole days, as people say them.
fn days(graph: &Graph, node: &Node) -> Option<String> {
    let (begins, ends) = node.validity?;
    let left = graph.as_of.days_until(ends);
    Some(match node.state {
        State::Early => format!("begins in {} days", graph.as_of.days_until(begins)),
        _ if ends < graph.as_of => {
            let ago = ends.days_until(graph.as_of);
            if ago == 0 { "ended today".to_owned() } else { format!("ended {ago} {} ago", plural(ago)) }
        }
        _ if left == 0 => "ends within a day".to_owned(),
        _ => format!("{left} {} left", plural(left)),
    })
}

fn plural(days: i64) -> &'static str {
    if days == 1 { "day" } else { "days" }
}

/// A count with its noun: `1 file`, `2 files`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Text between tags and in attributes with quotes. What acts on a terminal or turns the direction of writing is
/// written out before.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in crate::finding::visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // A template in a page that embeds this one must not see its own brackets.
            '{' | '}' | '`' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}
