//! Ports of virtual hosts, and whether TLS is spoken there.

use crate::{
    finding::{Findings, Level},
    model::{
        Model, Said, Version,
        apigee::{Environment, Platform, Scope, VirtualHost, resolve::BUILT_IN_STORE},
    },
};

use super::{
    aliases::hosts,
    sides::{Switch, host_title, label_some, misspells, present},
};

/// Whether a virtual host speaks TLS; unclear where keys are misspelt, because other rules speak then.
pub(super) fn speaks_tls(host: &VirtualHost) -> Switch {
    if Switch::of(host.free_trial.as_ref()) == Switch::On {
        return Switch::On;
    }
    if Switch::of(host.free_trial.as_ref()) == Switch::Unclear || misspells(&host.odd_keys, "sSLInfo") {
        return Switch::Unclear;
    }
    let Some(ssl) = &host.ssl else { return Switch::Unset };
    if misspells(&ssl.odd_keys, "enabled") {
        return Switch::Unclear;
    }
    Switch::of(ssl.enabled.as_ref())
}

/// Environments of Edge Cloud for certain. Some dumps of a Private Cloud say `"useBuiltInFreeTrialCert": false`, too.
fn clouds(model: &Model) -> impl Iterator<Item = &Environment> {
    let shows = |it: &Environment| {
        it.references.iter().any(|it| it.refers.trimmed() == BUILT_IN_STORE)
            || it.virtual_hosts.iter().any(|host| {
                let alias = |it: &Said| it.trimmed().to_ascii_lowercase().ends_with(".apigee.net");
                Switch::of(host.free_trial.as_ref()) == Switch::On
                    || host.host_aliases.iter().flatten().any(alias)
            })
    };
    let certain = model.settings.apigee.platform == Some(Platform::Cloud)
        || model.apigee.environments.iter().any(shows);
    model.apigee.environments.iter().filter(move |it| certain && it.platform == Platform::Cloud)
}

/// The port, where it is a number.
pub(super) fn port_of(host: &VirtualHost) -> Option<u16> {
    host.port.as_ref()?.trimmed().parse().ok()
}

/// See the card.
pub(crate) fn cloud_port_not_443(model: &Model, out: &mut Findings) {
    for (environment, host) in
        clouds(model).flat_map(|it| it.virtual_hosts.iter().map(move |host| (it, host)))
    {
        let (Some(port), Some(said)) = (port_of(host), &host.port) else { continue };
        // Where TLS is off, that is what has to change first.
        if port == 443 || speaks_tls(host).is_off() {
            continue;
        }
        out.report(
            format!(
                "{} listens on {port}: Edge Cloud creates virtual hosts on 443 only, and where this one exists from \
                 older times, neither its port, nor its host aliases, nor TLS can be changed any more",
                host_title(environment, host)
            ),
            said.at,
            "not 443",
        )
        .help("make a new virtual host on 443, and move the proxies to it");
    }
}

/// See the card.
pub(crate) fn cloud_vhost_without_tls(model: &Model, out: &mut Findings) {
    for (environment, host) in
        clouds(model).flat_map(|it| it.virtual_hosts.iter().map(move |host| (it, host)))
    {
        if !speaks_tls(host).is_off() {
            continue;
        }
        let enabled = host.ssl.as_ref().and_then(|it| it.enabled.as_ref());
        let at = enabled.map(|it| it.at).or(host.ssl.as_ref().map(|it| it.at)).unwrap_or(host.at);
        // Organisations from older times have a virtual host of this name without TLS, which nobody can change.
        let given =
            host.name.as_ref().is_some_and(|it| it.trimmed() == "default") && port_of(host) == Some(80);
        let finding = out.report(
            format!(
                "{} speaks no TLS: Edge Cloud refuses to create such a virtual host, and what is sent through one from older \
                 times, tokens included, can be read on the way",
                host_title(environment, host)
            ),
            at,
            "no TLS",
        );
        if given {
            finding.level(Level::Note);
        }
        finding.help("set `enabled` to `true` in `sSLInfo`, with a keystore and an alias, or use Apigee's free trial certificate");
    }
}

/// See the card.
pub(crate) fn too_many_vhosts(model: &Model, out: &mut Findings) {
    for environment in clouds(model) {
        let mut names: Vec<&str> = Vec::new();
        let mut beyond = None;
        for host in &environment.virtual_hosts {
            let Some(name) = host.name.as_ref().map(Said::trimmed) else { continue };
            if !names.contains(&name) {
                names.push(name);
                if names.len() == 21 {
                    beyond = Some(host.at);
                }
            }
        }
        if let Some(at) = beyond {
            out.report(
                format!(
                    "{} has {} virtual hosts, and Edge Cloud allows 20 in an environment: it refuses to create the others",
                    environment.title(),
                    names.len()
                ),
                at,
                "number 21",
            );
        }
    }
}

/// See the card.
pub(crate) fn privileged_port(model: &Model, out: &mut Findings) {
    // Later releases open such ports by themselves, and a file does not say its release.
    let affected = Version(4, 16, 1)..=Version(4, 17, 5);
    if !model.settings.apigee.version.is_some_and(|it| affected.contains(&it)) {
        return;
    }
    for environment in model.apigee.environments.iter().filter(|it| it.platform == Platform::PrivateCloud) {
        let low: Vec<_> = environment
            .virtual_hosts
            .iter()
            .filter(|it| port_of(it).is_some_and(|port| port < 1024))
            .collect();
        let Some((first, more)) = low.split_first() else { continue };
        let Some(port) = &first.port else { continue };
        let finding = out.report(
            format!(
                "{} listens on {}: the Router runs as user `apigee`, which may open ports below 1024 only where somebody \
                 gave it the right",
                host_title(environment, first),
                port.trimmed()
            ),
            port.at,
            "a privileged port",
        );
        let more: Vec<_> = more
            .iter()
            .filter_map(|it| Some((it.port.as_ref()?.at, "a privileged port, too".to_owned())))
            .collect();
        label_some(finding, &more);
    }
}

/// See the card.
pub(crate) fn tls_port_no_sslinfo(model: &Model, out: &mut Findings) {
    let told: Vec<&Scope> = clouds(model).map(|it| &it.scope).collect();
    for (environment, host) in hosts(model) {
        let (Some(port), Some(said)) = (port_of(host), &host.port) else { continue };
        let is_tls_port = matches!(port, 443 | 8443 | 9443);
        // On Edge Cloud `apigee/cloud-vhost-without-tls` speaks.
        if !is_tls_port || !speaks_tls(host).is_off() || told.contains(&&environment.scope) {
            continue;
        }
        let before =
            host.base_url.as_ref().filter(|it| it.trimmed().to_ascii_lowercase().starts_with("https://"));
        let at = host.ssl.as_ref().map_or(said.at, |it| it.enabled.as_ref().map_or(it.at, |it| it.at));
        let finding = out.report(
            format!(
                "{} listens on {port} and speaks no TLS there: clients that speak TLS to that port cannot connect, and others \
                 send everything in the clear",
                host_title(environment, host)
            ),
            at,
            if host.ssl.is_some() { "TLS is not enabled" } else { "no `SSLInfo` belongs to it" },
        );
        finding.label(said.at, "a port of TLS");
        match before {
            // A load balancer in front that ends TLS is one way to have that.
            Some(url) => finding.level(Level::Note).label(url.at, "clients are told to use TLS"),
            None if port != 443 => finding.level(Level::Note),
            None => finding,
        };
        finding.help("enable TLS with a keystore and an alias; where a load balancer ends TLS in front, choose another port");
    }
}

/// See the card.
pub(crate) fn proxy_protocol_without_tls(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        let option =
            host.listen_options.iter().find(|it| it.trimmed().eq_ignore_ascii_case("proxy_protocol"));
        let Some(option) = option.filter(|_| speaks_tls(host).is_off()) else { continue };
        out.report(
            format!(
                "{} takes `proxy_protocol` from a load balancer that passes TCP through, and does not end TLS itself: \
                 what clients send arrives in the clear",
                host_title(environment, host)
            ),
            option.at,
            "TCP is passed through",
        );
    }
}

/// See the card.
pub(crate) fn baseurl_no_scheme(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        let Some(url) = present(host.base_url.as_ref()).filter(|it| !it.is_placeholder()) else { continue };
        let lower = url.trimmed().to_ascii_lowercase();
        if lower.starts_with("http://") || lower.starts_with("https://") {
            continue;
        }
        let scheme = if speaks_tls(host).is_off() { "http" } else { "https" };
        let rest = lower.split_once("//").map_or(lower.as_str(), |(_, rest)| rest);
        out.report(
            format!(
                "base URL `{}` of {} lacks `http://` or `https://`, which Edge demands: the virtual host is refused",
                url.trimmed(),
                host_title(environment, host)
            ),
            url.at,
            "no scheme",
        )
        .help(format!("write `{scheme}://{rest}`"));
    }
}
