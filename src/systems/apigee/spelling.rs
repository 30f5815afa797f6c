//! How keys are spelt. XML has `SSLInfo`, JSON makes the first letter small whatever comes after it (`sSLInfo`,
//! `oCSPStapling`): the API knows no other spelling, and what is spelt otherwise is not configured.

use crate::model::apigee::{OddKey, Repeated};

use super::node::{Format, Node};

/// The JSON spelling of an element.
pub(super) fn in_json(element: &str) -> String {
    let mut letters = element.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}

/// The spelling in a format.
pub(super) fn spelt(format: Format, element: &str) -> String {
    match format {
        Format::Xml => element.to_owned(),
        Format::Json => in_json(element),
    }
}

/// A name of the schema.
#[derive(Copy, Clone, Debug)]
pub(super) struct Name {
    pub(super) element: &'static str,
    pub(super) json: &'static str,
}

const fn name(element: &'static str, json: &'static str) -> Name {
    Name { element, json }
}

/// Children of `SSLInfo`, from the XML schema of Edge, and `Enforce` of X.
pub(super) const SSL_INFO: &[Name] = &[
    name("CRLStore", "cRLStore"),
    name("CertAlias", "certAlias"),
    name("Ciphers", "ciphers"),
    name("ClientAuthEnabled", "clientAuthEnabled"),
    name("CommonName", "commonName"),
    name("Enabled", "enabled"),
    name("Enforce", "enforce"),
    name("IgnoreValidationErrors", "ignoreValidationErrors"),
    name("KeyAlias", "keyAlias"),
    name("KeyHsm", "keyHsm"),
    name("KeyStore", "keyStore"),
    name("Protocols", "protocols"),
    name("TrustStore", "trustStore"),
];

/// Children of a virtual host, from the XML schema of Edge and the reference of its properties.
pub(super) const VIRTUAL_HOST: &[Name] = &[
    name("BaseUrl", "baseUrl"),
    name("Description", "description"),
    name("HostAliases", "hostAliases"),
    name("IOTimeoutInMilliSeconds", "iOTimeoutInMilliSeconds"),
    name("Interfaces", "interfaces"),
    name("ListenOptions", "listenOptions"),
    name("MaximumKeepAliveClientCount", "maximumKeepAliveClientCount"),
    name("OCSPStapling", "oCSPStapling"),
    name("Port", "port"),
    name("PropagateTLSInformation", "propagateTLSInformation"),
    name("Properties", "properties"),
    name("RetryOptions", "retryOptions"),
    name("SSLInfo", "sSLInfo"),
    name("UseBuiltInFreeTrialCert", "useBuiltInFreeTrialCert"),
    // The published schema misprints it, and exporters follow.
    name("UseBuiltInFreeTrailCert", "useBuiltInFreeTrailCert"),
];

/// Children of a target server.
pub(super) const TARGET_SERVER: &[Name] = &[
    name("Host", "host"),
    name("IsEnabled", "isEnabled"),
    name("Port", "port"),
    name("Protocol", "protocol"),
    name("SSLInfo", "sSLInfo"),
];

/// Keys that are none of `known`. Of those that are near nothing only `all` are told: exporters add keys of their own.
pub(super) fn odd_keys(node: &Node, known: &[Name], inside: &'static str, all: bool) -> Vec<OddKey> {
    let spelling = |it: &Name| if node.format == Format::Xml { it.element } else { it.json };
    let mut odd = Vec::new();
    for child in node.children.iter().filter(|it| !it.key.text.is_empty()) {
        let written = child.key.text.as_str();
        if known.iter().any(|it| spelling(it) == written) {
            continue;
        }
        let same = known.iter().find(|it| spelling(it).eq_ignore_ascii_case(written));
        let near = || {
            let distance =
                |it: &&Name| strsim::osa_distance(&spelling(it).to_lowercase(), &written.to_lowercase());
            known.iter().filter(|it| distance(it) <= 2 && written.len() > 4).min_by_key(distance)
        };
        let meant = same.or_else(near).map(spelling);
        if meant.is_some() || all {
            odd.push(OddKey { written: child.key.clone(), meant, case_only: same.is_some(), inside });
        }
    }
    odd
}

/// Single elements that stand there twice. In JSON a key that stands there twice is a slip of the format.
pub(super) fn repeated(node: &Node, names: &[&str]) -> Vec<Repeated> {
    if node.format == Format::Json {
        return Vec::new();
    }
    let mut found = Vec::new();
    for name in names {
        let mut places = node.children.iter().filter(|it| it.key.text == *name).map(|it| it.at);
        let Some(first) = places.next() else { continue };
        found.extend(places.map(|second| Repeated { name: (*name).to_owned(), first, second }));
    }
    found
}
