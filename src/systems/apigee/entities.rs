//! Virtual hosts, references, target servers and `SSLInfo`, from XML or JSON.

use crate::model::{
    Said,
    apigee::{CommonName, Kind, Listed, Origin, Reference, SslInfo, TargetServer, Unit, VirtualHost},
};

use super::{
    Context, endpoints,
    node::{Format, Node},
    spelling::{self, odd_keys, repeated, spelt},
    stores,
};

/// Reads an XML document, or one of several in a fragment.
pub(super) fn read_element(context: &Context<'_>, node: &Node, unit: &mut Unit) {
    match node.key.text.as_str() {
        "VirtualHost" if ["HostAliases", "Port", "SSLInfo"].iter().any(|it| node.has(it)) => {
            unit.virtual_hosts.push(virtual_host(context, node, Origin::Xml));
            claim(context, node, Kind::VirtualHosts, unit);
        }
        "ResourceReference" => {
            if let Some(reference) = reference(context, node, Origin::Xml) {
                unit.references.push(reference);
                claim(context, node, Kind::References, unit);
            }
        }
        "KeyStore" => {
            if let Some(store) = stores::store(context, node, Origin::Xml) {
                unit.stores.push(store);
                claim(context, node, Kind::Stores, unit);
            }
        }
        "TargetServer" => {
            unit.target_servers.push(target_server(context, node, Origin::Xml));
            claim(context, node, Kind::TargetServers, unit);
        }
        "ProxyEndpoint" => endpoints::proxy(context, node, unit),
        "TargetEndpoint" => endpoints::target(context, node, unit),
        "ServiceCallout" | "MessageLogging" => endpoints::policy(context, node, unit),
        // A list of entities, or a wrapper around one.
        "VirtualHosts" | "ResourceReferences" | "References" | "KeyStores" | "TargetServers" | "List" => {
            node.children.iter().for_each(|it| read_element(context, it, unit));
        }
        _ => {}
    }
}

/// A folder that holds the things of a kind, one file each, claims to hold all of them.
pub(super) fn claim(context: &Context<'_>, node: &Node, kind: Kind, unit: &mut Unit) {
    if context.in_kind_folder && context.kind == Some(kind) {
        unit.lists.push(Listed { scope: context.scope.clone(), kind, at: node.at, names: Vec::new() });
    }
}

/// The name of an entity: attribute in XML, member in JSON; both may give the path of a resource.
pub(super) fn name(node: &Node) -> Option<Said> {
    let said = match node.format {
        Format::Xml => node.attribute("name"),
        Format::Json => node.text("name"),
    }?;
    (!said.is_blank()).then_some(said)
}

/// The last part of the path of a resource of X: `organizations/o/environments/e/keystores/k`.
pub(super) fn last_part(said: Said) -> Said {
    match said.text.rsplit_once('/') {
        Some((before, last)) if before.starts_with("organizations/") => {
            Said { text: last.to_owned(), at: said.at }
        }
        _ => said,
    }
}

pub(super) fn virtual_host(context: &Context<'_>, node: &Node, origin: Origin) -> VirtualHost {
    let key = |element: &str| spelt(node.format, element);
    let text = |element: &str| node.text(&key(element));
    let aliases = node.child(&key("HostAliases"));
    let ssl = node.child(&key("SSLInfo"));
    let name = name(node).or_else(|| file_name(context, node));
    let interfaces = node.child(&key("Interfaces")).filter(|it| !it.children.is_empty());
    VirtualHost {
        scope: context.scope.clone(),
        origin,
        at: name.as_ref().filter(|_| node.format == Format::Json).map_or(node.at, |it| it.at),
        name,
        host_aliases: aliases.map(|_| node.texts(&key("HostAliases"))),
        host_aliases_at: aliases.map(|it| it.at),
        port: text("Port"),
        base_url: text("BaseUrl"),
        ocsp_stapling: text("OCSPStapling"),
        retry_options: node.texts(&key("RetryOptions")),
        listen_options: node.texts(&key("ListenOptions")),
        interfaces: interfaces.map(|it| it.at),
        free_trial: text("UseBuiltInFreeTrialCert").or_else(|| text("UseBuiltInFreeTrailCert")),
        ssl: ssl.map(ssl_info),
        properties: properties(node),
        odd_keys: odd_keys(node, spelling::VIRTUAL_HOST, "a virtual host", false),
        repeated: repeated(node, &["HostAliases", "Port", "BaseUrl", "OCSPStapling", "SSLInfo"]),
    }
}

/// A create body has no name of its own; the file it lies in has.
fn file_name(context: &Context<'_>, node: &Node) -> Option<Said> {
    let stem = crate::model::apigee::paths::stem(context.placed.file);
    (context.in_kind_folder && !stem.is_empty()).then(|| Said { text: stem.to_owned(), at: node.at })
}

/// `<Property name="n">v</Property>`, `{"property": [{"name", "value"}]}` or `{"Property": [{"_name", "__text"}]}`.
fn properties(node: &Node) -> Vec<(Said, Said)> {
    let Some(list) = node.child(&spelt(node.format, "Properties")) else { return Vec::new() };
    let pair = |it: &Node| -> Option<(Said, Said)> {
        Some(match node.format {
            Format::Xml => (it.attribute("name")?, it.value.clone()?),
            Format::Json => {
                let name = it.text("name").or_else(|| it.text("_name"))?;
                (name, it.text("value").or_else(|| it.text("__text"))?)
            }
        })
    };
    match node.format {
        Format::Xml => list.children.iter().filter_map(pair).collect(),
        Format::Json => {
            let inner = list.child("property").or_else(|| list.child("Property")).unwrap_or(list);
            inner.children.iter().filter_map(pair).collect()
        }
    }
}

pub(super) fn ssl_info(node: &Node) -> SslInfo {
    let key = |element: &str| spelt(node.format, element);
    let text = |element: &str| node.text(&key(element));
    SslInfo {
        at: node.at,
        enabled: text("Enabled"),
        enforce: text("Enforce"),
        client_auth: text("ClientAuthEnabled"),
        ignore_validation_errors: text("IgnoreValidationErrors"),
        key_store: text("KeyStore").map(last_part),
        key_alias: text("KeyAlias"),
        trust_store: text("TrustStore").map(last_part),
        protocols: node.texts(&key("Protocols")),
        ciphers: node.texts(&key("Ciphers")),
        common_name: node.child(&key("CommonName")).and_then(common_name),
        odd_keys: odd_keys(node, spelling::SSL_INFO, "`SSLInfo`", true),
        repeated: repeated(
            node,
            &["Enabled", "ClientAuthEnabled", "KeyStore", "KeyAlias", "TrustStore", "IgnoreValidationErrors"],
        ),
    }
}

fn common_name(node: &Node) -> Option<CommonName> {
    let given = |said: &Said| !said.is_blank();
    match node.format {
        Format::Xml => Some(CommonName {
            at: node.at,
            value: node.value.clone(),
            wildcard: node.attribute("wildcardMatch"),
            wrong_shape: false,
        }),
        Format::Json if node.is_map => Some(CommonName {
            at: node.at,
            value: node.text("value"),
            wildcard: node.text("wildcardMatch"),
            wrong_shape: !node.has("value"),
        }),
        // `null` and "" say nothing.
        Format::Json => node.value.clone().filter(given).map(|value| CommonName {
            at: node.at,
            value: Some(value),
            wildcard: None,
            wrong_shape: true,
        }),
    }
}

pub(super) fn reference(context: &Context<'_>, node: &Node, origin: Origin) -> Option<Reference> {
    let key = |element: &str| spelt(node.format, element);
    let name = last_part(name(node)?);
    let refers = node.text(&key("Refers")).or_else(|| node.text("resourceName").map(last_part))?;
    Some(Reference {
        scope: context.scope.clone(),
        origin,
        at: name.at,
        name,
        refers,
        resource_type: node.text(&key("ResourceType")),
    })
}

pub(super) fn target_server(context: &Context<'_>, node: &Node, origin: Origin) -> TargetServer {
    let key = |element: &str| spelt(node.format, element);
    let name = name(node).or_else(|| file_name(context, node)).map(last_part);
    let ssl = node.child(&key("SSLInfo")).filter(|it| it.is_map || node.format == Format::Xml);
    // The configuration of a revision of X calls it `tlsInfo`, with the same members.
    let ssl = ssl.or_else(|| node.child("tlsInfo"));
    TargetServer {
        scope: context.scope.clone(),
        origin,
        at: name.as_ref().filter(|_| node.format == Format::Json).map_or(node.at, |it| it.at),
        name,
        host: node.text(&key("Host")),
        port: node.text(&key("Port")),
        enabled: node.text(&key("IsEnabled")).or_else(|| node.text("enabled")),
        ssl: ssl.map(ssl_info),
        odd_keys: odd_keys(node, spelling::TARGET_SERVER, "a target server", false),
        repeated: repeated(node, &["Host", "Port", "IsEnabled", "SSLInfo"]),
    }
}
