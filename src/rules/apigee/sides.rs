//! What the rules about `SSLInfo` share: everything that has one, what a person calls it, and what its switches say.

use std::collections::BTreeMap;

use crate::{
    finding::Finding,
    model::{
        Location, Model, Said,
        apigee::{
            Bundle, Connection, ConnectionKind, Environment, OddKey, Origin, Platform, SslInfo, TargetServer,
            VirtualHost,
        },
    },
    rules::words::SHOWN,
};

/// What a setting that is true or false says.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Switch {
    On,
    Off,
    /// Not there, or empty.
    Unset,
    /// A placeholder or a word that is neither; `apigee/bool-value` speaks about the latter.
    Unclear,
}

impl Switch {
    pub(super) fn of(said: Option<&Said>) -> Self {
        match said {
            None => Self::Unset,
            Some(said) if said.is_blank() => Self::Unset,
            Some(said) if said.is_placeholder() => Self::Unclear,
            Some(said) => match said.truth() {
                Some(true) => Self::On,
                Some(false) => Self::Off,
                None => Self::Unclear,
            },
        }
    }

    /// Off, or not turned on.
    pub(super) fn is_off(self) -> bool {
        matches!(self, Self::Off | Self::Unset)
    }
}

/// What has an `SSLInfo`.
#[derive(Copy, Clone, Debug)]
pub(in crate::rules) enum SideKind<'m> {
    Host(&'m VirtualHost),
    Server(&'m TargetServer),
    Connection(&'m Connection),
}

/// An `SSLInfo` with what has it.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Side<'m> {
    pub(in crate::rules) ssl: &'m SslInfo,
    pub(in crate::rules) kind: SideKind<'m>,
    /// For a sentence: ``target server `b` of environment `test` ``.
    pub(in crate::rules) title: String,
    /// Its environment; for a proxy none, because it may run in several.
    pub(in crate::rules) environment: Option<&'m Environment>,
    /// The platform, where all environments that are meant agree on it.
    pub(in crate::rules) platform: Platform,
    /// What was made by the same habit: a proxy, or all environments that lie together.
    pub(super) group: (bool, usize),
}

impl Side<'_> {
    pub(super) fn is_host(&self) -> bool {
        matches!(self.kind, SideKind::Host(_))
    }

    /// Written as XML; proxies always are.
    pub(super) fn is_xml(&self) -> bool {
        match self.kind {
            SideKind::Host(it) => it.origin == Origin::Xml,
            SideKind::Server(it) => it.origin == Origin::Xml,
            SideKind::Connection(_) => true,
        }
    }

    pub(super) fn enabled(&self) -> Switch {
        Switch::of(self.ssl.enabled.as_ref())
    }

    /// Its settings hold: it is not turned off, and the scheme of the URL lets them. What is doubtful counts.
    pub(in crate::rules) fn is_live(&self) -> bool {
        match self.kind {
            SideKind::Host(_) | SideKind::Server(_) => !self.enabled().is_off(),
            SideKind::Connection(it) => self.enabled() != Switch::Off && scheme(it) != Scheme::Http,
        }
    }

    /// A key that was misspelt where another one seems to be missing.
    pub(super) fn has_misspelt(&self, key: &str) -> bool {
        misspells(&self.ssl.odd_keys, key)
    }
}

/// Whether one of the keys was meant to be another; its spelling in XML and JSON counts alike.
pub(super) fn misspells(odd: &[OddKey], key: &str) -> bool {
    odd.iter().any(|it| it.meant.is_some_and(|meant| meant.eq_ignore_ascii_case(key)))
}

/// Something is written there: neither nothing nor an empty text.
pub(super) fn present(said: Option<&Said>) -> Option<&Said> {
    said.filter(|it| !it.is_blank())
}

/// How a connection speaks, by its URL.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Https,
    Http,
    /// Another scheme, none, or one that only a deployment knows.
    Other,
}

pub(super) fn scheme(connection: &Connection) -> Scheme {
    let Some(url) = &connection.url else { return Scheme::Other };
    let lower = url.trimmed().to_ascii_lowercase();
    if lower.starts_with("https://") || lower.starts_with("wss://") {
        Scheme::Https
    } else if lower.starts_with("http://") || lower.starts_with("ws://") {
        Scheme::Http
    } else {
        Scheme::Other
    }
}

/// Every `SSLInfo` of the tree: of virtual hosts and target servers, environment by environment, then of proxies.
pub(in crate::rules) fn sides(model: &Model) -> Vec<Side<'_>> {
    let mut all = Vec::new();
    let mut neighbours: BTreeMap<(&str, Option<&str>), usize> = BTreeMap::new();
    for (index, environment) in model.apigee.environments.iter().enumerate() {
        let scope = &environment.scope;
        let first = *neighbours.entry((&scope.root, scope.organisation.as_deref())).or_insert(index);
        let group = (false, first);
        for host in &environment.virtual_hosts {
            if let Some(ssl) = &host.ssl {
                all.push(Side {
                    ssl,
                    kind: SideKind::Host(host),
                    title: host_title(environment, host),
                    environment: Some(environment),
                    platform: environment.platform,
                    group,
                });
            }
        }
        for server in &environment.target_servers {
            if let Some(ssl) = &server.ssl {
                all.push(Side {
                    ssl,
                    kind: SideKind::Server(server),
                    title: server_title(environment, server),
                    environment: Some(environment),
                    platform: environment.platform,
                    group,
                });
            }
        }
    }
    for (index, bundle) in model.apigee.bundles.iter().enumerate() {
        for connection in &bundle.connections {
            // Of two, `apigee/duplicate-element` speaks; the first stands for both.
            if let Some(ssl) = connection.ssl.first() {
                all.push(Side {
                    ssl,
                    kind: SideKind::Connection(connection),
                    title: connection_title(bundle, connection),
                    environment: None,
                    platform: platform_of(model, bundle),
                    group: (true, index),
                });
            }
        }
    }
    all
}

/// The platform of a proxy, where the environments that it may run in agree. What only X knows tells it, too.
pub(super) fn platform_of(model: &Model, bundle: &Bundle) -> Platform {
    let mut all = model.apigee.environments_of(bundle).map(|it| it.platform);
    let Some(first) = all.next() else { return Platform::Unknown };
    let rest: Vec<Platform> = all.collect();
    if rest.iter().all(|it| *it == first) {
        first
    } else if first.is_edge() && rest.iter().all(|it| it.is_edge()) {
        Platform::Edge
    } else {
        Platform::Unknown
    }
}

/// ``virtual host `secure` of environment `test` ``.
pub(in crate::rules) fn host_title(environment: &Environment, host: &VirtualHost) -> String {
    format!("virtual host {}{}", quoted(host.name.as_ref()), of(environment))
}

/// ``target server `orders` of environment `test` ``.
pub(super) fn server_title(environment: &Environment, server: &TargetServer) -> String {
    format!("target server {}{}", quoted(server.name.as_ref()), of(environment))
}

/// ``target endpoint `default` of proxy `orders` ``.
pub(super) fn connection_title(bundle: &Bundle, connection: &Connection) -> String {
    let kind = match connection.kind {
        ConnectionKind::Target | ConnectionKind::WebSocket => "target endpoint",
        ConnectionKind::ServiceCallout | ConnectionKind::MessageLogging => "policy",
    };
    format!("{kind} {}{}", quoted(connection.name.as_ref()), of_bundle(bundle))
}

/// `` of `orders` ``: the last part of the folder of a bundle.
pub(super) fn of_bundle(bundle: &Bundle) -> String {
    match bundle.folder.rsplit('/').find(|it| !it.is_empty()) {
        Some(name) => format!(" of `{name}`"),
        None => String::new(),
    }
}

fn quoted(name: Option<&Said>) -> String {
    name.map_or("without a name".to_owned(), |it| format!("`{}`", it.trimmed()))
}

/// `` of environment `test` ``; nothing where it has no name.
pub(super) fn of(environment: &Environment) -> String {
    if environment.scope.environment.is_some() {
        format!(" of {}", environment.title())
    } else {
        String::new()
    }
}

/// Labels the first of several places, and counts the others on the last that is shown.
pub(super) fn label_some(finding: &mut Finding, places: &[(Location, String)]) {
    let hidden = places.len().saturating_sub(SHOWN);
    for (index, (at, text)) in places.iter().take(SHOWN).enumerate() {
        if hidden > 0 && index + 1 == SHOWN {
            finding.label(*at, format!("{text}, and {hidden} more"));
        } else {
            finding.label(*at, text.as_str());
        }
    }
}

/// Things by what they share, in the order in which it was first seen.
pub(super) fn grouped<K: Ord + Clone, V>(all: impl IntoIterator<Item = (K, V)>) -> Vec<(K, Vec<V>)> {
    let mut known: BTreeMap<K, usize> = BTreeMap::new();
    let mut groups: Vec<(K, Vec<V>)> = Vec::new();
    for (key, value) in all {
        let index = *known.entry(key.clone()).or_insert(groups.len());
        match groups.get_mut(index) {
            Some((_, values)) => values.push(value),
            None => groups.push((key, vec![value])),
        }
    }
    groups
}
