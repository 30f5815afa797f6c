//! `certutil -store` in any language: blocks between lines of `=`, values told by their shape and order.

use crate::{
    model::iis::{StoreEntry, StoreListing, Thumbprint, Unit},
    source::{FileId, Location},
    x509::WrittenName,
};

use super::{
    dates::{self, Written},
    lines::{Line, Piece, Stretch},
    shapes,
};

/// Labels of subjects in the languages that were seen; elsewhere the order tells.
const SUBJECT: &[&str] =
    &["subject", "objet", "antragsteller", "sujeto", "asunto", "requerente", "assunto", "oggetto"];
const ISSUER: &[&str] = &["issuer", "émetteur", "aussteller", "emisor", "emissor", "emittente"];

/// Reads a listing that begins with the first line: the name of the store, or its first certificate.
pub(super) fn read(stretch: &Stretch<'_, '_>, unit: &mut Unit) -> Option<usize> {
    let file = stretch.file;
    let first = stretch.line(0)?;
    let name = store_name(first.text()).filter(|_| first.command.is_none());
    let mut at = usize::from(name.is_some());
    block(stretch.line(at)?)?;
    let mut entries = Vec::new();
    let mut numbers = Vec::new();
    while let Some(title) = stretch.line(at).and_then(block) {
        let rest = &stretch.lines[at + 1..];
        let end = rest.iter().position(|it| ends(it)).unwrap_or(rest.len());
        numbers.push(number(title));
        entries.push(Entry::read(file, &stretch.lines[at], &rest[..end]));
        at += 1 + end;
    }
    if entries.iter().all(|it| it.found.hash == Thumbprint::Unknown && it.dates.is_empty()) {
        return Some(at);
    }
    // `CertUtil: -store …` says in every language that the print is whole, or the number of the error.
    let closing =
        stretch.line(at).map(Line::text).filter(|it| it.to_ascii_lowercase().starts_with("certutil:"));
    let whole = closing.is_some_and(|it| !it.contains("0x"));
    at += usize::from(closing.is_some());
    let in_order = numbers.iter().enumerate().all(|(index, number)| *number == Some(index));
    // `certutil -store My HASH` asks for one certificate.
    let asked = stretch.command.is_some_and(|it| {
        let behind =
            it.to_ascii_lowercase().split_once("-store").map_or(String::new(), |(_, rest)| rest.to_owned());
        behind.split(['|', '>']).next().unwrap_or_default().split_whitespace().count() > 1
    });
    let own = stretch.commanded(&["-user"]);
    let order = dates::order(entries.iter().flat_map(|it| &it.dates));
    let listing = StoreListing {
        at: first.whole.at(file),
        store: name.map(str::to_owned),
        partial: !whole || !in_order || name.is_none() || asked || stretch.is_filtered(),
        entries: entries.into_iter().map(|it| it.finish(order)).collect(),
    };
    // Stores of a person are none that http.sys takes certificates from.
    if !own {
        unit.listings.push(listing);
    }
    Some(at)
}

/// `My "Personal"`
fn store_name(text: &str) -> Option<&str> {
    let (name, title) = text.split_once(' ')?;
    let title = title.trim();
    let word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    (word && title.len() > 2 && title.starts_with('"') && title.ends_with('"')).then_some(name)
}

/// `================ Certificate 0 ================`: what stands between the signs.
fn block<'t>(line: &Line<'t>) -> Option<&'t str> {
    let inner = line.text().strip_prefix("========")?.strip_suffix("========")?.trim_matches('=').trim();
    (!inner.is_empty() && line.command.is_none()).then_some(inner)
}

/// The number of a block, which counts from 0.
fn number(block: &str) -> Option<usize> {
    block.rsplit(' ').next()?.parse().ok()
}

fn ends(line: &Line<'_>) -> bool {
    line.command.is_some()
        || block(line).is_some()
        || line.text().to_ascii_lowercase().starts_with("certutil:")
        || store_name(line.text()).is_some()
}

struct Entry {
    found: StoreEntry,
    dates: Vec<Written>,
    date_at: Vec<Location>,
}

impl Entry {
    fn read(file: FileId, head: &Line<'_>, lines: &[Line<'_>]) -> Self {
        let at = head.whole.at(file);
        let found = StoreEntry {
            at,
            hash: Thumbprint::Unknown,
            subject: None,
            issuer: None,
            serial: None,
            not_before: None,
            not_after: None,
            not_after_at: None,
            has_key: None,
        };
        let mut own = Self { found, dates: Vec::new(), date_at: Vec::new() };
        for (index, line) in lines.iter().enumerate() {
            let words = line.text().to_ascii_lowercase();
            own.note_key(&words);
            if let Some((label, value)) = line.labelled() {
                own.value(file, index, label, value);
            }
        }
        own
    }

    fn value(&mut self, file: FileId, index: usize, label: &str, value: Piece<'_>) {
        let entry = &mut self.found;
        if label.ends_with("(sha1)") {
            if let Some(hash @ Thumbprint::Known(_)) = shapes::thumbprint(value.text) {
                entry.hash = hash;
                entry.at = value.at(file);
            }
        } else if self.dates.len() < 2
            && let Some(date) = dates::read(value.text)
        {
            self.dates.push(date);
            self.date_at.push(value.at(file));
        } else if index == 0 && entry.serial.is_none() && !value.text.contains('=') {
            entry.serial = serial(value.text);
        } else if value.text.contains('=') {
            let word = label.to_lowercase();
            let is_subject = SUBJECT.contains(&&*word) || (self.dates.len() == 2 && entry.issuer.is_some());
            let is_issuer = ISSUER.contains(&&*word) || (self.dates.is_empty() && index == 1);
            if is_subject && entry.subject.is_none() && !is_issuer {
                entry.subject = WrittenName::parse(value.text);
            } else if is_issuer && entry.issuer.is_none() {
                entry.issuer = WrittenName::parse(value.text);
            }
        }
    }

    /// What the English print says about the private key. Other languages say it in words nobody listed.
    fn note_key(&mut self, line: &str) {
        const NONE: &[&str] = &["missing stored keyset", "no key provider information"];
        const SOME: &[&str] =
            &["encryption test passed", "signature test passed", "private key is not exportable"];
        if NONE.iter().any(|it| line.starts_with(it)) {
            self.found.has_key = Some(false);
        } else if SOME.iter().any(|it| line.starts_with(it)) {
            self.found.has_key = Some(true);
        }
    }

    fn finish(mut self, order: Option<dates::Order>) -> StoreEntry {
        if let [before, after] = self.dates[..] {
            self.found.not_before = before.time(order);
            self.found.not_after = after.time(order);
            self.found.not_after_at = self.date_at.get(1).copied();
        }
        // A listing has each pair in order; one that has not was read wrong.
        if self.found.not_before > self.found.not_after {
            (self.found.not_before, self.found.not_after) = (None, None);
        }
        self.found
    }
}

/// A serial number in hexadecimal, its leading zeros left out.
pub(super) fn serial(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits };
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    (!bytes.is_empty()).then(|| bytes[zeros.min(bytes.len() - 1)..].to_vec())
}
