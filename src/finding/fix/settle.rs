//! From what a rule wants changed to edits of the text.

use crate::source::{Location, Place, Source, Span};

use super::{Change, Edit};

/// More lines above a block than this are no introduction of it.
const INTRODUCTION: usize = 200;

/// A stretch of a text.
#[derive(Copy, Clone)]
struct Stretch<'s> {
    at: Location,
    text: &'s str,
    span: Span,
}

/// Adds the edits of one change; nothing where the text is not what the rule took it for.
pub(super) fn settle(change: &Change, sources: &[Source], edits: &mut Vec<Edit>) -> Option<()> {
    let find = |at: &Location| Stretch::find(*at, sources);
    match change {
        Change::Put { at, from, to } => {
            let it = find(at)?;
            edits.push(it.edit(it.without_quotes(from)?, to));
            Some(())
        }
        Change::Behind(at, text) => {
            let it = find(at)?;
            edits.push(it.edit(Span { start: it.span.end, end: it.span.end }, text));
            Some(())
        }
        Change::AfterWordBefore(at, text) => {
            let it = find(at)?;
            let end = it.before().trim_end().len();
            edits.push(it.edit(Span::new(end, end), text));
            Some(())
        }
        Change::Break(at) => {
            let it = find(at)?;
            edits.push(it.edit(Span { start: it.span.start, end: it.span.start }, line_break(it.text)));
            Some(())
        }
        Change::Drop(at) => {
            let it = find(at)?;
            edits.push(it.edit(it.dropped(), ""));
            Some(())
        }
        Change::DropBlock(at) => {
            let it = find(at).filter(Stretch::is_block)?;
            edits.push(it.edit(it.introduced().lines(), ""));
            Some(())
        }
        Change::Tidy(at) => {
            let it = find(at)?;
            it.tidy(edits);
            Some(())
        }
        Change::LineFeeds(at) => {
            let it = find(at)?;
            for feed in memchr::memmem::find_iter(it.text.as_bytes(), b"\r\n") {
                edits.push(it.edit(Span::new(feed, feed + 1), ""));
            }
            Some(())
        }
        Change::Arrange(list) => {
            let wanted: Vec<Stretch<'_>> = list.iter().map(find).collect::<Option<_>>()?;
            arrange(wanted, edits)
        }
    }
}

/// Edits in order, those that touch made one; nothing where two speak of the same text.
pub(super) fn joined(mut edits: Vec<Edit>) -> Option<Vec<Edit>> {
    edits.sort();
    let mut joined: Vec<Edit> = Vec::with_capacity(edits.len());
    for edit in edits {
        match joined.last_mut() {
            Some(before) if before.file == edit.file && edit.span.start <= before.span.end => {
                let both_insert = before.span.start == before.span.end && edit.span.start == edit.span.end;
                if edit.span.start < before.span.end || both_insert {
                    return None;
                }
                before.span.end = edit.span.end;
                before.text.push_str(&edit.text);
            }
            _ => joined.push(edit),
        }
    }
    Some(joined)
}

/// The line break that most lines of a text have.
fn line_break(text: &str) -> &'static str {
    let bytes = text.as_bytes();
    let feeds = memchr::memchr_iter(b'\n', bytes).count();
    let pairs = memchr::memchr_iter(b'\n', bytes).filter(|at| *at > 0 && bytes[at - 1] == b'\r').count();
    if pairs * 2 > feeds { "\r\n" } else { "\n" }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

impl<'s> Stretch<'s> {
    fn find(at: Location, sources: &'s [Source]) -> Option<Self> {
        let source = sources.get(at.file.0 as usize).filter(|it| it.is_whole_text())?;
        let Place::Text(span) = at.place else { return None };
        source.text.get(span.range())?;
        Some(Self { at, text: &source.text, span })
    }

    fn slice(&self) -> &'s str {
        &self.text[self.span.range()]
    }

    /// The stretch, which must hold these words, maybe in quotes.
    fn without_quotes(&self, words: &str) -> Option<Span> {
        if self.slice() == words {
            return Some(self.span);
        }
        let inside = ['"', '\''].iter().find_map(|it| self.slice().strip_prefix(*it)?.strip_suffix(*it))?;
        let Span { start, end } = self.span;
        (inside == words).then_some(Span { start: start + 1, end: end - 1 })
    }

    fn before(&self) -> &'s str {
        &self.text[..self.span.start as usize]
    }

    fn edit(&self, span: Span, text: &str) -> Edit {
        Edit { file: self.at.file, span, text: text.to_owned() }
    }

    /// Where its first line begins.
    fn line_start(&self) -> usize {
        memchr::memrchr(b'\n', self.before().as_bytes()).map_or(0, |at| at + 1)
    }

    /// Where its last line ends, without and with the line feed.
    fn line_end(&self) -> (usize, usize) {
        let end = self.span.end as usize;
        match memchr::memchr(b'\n', &self.text.as_bytes()[end..]) {
            Some(at) => (end + at, end + at + 1),
            None => (self.text.len(), self.text.len()),
        }
    }

    /// What stands before it on its first line, and behind it on its last one.
    fn around(&self) -> (&'s str, &'s str) {
        let before = &self.text[self.line_start()..self.span.start as usize];
        (before, &self.text[self.span.end as usize..self.line_end().0])
    }

    /// Nothing else stands on its lines.
    fn is_alone(&self) -> bool {
        let (before, behind) = self.around();
        is_blank(before) && is_blank(behind)
    }

    /// From the start of its first line to the start of the next one.
    fn lines(&self) -> Span {
        Span::new(self.line_start(), self.line_end().1)
    }

    /// What goes with it, so that no empty line and no doubled blank stays behind.
    fn dropped(&self) -> Span {
        let (before, behind) = self.around();
        if self.is_alone() {
            self.lines()
        } else if is_blank(behind) {
            Span::new(self.line_start() + before.trim_end().len(), self.span.end as usize)
        } else {
            let blanks = behind.len() - behind.trim_start().len();
            Span::new(self.span.start as usize, self.span.end as usize + blanks)
        }
    }

    /// One PEM block on lines of its own that is no key.
    fn is_block(&self) -> bool {
        let slice = self.slice();
        slice.starts_with("-----BEGIN ")
            && slice.matches("-----BEGIN ").count() == 1
            && slice.ends_with("-----")
            && !slice.contains("PRIVATE KEY")
            && self.is_alone()
    }

    /// With the lines directly above that say what it is, such as `subject=…`.
    fn introduced(self) -> Self {
        let mut start = self.line_start();
        for _ in 0..INTRODUCTION {
            let Some(above) = start.checked_sub(1) else { break };
            let from = memchr::memrchr(b'\n', &self.text.as_bytes()[..above]).map_or(0, |at| at + 1);
            let line = &self.text[from..above];
            if is_blank(line) || line.contains("-----END") || line.contains("-----BEGIN") {
                break;
            }
            start = from;
        }
        let start = if start == self.line_start() { self.span.start as usize } else { start };
        Self { span: Span::new(start, self.span.end as usize), ..self }
    }

    fn tidy(&self, edits: &mut Vec<Edit>) {
        let (before, behind) = self.around();
        let mut from = if is_blank(before) { self.line_start() } else { self.span.start as usize };
        let end = if is_blank(behind) { self.line_end().1 } else { self.span.end as usize };
        for line in self.text[from..end].split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            let trimmed = content.trim_matches([' ', '\t']);
            if trimmed.is_empty() {
                edits.push(self.edit(Span::new(from, from + line.len()), ""));
            } else {
                let lead = content.len() - content.trim_start_matches([' ', '\t']).len();
                let trail = lead + trimmed.len();
                if lead > 0 {
                    edits.push(self.edit(Span::new(from, from + lead), ""));
                }
                if trail < content.len() {
                    edits.push(self.edit(Span::new(from + trail, from + content.len()), ""));
                }
            }
            from += line.len();
        }
    }
}

fn arrange(wanted: Vec<Stretch<'_>>, edits: &mut Vec<Edit>) -> Option<()> {
    if !wanted.iter().all(|it| it.at.file == wanted[0].at.file && it.is_block()) {
        return None;
    }
    let introduced: Vec<Stretch<'_>> = wanted.iter().map(|it| it.introduced()).collect();
    let with = introduced.iter().zip(&wanted).filter(|(one, other)| one.span != other.span).count();
    let wanted = match with {
        0 => wanted,
        // What is masked cannot be written anywhere else.
        all if all == wanted.len() && introduced.iter().all(|it| !it.slice().contains("***")) => introduced,
        // Whose introduction a text is cannot be told: it may be about the whole file.
        _ => return None,
    };
    let mut places: Vec<&Stretch<'_>> = wanted.iter().collect();
    places.sort_by_key(|it| it.span);
    if places.windows(2).any(|pair| pair[0].span.end > pair[1].span.start) {
        return None;
    }
    for (place, block) in places.into_iter().zip(&wanted) {
        if place.span != block.span {
            edits.push(place.edit(place.span, block.slice()));
        }
    }
    Some(())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
