//! What plain HTTP does beside TLS: redirects, and `Strict-Transport-Security`. Off unless asked for.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::Findings,
    model::{
        Model,
        nginx::{DirectiveId, Module, NameKind, Nginx, ScopeId, Server, ServerId},
    },
};

use super::labels::{label_some, list};

const HEADER: &str = "strict-transport-security";

/// Servers of http that are blocks and seen whole.
fn servers(nginx: &Nginx) -> impl Iterator<Item = (ServerId, &Server)> {
    nginx
        .servers
        .iter()
        .enumerate()
        .map(|(index, server)| (ServerId(index as u32), server))
        .filter(|(_, it)| {
            it.module == Module::Http && !it.fragment && !it.hidden_listen && nginx.is_complete(it.scope)
        })
        .filter(|(_, it)| nginx.below(it.scope).iter().all(|id| nginx.scope(*id).holes.is_empty()))
}

/// Whether something in a block sends clients to TLS or looks at the scheme.
fn mentions_https(nginx: &Nginx, scope: ScopeId) -> bool {
    nginx.below(scope).iter().any(|id| {
        let scope = nginx.scope(*id);
        scope.own.iter().chain(&scope.opened_by).any(|line| {
            let line = nginx.directive(*line);
            let moves = matches!(&*line.name.text, "return" | "rewrite" | "if" | "set");
            let tls =
                |text: &str| text.contains("https") || text.contains("$scheme") || text.contains("ssl_");
            moves && line.args.iter().any(|word| tls(&word.text))
        })
    })
}

/// Plain HTTP that serves what TLS serves.
pub(crate) fn http_no_redirect(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let secure: BTreeMap<&str, &Server> = servers(nginx)
        .filter(|(id, _)| nginx.speaks_tls(*id))
        .flat_map(|(_, server)| server.names.iter().map(move |name| (name, server)))
        .filter(|(name, _)| name.kind == NameKind::Exact)
        .map(|(name, server)| (&*name.text, server))
        .collect();
    for (id, server) in servers(nginx) {
        let plain = server
            .listeners
            .iter()
            .map(|it| &nginx.listeners[it.0 as usize])
            .find(|it| it.tls.is_none() && it.port == 80 && !it.address.is_local());
        let Some(listener) = plain else { continue };
        let Some(listen) = server.listens.iter().find(|it| it.is_on(listener)) else { continue };
        let twins: Vec<(&str, &Server)> = server
            .names
            .iter()
            .filter_map(|name| secure.get_key_value(&*name.text).map(|(name, twin)| (*name, *twin)))
            .collect();
        let endpoint = model.nginx_endpoints.servers.get(id.0 as usize);
        let turns_away = endpoint.is_some_and(|it| model.estate.endpoint(*it).turns_away);
        let Some((_, twin)) = twins.first().filter(|_| !turns_away && !mentions_https(nginx, server.scope))
        else {
            continue;
        };
        let names: Vec<String> = twins.iter().map(|(name, _)| (*name).to_owned()).collect();
        let finding = out.report(
            format!(
                "{} can be had without TLS too: plain HTTP serves it and does not redirect",
                list(&names)
            ),
            listen.at,
            "plain HTTP without a redirect",
        );
        finding.label(twin.at, "the server that speaks TLS");
        finding.help("let port 80 answer `return 301 https://$host$request_uri;`");
    }
}

/// Lines that set the header, in a block itself.
fn header_lines(nginx: &Nginx, scope: ScopeId) -> impl Iterator<Item = DirectiveId> {
    nginx.scope(scope).own.iter().copied().filter(move |id| {
        let line = nginx.directive(*id);
        matches!(&*line.name.text, "add_header" | "more_set_headers")
            && line.args.first().is_some_and(|word| word.text.to_ascii_lowercase().starts_with(HEADER))
    })
}

/// The lines that hold in a block: `add_header` is inherited only where the block adds no header itself.
fn inherited_header(nginx: &Nginx, scope: ScopeId) -> Vec<DirectiveId> {
    let setter = nginx.around(scope).find(|at| nginx.own(*at, "add_header").next().is_some());
    setter.map(|at| header_lines(nginx, at).collect()).unwrap_or_default()
}

/// TLS without `Strict-Transport-Security`.
pub(crate) fn hsts_missing(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    for (id, server) in servers(nginx) {
        let endpoint = model.nginx_endpoints.servers.get(id.0 as usize);
        let turns_away = endpoint.is_some_and(|it| model.estate.endpoint(*it).turns_away);
        let below = nginx.below(server.scope);
        // The application behind it may send the header itself.
        let passes = below.iter().any(|scope| {
            nginx.scope(*scope).own.iter().any(|line| nginx.directive(*line).name.text.ends_with("_pass"))
        });
        let has = !inherited_header(nginx, server.scope).is_empty()
            || nginx.around(server.scope).any(|scope| {
                header_lines(nginx, scope).any(|id| &*nginx.directive(id).name.text != "add_header")
            })
            || below.iter().any(|scope| header_lines(nginx, *scope).next().is_some());
        if !nginx.speaks_tls(id) || turns_away || passes || has || !server.is_named() {
            continue;
        }
        out.report(
            format!(
                "{} does not tell browsers to stay with TLS, so a first request over plain HTTP can \
                be caught",
                server.title()
            ),
            server.at,
            "sends no `Strict-Transport-Security`",
        )
        .help(
            "add `add_header Strict-Transport-Security \"max-age=63072000\" always;` once every name \
            is served over TLS",
        );
    }
}

/// `Strict-Transport-Security` where browsers must ignore it.
pub(crate) fn hsts_on_plain(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut lines: BTreeMap<DirectiveId, BTreeSet<ServerId>> = BTreeMap::new();
    for (id, server) in servers(nginx) {
        if nginx.speaks_tls(id) || server.listens.iter().all(|it| it.address.is_local()) {
            continue;
        }
        let inside = nginx.below(server.scope).into_iter().flat_map(|scope| header_lines(nginx, scope));
        for line in inherited_header(nginx, server.scope).into_iter().chain(inside) {
            lines.entry(line).or_default().insert(id);
        }
    }
    for (line, servers) in lines {
        let finding = out.report(
            "`Strict-Transport-Security` is sent over plain HTTP, where browsers ignore it and RFC 6797 \
             forbids it",
            nginx.at(line),
            "sent without TLS",
        );
        label_some(
            finding,
            servers.iter().map(|id| {
                let server = nginx.server(*id);
                (server.at, format!("{} speaks plain HTTP", server.title()))
            }),
        );
        finding.help("set the header in the servers that speak TLS, and let the others redirect");
    }
}
