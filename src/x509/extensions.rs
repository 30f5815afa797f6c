//! The extensions that a linter of TLS asks about, RFC 5280 4.2, as owned values.

use std::fmt;

use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension, X509Extension};

use super::ber::{self, INTEGER, Reader, SEQUENCE};
use super::general_name::{self as names, AltName, NameConstraints, safe};

/// basicConstraints, RFC 5280 4.2.1.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BasicConstraints {
    /// Whether this is an authority.
    pub ca: bool,
    /// How many intermediates may follow below it; `None`: any number.
    pub path_len: Option<u32>,
    /// Whether the extension is marked critical, as it must be in an authority.
    pub critical: bool,
}

/// keyUsage, RFC 5280 4.2.1.3. `Display` lists the bits by their names in the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    /// The key may sign handshakes and documents.
    pub fn digital_signature(self) -> bool {
        self.0 & 1 != 0
    }
    /// The key may encrypt keys: RSA key exchange of TLS 1.2 and older.
    pub fn key_encipherment(self) -> bool {
        self.0 & 4 != 0
    }
    /// The key may take part in static Diffie-Hellman.
    pub fn key_agreement(self) -> bool {
        self.0 & 16 != 0
    }
    /// The key may sign certificates.
    pub fn key_cert_sign(self) -> bool {
        self.0 & 32 != 0
    }
    /// The key may sign revocation lists.
    pub fn crl_sign(self) -> bool {
        self.0 & 64 != 0
    }
}

impl fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 9] = [
            "digitalSignature",
            "nonRepudiation",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];
        let mut first = true;
        for (bit, name) in NAMES.into_iter().enumerate() {
            if self.0 & (1 << bit) != 0 {
                f.write_str(if first { "" } else { ", " })?;
                f.write_str(name)?;
                first = false;
            }
        }
        if first { f.write_str("nothing") } else { Ok(()) }
    }
}

/// One purpose of extendedKeyUsage, RFC 5280 4.2.1.12. `Display` gives the name `openssl` configures it by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// id-kp-serverAuth.
    ServerAuth,
    /// id-kp-clientAuth.
    ClientAuth,
    /// id-kp-codeSigning.
    CodeSigning,
    /// id-kp-emailProtection.
    EmailProtection,
    /// id-kp-timeStamping.
    TimeStamping,
    /// id-kp-OCSPSigning.
    OcspSigning,
    /// anyExtendedKeyUsage.
    Any,
    /// Any other, by its object identifier in dots.
    Other(String),
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Purpose::ServerAuth => "serverAuth",
            Purpose::ClientAuth => "clientAuth",
            Purpose::CodeSigning => "codeSigning",
            Purpose::EmailProtection => "emailProtection",
            Purpose::TimeStamping => "timeStamping",
            Purpose::OcspSigning => "OCSPSigning",
            Purpose::Any => "anyExtendedKeyUsage",
            Purpose::Other(oid) => oid,
        })
    }
}

/// What the extensions of a certificate, request or revocation list say.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) extended_key_usage: Option<Vec<Purpose>>,
    pub(super) alt_names: Option<Vec<AltName>>,
    pub(super) subject_key_id: Option<Box<[u8]>>,
    pub(super) authority_key_id: Option<Box<[u8]>>,
    pub(super) authority_serial: Option<String>,
    pub(super) ocsp_urls: Vec<String>,
    pub(super) issuer_urls: Vec<String>,
    pub(super) crl_urls: Vec<String>,
    pub(super) policies: Vec<String>,
    pub(super) name_constraints: Option<NameConstraints>,
    pub(super) must_staple: bool,
    pub(super) has_scts: bool,
    pub(super) number: Option<String>,
    pub(super) unknown_critical: Vec<String>,
    pub(super) duplicates: Vec<String>,
    pub(super) unreadable: Vec<String>,
}

impl Extensions {
    pub(super) fn read(all: &[X509Extension<'_>]) -> Extensions {
        let mut out = Extensions::default();
        for extension in all {
            out.one(extension);
        }
        let mut ids: Vec<&[u8]> = all.iter().map(|extension| extension.oid.as_bytes()).collect();
        ids.sort_unstable();
        let mut twice: Vec<&[u8]> =
            ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        twice.dedup();
        out.duplicates = twice.into_iter().map(ber::dotted).collect();
        out
    }

    /// The first of two wins, as it does in OpenSSL's lookups.
    fn one(&mut self, extension: &X509Extension<'_>) {
        let oid = extension.oid.as_bytes();
        match oid {
            SUBJECT_ALT_NAME if self.alt_names.is_none() => {
                self.alt_names = Some(names::alt_names(extension.value));
            }
            NAME_CONSTRAINTS if self.name_constraints.is_none() => {
                self.name_constraints = Some(names::name_constraints(extension.value));
            }
            SCT_LIST => self.has_scts = true,
            TLS_FEATURE => self.must_staple |= asks_for_staple(extension.value),
            _ => {}
        }
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(found) => {
                self.basic_constraints.get_or_insert(BasicConstraints {
                    ca: found.ca,
                    path_len: found.path_len_constraint,
                    critical: extension.critical,
                });
            }
            ParsedExtension::KeyUsage(found) => {
                self.key_usage.get_or_insert(KeyUsage(found.flags));
            }
            ParsedExtension::ExtendedKeyUsage(_) if self.extended_key_usage.is_none() => {
                self.extended_key_usage = Some(purposes(extension.value));
            }
            ParsedExtension::SubjectKeyIdentifier(found) => {
                self.subject_key_id.get_or_insert_with(|| found.0.into());
            }
            ParsedExtension::AuthorityKeyIdentifier(found) => {
                self.authority_key_id =
                    self.authority_key_id.take().or(found.key_identifier.as_ref().map(|id| id.0.into()));
                self.authority_serial =
                    self.authority_serial.take().or(found.authority_cert_serial.map(serial));
            }
            ParsedExtension::AuthorityInfoAccess(found) => {
                for access in found.iter() {
                    if let GeneralName::URI(uri) = access.access_location {
                        match access.access_method.as_bytes() {
                            [.., 48, 1] => self.ocsp_urls.push(safe(uri)),
                            [.., 48, 2] => self.issuer_urls.push(safe(uri)),
                            _ => {}
                        }
                    }
                }
            }
            ParsedExtension::CRLDistributionPoints(found) => {
                for point in found.iter() {
                    if let Some(DistributionPointName::FullName(names)) = &point.distribution_point {
                        self.crl_urls.extend(names.iter().filter_map(|name| match name {
                            GeneralName::URI(uri) => Some(safe(uri)),
                            _ => None,
                        }));
                    }
                }
            }
            ParsedExtension::CertificatePolicies(found) => {
                self.policies.extend(found.iter().map(|policy| ber::dotted(policy.policy_id.as_bytes())));
            }
            ParsedExtension::CRLNumber(_) => {
                self.number = Reader::new(extension.value).take(INTEGER).map(|number| serial(number.content));
            }
            ParsedExtension::ParseError { .. } => self.unreadable.push(ber::dotted(oid)),
            _ => {}
        }
        if extension.critical && !understood(oid) {
            self.unknown_critical.push(ber::dotted(oid));
        }
    }
}

const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 17];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
/// Embedded certificate timestamps, RFC 6962 3.3.
const SCT_LIST: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2];
/// id-pe-tlsfeature, RFC 7633.
const TLS_FEATURE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 24];

/// `status_request` is feature 5, `status_request_v2` is 17.
fn asks_for_staple(value: &[u8]) -> bool {
    let Some(list) = Reader::new(value).take(SEQUENCE) else { return false };
    let mut features = list.inside();
    while let Some(feature) = features.take(INTEGER) {
        if matches!(feature.unsigned(), [5 | 17]) {
            return true;
        }
    }
    false
}

/// What common TLS software handles when it is critical (OpenSSL's `X509_supported_extension`, with the key
/// ids and access methods of RFC 5280, which nobody refuses).
fn understood(oid: &[u8]) -> bool {
    match oid {
        [0x55, 0x1d, last] => {
            matches!(last, 14 | 15 | 17 | 18 | 19 | 20 | 27 | 28 | 30 | 31 | 32 | 33 | 35 | 36 | 37 | 54)
        }
        [0x2b, 6, 1, 5, 5, 7, 1, last] => matches!(last, 1 | 7 | 8 | 11 | 14 | 24),
        // nsCertType
        [0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 1] => true,
        _ => false,
    }
}

fn purposes(value: &[u8]) -> Vec<Purpose> {
    let mut out = Vec::new();
    let Some(list) = Reader::new(value).take(SEQUENCE) else { return out };
    let mut list = list.inside();
    while let Some(purpose) = list.take(ber::OID) {
        out.push(match purpose.content {
            [0x2b, 6, 1, 5, 5, 7, 3, 1] => Purpose::ServerAuth,
            [0x2b, 6, 1, 5, 5, 7, 3, 2] => Purpose::ClientAuth,
            [0x2b, 6, 1, 5, 5, 7, 3, 3] => Purpose::CodeSigning,
            [0x2b, 6, 1, 5, 5, 7, 3, 4] => Purpose::EmailProtection,
            [0x2b, 6, 1, 5, 5, 7, 3, 8] => Purpose::TimeStamping,
            [0x2b, 6, 1, 5, 5, 7, 3, 9] => Purpose::OcspSigning,
            [0x55, 0x1d, 0x25, 0] => Purpose::Any,
            other => Purpose::Other(ber::dotted(other)),
        });
    }
    out
}

/// A serial number in upper-case hex of whole bytes, as `openssl` prints it: `00`, `0A1B`, `-05`.
pub(super) fn serial(content: &[u8]) -> String {
    let negative = content.first().is_some_and(|byte| byte & 0x80 != 0);
    let mut magnitude = content.to_vec();
    if negative {
        // Two's complement: turn round and add one.
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            let (sum, over) = (!*byte).overflowing_add(u8::from(carry));
            (*byte, carry) = (sum, over);
        }
    }
    let digits = data_encoding::HEXUPPER.encode(ber::strip_zeros(&magnitude));
    let digits = if digits.is_empty() { "00".to_owned() } else { digits };
    if negative { format!("-{digits}") } else { digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_are_printed_as_openssl_does() {
        assert_eq!(serial(&[]), "00");
        assert_eq!(serial(&[0]), "00");
        assert_eq!(serial(&[0, 0x8f]), "8F");
        assert_eq!(serial(&[0x0a, 0x1b]), "0A1B");
        assert_eq!(serial(&[0xfb]), "-05");
        assert_eq!(serial(&[0xff, 0x00]), "-0100");
        assert_eq!(serial(&[0x80]), "-80");
    }

    #[test]
    fn key_usage_in_words() {
        assert_eq!(KeyUsage(0b10_0101).to_string(), "digitalSignature, keyEncipherment, keyCertSign");
        assert_eq!(KeyUsage(0).to_string(), "nothing");
    }

    #[test]
    fn stapling_is_feature_five() {
        assert!(asks_for_staple(&[0x30, 3, 2, 1, 5]));
        assert!(!asks_for_staple(&[0x30, 3, 2, 1, 6]));
        assert!(!asks_for_staple(&[0x30]));
    }
}
