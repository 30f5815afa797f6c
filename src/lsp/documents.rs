//! Texts that an editor has open, saved or not.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use lsp_types::{TextDocumentContentChangeEvent, Uri};

use super::positions::Units;

/// An open text.
pub(super) struct Document {
    pub(super) version: i32,
    pub(super) text: Arc<str>,
}

/// All open texts of files, by path.
#[derive(Default)]
pub(super) struct Documents {
    open: BTreeMap<PathBuf, Document>,
}

impl Documents {
    pub(super) fn open(&mut self, path: PathBuf, version: i32, text: String) {
        self.open.insert(path, Document { version, text: text.into() });
    }

    /// Applies changes in their order. `false` for a text that was never opened.
    pub(super) fn change(
        &mut self,
        path: &Path,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        units: Units,
    ) -> bool {
        let Some(document) = self.open.get_mut(path) else { return false };
        let mut text = document.text.to_string();
        for change in changes {
            match change.range {
                None => text = change.text,
                Some(range) => {
                    let start = units.byte(&text, range.start);
                    let end = units.byte(&text, range.end).max(start);
                    text.replace_range(start..end, &change.text);
                }
            }
        }
        document.text = text.into();
        document.version = version;
        true
    }

    pub(super) fn close(&mut self, path: &Path) {
        self.open.remove(path);
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    /// The texts below a folder.
    pub(super) fn below(&self, folder: &Path) -> BTreeMap<PathBuf, Arc<str>> {
        let below = self.open.iter().filter(|(path, _)| path.starts_with(folder));
        below.map(|(path, document)| (path.clone(), Arc::clone(&document.text))).collect()
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.open.keys()
    }
}

/// The path of a `file:` URI.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    // A host may stand before the path; only this machine's files are ours.
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        return None;
    }
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [byte, after @ ..] = rest {
        let digit = |at: usize| after.get(at).and_then(|it| char::from(*it).to_digit(16));
        rest = if let (b'%', Some(high), Some(low)) = (byte, digit(0), digit(1)) {
            bytes.push((high * 16 + low) as u8);
            &after[2..]
        } else {
            bytes.push(*byte);
            after
        };
    }
    let text = String::from_utf8(bytes).ok()?;
    // `/C:/x` is `C:/x`.
    let drive = text.as_bytes().get(2) == Some(&b':') && text.as_bytes()[1].is_ascii_alphabetic();
    Some(PathBuf::from(if drive && cfg!(windows) { text[1..].to_owned() } else { text }))
}

/// The URI of a path; `None` for a path that no URI can hold.
pub(super) fn uri_of(path: &Path) -> Option<Uri> {
    let shown = path.to_string_lossy().replace('\\', "/");
    let mut text = String::from(if shown.starts_with('/') { "file://" } else { "file:///" });
    for byte in shown.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            _ => drop(write!(text, "%{byte:02X}")),
        }
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use lsp_types::{Position, Range};

    use super::*;

    #[test]
    fn paths_become_uris_and_come_back() {
        for path in ["/a/b.conf", "/with blank/\u{e4}%20#?.pem", "/"] {
            let uri = uri_of(Path::new(path)).expect("it can be written");
            assert_eq!(path_of(&uri), Some(PathBuf::from(path)), "{}", uri.as_str());
        }
        for other in ["untitled:Untitled-1", "http://example.test/a", "file://elsewhere/a"] {
            assert_eq!(path_of(&other.parse().expect("a URI")), None, "{other}");
        }
    }

    #[test]
    fn changes_apply_in_their_order() {
        let mut documents = Documents::default();
        let path = PathBuf::from("/a");
        documents.open(path.clone(), 1, "one\ntwo\n".into());
        let change = |from: (u32, u32), to: (u32, u32), text: &str| TextDocumentContentChangeEvent {
            range: Some(Range::new(Position::new(from.0, from.1), Position::new(to.0, to.1))),
            range_length: None,
            text: text.into(),
        };
        let changes =
            vec![change((0, 0), (0, 3), "1"), change((1, 3), (9, 9), "!"), change((0, 1), (0, 0), "x")];
        assert!(documents.change(&path, 2, changes, Units::Utf16));
        assert_eq!(&*documents.get(&path).expect("it is open").text, "1x\ntwo!");
        assert!(!documents.change(Path::new("/b"), 2, Vec::new(), Units::Utf16));
    }
}
