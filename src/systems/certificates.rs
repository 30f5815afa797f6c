//! Certificate material: PEM and DER files of certificates, requests, revocation lists, keys and parameters.

mod oddities;
mod opaque;
mod spacing;
mod stores;

pub(super) use crate::x509::known;

use std::sync::Arc;

use crate::{
    model::{Facts, Form, Holding, Item, ItemKind},
    source::{Encoding, Location, Place, Source, Span, decode::decode},
    syntax::pem::{self, Block},
    x509::{
        self, DerKind, KeyMaterial, OcspResponse, ParseError, Request, RevocationList, dh_parameters,
        pkcs7_certificates, pkcs7_revocation_lists, private_key, sniff_der,
    },
};

use super::{Input, Probe, ReadBy, System, comments};

/// See the module.
pub(super) const SYSTEM: System = System { name: "certificates", recognise, read: ReadBy::Whole(read) };

/// Endings that people give to certificate material.
#[rustfmt::skip]
const ENDINGS: &[&str] = &[
    ".pem", ".crt", ".cer", ".cert", ".key", ".csr", ".req", ".crl", ".der", ".p7b", ".p7c", ".p7m", ".p7",
    ".spc", ".ca-bundle", ".chain", ".fullchain", ".pub.pem", ".ca", ".bundle",
];

/// Endings of texts that quote PEM and are no certificate material themselves.
const QUOTING: &[&str] = &[
    ".sh",
    ".bash",
    ".json",
    ".yaml",
    ".yml",
    ".toml",
    ".xml",
    ".ps1",
    ".psm1",
    ".log",
    ".tpl",
    ".j2",
    ".erb",
    ".tmpl",
    ".template",
];

fn recognise(probe: &Probe<'_>) -> bool {
    let name = probe.file_name();
    let named = ENDINGS.iter().any(|ending| name.ends_with(ending));
    if stores::is_one(&name, probe.head) {
        return true;
    }
    if probe.head.starts_with(b"0\x82")
        || probe.head.starts_with(b"0\x81")
        || probe.head.starts_with(b"0\x80")
    {
        return named || der_frame(probe.head);
    }
    if QUOTING.iter().any(|ending| name.ends_with(ending)) {
        return false;
    }
    let Some(text) = probe.text else { return named && probe.head.starts_with(b"0") };
    if stores::is_base64(text) {
        return true;
    }
    // A text that explains itself at length before its first block is known by its name.
    named
        || (text.lines().any(|line| line.starts_with("-----BEGIN ")) && !is_configuration(&name, probe))
        || text.starts_with("Bag Attributes")
}

/// A configuration that quotes a block, as in code of Lua.
fn is_configuration(name: &str, probe: &Probe<'_>) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending == "conf")
        && (super::nginx::SYSTEM.recognise)(probe)
}

/// The tag behind the outer length is one that certificate material starts with.
fn der_frame(head: &[u8]) -> bool {
    let width = match head.get(1) {
        Some(0x80) => 2,
        Some(0x81) => 3,
        Some(0x82) => 4,
        _ => return false,
    };
    matches!(sniff_der(head), kind if kind != DerKind::Unknown)
        || matches!(head.get(width..width + 2), Some([0x30, 0x82]))
}

/// Reads a file as certificate material, whatever it turns out to be.
pub(super) fn read(input: &Input<'_>) -> (Source, Facts) {
    if input.bytes.is_empty() {
        return (
            Source::text(input.path, String::new(), Encoding::Utf8 { bom: false }),
            holding(Form::Empty, Vec::new(), Vec::new()),
        );
    }
    if opaque::is_sealed(input.bytes) {
        return (Source::unread(input.path), Facts::default());
    }
    if let Some(read) = stores::read(input, input.bytes, false) {
        return read;
    }
    let kind = sniff_der(input.bytes);
    if kind != DerKind::Unknown {
        return der(input, &kind);
    }
    match decode(input.bytes) {
        Some((text, encoding)) => text_file(input, text, encoding),
        None => (Source::unread(input.path), holding(Form::Binary, Vec::new(), Vec::new())),
    }
}

fn holding(form: Form, items: Vec<Item>, oddities: Vec<crate::model::Oddity>) -> Facts {
    Facts { holding: Some(Holding { form, items, oddities, store: None, tried: None }), ..Facts::default() }
}

fn text_file(input: &Input<'_>, text: String, encoding: Encoding) -> (Source, Facts) {
    let scan = pem::scan(&text);
    if scan.blocks.is_empty()
        && let Some(bytes) = stores::decoded(&text)
    {
        if let Some(read) = stores::read(input, &bytes, true) {
            return read;
        }
        if sniff_der(&bytes) == DerKind::Pkcs7 {
            return der(&Input { bytes: &bytes, ..*input }, &DerKind::Pkcs7);
        }
    }
    let template = opaque::is_template(&text, &scan.blocks);
    let mut source = Source::text(input.path, text, encoding);
    let utf16 = matches!(encoding, Encoding::Utf16Le { .. } | Encoding::Utf16Be { .. });
    let real: Vec<&Block> = scan.blocks.iter().filter(|block| oddities::is_meant(block)).collect();
    let form = match (real.is_empty(), utf16) {
        (true, _) => Form::Text,
        (false, true) => Form::Utf16Pem,
        (false, false) if real.iter().all(|block| is_pkcs7(block)) => Form::Pkcs7,
        (false, false) => Form::Pem,
    };
    let mut items = Vec::new();
    for block in &real {
        let at = Location::text(input.file, block.span);
        let refused = utf16 || !block.openssl_accepts();
        items.extend(block_items(block, input).into_iter().map(|kind| Item {
            at,
            kind,
            refused_by_openssl: refused,
        }));
    }
    let odd = oddities::of(input, &source, &real, encoding, &items);
    let hashes = hash_comments(&source, &real);
    let ignores = comments::ignores(input.file, &source, hashes);
    for block in &scan.blocks {
        if block.label.to_ascii_uppercase().contains("PRIVATE KEY") {
            source.mask(block.body);
        }
    }
    // The text stays, so that its comments count and its keys are masked.
    let mut facts = if template { Facts::default() } else { holding(form, items, odd) };
    facts.ignores = ignores;
    (source, facts)
}

/// Whether a label is one of certificates, keys and what belongs to them. Blocks of other formats follow other rules.
fn is_material(label: &str) -> bool {
    [
        "CERTIFICATE",
        "PRIVATE KEY",
        "PUBLIC KEY",
        "REQUEST",
        "CRL",
        "PARAMETERS",
        "PKCS7",
        "SIGNED DATA",
        "CMS",
    ]
    .iter()
    .any(|word| label.ends_with(word))
}

/// A bag of certificates that readers of certificates do not open.
fn is_pkcs7(block: &Block) -> bool {
    matches!(&*block.label, "PKCS7" | "PKCS #7 SIGNED DATA" | "CMS")
}

/// Lines that start with `#` outside of blocks.
fn hash_comments(source: &Source, blocks: &[&Block]) -> Vec<Span> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        let span = Span::new(start, start + line.trim_end().len());
        start += line.len();
        if line.starts_with('#') {
            // Blocks stand in order, so only the last one that begins before the line may hold it.
            let before = blocks.partition_point(|block| block.span.start <= span.start);
            let inside = before > 0 && span.start < blocks[before - 1].span.end;
            if !inside {
                found.push(span);
            }
        }
    }
    found
}

/// What a block holds: one thing, or the certificates of a PKCS#7.
fn block_items(block: &Block, input: &Input<'_>) -> Vec<ItemKind> {
    let label = block.label.to_ascii_uppercase();
    let broken = |what: String, span: Span| ItemKind::Broken {
        label: label.clone(),
        what,
        at: Location::text(input.file, span),
        inside: block.der.is_ok(),
    };
    let der = match &block.der {
        Ok(der) => der,
        Err(_) if !is_material(&label) => return vec![ItemKind::Other(label)],
        Err(error) => return vec![broken(oddities::fault(error.fault).to_owned(), error.at)],
    };
    let unread = |error: ParseError| {
        broken(format!("cannot be read: {}, at byte {} of its content", error.what, error.at), block.begin)
    };
    let one = |result: Result<ItemKind, ParseError>| vec![result.unwrap_or_else(unread)];
    match &*label {
        "CERTIFICATE"
        | "X509 CERTIFICATE"
        | "TRUSTED CERTIFICATE"
        | "PKCS7"
        | "PKCS #7 SIGNED DATA"
        | "CMS"
            if sniff_der(der) == DerKind::Pkcs7 =>
        {
            match pkcs7_certificates(der) {
                Ok(list) => {
                    let certificates = list.iter().map(|der| certificate(der));
                    let lists = pkcs7_revocation_lists(der);
                    let lists = lists.iter().map(|der| revocation_list(der));
                    certificates.chain(lists).map(|it| it.unwrap_or_else(unread)).collect()
                }
                Err(error) => vec![unread(error)],
            }
        }
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => one(certificate(der)),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            one(Request::parse(der).map(|it| ItemKind::Request(Arc::new(it))))
        }
        "X509 CRL" => one(revocation_list(der)),
        "PRIVATE KEY"
        | "RSA PRIVATE KEY"
        | "EC PRIVATE KEY"
        | "DSA PRIVATE KEY"
        | "ENCRYPTED PRIVATE KEY" => {
            let headers: Vec<(String, String)> =
                block.headers.iter().map(|it| (it.name.clone(), it.value.clone())).collect();
            one(private_key(&label, &headers, der).map(key_item))
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => one(public_key(&label, der)),
        "DH PARAMETERS" | "X9.42 DH PARAMETERS" => one(dh_parameters(der).map(ItemKind::DhParameters)),
        _ => vec![ItemKind::Other(label)],
    }
}

fn certificate(der: &[u8]) -> Result<ItemKind, ParseError> {
    known::certificate(der).map(ItemKind::Certificate)
}

fn revocation_list(der: &[u8]) -> Result<ItemKind, ParseError> {
    RevocationList::parse(der).map(|it| ItemKind::RevocationList(Arc::new(it)))
}

fn public_key(label: &str, der: &[u8]) -> Result<ItemKind, ParseError> {
    let key =
        if label.starts_with("RSA") { x509::PublicKey::parse_pkcs1(der) } else { x509::public_key(der) };
    key.map(ItemKind::PublicKey)
}

fn key_item(key: KeyMaterial) -> ItemKind {
    match key {
        KeyMaterial::Plain(key) => ItemKind::PrivateKey(key),
        KeyMaterial::Locked(key) => ItemKind::LockedKey(key),
        KeyMaterial::Unsupported { what, kind } => ItemKind::OpaqueKey { what, kind },
    }
}

/// A file of DER. It has no text, so a listing stands for it.
fn der(input: &Input<'_>, kind: &DerKind) -> (Source, Facts) {
    let entry = |index: usize| Location { file: input.file, place: Place::Entry(index as u32) };
    let broken = |what: &str, error: ParseError| ItemKind::Broken {
        label: what.to_owned(),
        what: format!("cannot be read: {}, at byte {} of its content", error.what, error.at),
        at: entry(0),
        inside: true,
    };
    let one = |what: &str, result: Result<ItemKind, ParseError>| {
        vec![result.unwrap_or_else(|error| broken(what, error))]
    };
    let (form, kinds) = match kind {
        DerKind::Certificate => (Form::Der, one("CERTIFICATE", certificate(input.bytes))),
        DerKind::Request => (
            Form::Der,
            one("CERTIFICATE REQUEST", Request::parse(input.bytes).map(|it| ItemKind::Request(Arc::new(it)))),
        ),
        DerKind::RevocationList => (Form::Der, one("X509 CRL", revocation_list(input.bytes))),
        DerKind::PrivateKey { label } => {
            (Form::Der, one(label, private_key(label, &[], input.bytes).map(key_item)))
        }
        DerKind::EncryptedPrivateKey => {
            let label = "ENCRYPTED PRIVATE KEY";
            (Form::Der, one(label, private_key(label, &[], input.bytes).map(key_item)))
        }
        DerKind::PublicKey => {
            (Form::Der, one("PUBLIC KEY", x509::public_key(input.bytes).map(ItemKind::PublicKey)))
        }
        DerKind::DhParameters => {
            (Form::Der, one("DH PARAMETERS", dh_parameters(input.bytes).map(ItemKind::DhParameters)))
        }
        DerKind::Pkcs7 => (
            Form::Pkcs7,
            match pkcs7_certificates(input.bytes) {
                Ok(list) => {
                    let certificates = list
                        .iter()
                        .map(|der| certificate(der).unwrap_or_else(|error| broken("CERTIFICATE", error)));
                    let lists = pkcs7_revocation_lists(input.bytes);
                    let lists = lists
                        .iter()
                        .map(|der| revocation_list(der).unwrap_or_else(|error| broken("X509 CRL", error)));
                    certificates.chain(lists).collect()
                }
                Err(error) => vec![broken("PKCS7", error)],
            },
        ),
        // What starts like one and has no version 3 is read by nothing.
        DerKind::Pkcs12 => (Form::Pkcs12, Vec::new()),
        DerKind::OcspResponse => {
            let answer = OcspResponse::parse(input.bytes).map(ItemKind::OcspResponse);
            (Form::OcspResponse, answer.into_iter().collect())
        }
        DerKind::Unknown => (Form::Binary, Vec::new()),
    };
    let lines: Vec<(String, String)> =
        kinds.iter().enumerate().map(|(index, kind)| listing(index, kind)).collect();
    let items = kinds
        .into_iter()
        .enumerate()
        .map(|(index, kind)| Item { at: entry(index), kind, refused_by_openssl: true })
        .collect();
    (Source::listing(input.path, &lines), holding(form, items, Vec::new()))
}

/// One line for a part of a file without text.
fn listing(index: usize, kind: &ItemKind) -> (String, String) {
    let name = format!("{}", index + 1);
    let what = match kind {
        ItemKind::Certificate(certificate) => format!("certificate  {}", certificate.listing()),
        ItemKind::Request(request) => format!("request  {}", request.subject.text),
        ItemKind::RevocationList(list) => format!("revocation list  {}", list.issuer.text),
        other => other.noun(),
    };
    (name, what)
}
