//! A certification request as a plain owned value, RFC 2986.

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::cri_attributes::ParsedCriAttribute;
use x509_parser::prelude::FromDer;

use super::ParseError;
use super::algorithm::SignatureAlgorithm;
use super::ber::{self, INTEGER, Reader, SEQUENCE};
use super::certificate::{Envelope, Fingerprint};
use super::extensions::{BasicConstraints, Extensions, KeyUsage, Purpose};
use super::general_name::AltName;
use super::key::PublicKey;
use super::name::Name;

/// A certification request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its bytes as given, without what followed them.
    pub der: Box<[u8]>,
    /// SHA-256 of [`Request::der`].
    pub fingerprint: Fingerprint,
    /// Whom it asks to name.
    pub subject: Name,
    /// The key it asks to vouch for.
    pub public_key: PublicKey,
    /// How it is signed, with its own key.
    pub signature_algorithm: SignatureAlgorithm,
    /// The alternative names it asks for.
    pub alt_names: Option<Vec<AltName>>,
    /// The key usage it asks for.
    pub key_usage: Option<KeyUsage>,
    /// The purposes it asks for.
    pub extended_key_usage: Option<Vec<Purpose>>,
    /// Whether it asks to be an authority.
    pub basic_constraints: Option<BasicConstraints>,
    /// How many bytes followed the request.
    pub trailing: usize,
}

impl Request {
    /// Reads one request at the start of `der`.
    pub fn parse(der: &[u8]) -> Result<Request, ParseError> {
        let outer = Reader::new(der).expect(SEQUENCE, "request")?;
        let normal;
        let parsed = match X509CertificationRequest::from_der(outer.raw) {
            Ok((_, parsed)) => parsed,
            Err(error) => {
                let fault = || outer.fault(format!("request: {error}"));
                normal = ber::normalised(outer.raw).ok_or_else(fault)?;
                X509CertificationRequest::from_der(&normal).map_err(|_| fault())?.1
            }
        };
        let envelope = Envelope::read(&outer)?;
        let mut fields = envelope.signed.inside();
        fields.expect(INTEGER, "version")?;
        let subject = Name::take(&mut fields, "subject")?;
        let key = fields.expect(SEQUENCE, "subjectPublicKeyInfo")?;
        let info = &parsed.certification_request_info;
        let asked = info.iter_attributes().find_map(|attribute| match attribute.parsed_attribute() {
            ParsedCriAttribute::ExtensionRequest(asked) => Some(Extensions::read(&asked.extensions)),
            _ => None,
        });
        let asked = asked.unwrap_or_default();
        Ok(Request {
            der: outer.raw.into(),
            fingerprint: Fingerprint::of(outer.raw),
            subject,
            public_key: PublicKey::parse(key.raw)?,
            signature_algorithm: SignatureAlgorithm::parse(&envelope.algorithm)?,
            alt_names: asked.alt_names,
            key_usage: asked.key_usage,
            extended_key_usage: asked.extended_key_usage,
            basic_constraints: asked.basic_constraints,
            trailing: der.len() - outer.raw.len(),
        })
    }
}
