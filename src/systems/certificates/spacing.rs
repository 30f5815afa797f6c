//! What stands around the blocks of a file of PEM: empty lines, blanks and text between them, and how the file ends. No
//! reader of PEM minds; appliances that compare bytes or join files do.

use crate::{
    model::{Oddity, OddityKind, Reading},
    source::{FileId, Location, Source, Span},
    syntax::pem::{Block, OddityKind as Odd},
};

/// More of one kind say nothing new.
const MOST: usize = 8;

/// What is odd around the blocks of a text.
pub(super) fn of(file: FileId, source: &Source, blocks: &[&Block]) -> Vec<Oddity> {
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return Vec::new() };
    let text = source.text.as_str();
    let mut found = Vec::new();
    let odd = |kind, from: usize, to: usize, what: &str| Oddity {
        kind,
        at: Location::text(file, Span::new(from, to)),
        what: what.to_owned(),
        openssl: Reading::Takes,
        go_refuses: false,
        java_refuses: false,
    };
    let head = first.span.start as usize;
    if !text[..head].trim_start_matches('\u{feff}').is_empty() {
        let line = text[..head].split('\n').next().unwrap_or_default().trim_end().len();
        found.push(odd(OddityKind::Spacing, 0, line, "something stands before the first block"));
    }
    for pair in blocks.windows(2) {
        let (from, to) = (pair[0].span.end as usize, pair[1].span.start as usize);
        if found.len() >= MOST || from >= to {
            continue;
        }
        found
            .extend(between(text, from, to).map(|(from, to, what)| odd(OddityKind::Spacing, from, to, what)));
    }
    let inside = blocks.iter().filter_map(|block| {
        let blank = block.oddities.iter().find(|it| it.kind == Odd::TrailingSpaces)?;
        Some((blank.at.start as usize, blank.at.end as usize))
    });
    found.extend(
        inside
            .take(1)
            .map(|(from, to)| odd(OddityKind::Spacing, from, to, "blanks stand at the end of a line")),
    );
    if let Some((from, to)) = mixed_ends(text) {
        found.push(odd(
            OddityKind::Spacing,
            from,
            to,
            "this line ends in another way than the lines before it",
        ));
    }
    let begin = last.span.end as usize - "-----END CERTIFICATE-----".len().min(last.span.range().len());
    let end = last.span.end as usize;
    let begin = text[..end].rfind('\n').map_or(0, |at| at + 1).max(begin.min(end));
    match &text[end..] {
        "\n" | "\r\n" => {}
        "" => found.push(odd(OddityKind::Ending, begin, end, "the file does not end in a line break")),
        rest if rest.trim().is_empty() => found.push(odd(
            OddityKind::Ending,
            begin,
            end,
            "more than one line break stands at the end of the file",
        )),
        _ => found.push(odd(OddityKind::Ending, begin, end, "something stands behind the last block")),
    }
    found
}

/// What stands between two blocks: the place to show and what it is.
fn between(text: &str, from: usize, to: usize) -> Option<(usize, usize, &'static str)> {
    let gap = text.get(from..to)?;
    if matches!(gap, "\n" | "\r\n") || !gap.contains('\n') {
        return None;
    }
    // The first line that holds anything, else the line of the boundary before it.
    let mut at = from;
    for line in gap.split_inclusive('\n') {
        let shown = line.trim();
        if !shown.is_empty() && at > from {
            return Some((at, at + line.trim_end().len(), "text stands between two blocks"));
        }
        at += line.len();
    }
    let start = text[..from].rfind('\n').map_or(0, |at| at + 1);
    let blank_end = gap.split('\n').next().is_some_and(|it| !it.trim_end_matches('\r').is_empty());
    let what = if blank_end && gap.matches('\n').count() == 1 {
        "blanks stand at the end of this line"
    } else {
        "an empty line stands between this block and the next"
    };
    Some((start, from, what))
}

/// The first line that ends in another way than the first of all.
fn mixed_ends(text: &str) -> Option<(usize, usize)> {
    let mut lines = text.split_inclusive('\n').filter(|it| it.ends_with('\n'));
    let windows = lines.next()?.ends_with("\r\n");
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.ends_with('\n') && line.ends_with("\r\n") != windows {
            return Some((at, at + line.trim_end().len()));
        }
        at += line.len();
    }
    None
}
