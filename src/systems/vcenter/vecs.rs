//! What `vecs-cli` prints: stores, entries with PEM or with the text of OpenSSL, and the loops of the knowledge base that let
//! only aliases and dates through.

use crate::{
    model::vcenter::{Form, Listed, StoreKind, StoreList, VecsEntry, VecsStore, listed::Printed},
    source::Span,
    syntax::{openssl_text, pem},
};

use super::{
    Reading,
    lines::{Line, lines},
    listed, openssl_time,
};

/// Stores of an installation, the longer names first, to tell them in names of files.
const KNOWN: &[&str] = &[
    "MACHINE_SSL_CERT",
    "TRUSTED_ROOT_CRLS",
    "TRUSTED_ROOTS",
    "APPLMGMT_PASSWORD",
    "STS_INTERNAL_SSL_CERT",
    "BACKUP_STORE_H5C",
    "BACKUP_STORE",
    "KMS_ENCRYPTION",
    "data-encipherment",
    "vsphere-webclient",
    "vpxd-extension",
    "machine",
    "vpxd",
    "hvc",
    "wcp",
    "SMS",
];

/// Stores that every list has.
const ALWAYS: &[&str] = &["MACHINE_SSL_CERT", "TRUSTED_ROOTS", "TRUSTED_ROOT_CRLS"];

const COUNT: &str = "Number of entries in store";

pub(super) fn is_one(text: &str) -> bool {
    let lines = lines(text);
    if lines.iter().any(|it| it.value(COUNT).is_some()) || is_store_list(&lines) {
        return true;
    }
    let header = lines.iter().filter_map(header).any(|it| KNOWN.contains(&it.text));
    let alias = lines.iter().any(|it| it.value("Alias").is_some());
    header
        || (alias
            && lines.iter().any(|it| it.value("Not After").is_some())
            && lines.iter().any(|it| header_of(it)))
}

fn header_of(line: &Line<'_>) -> bool {
    header(line).is_some()
}

/// `STORE name`, `STORE: name`, `[*] Store : name`.
fn header<'t>(line: &Line<'t>) -> Option<Line<'t>> {
    let name = line
        .value("[*] Store")
        .or_else(|| line.value("[*]Store"))
        .or_else(|| line.value("STORE"))
        .or_else(|| line.behind("STORE ").or_else(|| line.behind("STORE\t")))?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    (!name.text.is_empty() && name.text.bytes().all(plain)).then_some(name)
}

/// Nothing but names of stores, maybe behind a prompt.
fn is_store_list(lines: &[Line<'_>]) -> bool {
    let named = lines.iter().filter(|it| ALWAYS.contains(&it.text)).count();
    let plain =
        |it: &&Line<'_>| it.text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    named >= 2 && lines.iter().filter(|it| !is_prompt(it)).all(|it| plain(&it))
}

/// A line with a prompt of a shell.
fn is_prompt(line: &Line<'_>) -> bool {
    line.text.contains("# ") || line.text.contains("$ ") || line.text.contains("vecs-cli")
}

/// The store that a command asks for.
fn asked<'t>(line: &Line<'t>) -> Option<&'t str> {
    if !line.text.contains("vecs-cli") {
        return None;
    }
    let (_, rest) = line.text.split_once("--store")?;
    let word = rest.trim_start_matches([' ', '=']).split([' ', ';', '|', ')']).next()?;
    (!word.is_empty() && !word.contains('$')).then_some(word)
}

/// An entry while its lines are being read.
struct Open {
    store: usize,
    start: usize,
    not_before: Option<crate::x509::Time>,
    not_after: Option<(crate::x509::Time, Span)>,
}

pub(super) fn read(text: &str, file_name: &str, reading: &mut Reading) {
    let lines = lines(text);
    if is_store_list(&lines) {
        let names = lines.iter().filter(|it| !is_prompt(it)).map(|it| it.said(reading.file)).collect();
        reading.unit.store_list = Some(StoreList { names });
        return;
    }
    let marked = lines.iter().any(|it| it.value(COUNT).is_some() || header_of(it));
    if !marked {
        return;
    }
    let prints = openssl_text::find(text);
    let mut stores: Vec<VecsStore> = Vec::new();
    let mut entries: Vec<(Open, VecsEntry)> = Vec::new();
    let mut command: Option<&str> = None;
    let inside = |start: usize| {
        let at = prints.partition_point(|it| it.span.start as usize <= start);
        at > 0 && start < prints[at - 1].span.end as usize
    };
    for line in &lines {
        if inside(line.start) {
            continue;
        }
        if let Some(name) = header(line) {
            stores.push(store(name.text, name.at(reading.file), Form::OneLiner));
            continue;
        }
        if let Some(name) = asked(line) {
            command = Some(name);
        }
        if let Some(count) = line.value(COUNT) {
            let fresh = stores.last().is_some_and(|it| it.entries.is_empty() && it.count.is_none())
                && entries.last().is_none_or(|(open, _)| open.store + 1 != stores.len());
            if !fresh {
                let name = command.take().unwrap_or_default();
                stores.push(store(name, line.at(reading.file), Form::Listing));
            }
            if let Some(last) = stores.last_mut() {
                last.form = Form::Listing;
                last.count = count.text.parse().ok().map(|it| (it, count.at(reading.file)));
            }
        } else if let Some(alias) = line.value("Alias").filter(|it| !it.text.is_empty()) {
            let Some(at) = stores.len().checked_sub(1) else { continue };
            let open = Open { store: at, start: line.start, not_before: None, not_after: None };
            let alias = alias.said(reading.file);
            entries.push((open, VecsEntry { alias, kind: None, certificates: Vec::new() }));
        } else if let Some((open, entry)) = entries.last_mut() {
            if let Some(kind) = line.value("Entry type") {
                entry.kind = Some(kind.said(reading.file));
            } else if let Some(date) = line.value("Not Before") {
                open.not_before = openssl_time(date.text);
            } else if let Some(date) = line.value("Not After") {
                open.not_after = openssl_time(date.text).map(|it| (it, date.span()));
            }
        }
    }
    fill(text, &prints, &mut stores, entries, reading);
    stores.retain(|it| !it.entries.is_empty() || it.count.is_some() || !it.name.is_empty());
    for store in &mut stores {
        if store.name.is_empty() {
            store.name = guess(store, file_name).unwrap_or_else(|| "(unknown)".to_owned());
        }
    }
    reading.unit.stores.append(&mut stores);
}

fn store(name: &str, at: crate::source::Location, form: Form) -> VecsStore {
    VecsStore { name: name.to_owned(), at, form, count: None, entries: Vec::new(), revocation_lists: 0 }
}

/// Gives every entry the certificates that stand below its alias.
fn fill(
    text: &str,
    prints: &[openssl_text::Print],
    stores: &mut [VecsStore],
    entries: Vec<(Open, VecsEntry)>,
    reading: &mut Reading,
) {
    let blocks = if text.contains("-----BEGIN ") { pem::scan(text).blocks } else { Vec::new() };
    for block in &blocks {
        if block.label.to_ascii_uppercase().contains("PRIVATE KEY") {
            reading.secrets.push(block.body);
        }
    }
    let starts: Vec<usize> = entries.iter().map(|(open, _)| open.start).collect();
    for (index, (open, mut entry)) in entries.into_iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(text.len());
        let own = |span: Span| open.start <= span.start as usize && (span.start as usize) < end;
        let from = blocks.partition_point(|it| (it.span.start as usize) < open.start);
        for block in blocks[from..].iter().take_while(|it| own(it.span)) {
            if let (true, Ok(der)) = (block.label.eq_ignore_ascii_case("CERTIFICATE"), &block.der) {
                let found = reading.certificate(der, block.span);
                entry.certificates.extend(found);
            }
        }
        let from = prints.partition_point(|it| (it.span.start as usize) < open.start);
        let printed = prints[from..].iter().take_while(|it| own(it.span));
        let printed: Vec<Listed> = printed.map(|it| listed(reading.file, entry.alias.at, it)).collect();
        let store = &mut stores[open.store];
        if entry.certificates.is_empty() {
            if !printed.is_empty() {
                store.form = Form::Text;
            }
            entry.certificates = printed;
        }
        if let (true, Some((end, span))) = (entry.certificates.is_empty(), open.not_after) {
            entry.certificates.push(Listed {
                at: entry.alias.at,
                ends_at: Some(reading.at(span)),
                certificate: None,
                printed: Printed {
                    not_before: open.not_before,
                    not_after: Some(end),
                    thumbprint: thumbprint(entry.alias.trimmed()),
                    ..Printed::default()
                },
            });
        }
        store.entries.push(entry);
    }
}

/// An alias that nobody chose is the SHA-1 of the certificate.
fn thumbprint(alias: &str) -> Option<String> {
    let fits = alias.len() == 40 && alias.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then(|| alias.to_ascii_lowercase())
}

/// The store that a listing without a name is of: by its aliases, or by the name of the file.
fn guess(store: &VecsStore, file_name: &str) -> Option<String> {
    let aliases: Vec<&str> = store.entries.iter().map(|it| it.alias.trimmed()).collect();
    if aliases.contains(&"__MACHINE_CERT") {
        return Some("MACHINE_SSL_CERT".to_owned());
    }
    if aliases.contains(&"sms_self_signed") {
        return Some("SMS".to_owned());
    }
    if let [alias] = aliases[..]
        && StoreKind::of(alias) == StoreKind::SolutionUser
    {
        return Some(alias.to_owned());
    }
    let by_name = KNOWN.iter().find(|name| {
        let name = name.to_ascii_lowercase();
        file_name.match_indices(&name).any(|(at, _)| {
            let free = |b: Option<&u8>| b.is_none_or(|b| !b.is_ascii_alphanumeric());
            let bytes = file_name.as_bytes();
            free(at.checked_sub(1).and_then(|it| bytes.get(it))) && free(bytes.get(at + name.len()))
        })
    });
    if let Some(name) = by_name {
        return Some((*name).to_owned());
    }
    let trusted = store.entries.iter().all(|it| {
        it.kind.as_ref().is_some_and(|kind| kind.trimmed() == "Trusted Cert") && !it.certificates.is_empty()
    });
    (trusted && !store.entries.is_empty()).then(|| "TRUSTED_ROOTS".to_owned())
}
