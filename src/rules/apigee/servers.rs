//! Target servers: whether TLS is spoken on the port they name.

use std::collections::BTreeSet;

use crate::{
    finding::{Findings, Level},
    model::{
        Model, Said,
        apigee::{Environment, TargetServer},
    },
};

use super::sides::{Switch, misspells, server_title};

/// Target servers with their environments.
pub(super) fn servers(model: &Model) -> impl Iterator<Item = (&Environment, &TargetServer)> {
    let environments = model.apigee.environments.iter();
    environments.flat_map(|it| it.target_servers.iter().map(move |server| (it, server)))
}

/// The port, where it is a number.
fn port_of(server: &TargetServer) -> Option<u16> {
    server.port.as_ref()?.trimmed().parse().ok()
}

/// Whether a target server speaks TLS; unclear where keys are misspelt, because other rules speak then.
pub(super) fn speaks_tls(server: &TargetServer) -> Switch {
    if misspells(&server.odd_keys, "sSLInfo") {
        return Switch::Unclear;
    }
    match &server.ssl {
        None => Switch::Unset,
        Some(ssl) if misspells(&ssl.odd_keys, "enabled") => Switch::Unclear,
        Some(ssl) => Switch::of(ssl.enabled.as_ref()),
    }
}

/// See the card.
pub(crate) fn targetserver_443_plain(model: &Model, out: &mut Findings) {
    // Where a proxy sets TLS beside its load balancer, `apigee/lb-sslinfo-ineffective` speaks.
    let set_elsewhere: BTreeSet<&str> = model
        .apigee
        .bundles
        .iter()
        .flat_map(|it| &it.connections)
        .filter(|it| it.load_balancer.is_some() && !it.ssl.is_empty())
        .flat_map(|it| it.servers.iter().map(Said::trimmed))
        .collect();
    for (environment, server) in servers(model) {
        let (Some(port), Some(said)) = (port_of(server), &server.port) else { continue };
        let unused = Switch::of(server.enabled.as_ref()) == Switch::Off;
        let elsewhere = server.name.as_ref().is_some_and(|it| set_elsewhere.contains(it.trimmed()));
        if !matches!(port, 443 | 8443 | 6443) || !speaks_tls(server).is_off() || unused || elsewhere {
            continue;
        }
        let enabled = server.ssl.as_ref().map(|it| it.enabled.as_ref().map_or(it.at, |it| it.at));
        let finding = out.report(
            format!(
                "{} is called on port {port} without TLS: the backend answers `400` (`The plain HTTP request was sent to \
                 HTTPS port`) or closes, and where it does answer, everything went over the wire in the clear",
                server_title(environment, server)
            ),
            enabled.unwrap_or(said.at),
            if enabled.is_some() { "TLS is not enabled" } else { "no `sSLInfo` belongs to it" },
        );
        finding.label(said.at, "a port of TLS");
        if port != 443 {
            finding.level(Level::Warning);
        }
        finding.help("add `sSLInfo` with `enabled` set to `true`");
    }
}

/// See the card.
pub(crate) fn targetserver_tls_port_80(model: &Model, out: &mut Findings) {
    for (environment, server) in servers(model) {
        let (Some(port), Some(said)) = (port_of(server), &server.port) else { continue };
        let Some(enabled) = server.ssl.as_ref().and_then(|it| it.enabled.as_ref()) else { continue };
        if !matches!(port, 80 | 8080) || speaks_tls(server) != Switch::On {
            continue;
        }
        let finding = out.report(
            format!(
                "{} is called with TLS on port {port}, where backends speak plain HTTP as a rule: then every call fails with \
                 `503`",
                server_title(environment, server)
            ),
            said.at,
            "a port of plain HTTP",
        );
        finding.label(enabled.at, "TLS is on");
        if port != 80 {
            finding.level(Level::Note);
        }
    }
}
