//! Edits put into the bytes of a file: only where the file still is what was judged, in its own encoding, and never
//! into a secret.

use std::collections::BTreeMap;

use crate::source::{FileId, Source, Span, decode};

use super::{Edit, Fix};

/// Fixes that can be done together: none speaks of text that another one changes.
#[derive(Debug, Default)]
pub struct Mending<'f> {
    by_file: BTreeMap<FileId, BTreeMap<u32, &'f Edit>>,
}

impl<'f> Mending<'f> {
    /// Takes a fix, unless it touches one that was taken before.
    pub fn take(&mut self, fix: &'f Fix) -> bool {
        let free = |edit: &Edit| {
            let taken = self.by_file.get(&edit.file);
            let nearest = taken.and_then(|taken| taken.range(..=edit.span.end).next_back());
            nearest.is_none_or(|(_, other)| other.span.end < edit.span.start)
        };
        if !fix.edits.iter().all(free) {
            return false;
        }
        for edit in &fix.edits {
            self.by_file.entry(edit.file).or_default().insert(edit.span.start, edit);
        }
        true
    }

    /// The edits of each file in its order.
    pub fn files(&self) -> impl Iterator<Item = (FileId, Vec<&'f Edit>)> {
        self.by_file.iter().map(|(file, edits)| (*file, edits.values().copied().collect()))
    }
}

/// Why edits cannot be put into a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unfit {
    /// It is a store, or is not kept as a whole.
    NoText,
    /// It is another text than the one that was judged.
    Changed,
    /// It holds a private key.
    HoldsKey,
    /// The stretch to change is a secret.
    Secret,
    /// Its encoding has no place for the new text, or could not be written back as it was.
    Encoding,
}

impl Unfit {
    /// In words that follow the path.
    pub fn why(self) -> &'static str {
        match self {
            Self::NoText => "is no plain text",
            Self::Changed => "has changed since it was read",
            Self::HoldsKey => "holds a private key",
            Self::Secret => "holds a secret there",
            Self::Encoding => "has an encoding that cannot take it",
        }
    }
}

/// A file that may be edited, as it stands on disk.
#[derive(Debug)]
pub struct Standing {
    text: String,
    encoding: decode::Encoding,
    /// What is masked in the text that rules and reports know.
    secrets: Vec<Span>,
}

impl Standing {
    /// Holds the bytes of a file against what was judged.
    pub fn new(source: &Source, bytes: &[u8]) -> Result<Self, Unfit> {
        if !source.is_whole_text() {
            return Err(Unfit::NoText);
        }
        let encoding = source.encoding;
        let text = decode::decode_as(bytes, encoding).ok_or(Unfit::Changed)?;
        let secrets = masked(&source.text, &text).ok_or(Unfit::Changed)?;
        if text.contains("PRIVATE KEY-----") {
            return Err(Unfit::HoldsKey);
        }
        if decode::encode_as(&text, encoding).as_deref() != Some(bytes) {
            return Err(Unfit::Encoding);
        }
        Ok(Self { text, encoding, secrets })
    }

    /// Whether the edits of a fix may be put into it.
    pub fn allows<'e>(&self, edits: impl IntoIterator<Item = &'e Edit>) -> Result<(), Unfit> {
        for Edit { span, text, .. } in edits {
            if self.text.get(span.range()).is_none() {
                return Err(Unfit::Changed);
            }
            let next = self.secrets.partition_point(|secret| secret.end <= span.start);
            if self.secrets.get(next).is_some_and(|secret| secret.start < span.end) {
                return Err(Unfit::Secret);
            }
            if decode::encode_as(text, self.encoding).is_none() {
                return Err(Unfit::Encoding);
            }
        }
        Ok(())
    }

    /// Whether something in it is masked in reports.
    pub fn has_secrets(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// The bytes of the file with edits, which are in its order and do not touch.
    pub fn with(&self, edits: &[&Edit]) -> Result<Vec<u8>, Unfit> {
        self.allows(edits.iter().copied())?;
        let mut new = String::with_capacity(self.text.len() + 64);
        let mut from = 0;
        for edit in edits {
            new.push_str(self.text.get(from..edit.span.start as usize).ok_or(Unfit::Changed)?);
            new.push_str(&edit.text);
            from = edit.span.end as usize;
        }
        new.push_str(self.text.get(from..).ok_or(Unfit::Changed)?);
        decode::encode_as(&new, self.encoding).ok_or(Unfit::Encoding)
    }
}

/// The stretches in which two texts differ by a mask alone; nothing where they are two texts.
fn masked(known: &str, text: &str) -> Option<Vec<Span>> {
    let mut secrets: Vec<Span> = Vec::new();
    if known == text {
        return Some(secrets);
    }
    if known.len() != text.len() {
        return None;
    }
    for ((start, one), (other_start, other)) in known.char_indices().zip(text.char_indices()) {
        let width = other.len_utf8();
        let same = start == other_start && one.len_utf8() == width;
        if !same || (one != other && !Source::is_mask(one)) {
            return None;
        }
        if one != other {
            match secrets.last_mut() {
                Some(last) if last.end as usize == start => last.end = (start + width) as u32,
                _ => secrets.push(Span::new(start, start + width)),
            }
        }
    }
    Some(secrets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Change,
        source::{Encoding, Location},
    };

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit { file: FileId(0), span: Span::new(start, end), text: text.to_owned() }
    }

    #[test]
    fn secrets_stay_and_are_not_touched() {
        let text = "user a\npassword hunter2\nmode b\n";
        let mut source = Source::text("a", text.to_owned(), Encoding::Utf8 { bom: false });
        source.mask(Span::new(16, 23));
        let standing = Standing::new(&source, text.as_bytes()).expect("it is the same but for the mask");
        assert_eq!(standing.with(&[&edit(29, 30, "c")]), Ok(text.replace("mode b", "mode c").into_bytes()));
        assert_eq!(standing.with(&[&edit(20, 29, "")]), Err(Unfit::Secret));
        assert_eq!(Standing::new(&source, b"user a\npassword hunter2\nmode c\n").err(), Some(Unfit::Changed));
        let key = "-----BEGIN PRIVATE KEY-----\n";
        let source = Source::text("a", key.to_owned(), Encoding::Utf8 { bom: false });
        assert_eq!(Standing::new(&source, key.as_bytes()).err(), Some(Unfit::HoldsKey));
    }

    #[test]
    fn encodings_are_kept() {
        for (encoding, bytes) in [
            (Encoding::Utf8 { bom: true }, b"\xef\xbb\xbfa\r\nb".to_vec()),
            (Encoding::Utf16Le { bom: true }, b"\xff\xfea\0\r\0\n\0b\0".to_vec()),
            (Encoding::Utf16Be { bom: false }, b"\0a\0\r\0\n\0b".to_vec()),
            (Encoding::Windows1252, b"a\r\nb".to_vec()),
            (Encoding::Oem850, b"a\r\nb".to_vec()),
        ] {
            let text = decode::decode_as(&bytes, encoding).expect("it is in that encoding");
            let source = Source::text("a", text, encoding);
            let standing = Standing::new(&source, &bytes).expect("it is text");
            assert_eq!(standing.with(&[]), Ok(bytes), "{encoding:?}");
            let new = standing.with(&[&edit(3, 4, "\u{e4}")]).expect("all have this letter");
            assert_eq!(decode::decode_as(&new, encoding).as_deref(), Some("a\r\n\u{e4}"));
        }
    }

    #[test]
    fn fixes_that_touch_wait() {
        let place = |start, end| Location::text(FileId(0), Span::new(start, end));
        let source = Source::text("a", "abcdef".to_owned(), Encoding::Utf8 { bom: false });
        let fix = |start, end| {
            Fix::safe("x", vec![Change::Drop(place(start, end))]).settled(std::slice::from_ref(&source))
        };
        let (one, two, three) = (fix(1, 2), fix(2, 3), fix(4, 5));
        let (one, two, three) = (one.expect("a"), two.expect("b"), three.expect("c"));
        let mut mending = Mending::default();
        assert_eq!([mending.take(&one), mending.take(&two), mending.take(&three)], [true, false, true]);
    }
}
