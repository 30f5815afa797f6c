//! What one file says. Depends on that file's path and bytes alone, so files
//! are read in parallel and an edited file is read again by itself.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    source::Location,
    x509::{Certificate, KeyKind, LockedKey, OcspResponse, PublicKey, Request, RevocationList, table},
};

use super::{
    apigee,
    capture::Capture,
    cms, hybrid, iis, java, kubernetes,
    nginx::Unit,
    openmanage,
    settings::Secret,
    store::Store,
    term::{self, Term},
    vcenter,
};

/// Everything one file says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    /// What the file holds as certificate material.
    pub holding: Option<Holding>,
    /// nginx configuration: one unit a file, or one a part of an `nginx -T` dump.
    pub nginx: Vec<Unit>,
    /// What the file says about Apigee.
    pub apigee: Option<Box<apigee::Unit>>,
    /// What the file says about IIS.
    pub iis: Option<Box<iis::Unit>>,
    /// What the file says about Apigee hybrid.
    pub hybrid: Option<Box<hybrid::Unit>>,
    /// What the file says about OpenManage Enterprise.
    pub openmanage: Option<Box<openmanage::Unit>>,
    /// What the file says about software in Java.
    pub java: Option<Box<java::Unit>>,
    /// What the file says about secrets and config maps of Kubernetes.
    pub kubernetes: Option<Box<kubernetes::Unit>>,
    /// What the file says about vCenter.
    pub vcenter: Option<Box<vcenter::Unit>>,
    /// What the file says about Cisco Meeting Server.
    pub cms: Option<Arc<cms::Unit>>,
    /// Lines of a password file.
    pub passwords: Option<Vec<Secret>>,
    /// What a network capture shows.
    pub capture: Option<Capture>,
    /// `tlslint: ignore[rule] reason` in a comment.
    pub ignores: Vec<IgnoreComment>,
    /// Trouble while reading; what was understood stays.
    pub problems: Vec<Problem>,
}

/// What a file holds as certificate material, in the order of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Holding {
    /// What the file is as a file.
    pub form: Form,
    /// Its parts.
    pub items: Vec<Item>,
    /// What is odd about the text, with who refuses it.
    pub oddities: Vec<Oddity>,
    /// The entries and seals where it is a keystore.
    pub store: Option<Box<Store>>,
    /// What passwords made of it, where a snapshot says it: nobody tries any again.
    pub tried: Option<Box<Tried>>,
}

/// What passwords made of a file before a snapshot was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tried {
    /// Its locked keys.
    pub keys: Vec<TriedKey>,
    /// What it holds since it was opened, where it is a keystore. What it showed before is what links are made by.
    pub opened: Option<Opened>,
}

/// A keystore after passwords were tried.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Opened {
    /// Its parts.
    pub items: Vec<Item>,
    /// Its entries.
    pub store: Box<Store>,
}

/// A locked key that passwords were tried on before a snapshot was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TriedKey {
    /// Its place.
    pub at: Location,
    /// Its public half, where a password opened it.
    pub key: Option<PublicKey>,
    /// Why none did, where some were tried.
    pub refusal: Option<String>,
    /// Passwords that are not that of this key.
    pub wrong: Vec<Secret>,
}

/// What a file of certificate material is as a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// Text with PEM blocks in an encoding that TLS software reads.
    Pem,
    /// PEM in UTF-16: no TLS software reads it.
    Utf16Pem,
    /// One DER certificate, request, revocation list or key.
    Der,
    /// PKCS#7 in DER.
    Pkcs7,
    /// PKCS#12.
    Pkcs12,
    /// Another keystore, by the name people use (`JKS`, `JCEKS`, `BKS`).
    Keystore(#[serde(deserialize_with = "term::one")] Term),
    /// An OCSP response in DER.
    OcspResponse,
    /// No byte at all.
    Empty,
    /// Text without a PEM block.
    Text,
    /// Bytes that are none of these.
    Binary,
}

impl Form {
    /// A keystore.
    pub fn is_store(self) -> bool {
        matches!(self, Self::Pkcs12 | Self::Keystore(_))
    }
}

/// A part of a file of certificate material.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Item {
    /// The block, or the entry.
    pub at: Location,
    /// What it is.
    pub kind: ItemKind,
    /// The software that reads PEM through OpenSSL cannot get at it.
    pub refused_by_openssl: bool,
}

/// What a part of a file of certificate material is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ItemKind {
    /// A certificate.
    Certificate(#[serde(deserialize_with = "table::certificate")] Arc<Certificate>),
    /// A certificate request.
    Request(Arc<Request>),
    /// A revocation list.
    RevocationList(Arc<RevocationList>),
    /// A private key whose public half is known.
    PrivateKey(PublicKey),
    /// A private key behind a password.
    LockedKey(LockedKey),
    /// A private key of a kind that cannot be matched, by its name.
    OpaqueKey {
        /// What it is, in words.
        what: String,
        /// Its kind where that is known.
        kind: Option<KeyKind>,
    },
    /// A public key.
    PublicKey(PublicKey),
    /// Diffie-Hellman parameters, with the size of the prime in bits.
    DhParameters(u32),
    /// An answer of an OCSP responder.
    OcspResponse(OcspResponse),
    /// An SSH or PGP block, or any other label, by its label.
    Other(String),
    /// A block that cannot be read, by the label it has.
    Broken {
        /// `CERTIFICATE`, `PRIVATE KEY`, …
        label: String,
        /// What is wrong with it.
        what: String,
        /// Where exactly.
        at: Location,
        /// The text gives bytes, and these are not what the label says; some software may still read them.
        inside: bool,
    },
}

impl ItemKind {
    /// Whether this is a private key of any kind.
    pub fn is_private_key(&self) -> bool {
        matches!(self, Self::PrivateKey(_) | Self::LockedKey(_) | Self::OpaqueKey { .. })
    }

    /// What a person calls it.
    pub fn noun(&self) -> String {
        match self {
            Self::Certificate(_) => "a certificate".into(),
            Self::Request(_) => "a certificate request".into(),
            Self::RevocationList(_) => "a revocation list".into(),
            Self::PrivateKey(_) | Self::OpaqueKey { .. } => "a private key".into(),
            Self::LockedKey(_) => "an encrypted private key".into(),
            Self::PublicKey(_) => "a public key".into(),
            Self::DhParameters(_) => "Diffie-Hellman parameters".into(),
            Self::OcspResponse(_) => "an OCSP response".into(),
            Self::Other(label) if label.starts_with("OPENSSH") => "a private key of OpenSSH".into(),
            Self::Other(label) if label.starts_with(['A', 'E', 'I', 'O', 'X']) => {
                format!("an `{label}` block")
            }
            Self::Other(label) => format!("a `{label}` block"),
            Self::Broken { label, .. } => format!("a broken `{label}` block"),
        }
    }
}

/// What is odd about the text of a PEM file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Oddity {
    /// Its kind.
    pub kind: OddityKind,
    /// Where.
    pub at: Location,
    /// What it is, in words that follow "here:".
    pub what: String,
    /// What nginx, Apache, curl and all else that reads through OpenSSL does about it.
    pub openssl: Reading,
    /// Go (Traefik, Caddy, Kubernetes) refuses or silently skips.
    pub go_refuses: bool,
    /// Java's keytool and trust managers refuse or silently skip.
    pub java_refuses: bool,
}

impl Oddity {
    /// Whether OpenSSL cannot get at the block.
    pub fn openssl_refuses(&self) -> bool {
        self.openssl != Reading::Takes
    }
}

/// What a reader of PEM does about an oddity.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reading {
    /// It reads the block all the same.
    Takes,
    /// It passes over the block as if it were prose and reads the rest of the file.
    Skips,
    /// It gives up the file.
    Refuses,
}

/// The kinds of oddity that rules tell apart.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OddityKind {
    /// END and the next BEGIN share a line.
    GluedBlocks,
    /// White space before a boundary or inside the base64 body.
    Indented,
    /// Truncated, bad base64, boundary labels that differ.
    Malformed,
    /// Accepted by some readers and refused by others.
    Unusual,
    /// Between the blocks stand empty lines, blanks or text, or lines end in two ways: readers of PEM do not mind, and
    /// appliances that join files do.
    Spacing,
    /// The text does not end in exactly one line break.
    Ending,
}

/// `tlslint: ignore[rule] reason` in a comment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IgnoreComment {
    /// The comment.
    pub at: Location,
    /// 0-based line of the comment.
    pub line: usize,
    /// Rules, groups or globs.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
}

/// Trouble while reading one file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// Which rule speaks of it.
    pub kind: ProblemKind,
    /// Where.
    pub at: Location,
    /// What, in words that follow the path.
    pub message: String,
}

/// Which rule speaks of a problem.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProblemKind {
    /// `tlslint/unreadable`.
    Unreadable,
    /// `tlslint/over-limit`.
    OverLimit,
}
