//! Events of one document to one value.

use std::collections::HashSet;

use super::anchors::{Anchors, Found};
use crate::source::Span;
use crate::syntax::value::{Kind, MAX_DEPTH, Member, Parsed, Value};

/// A document while it is read.
#[derive(Default)]
pub(super) struct Builder {
    open: Vec<Frame>,
    root: Option<Value>,
    /// How many collections are open that nest too deeply to be kept.
    skipped: usize,
    pub(super) anchors: Anchors,
}

/// A map or a list that is not closed yet.
struct Frame {
    is_map: bool,
    span: Span,
    items: Vec<Value>,
    members: Vec<Member>,
    key: Option<Key>,
    /// Where members stand that came by `<<`.
    merges: Vec<usize>,
    anchor: usize,
}

/// A key that waits for its value.
struct Key {
    text: String,
    span: Span,
    merges: bool,
}

impl Builder {
    /// The document as far as it was read, and a fresh start.
    pub(super) fn take(&mut self, noted: &mut Parsed) -> Option<Value> {
        self.skipped = 0;
        while let Some(frame) = self.open.last() {
            let end = frame.span.end as usize;
            self.close(end, noted);
        }
        self.anchors.forget();
        self.root.take()
    }

    /// A map or list begins.
    pub(super) fn open(&mut self, is_map: bool, span: Span, anchor: usize, noted: &mut Parsed) {
        if self.skipped > 0 || self.open.len() >= MAX_DEPTH {
            self.skipped += 1;
            noted.stop(span, format!("this nests deeper than {MAX_DEPTH} levels"), true);
            return;
        }
        let (items, members, merges) = (Vec::new(), Vec::new(), Vec::new());
        self.open.push(Frame { is_map, span, items, members, key: None, merges, anchor });
    }

    /// The innermost map or list ends; the end of its last child counts where
    /// no bracket closes it.
    pub(super) fn close(&mut self, end: usize, noted: &mut Parsed) {
        if self.skipped > 0 {
            self.skipped -= 1;
            if self.skipped == 0
                && let Some(frame) = self.open.last_mut()
            {
                // Its key goes with what was skipped.
                frame.key = None;
            }
            return;
        }
        let Some(mut frame) = self.open.pop() else { return };
        frame.span = reaching(frame.span, end);
        let (span, anchor) = (frame.span, frame.anchor);
        let kind = if frame.is_map {
            noted.note_duplicates(&frame.members);
            Kind::Map(frame.merged())
        } else {
            Kind::List(frame.items)
        };
        self.put(Value::plain(span, kind), span, anchor, None);
    }

    /// A scalar. `key` is its text where it is to be a key.
    pub(super) fn scalar(&mut self, value: Value, anchor: usize, key: &str) {
        if self.skipped == 0 {
            let span = value.span;
            self.put(value, span, anchor, Some(key));
        }
    }

    /// `*name`, with the number of what it names if there is such a thing.
    pub(super) fn alias(&mut self, span: Span, name: &str, anchor: Option<usize>, noted: &mut Parsed) {
        if self.skipped > 0 {
            return;
        }
        let levels = MAX_DEPTH.saturating_sub(self.open.len());
        let found = anchor.map(|anchor| self.anchors.find(anchor, levels));
        match &found {
            None => noted.stop(span, format!("no anchor `&{name}` stands before this"), false),
            Some(Found::TooLarge) => noted.stop(span, "what this alias repeats is too much", true),
            Some(Found::Itself | Found::Copy(_)) => (),
        }
        let value = match found {
            Some(Found::Copy(value)) => value,
            _ => Value::plain(span, Kind::Alias(name.to_owned())),
        };
        self.put(value, span, 0, None);
    }

    /// Whether nothing of the document was read yet.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.root.is_none()
    }

    /// Whether the document is a map as far as it was read.
    pub(super) fn is_map(&self) -> bool {
        match self.open.first() {
            Some(frame) => frame.is_map,
            None => self.root.as_ref().is_some_and(|root| root.as_map().is_some()),
        }
    }

    /// The last key of the outermost map, with its value or still without.
    pub(super) fn last_key(&self) -> Option<Span> {
        let waiting = self.open.first().and_then(|frame| frame.key.as_ref());
        let members = match self.open.first() {
            Some(frame) => &frame.members,
            None => self.root.as_ref().map_or(&[][..], Value::members),
        };
        waiting.map(|key| key.span).or(members.last().map(|member| member.key_span))
    }

    /// Puts a value where it belongs. `at` is where it stands, which for an
    /// alias is not the place of the value.
    fn put(&mut self, value: Value, at: Span, anchor: usize, key: Option<&str>) {
        self.anchors.define(anchor, &value);
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(value);
            return;
        };
        frame.span = reaching(frame.span, at.end as usize);
        if !frame.is_map {
            frame.items.push(value);
        } else if let Some(key) = frame.key.take() {
            if key.merges {
                frame.merges.push(frame.members.len());
            }
            frame.members.push(Member { key: key.text, key_span: key.span, value });
        } else {
            // A list or a map as a key names nothing that anybody asks for.
            let text = key.or(value.text_like()).unwrap_or_default().to_owned();
            let merges = text == "<<" && !value.quoted;
            frame.key = Some(Key { text, span: at, merges });
        }
    }
}

impl Frame {
    /// The members, with those that `<<` brings behind the own ones. A key that
    /// is there already is not overridden.
    fn merged(self) -> Vec<Member> {
        if self.merges.is_empty() {
            return self.members;
        }
        let (mut own, mut brought) = (Vec::new(), Vec::new());
        for (index, member) in self.members.into_iter().enumerate() {
            let maps = |value: &Value| value.as_map().is_some();
            let all_maps =
                maps(&member.value) || member.value.as_list().is_some_and(|list| list.iter().all(maps));
            if !self.merges.contains(&index) || !all_maps {
                own.push(member);
                continue;
            }
            match member.value.kind {
                Kind::Map(members) => brought.extend(members),
                Kind::List(items) => brought.extend(items.into_iter().flat_map(|item| match item.kind {
                    Kind::Map(members) => members,
                    _ => Vec::new(),
                })),
                _ => (),
            }
        }
        let mut known: HashSet<String> = own.iter().map(|member| member.key.clone()).collect();
        own.extend(brought.into_iter().filter(|member| known.insert(member.key.clone())));
        own
    }
}

/// A span that goes at least so far.
fn reaching(span: Span, end: usize) -> Span {
    Span::new(span.start as usize, end.max(span.end as usize))
}
