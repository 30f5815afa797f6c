//! A configuration of `openssl req` from which the request of a Meeting Server is made somewhere else.

use crate::{
    model::{Said, cms::RequestFile},
    source::{FileId, Location, Span},
};

/// Words of names that nothing but a Meeting Server has.
const OWN: &[&str] = &["webbridge", "callbridge", "webadmin"];

/// Sections of `openssl req`, and a name of a service of a Meeting Server in it.
pub(super) fn concerns(text: &str) -> bool {
    let section = |line: &str| {
        line.trim().strip_prefix('[').and_then(|it| it.strip_suffix(']')).is_some_and(|it| it.trim() == "req")
    };
    text.lines().any(section)
        && text.contains("distinguished_name")
        && text.lines().any(|line| {
            let value = line.split_once('=').map_or("", |(_, value)| value).to_ascii_lowercase();
            OWN.iter().any(|it| value.contains(it))
        })
}

/// Its names and purposes.
pub(super) fn read(file: FileId, text: &str) -> Option<RequestFile> {
    let mut found = RequestFile { common_name: None, names: Vec::new(), purposes: None };
    let mut at = 0;
    for raw in text.split_inclusive('\n') {
        let start = at;
        at += raw.len();
        let line = raw.split('#').next().unwrap_or_default();
        let Some((key, value)) = line.split_once('=') else { continue };
        let from = start + key.len() + 1 + (value.len() - value.trim_start().len());
        let value = value.trim();
        let said = |text: &str, from: usize| Said {
            text: text.to_owned(),
            at: Location::text(file, Span::new(from, from + text.len())),
        };
        let key = key.trim();
        let name = key.rsplit('.').next().unwrap_or(key);
        match key {
            _ if matches!(name, "CN" | "commonName") || key == "commonName_default" => {
                found.common_name = Some(said(value, from));
            }
            "extendedKeyUsage" => found.purposes = Some(said(value, from)),
            "subjectAltName" if !value.starts_with('@') => {
                let mut offset = from;
                for part in value.split(',') {
                    let blank = part.len() - part.trim_start().len();
                    if let Some(dns) = part.trim().strip_prefix("DNS:") {
                        found.names.push(said(dns, offset + blank + 4));
                    }
                    offset += part.len() + 1;
                }
            }
            _ if key.starts_with("DNS.") || key == "DNS" => found.names.push(said(value, from)),
            _ => {}
        }
    }
    (found.common_name.is_some() || !found.names.is_empty()).then_some(found)
}
