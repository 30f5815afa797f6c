//! Keystores: what a file of entries with aliases holds, how it is sealed, and how far it could be opened.

use std::{fmt, ops::Range};

use crate::{source::Location, x509::Time};

/// What a keystore is as a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoreKind {
    /// PKCS#12: `.p12`, `.pfx`.
    Pkcs12,
    /// Java's own of old.
    Jks,
    /// Java's with stronger keys, by the JCE.
    Jceks,
    /// Bouncy Castle's.
    Bks,
    /// Bouncy Castle's, encrypted whole.
    Uber,
    /// Bouncy Castle's for FIPS, encrypted whole.
    Bcfks,
}

impl fmt::Display for StoreKind {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Pkcs12 => "PKCS#12",
            Self::Jks => "JKS",
            Self::Jceks => "JCEKS",
            Self::Bks => "BKS",
            Self::Uber => "UBER",
            Self::Bcfks => "BCFKS",
        })
    }
}

/// A keystore as far as it could be read. Certificates and keys themselves are items of the holding it belongs to.
#[derive(Clone, Debug)]
pub struct Store {
    /// What it is.
    pub kind: StoreKind,
    /// Its entries in order of the file; those that nobody could open are not among them.
    pub entries: Vec<Entry>,
    /// How far it could be opened.
    pub state: State,
    /// What seals it: algorithms with their iterations, as far as they are told without a password.
    pub seals: Vec<Seal>,
}

/// One entry of a keystore.
#[derive(Clone, Debug)]
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

/// What an entry is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A private key with its chain.
    PrivateKey,
    /// A certificate that is trusted; in PKCS#12 it carries the attribute that Java asks for.
    TrustedCertificate,
    /// A certificate of PKCS#12 without that attribute: Java does not list it, others do.
    Certificate,
    /// A secret key, or what only Java can read back.
    Secret,
}

impl EntryKind {
    /// What a person calls it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::PrivateKey => "private key",
            Self::TrustedCertificate => "trusted certificate",
            Self::Certificate => "certificate",
            Self::Secret => "secret key",
        }
    }
}

/// How far a keystore could be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// A password fits (or none is needed), and everything was read.
    Open(Opened),
    /// Certificates are readable by everybody; no password was given that proves the seal and opens the keys.
    CertificatesOnly,
    /// Nothing can be read without a password, and none was given.
    Locked,
    /// Passwords were given, and none fits: how many, and from where the best of them came.
    Refused(Vec<PasswordFrom>),
    /// It asks for more work than we do for a stranger, or is of a kind that only its own software reads: why, in words
    /// that follow "it".
    Unsupported(String),
    /// It is damaged: what, and at which byte.
    Broken {
        /// In words that follow "is not readable:".
        what: String,
        /// Counted from the start of the file.
        byte: usize,
    },
}

/// Which password opened a store.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Where it came from; `None` where the store has no password at all.
    pub by: Option<PasswordFrom>,
    /// It is one that everybody knows: `changeit`, `changeme`, or empty.
    pub well_known: bool,
    /// The key opens with another password, which nobody gave.
    pub keys_locked: bool,
}

/// Where a password comes from.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PasswordFrom {
    /// `--passwords` or `TLSLINT_PASSWORDS`.
    User,
    /// A file of the tree says it: the place.
    Tree(Location),
    /// Nobody said it; it is the empty one or the one of Java's documentation.
    WellKnown,
}

/// What protects a part of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Which part.
    pub part: SealedPart,
    /// The algorithm in the words of the field: `PBE-SHA1-RC2-40`, `PBES2 PBKDF2 AES-256-CBC`, `HMAC-SHA256`.
    pub algorithm: String,
    /// Rounds of the key derivation; 0 where there are none.
    pub iterations: u64,
    /// Broken or of a strength that nobody should rely on.
    pub weak: bool,
}

/// A part of a store that is sealed by itself.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SealedPart {
    /// The proof that nobody changed it.
    Integrity,
    /// Certificates.
    Certificates,
    /// Private keys.
    Keys,
}
