//! What a tree holds, as a list: certificates, keys, requests, revocation lists and stores, each once, with every place
//! it stands and everybody who uses it. Plain values, made by `check` and shown by `render`; no secret is among them.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::source::FileId;

/// Everything a tree holds.
#[derive(Clone, Debug)]
pub struct Inventory {
    /// "Today".
    pub as_of: Moment,
    /// The paths that were asked about, as shown.
    pub scope: Vec<String>,
    /// Files of the tree are tracked by Git: it is what gets deployed, not what was taken off a machine.
    pub tracked: bool,
    /// Only what ends within this many days was asked for.
    pub within: Option<i64>,
    /// Files that were recognised and read.
    pub files: usize,
    /// Sorted by end, title and fingerprint; what has no end comes last.
    pub assets: Vec<Asset>,
    /// Everything that speaks TLS and uses one of the assets, in order of files.
    pub endpoints: Vec<Speaker>,
    /// Blocks that should be certificates and cannot be read.
    pub broken: Vec<Spot>,
}

/// A point in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970 in UTC.
    pub unix: i64,
    /// RFC 3339 in UTC.
    pub text: String,
}

impl Moment {
    /// The day: `2026-11-22`.
    pub fn day(&self) -> &str {
        self.text.split('T').next().unwrap_or_default()
    }
}

/// What an asset is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A certificate.
    Certificate,
    /// A private key.
    PrivateKey,
    /// A public key that stands by itself.
    PublicKey,
    /// A certificate request.
    Request,
    /// A revocation list.
    RevocationList,
    /// A keystore as such.
    Store,
    /// A secret key in a keystore.
    Secret,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Certificate,
        Self::PrivateKey,
        Self::PublicKey,
        Self::Request,
        Self::RevocationList,
        Self::Store,
        Self::Secret,
    ];

    /// What a person calls one, and what programs get.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::PrivateKey => "private key",
            Self::PublicKey => "public key",
            Self::Request => "request",
            Self::RevocationList => "revocation list",
            Self::Store => "keystore",
            Self::Secret => "secret key",
        }
    }
}

/// Where what is known of an asset comes from.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Its bytes lie in the tree.
    File,
    /// A dump describes it: names, serial number and dates, no bytes.
    Dump,
    /// A network capture shows it.
    Capture,
}

impl Origin {
    /// For programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Dump => "dump",
            Self::Capture => "capture",
        }
    }
}

/// What an asset is there for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A server shows it.
    Server,
    /// A client shows it.
    Client,
    /// Sent so that peers can build the chain.
    Intermediate,
    /// Clients are verified against it.
    ClientAuthority,
    /// Servers are verified against it.
    ServerAuthority,
    /// Nothing is known to use it, and it signed itself.
    Root,
    /// Nothing is known to use it, and it may sign others.
    Authority,
    /// Nothing is known to use it, and it signs nothing.
    Leaf,
    /// What it is says it all: a key, a request, a list.
    Plain(Kind),
}

impl Role {
    /// What a person calls it, and what programs get.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Server => "server certificate",
            Self::Client => "client certificate",
            Self::Intermediate => "intermediate",
            Self::ClientAuthority => "client authority",
            Self::ServerAuthority => "server authority",
            Self::Root => "root",
            Self::Authority => "authority",
            Self::Leaf => "leaf",
            Self::Plain(kind) => kind.noun(),
        }
    }
}

/// One thing of the list.
#[derive(Clone, Debug)]
pub struct Asset {
    /// What it is.
    pub kind: Kind,
    /// Where what is known of it comes from.
    pub origin: Origin,
    /// What a person calls it: the common name, else the first alternative name; of a key, that of its certificate.
    pub title: String,
    /// Whom it names.
    pub subject: Option<Name>,
    /// Who issued it.
    pub issuer: Option<Name>,
    /// Serial number; of a revocation list, its number.
    pub serial: Option<Serial>,
    /// Hosts, addresses and others it is good for.
    pub names: Vec<String>,
    /// From when it holds.
    pub from: Option<Moment>,
    /// Until when it holds; of a revocation list, when the next is due.
    pub until: Option<Moment>,
    /// Whole days from "today" to the end; negative when it has passed.
    pub days_left: Option<i64>,
    /// Its public key, or its own public half.
    pub key: Option<PublicHalf>,
    /// How it is signed.
    pub signature: Option<Algorithm>,
    /// SHA-256 of its bytes, in lower-case hexadecimal digits.
    pub sha256: Option<String>,
    /// SHA-1 of its bytes, which Windows calls the thumbprint.
    pub sha1: Option<String>,
    /// It says that it is an authority.
    pub authority: Option<bool>,
    /// Its own key made its signature; of a dump, its two names are one.
    pub self_signed: Option<bool>,
    /// A public authority issued it, by its policies and timestamps.
    pub public_authority: Option<bool>,
    /// SHA-256 of the certificates of the tree whose keys made its signature, itself left out.
    pub issued_by: Vec<String>,
    /// What it is there for, sorted; never empty.
    pub roles: Vec<Role>,
    /// Where it stands, in order of files.
    pub spots: Vec<Spot>,
    /// Who uses it, in order of endpoints. No more than [`USERS`].
    pub users: Vec<User>,
    /// How many endpoints use it.
    pub user_count: usize,
    /// What has the same key: keys of a certificate, certificates of a key. No more than [`PARTNERS`].
    pub partners: Vec<Partner>,
    /// How many have the same key.
    pub partner_count: usize,
    /// Of a keystore.
    pub store: Option<Keystore>,
}

/// How many uses of one asset are listed. Bundles of all public authorities have more in large estates.
pub const USERS: usize = 1000;

/// How many things of the same key are named for one asset.
pub const PARTNERS: usize = 20;

impl Asset {
    /// Its end has passed.
    pub fn is_expired(&self) -> bool {
        self.days_left.is_some_and(|days| days < 0)
    }

    /// It does not hold yet.
    pub fn is_early(&self, as_of: &Moment) -> bool {
        self.from.as_ref().is_some_and(|from| from.unix > as_of.unix)
    }

    /// `expired`, `not yet valid` or `valid`; `None` where it has no end.
    pub fn status(&self, as_of: &Moment) -> Option<&'static str> {
        self.days_left?;
        Some(if self.is_expired() {
            "expired"
        } else if self.is_early(as_of) {
            "not yet valid"
        } else {
            "valid"
        })
    }

    /// The same for the same thing tomorrow and in another tree, where its content tells it from others: SHA-256 of its
    /// bytes or of its public key, else of what is known of it.
    pub fn identity(&self) -> String {
        if let Some(known) =
            self.sha256.as_ref().or_else(|| self.key.as_ref().and_then(|key| key.sha256.as_ref()))
        {
            return known.clone();
        }
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update(text);
            hash.update([0]);
        };
        for name in [&self.subject, &self.issuer] {
            part(name.as_ref().map_or("", |name| &name.text));
        }
        part(self.serial.as_ref().map_or("", |serial| &serial.hex));
        part(self.until.as_ref().map_or("", |until| &until.text));
        if self.subject.is_none() && self.serial.is_none() {
            self.spots.iter().for_each(|spot| part(&spot.text()));
        }
        HEXLOWER.encode(&hash.finalize())
    }

    /// What it is there for, in words: `server certificate, client certificate`.
    pub fn role_text(&self) -> String {
        self.roles.iter().map(|it| it.noun()).collect::<Vec<_>>().join(", ")
    }
}

/// A distinguished name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// All of it.
    pub text: String,
    /// Its parts by label (`CN`, `O`), in order.
    pub parts: Vec<(String, String)>,
}

/// A number as certificates have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serial {
    /// Upper-case hexadecimal digits.
    pub hex: String,
    /// Decimal digits.
    pub decimal: String,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicHalf {
    /// What it is for.
    pub algorithm: Algorithm,
    /// Size as people state it; 0 where it is not known.
    pub bits: u32,
    /// SHA-256 of its `SubjectPublicKeyInfo`, in lower-case hexadecimal digits.
    pub sha256: Option<String>,
}

/// An algorithm of keys or signatures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Algorithm {
    /// What people call it: `RSA 2048`, `EC P-256`, `sha256WithRSAEncryption`.
    pub name: String,
    /// Its family in the words of `CycloneDX` 1.7: `RSASSA-PKCS1`, `ECDSA`.
    pub family: Option<&'static str>,
    /// Its curve in the words of `CycloneDX` 1.7: `nist/P-256`.
    pub curve: Option<&'static str>,
    /// Object identifier in dots.
    pub oid: Option<String>,
    /// What tells it from others of its family: bits, a hash, a parameter set.
    pub parameter: Option<String>,
    /// Bits of strength against machines of today, NIST SP 800-57 part 1, table 2.
    pub classical: Option<u32>,
    /// NIST's category against quantum machines; 0 is none.
    pub quantum: Option<u8>,
}

/// A place where an asset stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The file.
    pub file: FileId,
    /// As shown.
    pub path: String,
    /// 1-based, where there are lines.
    pub line: Option<usize>,
    /// Alias or packet: which part of the file it is.
    pub entry: Option<String>,
    /// What the entry is, and in what kind of store.
    pub stored: Option<(&'static str, String)>,
    /// What files are named for that name this one: `certificate chain`, `authorities`.
    pub named_as: Vec<&'static str>,
    /// How the copy is encrypted.
    pub protection: Option<String>,
    /// It lies among tests or examples.
    pub example: bool,
}

impl Spot {
    /// `path:line`, or `path` with the name of the entry.
    pub fn text(&self) -> String {
        match (self.line, &self.entry) {
            (Some(line), _) => format!("{}:{line}", self.path),
            (None, Some(entry)) => format!("{} ({entry})", self.path),
            (None, None) => self.path.clone(),
        }
    }
}

/// Who uses an asset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct User {
    /// By index in [`Inventory::endpoints`].
    pub endpoint: usize,
    /// What it is there.
    pub role: Role,
    /// What reads it.
    pub software: &'static str,
    /// The line that names it: path and, where there is one, line.
    pub by: Option<(String, Option<usize>)>,
}

/// Something that speaks TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaker {
    /// What a person calls it.
    pub title: String,
    /// The path of the line that makes it.
    pub path: String,
    /// That line.
    pub line: Option<usize>,
    /// It is the side that listens.
    pub server: bool,
    /// It speaks TLS for certain.
    pub speaks_tls: bool,
}

/// Something with the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// What it is.
    pub kind: Kind,
    /// What a person calls it; empty for a key.
    pub title: String,
    /// SHA-256 of the bytes of a certificate or request.
    pub sha256: Option<String>,
    /// Where it stands.
    pub place: String,
}

/// A keystore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keystore {
    /// `PKCS#12`, `JKS`.
    pub kind: String,
    /// `open`, `certificates only`, `locked`, `refused`, `unsupported`, `broken`, `not read`.
    pub state: &'static str,
    /// What else there is to say about that.
    pub detail: Option<String>,
    /// Entries that could be read.
    pub entries: usize,
    /// What seals it.
    pub seals: Vec<String>,
}
