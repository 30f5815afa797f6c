//! What the name of a store means: a literal, a reference, a placeholder, or none of these.

use crate::source::Location;

use super::{
    super::said::Said,
    environment::{Environment, Store},
    unit::Reference,
};

/// What stands in `KeyStore` or `TrustStore`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreName<'a> {
    /// Nothing, or an empty text, which means nothing.
    Absent,
    /// A placeholder or flow variable.
    Opaque,
    /// `ref://name`.
    Reference(&'a str),
    /// The name of a store.
    Literal(&'a str),
    /// Something that was meant as a reference and is none; what is odd about it, in words.
    Odd(&'static str),
}

impl<'a> StoreName<'a> {
    /// Reads the value of `KeyStore` or `TrustStore`.
    pub fn of(said: Option<&'a Said>) -> Self {
        let Some(said) = said.filter(|it| !it.is_blank()) else { return Self::Absent };
        if said.is_placeholder() {
            return Self::Opaque;
        }
        let word = said.trimmed();
        if let Some(name) = word.strip_prefix("ref://") {
            return match name {
                "" => Self::Odd("names no reference"),
                _ if name.trim() != name || name.contains(char::is_whitespace) && name.trim().is_empty() => {
                    Self::Odd("has a blank behind `ref://`")
                }
                _ if name.contains('/') => Self::Odd("has a slash in the name of the reference"),
                _ => Self::Reference(name),
            };
        }
        let lower = word.to_ascii_lowercase();
        if lower.starts_with("ref://") {
            return Self::Odd("spells `ref://` in another case");
        }
        if lower.starts_with("ref:") || lower.starts_with("ref//") {
            return Self::Odd("is not `ref://` and a name");
        }
        if word.contains("://") {
            return Self::Odd("is neither a store nor `ref://` and a name");
        }
        Self::Literal(word)
    }
}

/// Where the name of a store leads.
#[derive(Clone, Debug)]
pub enum Lookup<'e> {
    /// Nothing is named, or something opaque or odd.
    Nothing,
    /// The reference is not in the environment.
    NoReference(&'e str),
    /// The reference stands for a placeholder.
    OpaqueReference(&'e Reference),
    /// The reference is there and the store it stands for is not.
    Dangling(&'e Reference),
    /// The store is not in the environment.
    NoStore(&'e str),
    /// A store that every organisation of Edge Cloud has and nobody lists.
    BuiltIn(Option<&'e Reference>),
    /// The store, and the reference on the way to it.
    Store(Option<&'e Reference>, &'e Store),
}

impl<'e> Lookup<'e> {
    /// The store, where there is one.
    pub fn store(&self) -> Option<&'e Store> {
        if let Self::Store(_, store) = self { Some(store) } else { None }
    }

    /// The reference on the way, where there is one.
    pub fn reference(&self) -> Option<&'e Reference> {
        match self {
            Self::OpaqueReference(it) | Self::Dangling(it) => Some(it),
            Self::BuiltIn(it) | Self::Store(it, _) => *it,
            _ => None,
        }
    }
}

/// The store that every evaluation and paid organisation of Edge Cloud has, and no list names.
pub const BUILT_IN_STORE: &str = "freetrial";

impl Environment {
    /// A store by its exact name.
    pub fn store(&self, name: &str) -> Option<&Store> {
        let at = self.stores.binary_search_by(|it| it.name.as_str().cmp(name)).ok()?;
        self.stores.get(at)
    }

    /// A reference by its exact name; the last of several counts.
    pub fn reference(&self, name: &str) -> Option<&Reference> {
        self.references.get(*self.by_name.get(name)?)
    }

    /// Where the name of a store leads in this environment.
    pub fn look_up<'e>(&'e self, said: Option<&'e Said>) -> Lookup<'e> {
        match StoreName::of(said) {
            StoreName::Absent | StoreName::Opaque | StoreName::Odd(_) => Lookup::Nothing,
            StoreName::Reference(name) => match self.reference(name) {
                None => Lookup::NoReference(name),
                Some(reference) => {
                    let target = reference.refers.trimmed();
                    match self.store(target) {
                        Some(store) => Lookup::Store(Some(reference), store),
                        None if target == BUILT_IN_STORE => Lookup::BuiltIn(Some(reference)),
                        None if reference.refers.is_placeholder() => Lookup::OpaqueReference(reference),
                        None => Lookup::Dangling(reference),
                    }
                }
            },
            StoreName::Literal(name) => match self.store(name) {
                Some(store) => Lookup::Store(None, store),
                None if name == BUILT_IN_STORE => Lookup::BuiltIn(None),
                None => Lookup::NoStore(name),
            },
        }
    }

    /// The places from the line that names a store to the store itself, each with what it is.
    pub fn way(&self, said: &Said) -> Vec<(Location, String)> {
        let mut steps = Vec::new();
        let found = self.look_up(Some(said));
        if let Some(reference) = found.reference() {
            steps.push((
                reference.refers.at,
                format!(
                    "reference `{}` stands for store `{}`",
                    reference.name.trimmed(),
                    reference.refers.trimmed()
                ),
            ));
        }
        if let Some(store) = found.store() {
            steps.push((store.at, format!("store `{}`", store.name)));
        }
        steps
    }
}
