//! Reading a TOML tree with every mistake kept: its place, what is known there,
//! and what was probably meant.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::suggest;

/// A mistake in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mistake {
    /// Where, in bytes of the file.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
    /// What is wrong.
    pub(super) message: String,
    /// What to see there.
    pub(super) label: String,
    /// What to do.
    pub(super) help: Option<String>,
}

/// A value with its place.
pub(super) type Value<'t, 'i> = &'t Spanned<DeValue<'i>>;

/// Collects mistakes while a tree is read.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) mistakes: Vec<Mistake>,
    /// Values of keys that nobody knows: it may be a password that got into the wrong file.
    pub(super) unknown: Vec<Range<usize>>,
}

impl Reader {
    /// Notes a mistake.
    pub(super) fn wrong(
        &mut self,
        at: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
        help: Option<String>,
    ) {
        let (start, end) = (at.start, at.end);
        self.mistakes.push(Mistake { start, end, message: message.into(), label: label.into(), help });
    }

    /// Refuses the keys of a table that are not among the known ones.
    pub(super) fn known(&mut self, table: &DeTable<'_>, place: &str, known: &[&str]) {
        for (key, value) in table.iter().filter(|(key, _)| !known.contains(&key.get_ref().as_ref())) {
            leaves(value, &mut self.unknown);
            let written = key.get_ref();
            let help = suggest::nearest(written, known.iter().copied()).map_or_else(
                || format!("known here: `{}`", known.join("`, `")),
                |near| format!("did you mean `{near}`?"),
            );
            self.wrong(key.span(), format!("{place} knows no key `{written}`"), "no such key", Some(help));
        }
    }

    /// A value of another type than is needed.
    pub(super) fn needs(&mut self, value: Value<'_, '_>, key: &str, what: &str) {
        let label = format!("this is {}", noun(value.get_ref()));
        self.wrong(value.span(), format!("`{key}` must be {what}"), label, None);
    }

    /// A text.
    pub(super) fn text<'t>(&mut self, table: &'t DeTable<'_>, key: &str) -> Option<(&'t str, Range<usize>)> {
        let value = table.get(key)?;
        if let Some(text) = value.get_ref().as_str() {
            return Some((text, value.span()));
        }
        self.needs(value, key, "a text");
        None
    }

    /// A text that may not be missing or empty.
    pub(super) fn required<'t>(
        &mut self,
        table: &'t DeTable<'_>,
        at: Range<usize>,
        key: &str,
        help: &str,
    ) -> Option<(&'t str, Range<usize>)> {
        if !table.contains_key(key) {
            self.wrong(at, format!("`{key}` is missing"), format!("needs a `{key}`"), Some(help.to_owned()));
            return None;
        }
        let (text, span) = self.text(table, key)?;
        if text.trim().is_empty() {
            self.wrong(span, format!("`{key}` is empty"), "nothing is said here", Some(help.to_owned()));
            return None;
        }
        Some((text, span))
    }

    /// A table.
    pub(super) fn table<'t, 'i>(&mut self, table: &'t DeTable<'i>, key: &str) -> Option<&'t DeTable<'i>> {
        let value = table.get(key)?;
        if let Some(inner) = value.get_ref().as_table() {
            return Some(inner);
        }
        self.needs(value, key, "a table");
        None
    }

    /// A list of texts.
    pub(super) fn texts<'t>(&mut self, table: &'t DeTable<'_>, key: &str) -> Vec<(&'t str, Range<usize>)> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.needs(value, key, "a list of texts");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items {
            match item.get_ref().as_str() {
                Some(text) => texts.push((text, item.span())),
                None => self.needs(item, key, "a list of texts"),
            }
        }
        texts
    }
}

/// The values inside of a value: a table with a header of its own is spread over lines that its place does not cover.
fn leaves(value: &Spanned<DeValue<'_>>, into: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Table(table) => table.values().for_each(|it| leaves(it, into)),
        DeValue::Array(items) => items.iter().for_each(|it| leaves(it, into)),
        _ => into.push(value.span()),
    }
}

/// A whole number of a value, where it is one.
pub(super) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// What people call a value of this type.
fn noun(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
