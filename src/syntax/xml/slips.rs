//! The list of slips, which has an end.

use crate::source::Span;

use super::{SlipKind, XmlSlip};

/// Beyond this, another slip tells nobody anything.
const MOST: usize = 1000;

/// How much of a name is quoted.
const QUOTED: usize = 40;

/// Slips in the order in which they were noticed.
#[derive(Debug, Default)]
pub(super) struct Slips(Vec<XmlSlip>);

impl Slips {
    pub(super) fn push(&mut self, kind: SlipKind, start: usize, end: usize, what: impl Into<String>) {
        if self.0.len() < MOST {
            self.0.push(XmlSlip { kind, at: Span::new(start, end), what: what.into() });
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        let room = MOST - self.0.len();
        self.0.extend(other.0.into_iter().take(room));
    }

    /// In the order of the text.
    pub(super) fn sorted(mut self) -> Vec<XmlSlip> {
        self.0.sort_by_key(|slip| slip.at);
        self.0
    }
}

/// The name of an element as it is quoted in a slip.
pub(super) fn quoted(name: &str) -> String {
    match name.char_indices().nth(QUOTED) {
        Some((cut, _)) => format!("{}…", &name[..cut]),
        None => name.to_owned(),
    }
}
