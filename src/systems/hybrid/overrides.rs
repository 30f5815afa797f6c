//! One document of overrides.

use strsim::osa_distance;

use crate::{
    model::hybrid::{LegacyHost, LegacyPlace, Overrides, VirtualHost},
    source::{FileId, Location},
    syntax::value::Value,
};

use super::{
    OWN, has_anchors,
    yaml::{field, is_partial, key, said, scalar, value, words},
};

/// Keys by which an item of `virtualhosts` shows that it is one of Apigee hybrid.
const OF_VIRTUAL_HOST: &[&str] = &[
    "sslCertPath",
    "sslKeyPath",
    "sslSecret",
    "caCertPath",
    "tlsMode",
    "minTLSProtocolVersion",
    "routingRules",
];

/// Keys about TLS that items of `virtualhosts` have.
const ABOUT_TLS: &[&str] = &[
    "sslCertPath",
    "sslKeyPath",
    "sslSecret",
    "caCertPath",
    "tlsMode",
    "minTLSProtocolVersion",
    "maxTLSProtocolVersion",
    "cipherSuites",
];

/// Keys that people try, and no version reads.
const TRIED: &[&str] =
    &["tls", "ssl", "secretName", "secret", "certPath", "keyPath", "sslCert", "sslKey", "tlsSecret"];

/// Reads a document; `None` where it is about something else.
pub(super) fn read(file: FileId, document: &Value) -> Option<Overrides> {
    let keys: Vec<&str> = document.members().iter().map(|it| it.key.as_str()).collect();
    let hosts = value(document, "virtualhosts").map(Value::items).unwrap_or_default();
    let telling = |item: &Value| {
        let selects = value(item, "selector").is_some_and(|it| field(it, "ingress_name").is_some());
        selects || OF_VIRTUAL_HOST.iter().any(|key| field(item, key).is_some())
    };
    let legacy = legacy(file, document);
    let own = keys.iter().filter(|key| OWN.contains(key)).count();
    if !hosts.iter().any(telling) && legacy.is_empty() && !(has_anchors(&keys) && own >= 2) {
        return None;
    }
    let gateways = value(document, "ingressGateways").filter(|it| it.as_list().is_some());
    Some(Overrides {
        organisation: scalar(file, document, "org"),
        virtual_hosts: hosts
            .iter()
            .filter(|it| it.as_map().is_some())
            .map(|it| virtual_host(file, it))
            .collect(),
        gateways: gateways.map(|it| it.items().iter().filter_map(|it| said(file, it, "name")).collect()),
        legacy,
    })
}

fn virtual_host(file: FileId, item: &Value) -> VirtualHost {
    let name = scalar(file, item, "name");
    let first = item.members().first().map_or(item.span, |it| it.key_span);
    let at = name.as_ref().filter(|it| it.is_set()).map_or(Location::text(file, first), |it| it.said.at);
    let members = |wanted: &dyn Fn(&str) -> bool| {
        item.members().iter().filter(|it| wanted(&it.key)).map(|it| key(file, it)).collect()
    };
    VirtualHost {
        at,
        name,
        certificate: scalar(file, item, "sslCertPath"),
        key: scalar(file, item, "sslKeyPath"),
        authorities: scalar(file, item, "caCertPath"),
        secret: scalar(file, item, "sslSecret"),
        mode: scalar(file, item, "tlsMode"),
        minimum: scalar(file, item, "minTLSProtocolVersion"),
        maximum: scalar(file, item, "maxTLSProtocolVersion"),
        ciphers: words(file, value(item, "cipherSuites")),
        ingress: value(item, "selector").and_then(|it| scalar(file, it, "ingress_name")),
        hosts: words(file, value(item, "hostAliases")),
        outdated: members(&|key| matches!(key, "hostAliases" | "routingRules")),
        unknown: members(&|key| TRIED.contains(&key) || meant(key).is_some()),
        partial: is_partial(item),
    }
}

/// The key about TLS that was meant by one that is none.
fn meant(key: &str) -> Option<&'static str> {
    let folded = key.to_ascii_lowercase();
    let near = |known: &&&str| osa_distance(&known.to_ascii_lowercase(), &folded) <= 1;
    (!ABOUT_TLS.contains(&key)).then(|| ABOUT_TLS.iter().find(near).copied())?
}

/// Certificates of environments and of MART.
fn legacy(file: FileId, document: &Value) -> Vec<LegacyHost> {
    let environments = value(document, "envs").map(Value::items).unwrap_or_default();
    let of_environments =
        environments.iter().filter_map(|it| legacy_host(file, it, LegacyPlace::Environment));
    let mart = value(document, "mart").and_then(|it| legacy_host(file, it, LegacyPlace::Mart));
    of_environments.chain(mart).collect()
}

fn legacy_host(file: FileId, item: &Value, place: LegacyPlace) -> Option<LegacyHost> {
    let first = item.members().iter().find(|it| matches!(it.key.as_str(), "sslCertPath" | "sslKeyPath"))?;
    Some(LegacyHost {
        place,
        name: said(file, item, "name"),
        host: said(file, item, "hostAlias"),
        certificate: scalar(file, item, "sslCertPath"),
        key: scalar(file, item, "sslKeyPath"),
        at: Location::text(file, first.key_span),
    })
}
