//! vCenter: what `vecs-cli` and `dir-cli` print, the one-liners of the knowledge base, exports of the directory, reports
//! of vCert and `checksts.py`, the output of `fixsts.sh`, and `certool.cfg`. Logs are read by a system of their own.

mod certool;
mod checks;
mod console;
mod dircli;
mod directory;
mod fixsts;
mod lines;
mod report;
#[cfg(test)]
mod tests;
mod vecs;

use crate::{
    model::{
        Facts, Form, Holding, Item, ItemKind,
        vcenter::{Listed, Unit, listed::Printed},
    },
    source::{FileId, Location, Source, Span, decode::decode},
    syntax::{dates, openssl_text::Print},
    x509::{Time, WrittenName},
};

use self::lines::lines;
use super::{Input, Probe, ReadBy, System, comments};

/// See the module.
pub(super) const SYSTEM: System = System { name: "vcenter", recognise, read: ReadBy::Whole(read) };

/// Endings of scripts and formats that quote output and are none.
pub(super) const QUOTING: &[&str] = &["xml", "json", "yaml", "yml", "toml", "ps1", "psm1", "sh", "bash"];

fn recognise(probe: &Probe<'_>) -> bool {
    let name = probe.file_name();
    if certool::is_named(&name) {
        return probe.text.is_some();
    }
    let Some(text) = probe.text else { return false };
    if name.rsplit_once('.').is_some_and(|(_, ending)| QUOTING.contains(&ending)) {
        return false;
    }
    is_ldif(&name) || certool::is_one(text) || directory::is_one(text) || is_print(text)
}

/// By the ending of a name in lower case.
fn is_ldif(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending == "ldif")
}

/// One of these stands in each print.
const MARKS: &[&str] = &[
    "STORE",
    "[*]",
    "Number of ",
    "TRUSTED_ROOT",
    "PNID",
    "SSL Certificate Report",
    "Checking ",
    " CERTS",
    "Resetting STS",
    "bad interpreter",
    "Amount of tenant",
];

/// A print of one of the tools, whole or in a transcript.
fn is_print(text: &str) -> bool {
    // Most files have none of these, and are not looked at line by line.
    if !MARKS.iter().any(|it| text.contains(it)) {
        return false;
    }
    vecs::is_one(text)
        || dircli::is_one(text)
        || report::is_one(text)
        || console::is_one(text)
        || checks::is_one(text)
        || fixsts::is_one(text)
}

fn read(input: &Input<'_>) -> (Source, Facts) {
    let Some((text, encoding)) = decode(input.bytes) else {
        return (Source::unread(input.path), Facts::default());
    };
    let name = input.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let mut reading = Reading { file: input.file, ..Reading::default() };
    let mut marked: Vec<Span> = Vec::new();
    if certool::is_named(&name) || certool::is_one(&text) {
        marked = certool::read(&text, encoding, &mut reading);
    } else if directory::is_one(&text) || is_ldif(&name) {
        marked = directory::read(&text, &mut reading);
    } else if report::is_one(&text) {
        report::read(&text, &mut reading);
    } else {
        vecs::read(&text, &name, &mut reading);
        dircli::read(&text, &mut reading);
        console::read(&text, &mut reading);
        checks::read(&text, &mut reading);
        fixsts::read(&text, &mut reading);
    }
    if reading.unit.is_empty() && reading.secrets.is_empty() {
        return (Source::unread(input.path), Facts::default());
    }
    if marked.is_empty() {
        let own = lines(&text).into_iter().filter(|it| it.text.contains("tlslint: ignore["));
        marked = own.map(|it| it.span()).collect();
    }
    let mut source = Source::text(input.path, text, encoding);
    let mut facts = Facts { ignores: comments::ignores(input.file, &source, marked), ..Facts::default() };
    for span in reading.secrets {
        source.mask(span);
    }
    mask_typed(&mut source);
    if !reading.items.is_empty() {
        let items = reading.items;
        facts.holding =
            Some(Holding { form: Form::Text, items, oddities: Vec::new(), store: None, tried: None });
    }
    if !reading.unit.is_empty() {
        facts.vcenter = Some(Box::new(reading.unit));
    }
    (source, facts)
}

/// What is being read of a file.
#[derive(Default)]
struct Reading {
    file: FileId,
    unit: Unit,
    /// Certificates with their bytes.
    items: Vec<Item>,
    /// What must not be shown.
    secrets: Vec<Span>,
}

impl Reading {
    fn at(&self, span: Span) -> Location {
        Location::text(self.file, span)
    }

    /// A certificate by its bytes; `None` where they are none.
    fn certificate(&mut self, der: &[u8], span: Span) -> Option<Listed> {
        let certificate = super::certificates::known::certificate(der).ok()?;
        let at = self.at(span);
        let kind = ItemKind::Certificate(std::sync::Arc::clone(&certificate));
        self.items.push(Item { at, kind, refused_by_openssl: false });
        Some(Listed::whole(at, certificate))
    }
}

/// Passwords that were typed behind a prompt of a transcript.
fn mask_typed(source: &mut Source) {
    const FLAGS: &[&str] = &["--password ", "--password=", "--ssopassword ", " -w "];
    let mut found = Vec::new();
    for line in lines(&source.text) {
        let tool = ["dir-cli", "ldap", "vecs-cli", "certool", "cmsso", "vdcadmintool"];
        if !tool.iter().any(|it| line.text.contains(it)) {
            continue;
        }
        for flag in FLAGS {
            for (at, _) in line.text.match_indices(flag) {
                let from = at + flag.len();
                let rest = line.text[from..].trim_start();
                let from = line.text.len() - rest.len();
                let end = match rest.chars().next() {
                    Some(quote @ ('\'' | '"')) => rest[1..].find(quote).map_or(rest.len(), |it| it + 2),
                    _ => rest.find(char::is_whitespace).unwrap_or(rest.len()),
                };
                found.push(Span::new(line.start + from, line.start + from + end));
            }
        }
    }
    for span in found {
        source.mask(span);
    }
}

/// A date as OpenSSL prints it, which is always in GMT.
fn openssl_time(text: &str) -> Option<Time> {
    dates::openssl(text).map(|it| Time(it.seconds))
}

/// A certificate as OpenSSL prints it.
fn listed(file: FileId, at: Location, print: &Print) -> Listed {
    let names = print.alt_names();
    let of_kind = |kind: &str| {
        let words = names.iter().flatten().filter(move |(it, _)| it == kind);
        words.map(|(_, word)| word.text.clone()).collect::<Vec<_>>()
    };
    let name = |word: &Option<crate::syntax::openssl_text::Word>| {
        word.as_ref().and_then(|it| WrittenName::parse(&it.text))
    };
    let time = |word: &Option<crate::syntax::openssl_text::Word>| {
        word.as_ref().and_then(|it| openssl_time(&it.text))
    };
    Listed {
        at,
        ends_at: print.not_after.as_ref().map(|it| Location::text(file, it.span)),
        certificate: None,
        printed: Printed {
            subject: name(&print.subject),
            issuer: name(&print.issuer),
            not_before: time(&print.not_before),
            not_after: time(&print.not_after),
            dns_names: Some(of_kind("DNS")),
            addresses: of_kind("IP Address").iter().filter_map(|it| it.parse().ok()).collect(),
            key_usage: print.listed("Key Usage").map(|it| it.into_iter().map(|it| it.text).collect()),
            is_ca: print.is_ca(),
            subject_key_id: print.subject_key_id(),
            authority_key_id: print.authority_key_id(),
            thumbprint: None,
            signature: print.signature.as_ref().map(|it| it.text.clone()),
            with_extensions: true,
        },
    }
}
