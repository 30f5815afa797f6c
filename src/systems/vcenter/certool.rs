//! `certool.cfg`, by the grammar that certool has for it: `Key = value`, keys by their case, `#` comments, nothing twice.

use crate::{
    model::vcenter::{CERTOOL_KEYS, Certool, CertoolFault, Setting},
    source::{Encoding, Location, Span},
};

use super::{Reading, lines::lines};

/// The file by its name, copies of it included: `certool_vpxd.cfg`.
pub(super) fn is_named(name: &str) -> bool {
    name.starts_with("certool") && name.rsplit_once('.').is_some_and(|(_, ending)| ending == "cfg")
}

/// Keys of certool, no sections, and one of those that little else has.
pub(super) fn is_one(text: &str) -> bool {
    let mut known = 0;
    let mut own = false;
    for line in lines(text) {
        if line.text.starts_with('[') {
            return false;
        }
        let Some((key, _)) = line.text.split_once('=') else { continue };
        let key = key.trim();
        known += usize::from(CERTOOL_KEYS.contains(&key));
        own |= matches!(key, "IPAddress" | "OrgUnit");
    }
    own && known >= 4
}

/// Reads the file; gives its comments.
pub(super) fn read(text: &str, encoding: Encoding, reading: &mut Reading) -> Vec<Span> {
    let mut found = Certool::default();
    let mut comments = Vec::new();
    if matches!(encoding, Encoding::Utf16Le { .. } | Encoding::Utf16Be { .. }) {
        found.faults.push(CertoolFault::Utf16(Location::whole(reading.file)));
    }
    for line in lines(text) {
        let mut line = line;
        if let Some(mark) = line.text.find('#') {
            comments.push(Span::new(line.start + mark, line.start + line.text.len()));
            line.text = line.text[..mark].trim_end();
        }
        if line.text.is_empty() {
            continue;
        }
        let Some(equals) = line.text.find('=') else {
            found.faults.push(CertoolFault::NoEquals(line.at(reading.file)));
            continue;
        };
        let part = |from: usize, to: usize| {
            let raw = &line.text[from..to];
            let text = raw.trim();
            let blank = if text.is_empty() { 0 } else { raw.len() - raw.trim_start().len() };
            super::lines::Line { text, start: line.start + from + blank, indent: 0 }.said(reading.file)
        };
        let (key, value) = (part(0, equals), part(equals + 1, line.text.len()));
        if !CERTOOL_KEYS.contains(&key.trimmed()) {
            found.faults.push(CertoolFault::UnknownKey(key));
            continue;
        }
        if let Some(first) = found.settings.iter().find(|it| it.key.text == key.text) {
            found.faults.push(CertoolFault::Duplicate(key, first.key.at));
            continue;
        }
        found.settings.push(Setting { key, value });
    }
    reading.unit.certool = Some(found);
    comments
}
