//! Texts that stand in for files: what an editor has not saved, and what comes from standard input.

use std::{collections::BTreeMap, io, sync::Arc};

use super::{Candidate, Contents, FileKind, HEAD, MAX_FILE, Tree};

/// The text that stands in for a candidate, or its index on disk.
type From = (Option<Arc<[u8]>>, Option<usize>);

impl Tree<'_> {
    /// The same tree with other bytes at some shown paths; a path that is not there is added.
    #[must_use]
    pub fn with_texts(self, texts: &BTreeMap<String, Arc<[u8]>>) -> Self {
        if texts.is_empty() {
            return self;
        }
        let Self { candidates, read, open, ignored, trouble, gone, told } = self;
        let mut all: BTreeMap<String, (Candidate, Option<usize>)> = candidates
            .into_iter()
            .enumerate()
            .map(|(index, candidate)| (candidate.path.to_string(), (candidate, Some(index))))
            .collect();
        for (path, bytes) in texts {
            for (at, _) in path.match_indices('/').filter(|(at, _)| *at > 0) {
                let folder = &path[..at];
                all.entry(folder.to_owned()).or_insert_with(|| (added(folder, FileKind::Directory, 0), None));
            }
            let size = bytes.len() as u64;
            let entry = all.entry(path.clone()).or_insert_with(|| (added(path, FileKind::File, size), None));
            entry.0.size = size;
        }
        let mut candidates = Vec::with_capacity(all.len());
        // For each candidate: the text that stands in for it, or its index on disk.
        let mut from = Vec::with_capacity(all.len());
        for (path, (candidate, index)) in all {
            candidates.push(candidate);
            from.push((texts.get(&path).map(Arc::clone), index));
        }
        let from: Arc<[From]> = from.into();
        let opened = Arc::clone(&from);
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        Self {
            candidates,
            read: Box::new(move |index, wanted| match from.get(index) {
                Some((Some(bytes), _)) => Ok(match wanted(&bytes[..bytes.len().min(HEAD)]) {
                    false => Contents::Head(bytes[..bytes.len().min(HEAD)].to_vec()),
                    true if bytes.len() as u64 > MAX_FILE => Contents::TooLarge(bytes.len() as u64),
                    true => Contents::Whole(bytes.to_vec()),
                }),
                Some((None, Some(index))) => read(*index, wanted),
                _ => Err(missing()),
            }),
            open: Box::new(move |index| match opened.get(index) {
                Some((Some(bytes), _)) => Ok(Box::new(io::Cursor::new(bytes.to_vec()))),
                Some((None, Some(index))) => open(*index),
                _ => Err(missing()),
            }),
            ignored,
            trouble,
            gone,
            told,
        }
    }
}

fn added(path: &str, kind: FileKind, size: u64) -> Candidate {
    Candidate { path: path.into(), kind, size, mode: None, tracked: false, reported: true, link: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_in_for_a_file_and_may_be_new() {
        let files = vec![("a/one".to_owned(), b"old".to_vec()), ("b".to_owned(), b"b".to_vec())];
        let text = |bytes: &[u8]| Arc::<[u8]>::from(bytes);
        let texts =
            BTreeMap::from([("a/one".to_owned(), text(b"newer")), ("a/sub/two".to_owned(), text(b"2"))]);
        let tree = Tree::in_memory(files).with_texts(&texts);
        let paths: Vec<&str> = tree.candidates.iter().map(|it| &*it.path).collect();
        assert_eq!(paths, ["a", "a/one", "a/sub", "a/sub/two", "b"]);
        let whole = |index: usize| match (tree.read)(index, &mut |_| true) {
            Ok(Contents::Whole(bytes)) => bytes,
            other => panic!("{other:?}"),
        };
        assert_eq!((whole(1), whole(3), whole(4)), (b"newer".to_vec(), b"2".to_vec(), b"b".to_vec()));
        let mut streamed = String::new();
        io::Read::read_to_string(&mut (tree.open)(1).expect("it is there"), &mut streamed)
            .expect("it is text");
        assert_eq!((streamed.as_str(), tree.candidates[1].size), ("newer", 5));
    }
}
