//! What must hold of facts that a stranger may have written, because what works on them relies on it: a subtree is a
//! range that ends, an entry has items that are there.

use crate::{
    model::{Facts, nginx::Unit},
    source::Source,
};

/// What is wrong with facts that were read back.
pub(super) fn fault(facts: &Facts, source: &Source) -> Option<&'static str> {
    if !facts.nginx.iter().all(nests) {
        return Some("directives do not nest");
    }
    if let Some(holding) = &facts.holding {
        let opened = holding.tried.as_ref().and_then(|it| it.opened.as_ref());
        let before = holding.store.as_deref().map(|store| (store, holding.items.len()));
        let after = opened.map(|it| (&*it.store, it.items.len()));
        for (store, items) in before.into_iter().chain(after) {
            if store.entries.iter().any(|it| it.items.start > it.items.end || it.items.end > items) {
                return Some("an entry of a keystore has items that are not there");
            }
        }
    }
    // The line behind the last line feed counts.
    let lines = memchr::memchr_iter(b'\n', source.text.as_bytes()).count() + 1;
    if facts.ignores.iter().any(|it| it.line > lines) {
        return Some("a comment stands behind the last line");
    }
    None
}

/// Parents come before children, and a subtree lies in that of its parent.
fn nests(unit: &Unit) -> bool {
    let all = &unit.directives;
    all.iter().enumerate().all(|(index, directive)| {
        let end = directive.end as usize;
        let inside = directive.parent.is_none_or(|parent| {
            let parent = parent as usize;
            parent < index
                && all.get(parent).is_some_and(|it| index < it.end as usize && end <= it.end as usize)
        });
        index < end && end <= all.len() && inside
    })
}
