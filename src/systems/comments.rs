//! `tlslint: ignore[rule] reason` in comments, whatever format the comment stands in.

use crate::{
    model::facts::IgnoreComment,
    source::{FileId, Location, Source, Span},
};

/// The mark that starts an ignore.
const MARK: &str = "tlslint: ignore[";

/// The ignores in the comments of a file, given by the spans of their text.
pub(super) fn ignores(
    file: FileId,
    source: &Source,
    comments: impl IntoIterator<Item = Span>,
) -> Vec<IgnoreComment> {
    comments.into_iter().filter_map(|span| ignore(file, source, span)).collect()
}

fn ignore(file: FileId, source: &Source, span: Span) -> Option<IgnoreComment> {
    let text = source.slice(span);
    let rest = &text[text.find(MARK)? + MARK.len()..];
    let (rules, reason) = rest.split_once(']')?;
    Some(IgnoreComment {
        at: Location::text(file, span),
        line: source.line_index(span.start),
        rules: rules.split(',').map(|rule| rule.trim().to_owned()).filter(|rule| !rule.is_empty()).collect(),
        reason: reason.trim().trim_end_matches("*/").trim_end_matches("-->").trim().to_owned(),
    })
}
