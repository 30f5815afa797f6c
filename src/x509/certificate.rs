//! A certificate as a plain owned value, RFC 5280 4.1.

use std::fmt;

use sha1::Sha1;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::ParseError;
use super::algorithm::SignatureAlgorithm;
use super::ber::{self, BIT_STRING, Element, GENERALIZED_TIME, INTEGER, Reader, SEQUENCE};
use super::diagnose;
use super::extensions::{self, BasicConstraints, Extensions, KeyUsage, Purpose};
use super::form::{self, Flaw};
use super::general_name::{AltName, NameConstraints};
use super::host::{self, Coverage};
use super::key::PublicKey;
use super::name::Name;
use super::time::{self, Time};
use super::verify::{self, Verdict};

/// SHA-256 of the DER: the identity of a certificate. `Display`: 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

/// SHA-1 of the DER: what Windows and IIS call a certificate by. `Display`: 40 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint(pub [u8; 20]);

impl Fingerprint {
    /// The fingerprint of any bytes.
    pub fn of(der: &[u8]) -> Fingerprint {
        Fingerprint(Sha256::digest(der).into())
    }
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

/// A certificate.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Its bytes as given, without what followed them.
    pub der: Box<[u8]>,
    /// SHA-256 of [`Certificate::der`].
    pub fingerprint: Fingerprint,
    /// SHA-1 of [`Certificate::der`].
    pub thumbprint: Thumbprint,
    /// 1, 2 or 3; anything else is the number as encoded plus one.
    pub version: u8,
    /// Upper-case hex of whole bytes, `-` before a negative one, `00` for zero or none.
    pub serial: String,
    /// Whom it names.
    pub subject: Name,
    /// Who is said to have issued it.
    pub issuer: Name,
    /// First second it is valid.
    pub not_before: Time,
    /// Last second it is valid.
    pub not_after: Time,
    /// The key it vouches for.
    pub public_key: PublicKey,
    /// How it is signed (the outer identifier, by which everyone verifies).
    pub signature_algorithm: SignatureAlgorithm,
    /// Whether, and how deep, it is an authority.
    pub basic_constraints: Option<BasicConstraints>,
    /// What the key may do; `None`: anything.
    pub key_usage: Option<KeyUsage>,
    /// What the certificate is for; `None`: anything.
    pub extended_key_usage: Option<Vec<Purpose>>,
    /// Hosts, addresses and others it is good for.
    pub alt_names: Option<Vec<AltName>>,
    /// subjectKeyIdentifier.
    pub subject_key_id: Option<Box<[u8]>>,
    /// keyIdentifier of authorityKeyIdentifier.
    pub authority_key_id: Option<Box<[u8]>>,
    /// authorityCertSerialNumber, in the form of [`Certificate::serial`].
    pub authority_serial: Option<String>,
    /// Where to ask whether it is revoked.
    pub ocsp_urls: Vec<String>,
    /// Where to fetch its issuer.
    pub issuer_urls: Vec<String>,
    /// Where to fetch revocation lists.
    pub crl_urls: Vec<String>,
    /// Policies, by object identifier in dots.
    pub policies: Vec<String>,
    /// What names may stand in certificates below it.
    pub name_constraints: Option<NameConstraints>,
    /// It asks for a stapled OCSP response in every handshake, RFC 7633.
    pub must_staple: bool,
    /// It carries signed certificate timestamps, RFC 6962: a public authority issued it.
    pub has_scts: bool,
    /// Critical extensions, by object identifier in dots, that common TLS software refuses.
    pub unknown_critical: Vec<String>,
    /// Extensions that stand twice, by object identifier in dots.
    pub duplicate_extensions: Vec<String>,
    /// Extensions whose content cannot be read, by object identifier in dots.
    pub unreadable_extensions: Vec<String>,
    /// The signature algorithm inside differs from the one outside; strict software refuses that.
    pub inner_outer_algorithms_differ: bool,
    /// How many bytes followed the certificate.
    pub trailing: usize,
    /// Departures from DER that some software takes and some refuses, each with its byte.
    pub irregular: Vec<ParseError>,
    /// What RFC 5280 forbids and this certificate does, those departures included, in order of its bytes.
    pub flaws: Vec<Flaw>,
}

impl Certificate {
    /// Reads one certificate at the start of `der`. BER that OpenSSL takes (long and indefinite lengths) is taken
    /// and noted in [`Certificate::irregular`]. The error names the first field at fault and its byte.
    pub fn parse(der: &[u8]) -> Result<Certificate, ParseError> {
        Certificate::followed(der, 0)
    }

    /// The same where so many bytes followed that nobody has any more.
    pub(super) fn followed(der: &[u8], trailing: usize) -> Result<Certificate, ParseError> {
        let outer = Reader::new(der).expect(SEQUENCE, "certificate")?;
        let normal;
        let (parsed, in_der) = match X509Certificate::from_der(outer.raw) {
            Ok((_, parsed)) => (parsed, true),
            Err(error) => {
                // What BER allows and DER forbids is set right; anything else is looked for by hand.
                let fault = || diagnose::certificate(&outer, &error.to_string());
                normal = ber::normalised(outer.raw).ok_or_else(fault)?;
                (X509Certificate::from_der(&normal).map_err(|_| fault())?.1, false)
            }
        };
        let envelope = Envelope::read(&outer)?;
        let mut out = Certificate::build(&parsed, &envelope)?;
        out.trailing = der.len() - outer.raw.len() + trailing;
        if !in_der || ber::normalised(outer.raw).is_some() {
            out.irregular.push(outer.fault("certificate: BER where DER must stand"));
        }
        out.flaws = form::flaws(&out);
        Ok(out)
    }

    fn build(parsed: &X509Certificate<'_>, envelope: &Envelope<'_>) -> Result<Certificate, ParseError> {
        let tbs = &parsed.tbs_certificate;
        let whole = envelope.whole;
        let extensions = Extensions::read(tbs.extensions());
        let mut irregular = Vec::new();
        let mut fields = envelope.signed.inside();
        fields.take(0xa0);
        let serial_at = fields.at();
        fields.expect(INTEGER, "serialNumber")?;
        let inner = fields.expect(SEQUENCE, "signature")?;
        let issuer = Name::take(&mut fields, "issuer")?;
        let mut validity = fields.expect(SEQUENCE, "validity")?.inside();
        for field in ["notBefore", "notAfter"] {
            let moment = validity.any(field)?;
            let complaint = time::complaint(moment.content, moment.tag == GENERALIZED_TIME);
            irregular.extend(complaint.map(|complaint| moment.fault(format!("{field}: {complaint}"))));
        }
        let subject = Name::take(&mut fields, "subject")?;
        let key = fields.expect(SEQUENCE, "subjectPublicKeyInfo")?;
        let serial = tbs.raw_serial();
        let odd = match serial {
            [] => Some("serialNumber: empty"),
            [0, next, ..] if next & 0x80 == 0 => Some("serialNumber: padded with zeros"),
            [0xff, next, ..] if next & 0x80 != 0 => Some("serialNumber: padded"),
            _ => None,
        };
        irregular.extend(odd.map(|what| ParseError { at: serial_at, what: what.into() }));
        for (field, name) in [("subject", &subject), ("issuer", &issuer)] {
            if name.text.contains('\u{fffd}') {
                irregular
                    .push(envelope.signed.fault(format!("{field}: bytes that are no UTF-8 in a UTF8String")));
            }
        }
        Ok(Certificate {
            fingerprint: Fingerprint::of(whole.raw),
            thumbprint: Thumbprint(Sha1::digest(whole.raw).into()),
            version: u8::try_from(tbs.version.0).unwrap_or(u8::MAX).saturating_add(1),
            serial: extensions::serial(serial),
            subject,
            issuer,
            not_before: Time(tbs.validity.not_before.timestamp()),
            not_after: Time(tbs.validity.not_after.timestamp()),
            public_key: PublicKey::parse(key.raw)?,
            signature_algorithm: SignatureAlgorithm::parse(&envelope.algorithm)?,
            basic_constraints: extensions.basic_constraints,
            key_usage: extensions.key_usage,
            extended_key_usage: extensions.extended_key_usage,
            alt_names: extensions.alt_names,
            subject_key_id: extensions.subject_key_id,
            authority_key_id: extensions.authority_key_id,
            authority_serial: extensions.authority_serial,
            ocsp_urls: extensions.ocsp_urls,
            issuer_urls: extensions.issuer_urls,
            crl_urls: extensions.crl_urls,
            policies: extensions.policies,
            name_constraints: extensions.name_constraints,
            must_staple: extensions.must_staple,
            has_scts: extensions.has_scts,
            unknown_critical: extensions.unknown_critical,
            duplicate_extensions: extensions.duplicates,
            unreadable_extensions: extensions.unreadable,
            inner_outer_algorithms_differ: inner.raw != envelope.algorithm.raw,
            trailing: 0,
            irregular,
            flaws: Vec::new(),
            der: whole.raw.into(),
        })
    }

    /// Subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.subject.same_text(&self.issuer)
    }

    /// Its own key verifies its signature. Costs a signature check, and none where the names differ.
    pub fn is_self_signed(&self) -> bool {
        self.is_self_issued() && verify::verify(self, &self.public_key) == Verdict::Good
    }

    /// It says it is an authority. Version 1 certificates say nothing.
    pub fn is_ca(&self) -> bool {
        self.basic_constraints.is_some_and(|constraints| constraints.ca)
    }

    /// Whether a client that asks for `host` (a name or an address) accepts this certificate for it: by its
    /// alternative names only, wildcards for one left-most label, addresses as iPAddress only.
    pub fn host_coverage(&self, host: &str) -> Coverage {
        host::coverage(self.alt_names.as_deref(), host)
    }

    /// A public authority issued it: it has a policy of the CA/Browser Forum or certificate timestamps.
    pub fn looks_public(&self) -> bool {
        self.has_scts || self.policies.iter().any(|policy| policy.starts_with("2.23.140.1."))
    }

    /// Host names and addresses of the alternative names, as text.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.alt_names.iter().flatten().filter_map(|name| match name {
            AltName::Dns(name) => Some(name.clone()),
            AltName::Ip(address) => Some(address.to_string()),
            _ => None,
        })
    }

    /// Whether it has this purpose: listed, `anyExtendedKeyUsage`, or no list at all.
    pub fn allows(&self, purpose: &Purpose) -> bool {
        self.extended_key_usage
            .as_ref()
            .is_none_or(|list| list.iter().any(|listed| listed == purpose || *listed == Purpose::Any))
    }

    /// One line for a list: `CN=a.example, issued by CN=Root, expires 2026-11-22`.
    pub fn listing(&self) -> String {
        let issued = if self.is_self_issued() { "itself" } else { &self.issuer.to_string() };
        format!("{}, issued by {issued}, expires {}", self.subject, self.not_after)
    }
}

/// The three parts that a certificate, a request and a revocation list have in common.
pub(super) struct Envelope<'a> {
    pub(super) whole: Element<'a>,
    pub(super) signed: Element<'a>,
    pub(super) algorithm: Element<'a>,
    pub(super) signature: &'a [u8],
}

impl<'a> Envelope<'a> {
    pub(super) fn read(whole: &Element<'a>) -> Result<Envelope<'a>, ParseError> {
        let mut fields = whole.inside();
        let signed = fields.expect(SEQUENCE, "signed part")?;
        let algorithm = fields.expect(SEQUENCE, "signatureAlgorithm")?;
        let signature = fields.expect(BIT_STRING, "signatureValue")?;
        let bits = signature.bits().ok_or_else(|| signature.fault("signatureValue: not whole bytes"))?;
        Ok(Envelope { whole: *whole, signed, algorithm, signature: bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "MIIBfTCCASOgAwIBAgIUVZrXOW/MZZ8XFJ7LzGEjI55+agAwCgYIKoZIzj0EAwQwFDESMBAGA1UEAwwJMjU2c2hhNTEyMB4X\
        DTI2MTEyMjA2MTEwOVoXDTI2MTIyMjA2MTEwOVowFDESMBAGA1UEAwwJMjU2c2hhNTEyMFkwEwYHKoZIzj0CAQYIKoZIzj0D\
        AQcDQgAEfaTzzwJxohxzgWb6KeaZOA37p+ASLmD/vXnPFyphb45Uoi8XdAE1fiUevrF9x5hhLE0s1w51vDd8EEg1pevU9aNT\
        MFEwHQYDVR0OBBYEFK+mYmLugEYs5aCDBOba0+cSOYHMMB8GA1UdIwQYMBaAFK+mYmLugEYs5aCDBOba0+cSOYHMMA8GA1Ud\
        EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwQDSAAwRQIhANIeStMKKi06H5EL44yQITZbJXiUvgj//rHkn1qzTBPmAiA4QAvEX0Ne\
        jjghpJntAyvPRtuJPfIMpexixrD9d13MOQ==";

    #[test]
    fn a_certificate_as_a_value() {
        let der = data_encoding::BASE64.decode(SAMPLE.as_bytes()).unwrap();
        let cert = Certificate::parse(&der).unwrap();
        assert_eq!((cert.version, cert.public_key.kind.to_string().as_str()), (3, "EC P-256"));
        assert_eq!(cert.listing(), format!("CN=256sha512, issued by itself, expires {}", cert.not_after));
        assert_eq!(cert.signature_algorithm.to_string(), "ecdsa-with-SHA512");
        assert!(cert.is_ca() && cert.is_self_signed() && !cert.looks_public());
        assert_eq!(cert.subject_key_id, cert.authority_key_id);
        assert_eq!(cert.host_coverage("256sha512"), Coverage::NoSan);
        assert!(cert.irregular.is_empty() && cert.trailing == 0);
        assert_eq!(cert.fingerprint.to_string().len(), 64);
        assert_eq!(cert.thumbprint.to_string().len(), 40);
    }

    #[test]
    fn no_prefix_is_a_certificate_and_what_follows_is_counted() {
        let mut der = data_encoding::BASE64.decode(SAMPLE.as_bytes()).unwrap();
        for length in 0..der.len() {
            assert!(Certificate::parse(&der[..length]).is_err(), "{length}");
        }
        let alone = Certificate::parse(&der).unwrap();
        der.extend_from_slice(b"\nnext");
        let cert = Certificate::parse(&der).unwrap();
        assert_eq!((cert.trailing, cert.fingerprint), (5, alone.fingerprint));
    }

    #[test]
    fn a_bad_month_is_named_with_its_byte() {
        let mut der = data_encoding::BASE64.decode(SAMPLE.as_bytes()).unwrap();
        let at = der.windows(2).position(|pair| pair == [0x17, 13]).unwrap();
        der[at + 4] = b'1';
        der[at + 5] = b'3';
        let error = Certificate::parse(&der).unwrap_err();
        assert_eq!((error.at, &*error.what), (at, "notBefore: month 13"));
    }
}
