//! A revocation list as a plain owned value, RFC 5280 5.

use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::ParseError;
use super::algorithm::SignatureAlgorithm;
use super::ber::{self, INTEGER, Reader, SEQUENCE};
use super::certificate::{Certificate, Envelope, Fingerprint};
use super::extensions::{self, Extensions};
use super::name::Name;
use super::time::Time;

/// A revocation list.
#[derive(Clone, Debug)]
pub struct RevocationList {
    /// Its bytes as given, without what followed them.
    pub der: Box<[u8]>,
    /// SHA-256 of [`RevocationList::der`].
    pub fingerprint: Fingerprint,
    /// Who issued it.
    pub issuer: Name,
    /// When it was issued.
    pub this_update: Time,
    /// By when a newer one exists; software refuses the list after that.
    pub next_update: Option<Time>,
    /// keyIdentifier of authorityKeyIdentifier.
    pub authority_key_id: Option<Box<[u8]>>,
    /// Serial numbers of revoked certificates in the form of [`Certificate::serial`], sorted.
    pub revoked: Vec<String>,
    /// cRLNumber in hex.
    pub number: Option<String>,
    /// How it is signed.
    pub signature_algorithm: SignatureAlgorithm,
    /// Critical extensions, by object identifier in dots, that common TLS software refuses.
    pub unknown_critical: Vec<String>,
    /// How many bytes followed the list.
    pub trailing: usize,
}

impl RevocationList {
    /// Reads one revocation list at the start of `der`.
    pub fn parse(der: &[u8]) -> Result<RevocationList, ParseError> {
        let outer = Reader::new(der).expect(SEQUENCE, "revocation list")?;
        let normal;
        let parsed = match CertificateRevocationList::from_der(outer.raw) {
            Ok((_, parsed)) => parsed,
            Err(error) => {
                let fault = || outer.fault(format!("revocation list: {error}"));
                normal = ber::normalised(outer.raw).ok_or_else(fault)?;
                CertificateRevocationList::from_der(&normal).map_err(|_| fault())?.1
            }
        };
        let envelope = Envelope::read(&outer)?;
        let mut fields = envelope.signed.inside();
        fields.take(INTEGER);
        fields.expect(SEQUENCE, "signature")?;
        let issuer = Name::take(&mut fields, "issuer")?;
        let list = &parsed.tbs_cert_list;
        let extensions = Extensions::read(list.extensions());
        let mut revoked: Vec<String> =
            list.revoked_certificates.iter().map(|entry| extensions::serial(entry.raw_serial())).collect();
        revoked.sort_unstable();
        Ok(RevocationList {
            der: outer.raw.into(),
            fingerprint: Fingerprint::of(outer.raw),
            issuer,
            this_update: Time(list.this_update.timestamp()),
            next_update: list.next_update.map(|time| Time(time.timestamp())),
            authority_key_id: extensions.authority_key_id,
            revoked,
            number: extensions.number,
            signature_algorithm: SignatureAlgorithm::parse(&envelope.algorithm)?,
            unknown_critical: extensions.unknown_critical,
            trailing: der.len() - outer.raw.len(),
        })
    }

    /// Whether it lists this certificate: same issuer, same serial number.
    pub fn revokes(&self, certificate: &Certificate) -> bool {
        self.issuer.same_text(&certificate.issuer) && self.revoked.binary_search(&certificate.serial).is_ok()
    }
}
