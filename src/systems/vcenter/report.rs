//! `vcenter-certificate-report.txt` of vCert: every certificate of a machine with its names, dates, usages and key ids.

use crate::{
    model::vcenter::{
        ChainKind, Form, Listed, Origin, Principal, StsEntry, VecsEntry, VecsStore, listed::Printed,
    },
    syntax::openssl_text::hex,
    x509::WrittenName,
};

use super::{
    Reading,
    lines::{Line, lines},
    openssl_time,
};

pub(super) fn is_one(text: &str) -> bool {
    let lines = lines(text);
    let headed = lines.iter().any(|it| it.text.contains("SSL Certificate Report"));
    let named = lines.iter().any(|it| it.value("PNID").is_some());
    let by_vcert = lines.iter().any(|it| it.text.contains("vCert "));
    let listed = lines.iter().any(|it| it.text == "VECS Certificates");
    (headed && (named || by_vcert || listed)) || (named && listed)
}

/// Whose certificates the lines are about.
enum Target {
    Nobody,
    Store,
    Principal,
    Chain,
}

/// The list that `|_` lines belong to.
#[derive(Copy, Clone, PartialEq, Eq)]
enum List {
    None,
    KeyUsage,
    Names,
    AuthorityKey,
    SubjectKey,
}

pub(super) fn read(text: &str, reading: &mut Reading) {
    let (mut target, mut list) = (Target::Nobody, List::None);
    for line in lines(text) {
        if let Some(item) = line.text.strip_prefix("|_") {
            if let Some(it) = last(reading, &target) {
                add(it, list, item.trim());
            }
            continue;
        }
        if let Some(next) = begins(&line, reading) {
            (target, list) = (next, List::None);
            continue;
        }
        list = field(&line, reading, &target).unwrap_or(list);
    }
}

/// A line that begins something: a store, an entry, a principal, a chain.
fn begins(line: &Line<'_>, reading: &mut Reading) -> Option<Target> {
    let file = reading.file;
    if let Some(name) = line.value("PNID").filter(|it| !it.text.is_empty()) {
        reading.unit.names.push((Origin::Report, name.said(file)));
        return Some(Target::Nobody);
    }
    if let Some(name) = line.value("Store") {
        reading.unit.stores.push(VecsStore {
            name: name.text.to_owned(),
            at: name.at(file),
            form: Form::Report,
            count: None,
            entries: Vec::new(),
            revocation_lists: 0,
        });
        return Some(Target::Nobody);
    }
    if let Some(alias) = line.value("Alias") {
        let store = reading.unit.stores.last_mut()?;
        store.entries.push(VecsEntry { alias: alias.said(file), kind: None, certificates: Vec::new() });
        return Some(Target::Store);
    }
    if let Some(name) = line.value("Service Principal") {
        reading.unit.principals.push(Principal { name: name.said(file), certificates: Vec::new() });
        return Some(Target::Principal);
    }
    if line.value("CN(id)").is_some() {
        return Some(Target::Nobody);
    }
    for kind in [ChainKind::Tenant, ChainKind::Trusted] {
        let Some(rest) = line.text.strip_prefix(kind.word()).and_then(|it| it.strip_prefix('-')) else {
            continue;
        };
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: u32 = rest[..digits].parse().ok()?;
        // Signing and CA certificates have a heading each.
        let known = reading.unit.sts.iter().any(|it| it.kind == kind && it.number == Some(number));
        if !known {
            reading.unit.sts.push(StsEntry {
                kind,
                number: Some(number),
                at: line.at(file),
                domain: None,
                certificates: Vec::new(),
                unread: 0,
                references: Vec::new(),
                key: None,
                key_by_reference: None,
                from_report: true,
            });
        }
        return Some(Target::Chain);
    }
    // Other sections: files of the machine, extensions, smart cards.
    let section = line.indent == 0 && line.text.ends_with(" Certificates");
    (section || line.value("Last Update").is_some()).then_some(Target::Nobody)
}

/// The certificates that lines are about.
fn certificates<'r>(reading: &'r mut Reading, target: &Target) -> Option<&'r mut Vec<Listed>> {
    Some(match target {
        Target::Nobody => return None,
        Target::Store => &mut reading.unit.stores.last_mut()?.entries.last_mut()?.certificates,
        Target::Principal => &mut reading.unit.principals.last_mut()?.certificates,
        Target::Chain => &mut reading.unit.sts.last_mut()?.certificates,
    })
}

fn last<'r>(reading: &'r mut Reading, target: &Target) -> Option<&'r mut Listed> {
    certificates(reading, target)?.last_mut()
}

/// A line about a certificate; gives the list that follows it.
fn field(line: &Line<'_>, reading: &mut Reading, target: &Target) -> Option<List> {
    let file = reading.file;
    if let Some(issuer) = line.value("Issuer") {
        let listed = Listed {
            at: line.at(file),
            ends_at: None,
            certificate: None,
            printed: Printed {
                issuer: WrittenName::parse(issuer.text),
                dns_names: Some(Vec::new()),
                with_extensions: true,
                ..Printed::default()
            },
        };
        certificates(reading, target)?.push(listed);
        return Some(List::None);
    }
    let it = last(reading, target)?;
    let printed = &mut it.printed;
    if let Some(value) =
        line.value("Subject Alternative Name entries").or_else(|| line.value("Subject Alternative Name"))
    {
        add(it, List::Names, value.text);
        return Some(List::Names);
    }
    if let Some(value) = line.value("Subject Key Identifier") {
        add(it, List::SubjectKey, value.text);
        return Some(List::SubjectKey);
    }
    if let Some(value) = line.value("Authority Key Identifier") {
        add(it, List::AuthorityKey, value.text);
        return Some(List::AuthorityKey);
    }
    if let Some(value) = line.value("Key Usage") {
        printed.key_usage = Some(Vec::new());
        add(it, List::KeyUsage, value.text);
        return Some(List::KeyUsage);
    }
    if let Some(value) = line.value("Subject") {
        printed.subject = WrittenName::parse(value.text);
    } else if let Some(value) = line.value("Not Before") {
        printed.not_before = openssl_time(value.text);
    } else if let Some(value) = line.value("Not After") {
        printed.not_after = openssl_time(value.text);
        it.ends_at = Some(value.at(file));
    } else if let Some(value) = line.value("SHA1 Fingerprint") {
        printed.thumbprint = hex(value.text);
    } else if let Some(value) = line.value("Signature Algorithm") {
        printed.signature = Some(value.text.to_owned());
    } else if line.value("Extended Key Usage").is_none() {
        return None;
    }
    Some(List::None)
}

/// A line of a list, or what stands on the line of its label.
fn add(it: &mut Listed, list: List, text: &str) {
    if text.is_empty() {
        return;
    }
    let printed = &mut it.printed;
    match list {
        List::None => {}
        List::KeyUsage => {
            let words = text.split(',').map(|it| it.trim().to_owned());
            printed.key_usage.get_or_insert_with(Vec::new).extend(words.filter(|it| !it.is_empty()));
        }
        List::Names => {
            for part in text.split(',').map(str::trim) {
                if let Some(name) = part.strip_prefix("DNS:") {
                    printed.dns_names.get_or_insert_with(Vec::new).push(name.trim().to_owned());
                } else if let Some(address) = part.strip_prefix("IP Address:") {
                    printed.addresses.extend(address.trim().parse::<std::net::IpAddr>());
                }
            }
        }
        List::SubjectKey => printed.subject_key_id = printed.subject_key_id.take().or_else(|| hex(text)),
        List::AuthorityKey => {
            let id = hex(text.strip_prefix("keyid:").unwrap_or(text));
            printed.authority_key_id = printed.authority_key_id.take().or(id);
        }
    }
}
