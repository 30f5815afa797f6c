//! A certificate as a dump of vCenter shows it: whole, as a print, or as no more than a date.

use std::{net::IpAddr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    source::Location,
    x509::{AltName, Certificate, Time, WrittenName, table},
};

/// A certificate of a dump. What is known depends on the dump: where the bytes are there, they are asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Listed {
    /// The place that stands for it: its bytes, its heading, its alias.
    pub at: Location,
    /// The words that say when it ends.
    pub ends_at: Option<Location>,
    /// With all its bytes.
    #[serde(default, deserialize_with = "table::maybe")]
    pub certificate: Option<Arc<Certificate>>,
    /// What is printed, where the bytes are not there.
    pub printed: Printed,
}

/// What a print says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Printed {
    /// Subject.
    pub subject: Option<WrittenName>,
    /// Issuer.
    pub issuer: Option<WrittenName>,
    /// From when it is valid.
    pub not_before: Option<Time>,
    /// Until when it is valid.
    pub not_after: Option<Time>,
    /// DNS names; `None` where the print says nothing about names.
    pub dns_names: Option<Vec<String>>,
    /// IP addresses.
    pub addresses: Vec<IpAddr>,
    /// Key usages in the words of OpenSSL; `None` where the print says nothing about them.
    pub key_usage: Option<Vec<String>>,
    /// Says CA:TRUE or CA:FALSE.
    pub is_ca: Option<bool>,
    /// Lower-case hexadecimal.
    pub subject_key_id: Option<String>,
    /// Lower-case hexadecimal.
    pub authority_key_id: Option<String>,
    /// SHA-1 of the bytes, lower-case hexadecimal.
    pub thumbprint: Option<String>,
    /// As printed: `sha1WithRSAEncryption`.
    pub signature: Option<String>,
    /// The print shows the extensions, so that what is not there is not in the certificate.
    pub with_extensions: bool,
}

impl Listed {
    /// A certificate with all its bytes.
    pub fn whole(at: Location, certificate: Arc<Certificate>) -> Self {
        Self { at, ends_at: None, certificate: Some(certificate), printed: Printed::default() }
    }

    /// The words that say when it ends, or what stands for it.
    pub fn end_at(&self) -> Location {
        self.ends_at.unwrap_or(self.at)
    }

    /// Until when it is valid.
    pub fn not_after(&self) -> Option<Time> {
        self.certificate.as_ref().map(|it| it.not_after).or(self.printed.not_after)
    }

    /// From when it is valid.
    pub fn not_before(&self) -> Option<Time> {
        self.certificate.as_ref().map(|it| it.not_before).or(self.printed.not_before)
    }

    /// What a person would call it, where its name is known.
    pub fn title(&self) -> Option<&str> {
        match &self.certificate {
            Some(it) => Some(it.subject.title()),
            None => self.printed.subject.as_ref().map(WrittenName::title),
        }
    }

    /// The subject in a form to compare.
    pub fn subject(&self) -> Option<String> {
        match &self.certificate {
            Some(it) => Some(it.subject.unordered()),
            None => self.printed.subject.as_ref().map(WrittenName::unordered),
        }
    }

    /// The issuer in a form to compare.
    pub fn issuer(&self) -> Option<String> {
        match &self.certificate {
            Some(it) => Some(it.issuer.unordered()),
            None => self.printed.issuer.as_ref().map(WrittenName::unordered),
        }
    }

    /// Subject and issuer are the same.
    pub fn is_self_issued(&self) -> bool {
        self.subject().is_some() && self.subject() == self.issuer()
    }

    /// SHA-1 of the bytes, lower-case hexadecimal.
    pub fn thumbprint(&self) -> Option<String> {
        let whole = self.certificate.as_ref().map(|it| it.thumbprint.to_string());
        whole.or_else(|| self.printed.thumbprint.clone())
    }

    /// subjectKeyIdentifier, lower-case hexadecimal.
    pub fn subject_key_id(&self) -> Option<String> {
        match &self.certificate {
            Some(it) => it.subject_key_id.as_deref().map(hex),
            None => self.printed.subject_key_id.clone(),
        }
    }

    /// The key id of authorityKeyIdentifier, lower-case hexadecimal.
    pub fn authority_key_id(&self) -> Option<String> {
        match &self.certificate {
            Some(it) => it.authority_key_id.as_deref().map(hex),
            None => self.printed.authority_key_id.clone(),
        }
    }

    /// The extensions are known, so that what is not there is missing.
    pub fn has_extensions(&self) -> bool {
        self.certificate.is_some() || self.printed.with_extensions
    }

    /// It says that it is an authority, or that it is none.
    pub fn is_ca(&self) -> Option<bool> {
        match &self.certificate {
            Some(it) => it.basic_constraints.map(|it| it.ca),
            None => self.printed.is_ca,
        }
    }

    /// An authority may sign with its key: it says nothing else.
    pub fn may_sign_certificates(&self) -> bool {
        match &self.certificate {
            Some(it) => it.key_usage.is_none_or(crate::x509::KeyUsage::key_cert_sign),
            None => self.printed.key_usage.as_ref().is_none_or(|it| it.iter().any(|it| is_cert_sign(it))),
        }
    }

    /// It signs certificates or revocation lists by its key usage.
    pub fn is_meant_to_sign(&self) -> bool {
        match &self.certificate {
            Some(it) => it.key_usage.is_some_and(|it| it.key_cert_sign() || it.crl_sign()),
            None => self.printed.key_usage.as_ref().is_some_and(|it| {
                it.iter().any(|it| is_cert_sign(it) || it.eq_ignore_ascii_case("crl sign"))
            }),
        }
    }

    /// Has a key usage, and digitalSignature is not in it.
    pub fn may_not_authenticate(&self) -> bool {
        match &self.certificate {
            Some(it) => it.key_usage.is_some_and(|it| !it.digital_signature()),
            None => self
                .printed
                .key_usage
                .as_ref()
                .is_some_and(|it| !it.iter().any(|it| it.eq_ignore_ascii_case("digital signature"))),
        }
    }

    /// DNS names of the alternative names; `None` where nothing is known about them.
    pub fn dns_names(&self) -> Option<Vec<String>> {
        match &self.certificate {
            Some(it) => {
                let names = it.alt_names.iter().flatten().filter_map(|name| match name {
                    AltName::Dns(name) => Some(name.clone()),
                    _ => None,
                });
                Some(names.collect())
            }
            None => self.printed.dns_names.clone(),
        }
    }

    /// IP addresses of the alternative names.
    pub fn addresses(&self) -> Vec<IpAddr> {
        match &self.certificate {
            Some(it) => it
                .alt_names
                .iter()
                .flatten()
                .filter_map(|name| if let AltName::Ip(address) = name { Some(*address) } else { None })
                .collect(),
            None => self.printed.addresses.clone(),
        }
    }

    /// The name of a weak signature algorithm.
    pub fn weak_signature(&self) -> Option<String> {
        if let Some(it) = &self.certificate {
            return it.signature_algorithm.is_weak().map(|_| it.signature_algorithm.to_string());
        }
        let written = self.printed.signature.as_ref()?;
        let plain = written.to_ascii_lowercase().replace('-', "");
        ["md2", "md5", "sha1"].iter().any(|it| plain.contains(it)).then(|| written.clone())
    }
}

fn is_cert_sign(word: &str) -> bool {
    word.eq_ignore_ascii_case("certificate sign")
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
