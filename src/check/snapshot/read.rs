//! Reads a snapshot: first what it has, and when all paths of a run are known, what it says about them.

use std::{
    io::{self, BufRead, BufReader, Read as _},
    sync::Arc,
};

use flate2::read::MultiGzDecoder;
use rayon::prelude::*;

use crate::{
    model::seal,
    source::{FileId, Source, own},
    x509::{Fingerprint, table},
};

use super::{
    super::{Candidate, run::Said},
    AnyHead, End, FORM, Line, MAX_LINE, SnapshotError, sound,
    told::ToldFile,
};
use crate::model::{Facts, Wanted};

/// Gzip begins with these.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// All lines together are at most so many bytes.
const MAX_TOTAL: u64 = 8 << 30;

/// And so many for each byte of the file, above the first ones: text packs well, and not as well as a trap.
const MAX_RATIO: u64 = 250;

/// So many bytes need no explanation.
const UNASKED: u64 = 64 << 20;

/// Lines that are read at once, in bytes.
const BATCH: usize = 16 << 20;

/// A snapshot whose paths and certificates are known.
#[derive(Debug)]
pub struct Snapshot {
    pub(super) name: String,
    bytes: Vec<u8>,
    pub(super) shells: Vec<Shell>,
    table: Arc<table::Table>,
    pub(super) end: End,
}

/// A path of a snapshot.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) candidate: Candidate,
    /// Of the line, to tell whether two snapshots say the same.
    pub(super) digest: Fingerprint,
}

/// The lines of a snapshot.
struct Lines<'a> {
    name: &'a str,
    from: Box<dyn BufRead + 'a>,
    number: usize,
    left: u64,
}

impl<'a> Lines<'a> {
    fn new(name: &'a str, bytes: &'a [u8]) -> Self {
        let from: Box<dyn BufRead> = if bytes.starts_with(GZIP) {
            Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(bytes)))
        } else {
            Box::new(bytes)
        };
        let left = MAX_TOTAL.min(UNASKED + MAX_RATIO * bytes.len() as u64);
        Self { name, from, number: 0, left }
    }

    fn error(&self, what: impl Into<String>) -> SnapshotError {
        SnapshotError { name: self.name.to_owned(), line: Some(self.number), what: what.into(), help: None }
    }

    /// The next line without its end.
    fn next(&mut self) -> Result<Option<String>, SnapshotError> {
        self.number += 1;
        let room = MAX_LINE.min(self.left);
        let mut line = Vec::new();
        let read = (&mut self.from).take(room + 1).read_until(b'\n', &mut line);
        read.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.error("the file is cut off"),
            _ => self.error(format!("the file is damaged: {error}")),
        })?;
        if line.is_empty() {
            return Ok(None);
        }
        if line.len() as u64 > room {
            return Err(self.error(format!(
                "more than {room} bytes come out of the file at once, and no more are taken"
            )));
        }
        self.left -= line.len() as u64;
        if line.pop_if(|last| *last == b'\n').is_none() {
            return Err(self.error("the file is cut off: the line has no end"));
        }
        String::from_utf8(line).map(Some).map_err(|_| self.error("the line is not UTF-8"))
    }
}

fn parse<'l>(line: &'l str, lines: &Lines<'_>) -> Result<Line<'l>, SnapshotError> {
    serde_json::from_str(line).map_err(|error| lines.error(error.to_string()))
}

impl Snapshot {
    /// Whether a file is a snapshot, by its first bytes; a kilobyte is enough.
    pub fn is_one(head: &[u8]) -> bool {
        const BEGIN: &[u8] = b"{\"tlsfacts\":";
        if !head.starts_with(GZIP) {
            return head.starts_with(BEGIN);
        }
        let mut begin = [0; BEGIN.len()];
        MultiGzDecoder::new(head).read_exact(&mut begin).is_ok() && begin == BEGIN
    }

    /// As it was named.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.shells.iter().map(|it| &*it.candidate.path)
    }

    /// Reads what a snapshot has. `name` is what errors call it.
    pub fn read(name: &str, bytes: Vec<u8>) -> Result<Self, SnapshotError> {
        let mut lines = Lines::new(name, &bytes);
        head(&mut lines)?;
        let mut rows = Vec::new();
        let mut shells: Vec<Shell> = Vec::new();
        let end = loop {
            let Some(text) = lines.next()? else {
                return Err(lines.error("the file is cut off: its last line is missing"));
            };
            match parse(&text, &lines)? {
                Line { certificate: Some(row), path: None, end: None, .. } => {
                    if !shells.is_empty() {
                        return Err(lines.error("a certificate stands behind the first path"));
                    }
                    rows.push((lines.number, row));
                }
                Line {
                    certificate: None,
                    path: Some(path),
                    kind: Some(kind),
                    size,
                    mode,
                    tracked,
                    link,
                    ..
                } => {
                    if path.is_empty() || path.contains(char::is_control) {
                        return Err(lines.error("a path is empty or cannot be printed"));
                    }
                    if shells.last().is_some_and(|last| *last.candidate.path >= *path) {
                        return Err(lines.error(format!("`{path}` stands twice or out of order")));
                    }
                    let (path, kind) = (Arc::from(path), kind.into());
                    let candidate = Candidate { path, kind, size, mode, tracked, reported: true, link };
                    shells.push(Shell { candidate, digest: Fingerprint::of(text.as_bytes()) });
                }
                Line { certificate: None, path: None, end: Some(end), .. } => break end,
                _ => return Err(lines.error("the line is neither a certificate nor a path nor the end")),
            }
        };
        if lines.next()?.is_some() {
            return Err(lines.error("something follows the end"));
        }
        let table = table(name, &rows)?;
        drop(lines);
        Ok(Self { name: name.to_owned(), bytes, shells, table: Arc::new(table), end })
    }

    /// Reads what it says about its paths. `ids` are those of the run, `index` is that of this snapshot among others.
    pub(super) fn tell(
        &self,
        index: usize,
        ids: &Arc<own::Ids>,
    ) -> Result<Vec<(FileId, ToldFile)>, SnapshotError> {
        let mut lines = Lines::new(&self.name, &self.bytes);
        lines.next()?;
        let mut told = Vec::with_capacity(self.shells.len());
        let mut open = true;
        while open {
            let mut batch: Vec<(usize, String)> = Vec::new();
            let mut size = 0;
            while size < BATCH && open {
                match lines.next()? {
                    Some(text) => {
                        size += text.len();
                        batch.push((lines.number, text));
                    }
                    None => open = false,
                }
            }
            let read: Vec<Result<Option<(FileId, ToldFile)>, SnapshotError>> = batch
                .par_iter()
                .map(|(number, text)| {
                    self.tell_line(index, text, ids).map_err(|what| SnapshotError {
                        name: self.name.clone(),
                        line: Some(*number),
                        what,
                        help: None,
                    })
                })
                .collect();
            for it in read {
                told.extend(it?);
            }
        }
        Ok(told)
    }

    fn tell_line(
        &self,
        index: usize,
        text: &str,
        ids: &Arc<own::Ids>,
    ) -> Result<Option<(FileId, ToldFile)>, String> {
        let line: Line<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let Some(path) = line.path else { return Ok(None) };
        let Some(file) = ids.get(&*path).copied() else { return Ok(None) };
        let mut source = match line.source {
            Some(raw) => {
                let kept: own::Kept = serde_json::from_str(raw.get())
                    .map_err(|error| format!("the text of `{path}`: {error}"))?;
                kept.source(&path).map_err(|what| format!("the text of `{path}`: {what}"))?
            }
            None => Source::unread(&*path),
        };
        let mut facts_of = |raw: &str| -> Result<Facts, String> {
            let taken = std::mem::replace(&mut source, Source::unread(""));
            let (facts, back) = own::reading(file, taken, ids, || {
                let facts = || serde_json::from_str::<Facts>(raw);
                table::reading(&self.table, || seal::reading(index, facts))
            });
            source = back.unwrap_or_else(|| Source::unread(&*path));
            let facts = facts.map_err(|error| format!("what `{path}` says: {error}"))?;
            match sound::fault(&facts, &source) {
                Some(what) => Err(format!("what `{path}` says: {what}")),
                None => Ok(facts),
            }
        };
        let facts = line.facts.map(|raw| facts_of(raw.get())).transpose()?;
        let more: Vec<(Wanted, Facts)> = line
            .more
            .iter()
            .map(|it| Ok((it.wanted.into(), facts_of(it.facts.get())?)))
            .collect::<Result<_, String>>()?;
        let more: Vec<(Wanted, Said)> = more
            .into_iter()
            .map(|(wanted, said)| {
                // The text is told once, unless nobody told it.
                let text = if facts.is_some() { Source::unread(&*path) } else { source.clone() };
                (wanted, (text, Some(said)))
            })
            .collect();
        let first = if facts.is_some() { (source, facts) } else { (Source::unread(&*path), None) };
        let (first, more) = (Some(first).into(), more.into());
        Ok(Some((file, ToldFile { snapshot: index, path: path.into_owned(), first, more })))
    }
}

/// The first line says which form the others have.
fn head(lines: &mut Lines<'_>) -> Result<(), SnapshotError> {
    let no = "it is no snapshot of tlslint: the first line does not say `tlsfacts`";
    let text = lines.next()?.ok_or_else(|| lines.error(no))?;
    let head: AnyHead = serde_json::from_str(&text).map_err(|_| lines.error(no))?;
    if head.tlsfacts == FORM {
        return Ok(());
    }
    let version: String =
        head.tlslint.chars().filter(|c| c.is_ascii_alphanumeric() || "+-.".contains(*c)).take(40).collect();
    let what = format!(
        "it has form {}, written by tlslint {version}, and this tlslint reads form {FORM}",
        head.tlsfacts
    );
    let help = Some("make it again with the version of tlslint that reads it".to_owned());
    Err(SnapshotError { help, ..lines.error(what) })
}

fn table(name: &str, rows: &[(usize, table::Row)]) -> Result<table::Table, SnapshotError> {
    rows.par_iter()
        .map(|(line, row)| match row.certificate() {
            Ok(certificate) => Ok((certificate.fingerprint, certificate)),
            Err(what) => Err(SnapshotError { name: name.to_owned(), line: Some(*line), what, help: None }),
        })
        .collect::<Vec<_>>()
        .into_iter()
        .collect()
}
