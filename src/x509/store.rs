//! Keystores as plain values: what a file of entries with aliases tells everybody, and what it tells those who know
//! a password. Of a private key nothing but the public half is kept.

mod bags;
mod bouncy;
mod entries;
mod java;
mod octets;
mod pkcs12;
mod proof;
mod serialised;

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Certificate, KeyMaterial, LockedKey, ParseError, PublicKey, RevocationList, Time, known};

/// More entries than any store of a person holds.
const MAX_ENTRIES: usize = 100_000;
/// More certificates than any chain has.
const MAX_CHAIN: usize = 1_000;
/// Rounds of key derivation that the content of one store may take, beyond those that prove its password.
pub const MAX_ROUNDS: u64 = 5_000_000;
/// Longer aliases are cut where they are shown.
const MAX_ALIAS: usize = 200;

/// What a keystore is as a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

impl StoreKind {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pkcs12 => "PKCS#12",
            Self::Jks => "JKS",
            Self::Jceks => "JCEKS",
            Self::Bks => "BKS",
            Self::Uber => "UBER",
            Self::Bcfks => "BCFKS",
        }
    }

    /// Whether Java software alone writes it.
    pub fn is_of_java(self) -> bool {
        self != Self::Pkcs12
    }
}

impl fmt::Display for StoreKind {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.name())
    }
}

/// What an entry is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// What protects a part of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Which part.
    pub part: SealedPart,
    /// The algorithm in the words of the field: `PBE-SHA1-RC2-40`, `PBES2/PBKDF2/AES-256-CBC`, `HMAC-SHA256`.
    pub algorithm: String,
    /// Rounds of the key derivation; 0 where there are none.
    pub iterations: u64,
    /// Broken or of a strength that nobody should rely on.
    pub weak: bool,
}

/// A part of a store that is sealed by itself.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SealedPart {
    /// The proof that nobody changed it.
    Integrity,
    /// Certificates.
    Certificates,
    /// Private keys.
    Keys,
}

/// A keystore as far as it was read.
#[derive(Clone, Debug)]
pub struct Content {
    /// What it is.
    pub kind: StoreKind,
    /// In order of the file.
    pub entries: Vec<Entry>,
    /// What seals it, each seal once.
    pub seals: Vec<Seal>,
    /// How far it was read.
    pub access: Access,
    /// Rounds of key derivation that one wrong password costs.
    pub rounds: u64,
}

/// An entry of a keystore.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Alias or friendly name without control characters; empty where it has none.
    pub alias: String,
    /// What it is.
    pub kind: EntryKind,
    /// When it was made, where the store keeps that.
    pub created: Option<Time>,
    /// The key first, then certificates; a leaf comes before its issuers.
    pub parts: Vec<Part>,
}

/// A key or certificate of an entry.
#[derive(Clone, Debug)]
pub enum Part {
    /// A certificate.
    Certificate(Arc<Certificate>),
    /// A revocation list.
    RevocationList(Arc<RevocationList>),
    /// A private key that nobody opened, or that nothing protects.
    Key(KeyMaterial),
    /// A private key that a password opened: how it was locked, and its public half.
    Opened(LockedKey, PublicKey),
    /// What cannot be read: what it should be, as PEM would label it, and why.
    Broken(&'static str, ParseError),
}

impl Part {
    fn certificate(der: &[u8]) -> Part {
        match known::certificate(der) {
            Ok(certificate) => Part::Certificate(certificate),
            Err(error) => Part::Broken("CERTIFICATE", error),
        }
    }
}

/// How far a keystore was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everything is readable; the keys may be behind another password.
    Open {
        /// A key stayed locked.
        keys_locked: bool,
    },
    /// Certificates are readable; the proof and the keys ask for a password.
    Certificates,
    /// Certificates, if there are any, ask for a password.
    Locked,
    /// Only its own software reads it, or it asks for more work than we do: why, in words that follow "it".
    Foreign(String),
    /// It is damaged; what was read before stays.
    Broken(ParseError),
}

/// What became of an attempt to open a keystore.
#[derive(Clone, Debug)]
pub enum Opening {
    /// A password fits.
    Opened {
        /// Its index.
        by: usize,
        /// Indices of those that opened a key.
        of_keys: Vec<usize>,
        /// What was read with it.
        content: Box<Content>,
    },
    /// None fits.
    Refused,
    /// No password could open it here: why, in words that follow "it".
    Foreign(String),
}

/// Tells a keystore by its first bytes; a kilobyte is enough.
pub fn is_store(head: &[u8]) -> bool {
    java::kind(head).is_some() || bouncy::is_likely(head) || pkcs12::is_likely(head)
}

/// Reads a keystore without any password; `None` where it is none.
pub fn read(bytes: &[u8]) -> Option<Content> {
    if let Some(kind) = java::kind(bytes) {
        return Some(java::read(kind, bytes));
    }
    bouncy::read(bytes).or_else(|| pkcs12::read(bytes))
}

/// Tries passwords on a keystore, each once. Keys that the fitting one does not open are tried with the others, as long
/// as all of it together takes no more rounds of key derivation than `rounds`.
pub fn open(bytes: &[u8], passwords: &[&[u8]], rounds: u64) -> Opening {
    let Some(content) = read(bytes) else { return Opening::Refused };
    match content.access {
        Access::Foreign(why) => Opening::Foreign(why),
        Access::Broken(_) | Access::Open { .. } => Opening::Refused,
        Access::Certificates | Access::Locked => match content.kind {
            StoreKind::Pkcs12 => pkcs12::open(bytes, passwords, rounds),
            StoreKind::Jks | StoreKind::Jceks => java::open(bytes, content, passwords, rounds),
            StoreKind::Bks => bouncy::open(bytes, content, passwords, rounds),
            StoreKind::Uber | StoreKind::Bcfks => Opening::Refused,
        },
    }
}

/// Opens locked keys: first with the password of the store, then with the others. Says whether one stayed locked, and
/// which passwords opened some.
fn unlock_keys<'p>(
    parts: impl Iterator<Item = &'p mut Part>,
    by: usize,
    passwords: &[&[u8]],
    mut left: u64,
) -> (bool, Vec<usize>) {
    let mut locked = false;
    let order = std::iter::once(by).chain((0..passwords.len()).filter(|index| *index != by));
    let order: Vec<(usize, &[u8])> =
        order.filter_map(|index| Some((index, *passwords.get(index)?))).collect();
    let mut used = Vec::new();
    for part in parts {
        let Part::Key(KeyMaterial::Locked(key)) = part else { continue };
        let mut public = None;
        for (index, password) in &order {
            let Some(rest) = left.checked_sub(key.iterations.unwrap_or(1)) else { break };
            left = rest;
            public = key.unlock(password).ok();
            if public.is_some() {
                if !used.contains(index) {
                    used.push(*index);
                }
                break;
            }
        }
        match public {
            Some(public) => *part = Part::Opened(key.clone(), public),
            None => locked = true,
        }
    }
    (locked, used)
}

/// Seals of one part that say the same are one.
fn add_seal(seals: &mut Vec<Seal>, part: SealedPart, key: &LockedKey) {
    let seal =
        Seal { part, algorithm: key.scheme.clone(), iterations: key.iterations.unwrap_or(0), weak: key.weak };
    if seals.len() < 64 && !seals.contains(&seal) {
        seals.push(seal);
    }
}

/// A name from a file, safe to print on one line.
fn printable(name: &str) -> String {
    name.chars().take(MAX_ALIAS).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A moment as Java counts it; beyond the years that anybody meant, none.
fn java_time(milliseconds: u64) -> Option<Time> {
    let seconds = i64::try_from(milliseconds / 1000).ok()?;
    (1..7_258_118_400).contains(&seconds).then_some(Time(seconds))
}

/// Why a store is not tried.
fn too_many_rounds(rounds: u64) -> String {
    format!(
        "asks for {rounds} rounds of key derivation, and more than {} are not done",
        super::scheme::MAX_ITERATIONS
    )
}
