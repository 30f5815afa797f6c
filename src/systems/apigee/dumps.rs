//! What the management API says about the certificates of an alias. Edge and X write the same fields differently: dates
//! are numbers on Edge and texts on X, both in milliseconds since 1970.

use crate::model::{
    Said,
    apigee::{AliasDetail, DumpedCertificate, paths},
    x509::{Time, WrittenName},
};

use super::{Context, node::Node};

/// Whether an object is the body of an alias or of a certificate.
pub(super) fn is_detail(node: &Node) -> bool {
    certificates(node)
        .is_some_and(|list| list.children.is_empty() || list.children.iter().any(is_certificate))
}

fn is_certificate(node: &Node) -> bool {
    node.has("expiryDate") && (node.has("issuer") || node.has("subject"))
}

fn certificates(node: &Node) -> Option<&Node> {
    let list = node.child("certsInfo").map_or_else(|| node.child("certInfo"), |it| it.child("certInfo"))?;
    list.is_list.then_some(list)
}

/// Reads the body of an alias. The store stands in the path: `keystores/STORE/aliases/ALIAS.json`.
pub(super) fn detail(context: &Context<'_>, node: &Node, store: Option<&str>, alone: bool) -> AliasDetail {
    let list = certificates(node);
    let in_path = store_in_path(&context.placed.below);
    let stem = paths::stem(context.placed.file);
    // A legacy body names the certificate, not the alias: `ALIAS-cert`.
    let legacy = || {
        let said = node.text("certName")?;
        let text = said.text.strip_suffix("-cert").unwrap_or(&said.text).to_owned();
        Some(Said { text, at: said.at })
    };
    let alias = node.text("alias").or_else(legacy);
    let kind = node.text("type");
    let key = node.text("keyName");
    let of_x = kind.is_some() || list.is_some_and(|list| list.children.iter().any(is_of_x));
    let has_key = match (&kind, &key) {
        (Some(kind), _) => Some(kind.trimmed() == "KEY_CERT"),
        // Edge leaves `keyName` empty, or out, where there is no key.
        (None, Some(key)) => Some(!key.is_blank()),
        (None, None) => None,
    };
    AliasDetail {
        scope: context.scope.clone(),
        store: store.map(str::to_owned).or(in_path),
        at: alias.as_ref().map_or(node.at, |it| it.at),
        alias,
        stem: alone.then(|| stem.to_owned()),
        has_key,
        certificates: list.map_or_else(Vec::new, |list| list.children.iter().map(certificate).collect()),
        of_x,
    }
}

fn is_of_x(node: &Node) -> bool {
    node.child("expiryDate").is_some_and(|it| !it.is_number && it.value.is_some())
}

/// The folder behind `keystores` or `truststores`, where an alias lies below it.
fn store_in_path(below: &[&str]) -> Option<String> {
    let at = below
        .iter()
        .position(|it| matches!(it.to_ascii_lowercase().as_str(), "keystores" | "truststores" | "stores"))?;
    below.get(at + 1).map(|it| (*it).to_owned())
}

fn certificate(node: &Node) -> DumpedCertificate {
    let subject = node.text("subject");
    let name = |said: &Option<Said>| said.as_ref().and_then(|it| WrittenName::parse(&it.text));
    let issuer = node.text("issuer");
    let ends = node.text("expiryDate");
    let millis = |said: &Said| said.trimmed().parse::<i64>().ok().map(|it| Time(it.div_euclid(1000)));
    DumpedCertificate {
        at: subject.as_ref().map_or(node.at, |it| it.at),
        subject: name(&subject),
        issuer: name(&issuer),
        serial: node.text("serialNumber").and_then(|it| serial(it.trimmed())),
        not_before: node.text("validFrom").as_ref().and_then(millis),
        not_after: ends.as_ref().and_then(millis),
        not_after_at: ends.map(|it| it.at),
        is_valid: node.text("isValid"),
        signature: node.text("sigAlgName"),
        public_key: node.text("publicKey"),
        is_ca: node.text("basicConstraints").and_then(|it| {
            let word = it.trimmed().to_ascii_uppercase();
            word.contains("CA:TRUE").then_some(true).or_else(|| word.contains("CA:FALSE").then_some(false))
        }),
        alt_names: node.texts("subjectAlternativeNames"),
        version: node.text("version").and_then(|it| it.trimmed().parse().ok()),
    }
}

/// `04:ba:…`, any case, with or without colons; leading zeros left out.
fn serial(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    let digits = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits };
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    Some(bytes[start..].to_vec())
}
