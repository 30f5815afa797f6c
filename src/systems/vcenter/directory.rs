//! Exports of the directory: signing chains of the token service and certificates of service principals. A private key may
//! stand among them, which is read for its public half and hidden.

use data_encoding::BASE64;

use crate::{
    model::{
        Said,
        vcenter::{ChainKind, Listed, Principal, StsEntry},
    },
    source::Span,
    syntax::ldif::{self, Attribute, Form},
    x509::{KeyMaterial, private_key},
};

use super::Reading;
use crate::systems::secrets::is_secret_name;

const KEY: &str = "vmwSTSPrivateKey";
const CERTIFICATE: &str = "userCertificate";

pub(super) fn is_one(text: &str) -> bool {
    if !text.lines().any(|line| starts_with(line, "dn:")) {
        return false;
    }
    ldif::parse(text).entries.iter().any(|entry| {
        let dn = entry.dn().to_ascii_lowercase();
        name_of(&dn).is_some()
            || dn.contains(",cn=identitymanager,")
            || dn.contains(",cn=serviceprincipals,")
            || entry.attributes.iter().any(|it| starts_with(&it.name, "vmwsts"))
    })
}

fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word))
}

/// Kind and number of a chain, and the SSO domain, by the name of its entry in lower case.
fn name_of(dn: &str) -> Option<(ChainKind, u32, Option<String>)> {
    let mut parts = dn.split(',').map(|part| part.trim().strip_prefix("cn=").unwrap_or_default());
    let first = parts.next()?;
    let (kind, number) = match first.strip_prefix("tenantcredential-") {
        Some(number) => (ChainKind::Tenant, number),
        None => (ChainKind::Trusted, first.strip_prefix("trustedcertchain-")?),
    };
    let domain = match kind {
        ChainKind::Tenant => parts.next(),
        ChainKind::Trusted => parts.nth(1),
    };
    Some((kind, number.parse().ok()?, domain.filter(|it| !it.is_empty()).map(str::to_owned)))
}

/// Reads the entries; gives the comments.
pub(super) fn read(text: &str, reading: &mut Reading) -> Vec<Span> {
    let ldif = ldif::parse(text);
    for entry in &ldif.entries {
        for attribute in &entry.attributes {
            let secret = attribute.name.eq_ignore_ascii_case(KEY) || is_secret_name(&attribute.name);
            if secret && attribute.value.form != Form::Reference {
                reading.secrets.push(attribute.value.span);
            }
        }
        let dn = entry.dn().to_ascii_lowercase();
        let at = reading.at(entry.dn.as_ref().map_or(entry.span, |it| first_line(text, it.span)));
        if let Some((kind, number, domain)) = name_of(&dn) {
            let mut found = StsEntry {
                kind,
                number: Some(number),
                at,
                domain,
                certificates: Vec::new(),
                unread: 0,
                references: Vec::new(),
                key: None,
                key_by_reference: None,
                from_report: false,
            };
            for attribute in &entry.attributes {
                chain(text, attribute, reading, &mut found);
            }
            reading.unit.sts.push(found);
        } else if dn.contains(",cn=serviceprincipals,") {
            let name = dn.split(',').next().and_then(|it| it.strip_prefix("cn=")).unwrap_or_default();
            let values = entry.all(CERTIFICATE);
            let certificates: Vec<Listed> = values.filter_map(|it| certificate(text, it, reading)).collect();
            if !name.is_empty() && !certificates.is_empty() {
                let name = Said { text: name.to_owned(), at };
                reading.unit.principals.push(Principal { name, certificates });
            }
        }
    }
    ldif.comments
}

fn chain(text: &str, attribute: &Attribute, reading: &mut Reading, entry: &mut StsEntry) {
    if attribute.name.eq_ignore_ascii_case(CERTIFICATE) {
        match certificate(text, attribute, reading) {
            Some(found) => entry.certificates.push(found),
            None => entry.unread += 1,
        }
    } else if attribute.name.eq_ignore_ascii_case(KEY) && attribute.value.form != Form::Reference {
        let at = reading.at(attribute.name_span);
        let der = attribute.value.bytes().unwrap_or_default();
        // A value that was cut out or masked by hand shows nothing to anybody.
        if der.len() < 16 {
            return;
        }
        let public = match private_key("PRIVATE KEY", &[], &der) {
            Ok(KeyMaterial::Plain(key)) => Some(key),
            _ => None,
        };
        entry.key = Some((at, public));
    }
    if let Some(path) = attribute.value.path()
        && (attribute.name.eq_ignore_ascii_case(CERTIFICATE) || attribute.name.eq_ignore_ascii_case(KEY))
    {
        entry.references.push(Said { text: path.to_owned(), at: reading.at(attribute.value.span) });
    }
}

/// A certificate of a value; some put base64 into base64.
fn certificate(text: &str, attribute: &Attribute, reading: &mut Reading) -> Option<Listed> {
    let bytes = attribute.value.bytes()?;
    let span = first_line(text, attribute.value.span);
    if bytes.starts_with(b"MII") {
        let plain: Vec<u8> = bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        return reading.certificate(&BASE64.decode(&plain).ok()?, span);
    }
    reading.certificate(&bytes, span)
}

/// The first line of a value that goes over many: enough to show.
fn first_line(text: &str, span: Span) -> Span {
    let value = text.get(span.range()).unwrap_or_default();
    let end = value.find(['\n', '\r']).unwrap_or(value.len());
    Span::new(span.start as usize, span.start as usize + end)
}
