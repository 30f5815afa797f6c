//! Resources of Kubernetes and charts of Helm, as far as they tell something about Apigee hybrid.

use crate::{
    model::{
        hybrid::{ApigeeRoute, Chart, NamedSecret, RouteConfig, SecretKey, Unit},
        said::Said,
        tree::parent,
    },
    source::{FileId, Location, Span},
    syntax::value::Value,
};

use super::yaml::{key, said, scalar, value, words};

/// An annotation in which `kubectl apply` keeps the whole resource, secrets included.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Reads a resource, or the items of a list of them.
pub(super) fn read(file: FileId, document: &Value, unit: &mut Unit) {
    for resource in resources(document) {
        let Some(metadata) = value(resource, "metadata") else { continue };
        match (kind(resource), value(resource, "spec")) {
            ("ApigeeRoute", Some(spec)) => unit.routes.push(route(file, resource, metadata, spec)),
            ("ApigeeRouteConfig", Some(spec)) => {
                unit.route_configs.push(route_config(file, resource, metadata, spec));
            }
            ("Secret", _) => unit.secrets.extend(secret(file, resource, metadata)),
            _ => {}
        }
    }
}

fn kind(resource: &Value) -> &str {
    value(resource, "kind").and_then(Value::as_text).unwrap_or_default()
}

/// A resource, or the items of a list of them.
fn resources(document: &Value) -> Vec<&Value> {
    if kind(document) == "List" {
        return value(document, "items").map(Value::items).unwrap_or_default().iter().collect();
    }
    vec![document]
}

fn place(file: FileId, resource: &Value, name: Option<&Said>) -> Location {
    let first = resource.members().iter().find(|it| it.key == "kind").map_or(resource.span, |it| it.key_span);
    name.map_or(Location::text(file, first), |it| it.at)
}

fn route(file: FileId, resource: &Value, metadata: &Value, spec: &Value) -> ApigeeRoute {
    let name = said(file, metadata, "name");
    let ports = value(spec, "ports").map(Value::items).unwrap_or_default();
    let credential = |port: &Value| said(file, value(port, "tls")?, "credentialName");
    ApigeeRoute {
        at: place(file, resource, name.as_ref()),
        name,
        hostnames: words(file, value(spec, "hostnames")),
        app: value(spec, "selector").and_then(|it| said(file, it, "app")),
        namespace: said(file, metadata, "namespace"),
        non_sni: scalar(file, spec, "enableNonSniClient"),
        credentials: ports.iter().filter_map(credential).collect(),
    }
}

fn route_config(file: FileId, resource: &Value, metadata: &Value, spec: &Value) -> RouteConfig {
    let name = said(file, metadata, "name");
    let tls = |key| scalar(file, value(spec, "tls")?, key);
    RouteConfig {
        at: place(file, resource, name.as_ref()),
        mode: tls("mode"),
        minimum: tls("minProtocolVersion"),
        maximum: tls("maxProtocolVersion"),
        secret: value(spec, "tls").and_then(|it| said(file, it, "secretNameRef")),
        name,
    }
}

fn secret(file: FileId, resource: &Value, metadata: &Value) -> Option<NamedSecret> {
    let name = said(file, metadata, "name")?;
    let mut keys = Vec::new();
    let mut at = name.at;
    for part in ["data", "stringData"] {
        let Some(member) = resource.get(part) else { continue };
        at = Location::text(file, member.key_span);
        keys.extend(member.value.members().iter().map(|it| SecretKey {
            name: key(file, it),
            blank: it.value.is_null() || it.value.as_text().is_some_and(|text| text.trim().is_empty()),
        }));
    }
    Some(NamedSecret { name, keys, at })
}

/// The places of values that are secret.
pub(super) fn secret_values(document: &Value, spans: &mut Vec<Span>) {
    for resource in resources(document).into_iter().filter(|it| kind(it) == "Secret") {
        let parts = ["data", "stringData"].iter().filter_map(|part| value(resource, part));
        spans.extend(parts.flat_map(Value::members).map(|it| it.value.inner));
        let notes = value(resource, "metadata").and_then(|it| value(it, "annotations"));
        spans.extend(notes.and_then(|it| value(it, LAST_APPLIED)).map(|it| it.inner));
    }
}

/// A chart of Apigee.
pub(super) fn chart(file: FileId, path: &str, document: &Value) -> Option<Chart> {
    let name = said(file, document, "name").filter(|it| it.trimmed().starts_with("apigee-"))?;
    Some(Chart { name, version: said(file, document, "version"), folder: parent(path).to_owned() })
}
