//! Helm and Jinja write YAML that is none before it is rendered. What is theirs
//! is covered by as many bytes that mean nothing, and uncovered in the values.

use std::borrow::Cow;
use std::ops::Range;

use crate::source::Span;

mod line;

use line::Line;

/// A text with the parts of a template covered.
pub(super) struct Template<'a> {
    original: &'a str,
    masked: Cow<'a, str>,
    /// Covered by [`Template::marker`] and letters, in the order of the text.
    stretches: Vec<Range<usize>>,
    /// What leaves nothing behind.
    pub(super) blanked: Vec<Blanked>,
    /// A character that the text does not have. It takes three bytes.
    marker: char,
}

/// A line or more of a template that leaves nothing behind.
pub(super) struct Blanked {
    /// As written.
    pub(super) written: Span,
    /// With the space before it.
    range: Range<usize>,
    /// It stands in a block scalar, where spaces would mean something. Empty
    /// lines stand for it there.
    in_scalar: bool,
}

impl<'a> Template<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let mut template = Self {
            original: text,
            masked: Cow::Borrowed(text),
            stretches: Vec::new(),
            blanked: Vec::new(),
            marker: '\u{E000}',
        };
        let unused = ('\u{E000}'..'\u{E010}').find(|marker| !text.contains(*marker));
        let Some(marker) = unused.filter(|_| line::may_hold_stretches(text)) else { return template };
        template.marker = marker;
        template.sort_out();
        template.cover();
        template
    }

    /// The text to read in place of the original. Every byte is where it was.
    pub(super) fn masked(&self) -> &str {
        &self.masked
    }

    /// Decides for every stretch of a template how it is covered.
    fn sort_out(&mut self) {
        let lines = Line::all(self.original);
        // The indent of the line whose block scalar we are in.
        let mut block: Option<usize> = None;
        let mut before: Option<&Line> = None;
        for (index, line) in lines.iter().enumerate() {
            if line.is_control() {
                self.blanked.push(line.blanked(block.is_some()));
                continue;
            }
            if line.is_blank() {
                continue;
            }
            if block.is_some_and(|indent| line.indent <= indent) {
                block = None;
            }
            let covered = block.is_some() || !line.is_template() || {
                // Alone behind its key it is a value, else it may come to anything.
                before.is_some_and(|key| {
                    let next = lines[index + 1..].iter().take(100).find(|line| line.is_significant());
                    key.ends_in_colon()
                        && line.indent > key.indent
                        && next.is_none_or(|next| next.indent <= key.indent)
                })
            };
            if covered {
                self.stretches.extend(line.stretches.iter().cloned());
            } else {
                self.blanked.push(line.blanked(false));
            }
            if block.is_none() && line.is_significant() {
                block = line.block_scalar();
                before = Some(line);
            }
        }
    }

    fn cover(&mut self) {
        let mut masked = String::with_capacity(self.original.len());
        let blanks =
            self.blanked.iter().map(|it| (it.range.clone(), Some(if it.in_scalar { '\n' } else { ' ' })));
        let stretches = self.stretches.iter().cloned().map(|stretch| (stretch, None));
        let mut all: Vec<(Range<usize>, Option<char>)> = stretches.chain(blanks).collect();
        all.sort_by_key(|(range, _)| range.start);
        let mut at = 0;
        for (range, blank) in all {
            masked.push_str(&self.original[at..range.start]);
            if let Some(blank) = blank {
                let bytes = self.original[range.clone()].bytes().map(char::from);
                masked.extend(bytes.map(|byte| if matches!(byte, '\n' | '\r') { byte } else { blank }));
            } else {
                masked.push(self.marker);
                masked.extend(std::iter::repeat_n('x', range.len() - self.marker.len_utf8()));
            }
            at = range.end;
        }
        masked.push_str(&self.original[at..]);
        self.masked = Cow::Owned(masked);
    }

    /// Whether something is covered in a scalar.
    pub(super) fn touches(&self, scalar: Span) -> bool {
        !self.within(scalar).is_empty() || !self.blanked_within(scalar).is_empty()
    }

    /// The text of a scalar with what was covered in its place.
    pub(super) fn uncover(&self, scalar: Span, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        for stretch in self.within(scalar) {
            let Some((before, behind)) = rest.split_once(self.marker) else { break };
            out.push_str(before);
            out.push_str(&self.original[stretch.clone()]);
            rest = behind.get(stretch.len() - self.marker.len_utf8()..).unwrap_or_default();
        }
        out.push_str(rest);
        let blanked = self.blanked_within(scalar);
        if blanked.is_empty() { out } else { without_blanked(&out, blanked) }
    }

    /// What is blanked in a block scalar. Its first lines stand before its span,
    /// which begins with the first line that is not empty.
    fn blanked_within(&self, scalar: Span) -> &[Blanked] {
        let Range { mut start, end } = scalar.range();
        let mut first = self.blanked.partition_point(|blanked| blanked.range.start < start);
        let count = self.blanked[first..].partition_point(|blanked| blanked.range.end <= end);
        let last = first + count;
        while let Some(before) = first.checked_sub(1).map(|index| &self.blanked[index]) {
            let gap = self.original.get(before.range.end..start);
            if !before.in_scalar || !gap.is_some_and(|gap| gap.trim().is_empty()) {
                break;
            }
            (first, start) = (first - 1, before.range.start);
        }
        &self.blanked[first..last]
    }

    fn within(&self, scalar: Span) -> &[Range<usize>] {
        let Range { start, end } = scalar.range();
        let first = self.stretches.partition_point(|stretch| stretch.start < start);
        let count = self.stretches[first..].partition_point(|stretch| stretch.end <= end);
        &self.stretches[first..first + count]
    }
}

/// A text without the line breaks that stand for what was blanked in it.
fn without_blanked(text: &str, blanked: &[Blanked]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    for blanked in blanked.iter().filter(|blanked| blanked.in_scalar) {
        if let Some((before, behind)) = rest.split_once(&"\n".repeat(blanked.range.len())) {
            out.push_str(before);
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}
