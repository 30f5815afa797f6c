//! Keystores: what a file of entries with aliases holds, how it is sealed, and how far it could be opened.

use std::{ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    source::{FileId, Location, Place, own},
    x509::{
        KeyMaterial, ParseError, PublicKey, Time,
        store::{self, Access, Content, Part},
    },
};

pub use crate::x509::store::{EntryKind, Seal, SealedPart, StoreKind};

use super::{
    facts::{Item, ItemKind},
    seal,
    term::{self, Term},
};

/// Passwords that every attacker tries first, and documentation names.
const WELL_KNOWN: &[&str] = &["", "changeit", "changeme"];

/// A keystore as far as it could be read. Certificates and keys themselves are items of the holding it belongs to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Store {
    /// What it is.
    pub kind: StoreKind,
    /// Its entries in order of the file; those that nobody could open are not among them.
    pub entries: Vec<Entry>,
    /// How far it could be opened.
    pub state: State,
    /// What seals it: algorithms with their iterations, as far as they could be told.
    pub seals: Vec<Seal>,
    /// The file is base64 text of the store, as in a Secret of Kubernetes; no software reads it as it is.
    pub base64: bool,
    /// Passwords that were given and are neither that of the opened store nor that of one of its keys.
    pub refused: Vec<PasswordFrom>,
    /// Numbers of all passwords that were tried on it, in order.
    #[serde(with = "seal::numbers")]
    pub tried: Vec<u64>,
    /// The number of the password that opened it; stores with one number have one password.
    #[serde(default, with = "seal::number")]
    pub opened_with: Option<u64>,
    /// The bytes, where a password may tell more.
    #[serde(skip)]
    pub(in crate::model) sealed: Option<Sealed>,
}

/// A store that waits for a password.
#[derive(Clone)]
pub(in crate::model) struct Sealed {
    pub(in crate::model) bytes: Arc<[u8]>,
    /// Rounds of key derivation that a wrong password costs.
    pub(in crate::model) rounds: u64,
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.bytes.len())
    }
}

/// One entry of a keystore.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its place.
    pub at: Location,
    /// Alias or friendly name; empty where it has none.
    pub alias: String,
    /// What it is to the software that reads the store.
    pub kind: EntryKind,
    /// When it was made, where the store keeps that.
    pub created: Option<Time>,
    /// Its key (first, where it has one) and its certificates in order, by index in the items of the holding.
    pub items: Range<usize>,
}

/// How far a keystore could be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// A password fits (or none is needed), and everything was read.
    Open(Opened),
    /// Certificates are readable by everybody; no password was given that proves the seal and opens the keys.
    CertificatesOnly,
    /// Nothing can be read without a password, and none was given.
    Locked,
    /// Passwords were given, and none fits: from where each of them came.
    Refused(Vec<PasswordFrom>),
    /// It asks for more work than we do for a stranger, or is of a kind that only its own software reads: why, in words
    /// that follow "it".
    Unsupported(String),
    /// It is damaged: what, and at which byte.
    Broken {
        /// In words that follow "is not readable:".
        what: String,
        /// Counted from the start of the store.
        byte: usize,
    },
}

/// Which password opened a store.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Where it came from; `None` where the store has no password at all.
    pub by: Option<PasswordFrom>,
    /// The password itself where it is one that everybody knows: `changeit`, `changeme`, or empty.
    #[serde(default, deserialize_with = "term::maybe")]
    pub well_known: Option<Term>,
    /// The key opens with another password, which nobody gave.
    pub keys_locked: bool,
}

/// Where a password comes from.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PasswordFrom {
    /// `--passwords` or `TLSLINT_PASSWORDS`.
    User,
    /// A file of the tree says it: the place.
    Tree(
        #[serde(serialize_with = "own::write_elsewhere", deserialize_with = "own::read_elsewhere")] Location,
    ),
    /// Nobody said it; it is the empty one or the one of Java's documentation.
    WellKnown,
}

impl Store {
    /// Whether every certificate of it is at hand.
    pub fn shows_certificates(&self) -> bool {
        match self.state {
            State::Open(_) | State::CertificatesOnly => true,
            // Certificates of these lie open whatever the password is.
            State::Refused(_) => matches!(self.kind, StoreKind::Jks | StoreKind::Jceks | StoreKind::Bks),
            State::Locked | State::Unsupported(_) | State::Broken { .. } => false,
        }
    }

    /// Whether it holds a private key, as far as that is known.
    pub fn has_key(&self) -> bool {
        self.entries.iter().any(|entry| entry.kind == EntryKind::PrivateKey)
    }

    /// The entry of an alias. Java compares without regard to case.
    pub fn entry(&self, alias: &str) -> Option<&Entry> {
        let lower = alias.to_lowercase();
        let exact = self.entries.iter().find(|entry| entry.alias == alias);
        exact.or_else(|| self.entries.iter().find(|entry| entry.alias.to_lowercase() == lower))
    }

    /// The entry with a private key that software takes where no alias is said: the first.
    pub fn first_key(&self) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.kind == EntryKind::PrivateKey)
    }

    /// Whether a password opened it, so that the keys of it are not there for everybody to read.
    pub fn is_sealed(&self) -> bool {
        !matches!(self.state, State::Open(Opened { by: None, .. }))
    }
}

/// What a store became in a file.
#[derive(Debug)]
pub struct Filed {
    /// The items of the holding.
    pub items: Vec<Item>,
    /// The store that goes with them.
    pub store: Store,
    /// Name and description of every line of the listing; places are the numbers of lines.
    pub lines: Vec<(String, String)>,
    /// Keys that a password opened, by their places.
    pub(in crate::model) opened: Vec<(Location, PublicKey)>,
}

/// A password, if it is one that everybody knows.
pub(in crate::model) fn well_known(password: &[u8]) -> Option<&'static str> {
    WELL_KNOWN.iter().copied().find(|known| known.as_bytes() == password)
}

/// What a file says that is a store, before anybody tried a password.
pub fn file_without_password(file: FileId, bytes: &[u8], base64: bool) -> Option<Filed> {
    let content = store::read(bytes)?;
    let state = match &content.access {
        Access::Open { keys_locked } => {
            State::Open(Opened { by: None, well_known: None, keys_locked: *keys_locked })
        }
        Access::Certificates => State::CertificatesOnly,
        Access::Locked => State::Locked,
        Access::Foreign(why) => State::Unsupported(why.clone()),
        Access::Broken(error) => broken(error),
    };
    let waits = matches!(state, State::CertificatesOnly | State::Locked);
    let sealed = waits.then(|| Sealed { bytes: bytes.into(), rounds: content.rounds });
    Some(file_content(file, content, state, base64, sealed))
}

/// What damage is as a state.
pub(in crate::model) fn broken(error: &ParseError) -> State {
    State::Broken { what: error.what.clone(), byte: error.at }
}

/// Turns a store into the items of a holding: every key and certificate is a place of its own, and a line.
pub(in crate::model) fn file_content(
    file: FileId,
    content: Content,
    state: State,
    base64: bool,
    sealed: Option<Sealed>,
) -> Filed {
    let mut filed = Filed {
        items: Vec::new(),
        store: Store {
            kind: content.kind,
            entries: Vec::with_capacity(content.entries.len()),
            state,
            seals: content.seals,
            base64,
            refused: Vec::new(),
            opened_with: None,
            tried: Vec::new(),
            sealed,
        },
        lines: Vec::new(),
        opened: Vec::new(),
    };
    for (number, entry) in content.entries.into_iter().enumerate() {
        let name = if entry.alias.is_empty() { format!("entry {}", number + 1) } else { entry.alias.clone() };
        let first = filed.lines.len();
        let start = filed.items.len();
        let made = entry.created.map(|at| format!(", made {at}")).unwrap_or_default();
        let mut certificates = 0;
        if entry.parts.is_empty() {
            filed.lines.push((name.clone(), format!("{}{made}", entry.kind.noun())));
        }
        for part in entry.parts {
            let at = Location { file, place: Place::Entry(filed.lines.len() as u32) };
            let (kind, what) = item(file, part, &mut filed.opened, at);
            let is_key = kind.is_private_key();
            // As keytool counts them: the leaf of a key is `Certificate[1]`.
            let shown = if is_key || entry.kind != EntryKind::PrivateKey {
                name.clone()
            } else {
                certificates += 1;
                format!("{name}[{certificates}]")
            };
            let noun = match &kind {
                ItemKind::Certificate(_) if entry.kind == EntryKind::PrivateKey => "certificate",
                ItemKind::Certificate(_) => entry.kind.noun(),
                _ => "",
            };
            let space = if noun.is_empty() { "" } else { "  " };
            let made = if filed.lines.len() == first { &*made } else { "" };
            filed.lines.push((shown, format!("{noun}{space}{what}{made}")));
            filed.items.push(Item { at, kind, refused_by_openssl: true });
        }
        filed.store.entries.push(Entry {
            at: Location { file, place: Place::Entry(first as u32) },
            alias: entry.alias,
            kind: entry.kind,
            created: entry.created,
            items: start..filed.items.len(),
        });
    }
    filed
}

/// A part as an item, with what its line says after the kind.
fn item(
    file: FileId,
    part: Part,
    opened: &mut Vec<(Location, PublicKey)>,
    at: Location,
) -> (ItemKind, String) {
    match part {
        Part::Certificate(certificate) => {
            let line = certificate.listing();
            (ItemKind::Certificate(certificate), line)
        }
        Part::RevocationList(list) => {
            let line = format!("revocation list  {}", list.issuer.text);
            (ItemKind::RevocationList(list), line)
        }
        Part::Opened(locked, public) => {
            let line = format!("private key  {} {} bits", public.kind, public.bits);
            opened.push((at, public));
            (ItemKind::LockedKey(locked), line)
        }
        Part::Key(KeyMaterial::Locked(locked)) => {
            let line = format!("private key  locked with {}", locked.scheme);
            (ItemKind::LockedKey(locked), line)
        }
        Part::Key(KeyMaterial::Plain(public)) => {
            let line = format!("private key  {} {} bits", public.kind, public.bits);
            (ItemKind::PrivateKey(public), line)
        }
        Part::Key(KeyMaterial::Unsupported { what, kind }) => {
            let line = format!("private key  {what}");
            (ItemKind::OpaqueKey { what, kind }, line)
        }
        Part::Broken(label, error) => {
            let what = format!("cannot be read: {}, at byte {} of its content", error.what, error.at);
            let line = format!("a `{label}` that {what}");
            let at = Location { file, place: at.place };
            (ItemKind::Broken { label: label.to_owned(), what, at, inside: true }, line)
        }
    }
}
