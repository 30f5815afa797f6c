//! What rules that offer an edit ask first: whether the place is text that a person keeps, and holds what is to change.

use std::collections::BTreeSet;

use crate::{
    finding::{Change, Fix},
    model::{
        Expects, FileId, Form, Location, Model, Place, Pointer, Within,
        nginx::{DirectiveId, Word},
        tree::{file_name, parent},
    },
};

/// Whether every certificate of a file is a PEM block of its own, so that blocks can go and change places. What a
/// program has written for itself is none: it writes it again.
pub(crate) fn has_plain_blocks(model: &Model, file: FileId) -> bool {
    let certificates = model.materials.in_file(file);
    let places: BTreeSet<Location> = certificates.iter().map(|(_, at)| *at).collect();
    model.materials.holding(file).is_some_and(|it| it.form == Form::Pem && it.store.is_none())
        && places.len() == certificates.len()
        && places.iter().all(|at| at.file == file && matches!(at.place, Place::Text(_)))
        && model.estate.pointers.iter().all(|it| it.to.file() != Some(file) || !it.is_router_copy())
}

/// The same for the file of a line that names it as a whole.
pub(crate) fn names_plain_blocks(model: &Model, pointer: &Pointer) -> bool {
    pointer.within == Within::Whole && pointer.to.file().is_some_and(|file| has_plain_blocks(model, file))
}

/// The certificates of a file in another order: safe where nothing else stands there.
pub(crate) fn in_order(model: &Model, file: FileId, places: Vec<Location>) -> Option<Fix> {
    let what = "put the certificates in the order of the chain";
    let alone =
        model.materials.holding(file).is_some_and(|it| it.items.len() == model.materials.in_file(file).len());
    let blocks = vec![Change::Arrange(places)];
    has_plain_blocks(model, file)
        .then(|| if alone { Fix::safe(what, blocks) } else { Fix::unsafe_to_trust(what, blocks) })
}

/// The order of a chain, and behind it what does not belong to it.
pub(crate) fn chain_first(chain: &[usize], all: usize) -> Vec<usize> {
    let mut order = chain.to_vec();
    order.extend((0..all).filter(|at| !chain.contains(at)));
    order
}

/// Places of blocks that go.
pub(crate) fn drops(places: impl IntoIterator<Item = Location>) -> Vec<Change> {
    places.into_iter().map(Change::DropBlock).collect()
}

/// A line that names a file names another one of the same folder.
pub(crate) fn other_name(model: &Model, pointer: &Pointer, named: &str, other: FileId) -> Option<Change> {
    let right = model.path(other);
    let folder = pointer.written.strip_suffix(file_name(named))?;
    let same = pointer.within == Within::Whole && parent(named) == parent(right);
    same.then(|| Change::Put {
        at: pointer.at,
        from: pointer.written.clone(),
        to: format!("{folder}{}", file_name(right)),
    })
}

/// A fix that makes software read what it refused: safe where the file is only ever sent, because whom somebody trusts
/// may change by it.
pub(crate) fn makes_readable(what: &str, changes: Vec<Change>, readers: &[&Pointer]) -> Fix {
    let sent = !readers.is_empty() && readers.iter().all(|it| it.expects == Expects::Chain);
    if sent { Fix::safe(what, changes) } else { Fix::unsafe_to_trust(what, changes) }
}

/// Whether a line of nginx stands in a file that nginx reads: no part of a dump, and no template.
pub(crate) fn is_kept_text(model: &Model, id: DirectiveId) -> bool {
    let unit = model.nginx.unit(id);
    unit.name.is_none() && unit.template.is_none()
}

/// The arguments of a line of nginx give way to others, where they are plain words with a blank between each.
pub(crate) fn new_arguments(model: &Model, id: DirectiveId, to: &str) -> Option<Change> {
    let line = model.nginx.directive(id);
    let (first, last) = (line.args.first()?, line.args.last()?);
    if !is_kept_text(model, id) || !line.args.iter().all(Word::is_plain) {
        return None;
    }
    let words: Vec<&str> = line.args.iter().map(|word| &*word.text).collect();
    let at = Location::text(model.nginx.unit(id).file, first.span.to(last.span));
    Some(Change::Put { at, from: words.join(" "), to: to.to_owned() })
}

/// A word more behind the last one of a line of nginx.
pub(crate) fn one_argument_more(model: &Model, id: DirectiveId, word: &str) -> Option<Change> {
    let last = model.nginx.directive(id).args.last()?;
    let at = Location::text(model.nginx.unit(id).file, last.span);
    (is_kept_text(model, id) && last.is_plain()).then(|| Change::Behind(at, format!(" {word}")))
}
