//! Certificates, requests, revocation lists and keys as plain owned values, and checks of their signatures.
//!
//! This room knows DER (and the BER that OpenSSL takes), no files, no spans, no policy: it says what a thing
//! is, never whether that is good. Private keys are read only to find their public half; no value of this
//! module keeps or prints a secret.

mod algorithm;
mod ber;
mod certificate;
mod constraints;
mod curve;
mod diagnose;
mod extensions;
mod form;
mod general_name;
mod host;
mod key;
pub mod known;
mod locked;
mod name;
mod ocsp;
mod private;
mod request;
mod revocation;
mod rsa;
mod scheme;
mod sniff;
pub mod store;
pub mod table;
mod time;
mod unlock;
mod verify;
mod written;

use serde::{Deserialize, Serialize};

pub use algorithm::{HashKind, SignatureAlgorithm};
pub use certificate::{Certificate, Fingerprint, Thumbprint};
pub use constraints::{Outside, TooManyNames};
pub use curve::Curve;
pub use extensions::{BasicConstraints, KeyUsage, Purpose};
pub use form::{Flaw, FlawKind, Refusal};
pub use general_name::{AltName, NameConstraints, Network, Subtree};
pub use host::{Coverage, dns_coverage};
pub use key::{KeyFamily, KeyId, KeyKind, PublicKey};
pub use locked::{LockedKey, UnlockError};
pub use name::Name;
pub use ocsp::OcspResponse;
pub use private::{KeyMaterial, private_key};
pub use request::Request;
pub use revocation::RevocationList;
pub use sniff::{DerKind, dh_parameters, pkcs7_certificates, pkcs7_revocation_lists, sniff_der};
pub use time::Time;
pub use verify::{Verdict, verify, verify_crl, verify_request};
pub use written::WrittenName;

/// Why bytes could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error, Serialize, Deserialize)]
#[error("{what} (at byte {at})")]
pub struct ParseError {
    /// The byte at fault, counted from the start of the DER (or BER) that was given.
    pub at: usize,
    /// The field and what is wrong with it: `notAfter: month 13`.
    pub what: String,
}

/// Reads a public key: `SubjectPublicKeyInfo` (the content of `-----BEGIN PUBLIC KEY-----`) or PKCS#1
/// `RSAPublicKey` (`-----BEGIN RSA PUBLIC KEY-----`), told apart by structure.
pub fn public_key(der: &[u8]) -> Result<PublicKey, ParseError> {
    let first = ber::Reader::new(der).expect(ber::SEQUENCE, "public key")?.inside().peek();
    if first == Some(ber::INTEGER) { PublicKey::parse_pkcs1(der) } else { PublicKey::parse(der) }
}
