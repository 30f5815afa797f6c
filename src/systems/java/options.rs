//! Options of a virtual machine wherever they stand: `-Djavax.net.ssl.trustStore=PATH` in scripts, units and images.

use crate::{
    model::said::Said,
    source::{FileId, Location, Span},
};

use super::Setting;

const START: &str = "-Djavax.net.ssl.";

/// The options about stores, in order. Those in comments say nothing.
pub(super) fn settings(file: FileId, text: &str) -> Vec<Setting> {
    text.match_indices(START).filter_map(|(at, _)| setting(file, text, at)).collect()
}

fn setting(file: FileId, text: &str, at: usize) -> Option<Setting> {
    let line = text[..at].rfind('\n').map_or(0, |it| it + 1);
    if text[line..].trim_start().starts_with(['#', '*']) || text[line..].trim_start().starts_with("//") {
        return None;
    }
    let name_at = at + "-D".len();
    let rest = &text[name_at..];
    let ends = rest.find(|c: char| c == '=' || c.is_whitespace())?;
    if rest.as_bytes().get(ends) != Some(&b'=') {
        return None;
    }
    let value_at = name_at + ends + 1;
    // An option may stand in quotes as a whole, or its value alone.
    let around = text[..at].chars().next_back().filter(|it| matches!(it, '"' | '\''));
    let own = text[value_at..].chars().next().filter(|it| matches!(it, '"' | '\''));
    let start = value_at + usize::from(own.is_some());
    let value = &text[start..];
    let stop = |c: char| match own {
        Some(quote) => c == quote || c == '\n',
        None => c.is_whitespace() || matches!(c, '"' | '\'' | '\\') || Some(c) == around,
    };
    let value = &value[..value.find(stop).unwrap_or(value.len())];
    let span = Span::new(start, start + value.len());
    Some(Setting {
        key: rest[..ends].to_owned(),
        key_at: Location::text(file, Span::new(name_at, name_at + ends)),
        value: Said { text: value.to_owned(), at: Location::text(file, span) },
    })
}

/// Values that stand behind the name of a secret, wherever on a line: `-Ddb.password=x`, `STORE_PASS: x`.
pub(super) fn secrets(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(['=', ':']) {
        let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let name = &text[..at];
        let name = &name[name.trim_end_matches(named).len()..];
        if name.is_empty() || name.len() > LONGEST || !super::hides(name) {
            continue;
        }
        let rest = &text[at + 1..];
        let start = at + 1 + (rest.len() - rest.trim_start_matches([' ', '"', '\'']).len());
        let value = &text[start..];
        let end = value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).unwrap_or(value.len());
        found.push(Span::new(start, start + end));
    }
    found
}

/// No name of a setting is longer.
const LONGEST: usize = 200;

/// Lines that start with `#`.
pub(super) fn comments(text: &str) -> Vec<Span> {
    let mut start = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with('#') {
            found.push(Span::new(start, start + line.trim_end().len()));
        }
        start += line.len();
    }
    found
}
