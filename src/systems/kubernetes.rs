//! Secrets and config maps of Kubernetes in YAML, one document or many, as people write them and as Helm renders them:
//! certificates and keys in their values.

use data_encoding::BASE64;

use crate::{
    model::{
        Facts, Form, Holding, Item, ItemKind,
        kubernetes::{Kept, KeptValue, Unit},
        said::Said,
    },
    source::{FileId, Location, Source, Span, decode::decode},
    syntax::{
        value::{Member, Value},
        yaml,
    },
    x509::store::{self, Access, Opening, Part},
};

use super::{Input, Probe, ReadBy, System, beyond, certificates, comments};

/// See the module.
pub(super) const SYSTEM: System = System { name: "kubernetes", recognise, read: ReadBy::Whole(read) };

/// Values of one file beyond this number are not looked into.
const MOST: usize = 2000;

/// Passwords that are tried on the keystores of one secret.
const MOST_PASSWORDS: usize = 4;

/// Rounds of key derivation that they may take.
const MOST_ROUNDS: u64 = 500_000;

/// How base64 of a PEM block begins.
const PEM_IN_BASE64: &str = "LS0tLS1CRUdJTi";

fn recognise(probe: &Probe<'_>) -> bool {
    let name = probe.file_name();
    let Some(text) = probe.text else { return false };
    let ending = [".yaml", ".yml"].iter().any(|it| name.ends_with(it));
    let starts = |word: &str| text.lines().any(|line| line.starts_with(word));
    ending && starts("kind:") && (starts("apiVersion:") || starts("data:") || starts("items:"))
}

fn read(input: &Input<'_>) -> (Source, Facts) {
    let unread = || (Source::unread(input.path), Facts::default());
    let Some((text, encoding)) = decode(input.bytes) else { return unread() };
    let ours = ["Secret", "ConfigMap"].iter().any(|it| text.contains(it))
        && ["-----BEGIN ", PEM_IN_BASE64, ".jks:", ".p12:", ".pfx:"].iter().any(|it| text.contains(it));
    if !ours {
        return unread();
    }
    let parsed = yaml::parse(&text);
    if parsed.broken.is_some() {
        let problems = beyond(input.file, parsed.broken.as_ref()).into_iter().collect();
        return (Source::unread(input.path), Facts { problems, ..Facts::default() });
    }
    let mut facts = Facts::default();
    gather(input.file, &parsed.documents, &mut facts);
    if facts.kubernetes.is_none() {
        return unread();
    }
    let mut source = Source::text(input.path, text, encoding);
    facts.ignores = comments::ignores(input.file, &source, yaml::comments(&source.text));
    for span in secrets(&parsed.documents) {
        source.mask(span);
    }
    (source, facts)
}

/// Adds what the values of secrets and config maps hold.
pub(super) fn gather(file: FileId, documents: &[Value], facts: &mut Facts) {
    let mut unit = Unit::default();
    let mut holding =
        Holding { form: Form::Pem, items: Vec::new(), oddities: Vec::new(), store: None, tried: None };
    let mut left = MOST;
    for resource in documents.iter().flat_map(resources) {
        // Somebody encrypted it, and what is seen is not what is used.
        if resource.get("sops").is_some() {
            continue;
        }
        let config_map = match kind(resource) {
            "Secret" => false,
            "ConfigMap" => true,
            _ => continue,
        };
        let metadata = resource.path(&["metadata"]);
        let named = |key: &str| said(file, metadata?.get(key)?);
        let mut values = Vec::new();
        let passwords = if config_map { Vec::new() } else { passwords(resource) };
        for part in ["data", "stringData", "binaryData"] {
            let Some(part_value) = resource.get(part).map(|it| &it.value) else { continue };
            let in_base64 = (part == "data" && !config_map) || part == "binaryData";
            for member in part_value.members() {
                if left == 0 {
                    break;
                }
                left -= 1;
                let at = Location::text(file, member.value.inner);
                let Some(items) = items(member, in_base64, at, &passwords) else { continue };
                holding.items.extend(items.0);
                holding.oddities.extend(items.1);
                let key = Said { text: member.key.clone(), at: Location::text(file, member.key_span) };
                values.push(KeptValue { key, at });
            }
        }
        if values.is_empty() {
            continue;
        }
        let name = named("name");
        let first = resource.members().first().map_or(resource.span, |it| it.key_span);
        let at = name.as_ref().map_or(Location::text(file, first), |it| it.at);
        unit.kept.push(Kept { config_map, name, namespace: named("namespace"), at, values });
    }
    if !unit.kept.is_empty() {
        facts.kubernetes = Some(Box::new(unit));
        facts.holding = Some(holding);
    }
}

fn kind(resource: &Value) -> &str {
    resource.get("kind").and_then(|it| it.value.as_text()).unwrap_or_default()
}

/// A resource, or the items of a list of them.
fn resources(document: &Value) -> Vec<&Value> {
    match document.get("items") {
        Some(items) if kind(document).ends_with("List") => items.value.items().iter().collect(),
        _ => vec![document],
    }
}

fn said(file: FileId, member: &Member) -> Option<Said> {
    let text = member.value.text_like()?.to_owned();
    Some(Said { text, at: Location::text(file, member.value.inner) })
}

/// What a value holds as PEM. Places inside of base64 mean nothing to anybody, so all of it stands at the value.
fn items(
    member: &Member,
    in_base64: bool,
    at: Location,
    passwords: &[Vec<u8>],
) -> Option<(Vec<Item>, Vec<crate::model::Oddity>)> {
    let text = member.value.as_text()?;
    let decoded;
    let bytes = if in_base64 {
        let compact: String = text.split_ascii_whitespace().collect();
        let named = names_material(&member.key) || names_store(&member.key);
        if !compact.starts_with(PEM_IN_BASE64) && !named {
            return None;
        }
        decoded = BASE64.decode(compact.as_bytes()).ok()?;
        decoded.as_slice()
    } else {
        text.as_bytes()
    };
    if in_base64 && store::is_store(bytes) {
        return Some((certificates_of_store(bytes, at, passwords), Vec::new()));
    }
    memchr::memmem::find(bytes, b"-----BEGIN ")?;
    // A value that is a whole configuration and quotes a block is no certificate material.
    let quotes = !bytes.starts_with(b"-----BEGIN ") && !names_material(&member.key);
    if quotes {
        return None;
    }
    let (_, facts) = certificates::read(&Input { file: at.file, path: &member.key, bytes });
    let mut holding = facts.holding.filter(|it| it.form == Form::Pem)?;
    for item in &mut holding.items {
        item.at = at;
        if let ItemKind::Broken { at: place, .. } = &mut item.kind {
            *place = at;
        }
    }
    for odd in &mut holding.oddities {
        odd.at = at;
    }
    Some((holding.items, holding.oddities))
}

/// The certificates of a keystore, opened where a password for it stands in the same secret.
fn certificates_of_store(bytes: &[u8], at: Location, passwords: &[Vec<u8>]) -> Vec<Item> {
    let Some(mut content) = store::read(bytes) else { return Vec::new() };
    let cheap = content.rounds.saturating_mul(passwords.len() as u64) <= MOST_ROUNDS;
    if content.access == Access::Locked && cheap {
        let all: Vec<&[u8]> = passwords.iter().map(Vec::as_slice).collect();
        if let Opening::Opened { content: opened, .. } = store::open(bytes, &all, MOST_ROUNDS) {
            content = *opened;
        }
    }
    let parts = content.entries.into_iter().flat_map(|it| it.parts);
    parts
        .filter_map(|part| match part {
            Part::Certificate(certificate) => {
                Some(Item { at, kind: ItemKind::Certificate(certificate), refused_by_openssl: true })
            }
            _ => None,
        })
        .collect()
}

/// Values of a secret that are passwords by their names.
fn passwords(resource: &Value) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for part in ["data", "stringData"] {
        let Some(values) = resource.get(part) else { continue };
        for member in values.value.members().iter().filter(|it| it.key.to_ascii_lowercase().contains("pass"))
        {
            let Some(text) = member.value.text_like() else { continue };
            let bytes = match part {
                "data" => BASE64.decode(text.trim().as_bytes()).ok(),
                _ => Some(text.as_bytes().to_vec()),
            };
            found.extend(bytes.filter(|_| found.len() < MOST_PASSWORDS));
        }
    }
    found
}

/// Names under which values hold keystores.
fn names_store(key: &str) -> bool {
    [".jks", ".p12", ".pfx", ".pkcs12", ".jceks", ".bks", ".keystore", ".truststore"]
        .iter()
        .any(|it| key.ends_with(it))
}

/// Names under which values hold certificates and keys.
fn names_material(key: &str) -> bool {
    [".crt", ".cer", ".cert", ".pem", ".key", ".ca-bundle"].iter().any(|it| key.ends_with(it))
}

/// The places of what nobody may see: all values of secrets, and private keys elsewhere.
fn secrets(documents: &[Value]) -> Vec<Span> {
    let mut spans = Vec::new();
    for resource in documents.iter().flat_map(resources) {
        if kind(resource) == "Secret" {
            let parts = ["data", "stringData"].iter().filter_map(|it| resource.get(it));
            spans.extend(parts.flat_map(|it| it.value.members()).map(|it| it.value.inner));
            if let Some(notes) = resource.path(&["metadata", "annotations"]) {
                spans.extend(notes.members().iter().map(|it| it.value.inner));
            }
        }
        super::secrets::private_keys(resource, &mut spans);
    }
    spans
}

#[cfg(test)]
mod tests;
