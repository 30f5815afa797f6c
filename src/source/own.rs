//! Places as a snapshot writes them. What one file says names no file: its places are its own, and the few that lie in
//! another file name it by its path. While such a line is written or read, this room knows whose line it is.

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::{FileId, Location, Place, Source, Span};

/// No file is as long, in bytes.
const MAX_BYTE: u64 = 1 << 56;

/// Files of a run by their paths.
pub type Ids = HashMap<Arc<str>, FileId>;

/// Whose line is written or read now.
struct Here {
    file: FileId,
    /// Stretches of the text that were written.
    spans: Vec<Span>,
    /// What places lie in, where they are read and have to lie in it.
    source: Option<Source>,
    files: Files,
}

enum Files {
    /// To write: the paths by id.
    Paths(Arc<[Arc<str>]>),
    /// To read: the ids by path.
    Ids(Arc<Ids>),
}

thread_local! {
    static HERE: RefCell<Option<Here>> = const { RefCell::new(None) };
}

/// Ends with the work, also where that panics.
struct Scope;

impl Drop for Scope {
    fn drop(&mut self) {
        HERE.take();
    }
}

/// Does work that writes what a file says. `paths` are those of all files by their ids.
///
/// Gives the stretches of its text as well that were written as places.
pub fn writing<T>(file: FileId, paths: &Arc<[Arc<str>]>, work: impl FnOnce() -> T) -> (T, Vec<Span>) {
    let files = Files::Paths(Arc::clone(paths));
    HERE.set(Some(Here { file, spans: Vec::new(), source: None, files }));
    let _scope = Scope;
    let done = work();
    (done, HERE.take().map(|here| here.spans).unwrap_or_default())
}

/// Does work that reads what a file says; places have to lie in its source.
pub fn reading<T>(
    file: FileId,
    source: Source,
    ids: &Arc<Ids>,
    work: impl FnOnce() -> T,
) -> (T, Option<Source>) {
    let files = Files::Ids(Arc::clone(ids));
    HERE.set(Some(Here { file, spans: Vec::new(), source: Some(source), files }));
    let _scope = Scope;
    let done = work();
    (done, HERE.take().and_then(|here| here.source))
}

impl FileId {
    /// The file whose line is read now.
    pub fn of_this_line() -> Self {
        HERE.with_borrow(|here| here.as_ref().map_or(Self::default(), |here| here.file))
    }
}

/// Why a place that is read cannot be one of this file.
fn fault(place: Place) -> Option<&'static str> {
    HERE.with_borrow(|here| {
        let source = here.as_ref()?.source.as_ref()?;
        let fits = match place {
            Place::Whole => true,
            Place::Text(span) => source.text.get(span.range()).is_some(),
            Place::Entry(index) => (index as usize) < source.entries.len(),
        };
        (!fits).then_some("a place lies outside of its file")
    })
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        HERE.with_borrow_mut(|here| {
            if let Some(here) = here {
                here.spans.push(*self);
            }
        });
        [self.start, self.end].serialize(to)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let [start, end] = <[u32; 2]>::deserialize(from)?;
        let span = Self { start, end };
        fault(Place::Text(span)).map_or(Ok(span), |what| Err(de::Error::custom(what)))
    }
}

/// Nothing is the file as such, one number an entry, two a stretch of text.
impl Serialize for Place {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole => to.collect_seq([0_u32; 0]),
            Self::Entry(index) => to.collect_seq([*index]),
            Self::Text(span) => span.serialize(to),
        }
    }
}

fn place<'de, D: Deserializer<'de>>(from: D) -> Result<Place, D::Error> {
    Ok(match Vec::<u32>::deserialize(from)?.as_slice() {
        [] => Place::Whole,
        [index] => Place::Entry(*index),
        [start, end] => Place::Text(Span { start: *start, end: *end }),
        _ => return Err(de::Error::custom("a place has more than two numbers")),
    })
}

impl Serialize for Location {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if HERE.with_borrow(|here| here.as_ref().is_some_and(|here| here.file != self.file)) {
            return Err(ser::Error::custom("what one file says names a place of another one"));
        }
        self.place.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Location {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let place = place(from)?;
        match fault(place) {
            Some(what) => Err(de::Error::custom(what)),
            None => Ok(Self { file: FileId::of_this_line(), place }),
        }
    }
}

/// A place that may lie in another file.
#[derive(Serialize, Deserialize)]
struct Elsewhere {
    path: String,
    #[serde(serialize_with = "Serialize::serialize", deserialize_with = "place")]
    at: Place,
}

/// Writes a place that may lie in another file, which is named by its path.
pub fn write_elsewhere<S: Serializer>(at: &Location, to: S) -> Result<S::Ok, S::Error> {
    let path = HERE.with_borrow(|here| match here.as_ref().map(|here| &here.files) {
        Some(Files::Paths(paths)) => paths.get(at.file.0 as usize).map(ToString::to_string),
        _ => None,
    });
    let path = path.ok_or_else(|| ser::Error::custom("a place lies in a file that has no path"))?;
    Elsewhere { path, at: at.place }.serialize(to)
}

/// Reads one back. Whether it lies in that file is not known here.
pub fn read_elsewhere<'de, D: Deserializer<'de>>(from: D) -> Result<Location, D::Error> {
    let Elsewhere { path, at } = Elsewhere::deserialize(from)?;
    let file = HERE.with_borrow(|here| match here.as_ref().map(|here| &here.files) {
        Some(Files::Ids(ids)) => ids.get(&*path).copied(),
        _ => None,
    });
    // A file that this run leaves out cannot be shown; the one that speaks of it can.
    Ok(file.map_or_else(|| Location::whole(FileId::of_this_line()), |file| Location { file, place: at }))
}

/// A source as a snapshot writes it; its path stands beside it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    encoding: super::Encoding,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    entries: Vec<(String, u32, u32)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lines: Vec<(u32, u64)>,
    text: String,
}

impl Kept {
    /// What is written of a source: the lines that hold one of these stretches. Of the others nobody needs more than
    /// their length, and they may hold anything.
    pub fn lines_of(source: &Source, spans: &[Span]) -> Self {
        let mut wanted = vec![false; source.line_starts().len()];
        for span in spans {
            let (first, last) = (source.line_index(span.start), source.line_index(span.end.max(span.start)));
            wanted.iter_mut().take(last + 1).skip(first).for_each(|it| *it = true);
        }
        let mut masked = source.clone();
        for (line, _) in wanted.iter().enumerate().filter(|(_, wanted)| !**wanted) {
            if let Some(range) = source.line_range(line) {
                masked.mask(range.into());
            }
        }
        Self::of(&masked)
    }

    /// What is written of a source whose text is kept whole.
    pub fn of(source: &Source) -> Self {
        let entries = source.entries.iter().map(|it| (it.name.clone(), it.span.start, it.span.end));
        Self {
            encoding: source.encoding,
            entries: entries.collect(),
            lines: source.kept.to_vec(),
            text: source.text.clone(),
        }
    }

    /// The source again; or what is wrong with it.
    pub fn source(self, path: &str) -> Result<Source, &'static str> {
        if u32::try_from(self.text.len()).is_err() {
            return Err("the text is too long");
        }
        let mut source = Source::text(path, self.text, self.encoding);
        let mut entries = Vec::with_capacity(self.entries.len());
        for (name, start, end) in self.entries {
            let span = Span { start, end };
            if source.text.get(span.range()).is_none() {
                return Err("an entry lies outside of the text");
            }
            entries.push(super::Entry { name, span });
        }
        source.entries = entries.into();
        if self.lines.iter().any(|(_, byte)| *byte > MAX_BYTE) {
            return Err("a line begins where no file reaches");
        }
        source.kept = self.lines.into();
        Ok(source)
    }
}
