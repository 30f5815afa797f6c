//! YAML, one document or several, with templates in it read as opaque text.
//! Aliases are expanded and `<<` is merged, within limits.

use granit_parser::{Event, Parser};

use super::value::Parsed;
use crate::source::Span;

mod anchors;
mod scalar;
mod stream;
mod template;
mod tree;

/// Reads a text. Behind a fault, reading goes on with the next key that stands
/// at the start of a line, or with the next document.
pub fn parse(text: &str) -> Parsed {
    let template = template::Template::of(text);
    stream::Reader::new(text, &template).run()
}

/// The comments of a text, each from `#` to the end of its line, up to the
/// first fault.
pub fn comments(text: &str) -> Vec<Span> {
    let template = template::Template::of(text);
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_comments: true,
        max_buffered_comment_events: usize::MAX,
    };
    Parser::new_from_str_with_options(template.masked(), options)
        .map_while(Result::ok)
        .filter(|(event, _)| matches!(event, Event::Comment(..)))
        .filter_map(|(_, span)| span.byte_range().map(Span::from))
        .collect()
}

#[cfg(test)]
mod tests;
