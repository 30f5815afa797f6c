//! Host aliases: the names under which a Router finds a virtual host.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model, Said,
        apigee::{Environment, VirtualHost},
    },
    rules::words,
};

use super::sides::{Switch, grouped, host_title, label_some, misspells, present};

/// Virtual hosts with their environments.
pub(in crate::rules) fn hosts(model: &Model) -> impl Iterator<Item = (&Environment, &VirtualHost)> {
    let environments = model.apigee.environments.iter();
    environments.flat_map(|it| it.virtual_hosts.iter().map(move |host| (it, host)))
}

/// A host alias in its parts.
struct Alias<'m> {
    said: &'m Said,
    host: &'m str,
    port: Option<&'m str>,
}

impl<'m> Alias<'m> {
    /// `None` for placeholders and for what `apigee/hostalias-syntax` speaks about.
    fn of(said: &'m Said) -> Option<Self> {
        if said.is_placeholder() || fault(said.trimmed()).is_some() {
            return None;
        }
        let word = said.trimmed();
        Some(match word.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') => Self { said, host, port: Some(port) },
            _ => Self { said, host: word, port: None },
        })
    }
}

/// What keeps a host alias from ever being the name in a request, and what was meant.
fn fault(alias: &str) -> Option<(&'static str, Option<String>)> {
    let lower = alias.to_ascii_lowercase();
    if alias.is_empty() {
        return Some(("is empty", None));
    }
    if let Some((_, rest)) = lower.split_once("://") {
        let host = rest.split(['/', '?']).next().unwrap_or_default();
        return Some(("has a scheme", Some(host.to_owned())));
    }
    if let Some((host, _)) = lower.split_once('/') {
        return Some(("has a path", Some(host.to_owned())));
    }
    if alias.contains([',', ';']) {
        return Some(("holds several names", None));
    }
    if alias.contains(char::is_whitespace) {
        return Some(("has a blank in it", None));
    }
    let labels: Vec<&str> = alias.split('.').collect();
    if alias.matches('*').count() > 1 || labels.iter().skip(1).any(|it| it.contains('*')) {
        return Some(("has a `*` behind its first label", None));
    }
    if labels.len() > 1 && labels[0].contains('*') && labels[0] != "*" {
        return Some(("mixes `*` with other characters", Some(format!("*.{}", labels[1..].join(".")))));
    }
    let port = alias.rsplit_once(':').filter(|(host, _)| !host.contains(':'));
    match port {
        Some((_, port)) if port.parse::<u16>().is_err() => Some(("has a port that is no number", None)),
        _ => None,
    }
}

/// See the card.
pub(crate) fn vhost_no_hostalias(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        let none = host.host_aliases.as_ref().is_none_or(Vec::is_empty);
        // A body that only names a virtual host leaves out everything else as well.
        let says_more = host.port.is_some() || host.ssl.is_some();
        if !none || !says_more || misspells(&host.odd_keys, "hostAliases") {
            continue;
        }
        let finding = out.report(
            format!(
                "{} has no host alias: Edge refuses to create it, and a Router that has it from older times finds it for \
                 no name that clients send",
                host_title(environment, host)
            ),
            host.host_aliases_at.unwrap_or(host.at),
            if host.host_aliases_at.is_some() { "empty" } else { "no host alias" },
        );
        if host.host_aliases_at.is_some() {
            finding.label(host.at, "the virtual host");
        }
    }
}

/// See the card.
pub(crate) fn hostalias_syntax(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        for alias in host.host_aliases.iter().flatten().filter(|it| !it.is_placeholder()) {
            let Some((what, meant)) = fault(alias.trimmed()) else { continue };
            let finding = out.report(
                format!(
                    "host alias `{}` of {} {what}: {}, so no request ever reaches this virtual host by it",
                    alias.trimmed(),
                    host_title(environment, host),
                    if what.contains('*') {
                        "Edge takes a `*` only where it is the whole first label"
                    } else {
                        "clients send nothing like it as their host name"
                    },
                ),
                alias.at,
                what,
            );
            match meant.filter(|it| !it.is_empty()) {
                Some(meant) => finding.help(format!("write `{meant}`")),
                None => finding.help("write one DNS name, as clients have it in their URLs; a `*` may stand for the first label"),
            };
        }
    }
}

/// See the card.
pub(crate) fn hostalias_port_mismatch(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        let Some(port) = host.port.as_ref().filter(|it| it.trimmed().parse::<u16>().is_ok()) else {
            continue;
        };
        let other: Vec<Alias<'_>> = host
            .host_aliases
            .iter()
            .flatten()
            .filter_map(Alias::of)
            .filter(|it| it.port.is_some_and(|it| it.parse::<u16>().ok() != port.trimmed().parse().ok()))
            .collect();
        let Some(first) = other.first() else { continue };
        let finding = out.report(
            format!(
                "host alias `{}` names port {}, and {} listens on {}: the two must be equal, and requests to that port \
                 do not come here",
                first.said.trimmed(),
                first.port.unwrap_or_default(),
                host_title(environment, host),
                port.trimmed(),
            ),
            first.said.at,
            "another port",
        );
        finding.label(port.at, "the port of the virtual host");
        label_some(
            finding,
            &other[1..].iter().map(|it| (it.said.at, "another port, too".to_owned())).collect::<Vec<_>>(),
        );
        finding.help(format!("write `{}`, or `{}:{}`", first.host, first.host, port.trimmed()));
    }
}

/// An alias with the virtual host that has it.
#[derive(Clone, Copy)]
struct Claim<'m> {
    environment: &'m Environment,
    host: &'m VirtualHost,
    at: Location,
}

/// Where a host alias and a port must be unique, and what is claimed there.
type Claimed<'m> = (Option<&'m str>, &'m str, Option<&'m str>, String, String);

/// See the card.
pub(crate) fn hostalias_port_duplicate(model: &Model, out: &mut Findings) {
    let mut claims: BTreeMap<Claimed<'_>, Vec<Claim<'_>>> = BTreeMap::new();
    for (environment, host) in hosts(model) {
        let listens = host.port.as_ref().map(Said::trimmed).filter(|it| it.parse::<u16>().is_ok());
        let Some(listens) = listens else { continue };
        for alias in host.host_aliases.iter().flatten().filter_map(Alias::of) {
            let (root, organisation, lone) = installation(environment);
            let port = alias.port.unwrap_or(listens).to_owned();
            let all =
                claims.entry((organisation, root, lone, alias.host.to_ascii_lowercase(), port)).or_default();
            // One virtual host may have an alias with and without its port, and may be there in XML and JSON.
            let again = |it: &Claim<'_>| it.environment.scope == environment.scope && is_same(it.host, host);
            if !all.iter().any(again) {
                all.push(Claim { environment, host, at: alias.said.at });
            }
        }
    }
    // Virtual hosts that share several names are one cause.
    let shared = claims.into_iter().filter(|(_, all)| all.len() > 1).map(|((.., name, port), all)| {
        let who: Vec<Location> = all.iter().map(|it| it.host.at).collect();
        (who, (format!("`{name}:{port}`"), all))
    });
    for (_, causes) in grouped(shared) {
        let names: Vec<&String> = causes.iter().map(|(name, _)| name).collect();
        // The later one is the one that Edge refuses.
        let Some((last, earlier)) = causes[0].1.split_last() else { continue };
        let within = earlier.iter().any(|it| it.environment.scope == last.environment.scope);
        let message = format!(
            "{} {} claimed by {}, and by {} already: host alias and port must be unique in an installation, so Edge refuses \
             the second one{}",
            words::list(&names, 3),
            if names.len() == 1 { "is" } else { "are" },
            host_title(last.environment, last.host),
            if within {
                name_of(earlier[0].host)
            } else {
                host_title(earlier[0].environment, earlier[0].host)
            },
            if within { "" } else { ", unless the environments are of different installations" },
        );
        let finding = out.report(message, last.at, "claimed again");
        finding.level(if within { Level::Error } else { Level::Warning });
        let places: Vec<_> = earlier
            .iter()
            .map(|it| (it.at, format!("claimed by {}", host_title(it.environment, it.host))))
            .collect();
        label_some(finding, &places);
    }
}

/// `` `secure` `` alone, where the environment was said.
fn name_of(host: &VirtualHost) -> String {
    host.name.as_ref().map_or("another".to_owned(), |it| format!("`{}`", it.trimmed()))
}

/// One virtual host, written twice.
fn is_same(a: &VirtualHost, b: &VirtualHost) -> bool {
    match (&a.name, &b.name) {
        (Some(a), Some(b)) => a.trimmed() == b.trimmed(),
        // Nothing tells them apart for certain.
        _ => true,
    }
}

/// Environments of one organisation are of one installation; a folder that names no environment may be a copy, and is
/// one of its own.
fn installation(environment: &Environment) -> (&str, Option<&str>, Option<&str>) {
    let scope = &environment.scope;
    let lone = scope.environment.is_none().then_some(scope.root.as_str());
    (&scope.root, scope.organisation.as_deref(), lone)
}

/// See the card.
pub(crate) fn freetrial_hostalias(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        let Some(free) = &host.free_trial else { continue };
        if Switch::of(Some(free)) != Switch::On {
            continue;
        }
        let title = host_title(environment, host);
        let outside: Vec<Alias<'_>> = host
            .host_aliases
            .iter()
            .flatten()
            .filter_map(Alias::of)
            .filter(|it| !it.host.to_ascii_lowercase().ends_with(".apigee.net"))
            .collect();
        if let Some(first) = outside.first() {
            let finding = out.report(
                format!(
                    "{title} shows Apigee's free trial certificate, which is good for `*.apigee.net` alone: clients that \
                     ask for `{}` refuse the connection",
                    first.host
                ),
                first.said.at,
                "not below `apigee.net`",
            );
            finding.label(free.at, "the free trial certificate is turned on here");
            label_some(
                finding,
                &outside[1..].iter().map(|it| (it.said.at, "nor is this".to_owned())).collect::<Vec<_>>(),
            );
            finding.help("turn the free trial certificate off and name a keystore of your own, or use a name below `apigee.net`");
        } else if let Some(store) = host.ssl.as_ref().and_then(|it| present(it.key_store.as_ref())) {
            let finding = out.report(
                format!("{title} names a keystore and turns on Apigee's free trial certificate: only one of them can be shown"),
                free.at,
                "turned on",
            );
            finding.level(Level::Warning).label(store.at, "and a keystore is named");
            finding.help("set `useBuiltInFreeTrialCert` to `false` to show the certificate of the keystore");
        }
    }
}
