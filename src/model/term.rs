//! Words of the program itself, as facts hold them: names of keys, of formats. A snapshot writes them out; read back,
//! each is kept once, and only so many, because nobody can tell a word of another version from noise.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Deserializer, de};

/// A word of the program itself.
pub type Term = &'static str;

/// The longest of them, with room.
const MAX_LENGTH: usize = 200;

/// So many are kept. There are some hundred.
const MAX_TERMS: usize = 2_000;

static KNOWN: Mutex<BTreeSet<Term>> = Mutex::new(BTreeSet::new());

/// Keeps a word for good.
fn keep(word: &str) -> Option<Term> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(term) = known.get(word) {
        return Some(term);
    }
    if word.len() > MAX_LENGTH || known.len() >= MAX_TERMS {
        return None;
    }
    let term: Term = Box::leak(word.to_owned().into_boxed_str());
    known.insert(term);
    Some(term)
}

#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Read(Term);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Read;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a word that this version knows")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Read, E> {
                keep(word).map(Read).ok_or_else(|| E::invalid_value(de::Unexpected::Str(word), &self))
            }
        }
        from.deserialize_str(Visitor)
    }
}

/// Reads one.
pub(super) fn one<'de, D: Deserializer<'de>>(from: D) -> Result<Term, D::Error> {
    Read::deserialize(from).map(|it| it.0)
}

/// Reads one that may be missing.
pub(super) fn maybe<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Term>, D::Error> {
    Ok(Option::<Read>::deserialize(from)?.map(|it| it.0))
}

/// Reads some that stand beside something else.
pub(super) fn beside<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Vec<(T, Term)>, D::Error> {
    let all = Vec::<(T, Read)>::deserialize(from)?;
    Ok(all.into_iter().map(|(it, term)| (it, term.0)).collect())
}

/// Reads some by which something is found.
pub(super) fn keys<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<BTreeMap<Term, T>, D::Error> {
    let all = BTreeMap::<Read, T>::deserialize(from)?;
    Ok(all.into_iter().map(|(term, it)| (term.0, it)).collect())
}
