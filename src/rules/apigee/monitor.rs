//! Probes of backends, and what a Message Processor of a Private Cloud tells backends about their names.

use crate::{
    finding::Findings,
    model::{
        Location, Model,
        apigee::{Component, ComponentProperties, Platform},
    },
};

use super::{
    servers::{servers, speaks_tls},
    sides::{Scheme, Switch, connection_title, label_some, platform_of, scheme, server_title},
    targets::connections,
};

/// See the card.
pub(crate) fn healthmonitor_trustall(model: &Model, out: &mut Findings) {
    for (bundle, connection) in connections(model) {
        let Some(health) = &connection.health else { continue };
        let title = connection_title(bundle, connection);
        if let Some(trust) = health.trust_all.as_ref().filter(|it| Switch::of(Some(it)) == Switch::On) {
            out.report(
                format!(
                    "the health monitor of {title} takes any certificate: a backend whose certificate expired counts as \
                     healthy, and calls to it fail"
                ),
                trust.at,
                "trusts all",
            )
            .help("write `false`, so that probes fail where calls would");
        }
        let port = health.port.as_ref().and_then(|it| Some((it.trimmed().parse::<u16>().ok()?, it.at)));
        let Some((port, at)) = port.filter(|_| Switch::of(health.use_target.as_ref()).is_off()) else {
            continue;
        };
        let ssl = Switch::of(health.is_ssl.as_ref());
        let what = match (ssl, port) {
            (Switch::On, 80 | 8080) => "with TLS on a port of plain HTTP",
            (Switch::Off | Switch::Unset, 443 | 8443) => "without TLS on a port of TLS",
            _ => continue,
        };
        let finding = out.report(
            format!(
                "the health monitor of {title} probes {what} ({port}): where every probe fails, target servers are taken out \
                 of rotation though they are well"
            ),
            health.is_ssl.as_ref().map_or(at, |it| it.at),
            if health.is_ssl.is_some() { "how it probes" } else { "no `IsSSL` beside it" },
        );
        finding.label(at, "the port that it probes");
        finding.help(if ssl == Switch::On { "probe the port of TLS" } else { "set `IsSSL` to `true`" });
    }
}

/// Ends of names behind which many customers share addresses, so that a handshake without the name fails.
const SHARED: &[&str] = &[
    ".azure-api.net",
    ".azurefd.net",
    ".azurewebsites.net",
    ".amazonaws.com",
    ".appspot.com",
    ".cloudflare.net",
    ".cloudfront.net",
    ".cloudfunctions.net",
    ".fastly.net",
    ".googleapis.com",
    ".herokuapp.com",
    ".netlify.app",
    ".pages.dev",
    ".run.app",
    ".vercel.app",
    ".workers.dev",
];

/// See the card.
pub(crate) fn opdk_sni(model: &Model, out: &mut Findings) {
    let processors = model.apigee.properties.iter().filter(|it| it.component == Component::MessageProcessor);
    let silent: Vec<&ComponentProperties> = processors.filter(|it| !turns_on_sni(it)).collect();
    let Some((first, more)) = silent.split_first() else { return };
    let targets = shared_targets(model);
    let Some((host, _, title)) = targets.first() else { return };
    let finding = out.report(
        format!(
            "nothing here turns on server names (SNI), which a Message Processor of a Private Cloud does not send by itself, \
             and {title} calls `{host}`: a host that is shared by many then shows a foreign certificate or ends the handshake \
             (`503`)"
        ),
        Location::whole(first.file),
        "SNI is not turned on here",
    );
    let mut places: Vec<(Location, String)> =
        more.iter().map(|it| (Location::whole(it.file), "nor here".to_owned())).collect();
    places.extend(targets.iter().map(|(_, at, _)| (*at, "a shared host".to_owned())));
    label_some(finding, &places);
}

fn turns_on_sni(properties: &ComponentProperties) -> bool {
    let lines = properties.entries.iter().filter(|(key, _)| key.text.contains("jsse.enableSNIExtension"));
    lines.map(|(_, value)| value).any(|it| it.is_placeholder() || it.truth() == Some(true))
}

/// Hosts of backends of a Private Cloud that need the server name, with their places and who calls them.
fn shared_targets(model: &Model) -> Vec<(String, Location, String)> {
    let mut all = Vec::new();
    for (environment, server) in servers(model) {
        let host = server.host.as_ref().filter(|it| is_shared(it.trimmed()));
        if let Some(host) = host
            && environment.platform == Platform::PrivateCloud
            && speaks_tls(server) == Switch::On
        {
            all.push((host.trimmed().to_owned(), host.at, server_title(environment, server)));
        }
    }
    for (bundle, connection) in connections(model) {
        let Some(url) = connection.url.as_ref().filter(|_| scheme(connection) == Scheme::Https) else {
            continue;
        };
        let host = url
            .trimmed()
            .split("//")
            .nth(1)
            .and_then(|it| it.split(['/', ':', '?']).next())
            .unwrap_or_default();
        if is_shared(host) && platform_of(model, bundle) == Platform::PrivateCloud {
            all.push((host.to_owned(), url.at, connection_title(bundle, connection)));
        }
    }
    all
}

fn is_shared(host: &str) -> bool {
    let lower = host.to_ascii_lowercase();
    SHARED.iter().any(|it| lower.ends_with(it))
}
