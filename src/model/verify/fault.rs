//! What a peer may have against a chain.

use std::fmt;

use crate::x509::{Outside, Time};

use super::super::CertId;

/// What a peer has against a certificate of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The certificate.
    pub certificate: CertId,
    /// What is wrong.
    pub reason: Reason,
}

/// Why a peer refuses. `Display` follows the title of the certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It ended on this day.
    Expired(Time),
    /// It begins on this day.
    NotYetValid(Time),
    /// It issued another and does not say CA:TRUE.
    NotAuthority,
    /// It issued another, and its key usage lacks keyCertSign.
    MayNotSign,
    /// More authorities stand below it than it allows.
    PathLength {
        /// So many it allows.
        allowed: u32,
        /// So many there are.
        found: u32,
    },
    /// The key usage of the leaf does not allow its role.
    KeyUsage,
    /// Its extended key usage does not allow the role.
    Purpose,
    /// An authority is used as a leaf.
    AuthorityAsLeaf,
    /// A name outside what an issuer allows.
    NameConstraint {
        /// The issuer.
        by: CertId,
        /// The name.
        outside: Outside,
    },
    /// More names and constraints than are compared.
    TooManyNames {
        /// The issuer with the constraints.
        by: CertId,
    },
    /// A critical extension that nobody knows, by its number.
    UnknownCritical(String),
    /// It is signed with a broken hash.
    WeakSignature(&'static str),
    /// Its key is too short or of a kind that is refused.
    WeakKey(String),
    /// There are more intermediates than the peer allows.
    Depth {
        /// So many it allows.
        allowed: usize,
        /// So many there are.
        found: usize,
    },
    /// The named issuer with the right key id did not sign it.
    BadSignature {
        /// That issuer.
        issuer: CertId,
    },
    /// The named issuer is there with another key.
    Rekeyed {
        /// The one that is there.
        other: CertId,
    },
    /// Its issuer is neither sent nor believed.
    MissingIssuer {
        /// The issuer's name.
        name: String,
        /// The id of the issuer's key.
        key_id: Option<Box<[u8]>>,
    },
    /// The path ends in a root that the peer does not believe.
    UntrustedRoot,
    /// The leaf does not cover this name.
    HostMismatch(String),
    /// Its issuer has revoked it.
    Revoked,
    /// It issued a revocation list, and its key usage lacks cRLSign.
    MayNotSignLists,
    /// It is not formed as it must be.
    BadEncoding(String),
}

impl Reason {
    /// The path does not come to what the peer believes.
    pub fn breaks_path(&self) -> bool {
        matches!(
            self,
            Self::BadSignature { .. }
                | Self::Rekeyed { .. }
                | Self::MissingIssuer { .. }
                | Self::UntrustedRoot
        )
    }

    /// One word for tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Expired(_) => "expired",
            Self::NotYetValid(_) => "not-yet-valid",
            Self::NotAuthority => "not-authority",
            Self::MayNotSign => "may-not-sign",
            Self::PathLength { .. } => "path-length",
            Self::KeyUsage => "key-usage",
            Self::Purpose => "purpose",
            Self::AuthorityAsLeaf => "authority-as-leaf",
            Self::NameConstraint { .. } | Self::TooManyNames { .. } => "name-constraint",
            Self::UnknownCritical(_) => "unknown-critical",
            Self::WeakSignature(_) => "weak-signature",
            Self::WeakKey(_) => "weak-key",
            Self::Depth { .. } => "depth",
            Self::BadSignature { .. } => "bad-signature",
            Self::Rekeyed { .. } => "rekeyed",
            Self::MissingIssuer { .. } => "missing-issuer",
            Self::UntrustedRoot => "untrusted-root",
            Self::HostMismatch(_) => "host-mismatch",
            Self::Revoked => "revoked",
            Self::MayNotSignLists => "may-not-sign-lists",
            Self::BadEncoding(_) => "bad-encoding",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired(when) => write!(f, "expired on {when}"),
            Self::NotYetValid(when) => write!(f, "is not valid before {when}"),
            Self::NotAuthority => f.write_str("is no authority"),
            Self::MayNotSign => f.write_str("may not sign certificates"),
            Self::PathLength { allowed, found } => {
                write!(f, "allows {allowed} further authorities below itself, and there are {found}")
            }
            Self::KeyUsage => f.write_str("has a key usage that forbids its role"),
            Self::Purpose => f.write_str("has an extended key usage that forbids its role"),
            Self::AuthorityAsLeaf => f.write_str("is an authority and used as a leaf"),
            Self::NameConstraint { outside, .. } => {
                write!(f, "has the name {}, which an issuer does not allow", outside.name)
            }
            Self::TooManyNames { .. } => f.write_str("has more names than can be held against its issuer"),
            Self::UnknownCritical(oid) => write!(f, "has the critical extension {oid}, which nobody knows"),
            Self::WeakSignature(hash) => write!(f, "is signed with {hash}"),
            Self::WeakKey(what) => write!(f, "has {what}"),
            Self::Depth { allowed, found } => {
                write!(f, "stands below {found} intermediates, and {allowed} are allowed")
            }
            Self::BadSignature { .. } => {
                f.write_str("was altered, or its issuer was: the signature is not of that key")
            }
            Self::Rekeyed { .. } => f.write_str("was issued by another key of the same authority"),
            Self::MissingIssuer { name, .. } => write!(f, "was issued by `{name}`, which is not there"),
            Self::UntrustedRoot => f.write_str("is a root that is not believed"),
            Self::HostMismatch(host) => write!(f, "does not cover `{host}`"),
            Self::Revoked => f.write_str("was revoked by its issuer"),
            Self::MayNotSignLists => f.write_str("may not sign revocation lists"),
            Self::BadEncoding(what) => write!(f, "is malformed ({what})"),
        }
    }
}
