//! Whether the URL of a target and its `SSLInfo` agree.

use crate::{
    finding::Findings,
    model::{
        Model,
        apigee::{Bundle, Connection, ConnectionKind},
    },
    rules::words,
};

use super::sides::{Scheme, Switch, connection_title, scheme};

/// What connects to backends, with its proxy.
pub(super) fn connections(model: &Model) -> impl Iterator<Item = (&Bundle, &Connection)> {
    model.apigee.bundles.iter().flat_map(|it| it.connections.iter().map(move |connection| (it, connection)))
}

/// See the card.
pub(crate) fn https_without_sslinfo(model: &Model, out: &mut Findings) {
    for (bundle, connection) in connections(model) {
        let Some(url) = &connection.url else { continue };
        if scheme(connection) != Scheme::Https
            || !connection.ssl.is_empty()
            || connection.load_balancer.is_some()
        {
            continue;
        }
        out.report(
            format!(
                "{} calls a backend with TLS and has no `SSLInfo`: whose certificate it takes is left to the Message Processor, \
                 and calls may go to somebody who is not the backend",
                connection_title(bundle, connection)
            ),
            url.at,
            "no `SSLInfo` belongs to it",
        )
        .help("add `SSLInfo` with `Enabled` set to `true` and a `TrustStore` with the authorities of the backend");
    }
}

/// See the card.
pub(crate) fn sslinfo_with_http(model: &Model, out: &mut Findings) {
    for (bundle, connection) in connections(model) {
        let (Some(url), Some(ssl)) = (&connection.url, connection.ssl.first()) else { continue };
        if scheme(connection) != Scheme::Http || Switch::of(ssl.enabled.as_ref()) != Switch::On {
            continue;
        }
        out.report(
            format!(
                "{} calls its backend over plain HTTP, and its `SSLInfo` wants TLS: what is sent can be read on the way, or \
                 the call fails",
                connection_title(bundle, connection)
            ),
            url.at,
            "plain HTTP",
        )
        .label(ssl.enabled.as_ref().map_or(ssl.at, |it| it.at), "TLS is enabled")
        .help("write `https://` if the backend speaks TLS, else remove `SSLInfo`");
    }
}

/// See the card.
pub(crate) fn sslinfo_disabled_https(model: &Model, out: &mut Findings) {
    for (bundle, connection) in connections(model) {
        let (Some(url), Some(ssl)) = (&connection.url, connection.ssl.first()) else { continue };
        let Some(enabled) = &ssl.enabled else { continue };
        if scheme(connection) != Scheme::Https || Switch::of(Some(enabled)) != Switch::Off {
            continue;
        }
        out.report(
            format!(
                "{} calls its backend with TLS, and its `SSLInfo` is turned off: nothing in it holds, neither truststore nor \
                 client certificate",
                connection_title(bundle, connection)
            ),
            enabled.at,
            "turned off",
        )
        .label(url.at, "TLS all the same")
        .help("write `<Enabled>true</Enabled>`");
    }
}

/// See the card.
pub(crate) fn lb_sslinfo_ineffective(model: &Model, out: &mut Findings) {
    for (bundle, connection) in connections(model) {
        let (Some(balancer), Some(ssl)) = (connection.load_balancer, connection.ssl.first()) else {
            continue;
        };
        let is_target = matches!(connection.kind, ConnectionKind::Target | ConnectionKind::WebSocket);
        if !is_target || connection.url.is_some() || Switch::of(ssl.enabled.as_ref()) == Switch::Off {
            continue;
        }
        let names: Vec<String> = connection
            .servers
            .iter()
            .filter(|it| !it.is_placeholder())
            .map(|it| format!("`{}`", it.trimmed()))
            .collect();
        let finding = out.report(
            format!(
                "{} sets TLS beside a load balancer: the place for that is each target server, and what is set here need not \
                 reach them",
                connection_title(bundle, connection)
            ),
            ssl.at,
            "beside a load balancer",
        );
        finding.label(balancer, "the load balancer");
        if names.is_empty() {
            finding.help("move it to the target servers");
        } else {
            finding.help(format!("move it to target server {}", words::list(&names, 3)));
        }
    }
}
