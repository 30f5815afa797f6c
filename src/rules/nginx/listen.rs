//! Addresses, ports and the options that all servers of an address share.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Fix, Level},
    model::{
        Location, Model,
        nginx::{DirectiveId, Effective, Listen, Listener, Module, NameKind, Nginx, Server, ServerId},
        x509::Coverage,
    },
    rules::mending,
};

use super::labels::{label_some, list};

/// What nginx does with a server that speaks TLS and has no certificate.
enum Without {
    /// `nginx -t` refuses it, in these words.
    Refused(&'static str),
    /// Clients are shown the certificate of the server that answers by default.
    Borrowed(ServerId),
}

/// TLS without a certificate.
pub(crate) fn listen_ssl_no_cert(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    // By line, because one snippet with the line may serve many servers.
    let mut by_line: BTreeMap<Location, Vec<(ServerId, Without)>> = BTreeMap::new();
    for (index, server) in nginx.servers.iter().enumerate() {
        let id = ServerId(index as u32);
        if lacks_certificate(model, id)
            && let Some((at, without)) = without_certificate(nginx, id, server)
        {
            by_line.entry(at).or_default().push((id, without));
        }
    }
    for (at, servers) in by_line {
        let Some((id, without)) = servers.first() else { continue };
        let server = nginx.server(*id);
        let finding = match without {
            Without::Refused(word) => out.report(
                format!(
                    "nginx does not start or reload: {} has no certificate, `no \"ssl_certificate\" is \
                     defined for the \"{word}\" directive`",
                    server.title()
                ),
                at,
                "TLS without a certificate",
            ),
            Without::Borrowed(default) => {
                let (wrong, level) = borrowed(model, server, *default);
                let other = nginx.server(*default);
                let finding = out.report(
                    format!(
                        "{} has no certificate, so its clients are shown that of {}{wrong}; accepted by \
                         `nginx -t`",
                        server.title(),
                        other.title()
                    ),
                    at,
                    "TLS without a certificate",
                );
                finding.level(level).label(other.at, "answers here by default, and its certificate is shown");
                finding
            }
        };
        label_some(
            finding,
            servers.iter().map(|(id, _)| {
                let server = nginx.server(*id);
                (server.at, format!("{} has no `ssl_certificate`, nor has a block around it", server.title()))
            }),
        );
        finding.help(if server.module == Module::Http {
            "add `ssl_certificate` and `ssl_certificate_key` to the server, or `ssl_reject_handshake \
             on;` where nobody should get an answer"
        } else {
            "add `ssl_certificate` and `ssl_certificate_key` to the server"
        });
    }
}

/// Whether it is certain that a server has no certificate.
fn lacks_certificate(model: &Model, id: ServerId) -> bool {
    let nginx = &model.nginx;
    let server = nginx.server(id);
    let endpoint = model.nginx_endpoints.servers.get(id.0 as usize).map(|it| model.estate.endpoint(*it));
    !nginx.has_certificate(server)
        && !nginx.rejects_handshakes(server)
        && nginx.is_complete(server.scope)
        && !is_broken(nginx, server)
        && endpoint.is_some_and(|it| !it.dynamic)
}

/// Whether the block itself may be other than it seems, for a brace that is missing.
fn is_broken(nginx: &Nginx, server: &Server) -> bool {
    nginx.scope(server.scope).opened_by.is_some_and(|by| nginx.unit(by).is_broken())
}

/// The line by which a server without a certificate speaks TLS, and what becomes of that.
fn without_certificate(nginx: &Nginx, id: ServerId, server: &Server) -> Option<(Location, Without)> {
    let mut borrowed = None;
    for listener in server.listeners.iter().map(|it| &nginx.listeners[it.0 as usize]) {
        // Where only a neighbour says `ssl`, `nginx/listen-flags-mixed` speaks.
        let Some(listen) = server.listens.iter().find(|it| it.says_tls() && it.is_on(listener)) else {
            continue;
        };
        let default = nginx.server(listener.default_server());
        let word = if listen.quic { "listen ... quic" } else { "listen ... ssl" };
        let refused = listener.module == Module::Mail
            || listener.default_server() == id
            || (nginx.rejects_handshakes(default) && !nginx.has_certificate(default));
        if refused {
            return Some((listen.at, Without::Refused(word)));
        }
        if server.is_named() && nginx.servers_are_known(server.root, server.module) && borrowed.is_none() {
            borrowed = Some((listen.at, Without::Borrowed(listener.default_server())));
        }
    }
    if let Some(starttls) = nginx.starttls(server) {
        return Some((starttls.at(), Without::Refused("starttls")));
    }
    borrowed
}

/// Whether the certificate that is shown instead fits.
fn borrowed(model: &Model, server: &Server, default: ServerId) -> (String, Level) {
    let endpoint = model.nginx_endpoints.servers.get(default.0 as usize);
    let leaves: Vec<_> = endpoint
        .map_or(&[][..], |endpoint| model.estate.identities_of(*endpoint))
        .iter()
        .filter_map(|it| it.sent.first())
        .map(|(leaf, _)| model.cert(*leaf))
        .collect();
    if leaves.is_empty() {
        return (String::new(), Level::Warning);
    }
    let uncovered: Vec<String> = server
        .names
        .iter()
        .filter(|name| name.kind == NameKind::Exact)
        .filter(|name| leaves.iter().all(|leaf| leaf.host_coverage(&name.text) != Coverage::Covered))
        .map(|name| name.text.clone())
        .collect();
    if uncovered.is_empty() {
        (String::new(), Level::Warning)
    } else {
        (format!(", which is not good for {}", list(&uncovered)), Level::Error)
    }
}

/// A certificate where nobody speaks TLS.
pub(crate) fn cert_without_ssl_listen(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut seen = BTreeSet::new();
    for (index, server) in nginx.servers.iter().enumerate() {
        let id = ServerId(index as u32);
        let Some((line, _)) = nginx.own(server.scope, "ssl_certificate").next() else { continue };
        // `ssl on` turned TLS on for a whole server until nginx 1.25.1; another rule speaks of it.
        let old_switch = nginx.effective(server.scope, "ssl").is_some_and(Effective::is_on);
        if nginx.speaks_tls(id)
            || old_switch
            || server.hidden_listen
            || is_broken(nginx, server)
            || !nginx.is_complete(server.scope)
        {
            continue;
        }
        let meant = server.listens.iter().find(|it| it.is_tls_port());
        let Some(listen) = meant.or_else(|| server.listens.first()) else { continue };
        if meant.is_none() && is_at_home(nginx, server, line) {
            continue;
        }
        if !seen.insert(listen.at) {
            continue;
        }
        let title = listen.title();
        let finding = if meant.is_some() {
            out.report(
                format!(
                    "{} answers in plain text on {title}: the line lacks `ssl`, so browsers fail \
                    with `ERR_SSL_PROTOCOL_ERROR`; accepted by `nginx -t`",
                    server.title()
                ),
                listen.at,
                "without `ssl`",
            )
        } else {
            out.report(
                format!(
                    "{} has a certificate and speaks no TLS on any address, so nobody ever sees it; \
                    accepted by `nginx -t`",
                    server.title()
                ),
                listen.at,
                "plain text",
            )
        };
        finding.label(nginx.at(line), "the certificate that is never shown");
        finding.level(if meant.is_some() { Level::Error } else { Level::Warning });
        finding.help(match (meant, server.module) {
            (Some(listen), _) => format!("write `listen {} ssl;`", written(nginx, listen)),
            (None, Module::Mail) => "add `ssl` to the `listen` line, or `starttls only;`".to_owned(),
            (None, Module::Http) => {
                "add `listen 443 ssl;`, or remove the certificate from this server".to_owned()
            }
            (None, Module::Stream) => "add `ssl` to the `listen` line, or remove the certificate".to_owned(),
        });
        let more = |listen: &Listen| mending::one_argument_more(model, listen.id?, "ssl");
        if let Some(change) = meant.and_then(more) {
            finding.fix(Fix::unsafe_to_trust("add `ssl`", vec![change]));
        }
    }
}

/// The address of a `listen` line as it is written.
fn written(nginx: &Nginx, listen: &Listen) -> String {
    let word = listen.id.and_then(|id| nginx.directive(id).arg(0));
    word.map_or_else(|| listen.title(), str::to_owned)
}

/// A plain server with the certificate lines of one that speaks TLS: a snippet that both include, or the half of a
/// pair that only redirects. Nothing is lost there.
fn is_at_home(nginx: &Nginx, server: &Server, line: DirectiveId) -> bool {
    nginx.servers.iter().enumerate().any(|(index, other)| {
        other.root == server.root
            && nginx.speaks_tls(ServerId(index as u32))
            && (nginx.own(other.scope, "ssl_certificate").any(|(id, _)| id == line)
                || other.names.iter().any(|name| {
                    name.kind != NameKind::Nothing && server.names.iter().any(|own| own.text == name.text)
                }))
    })
}

/// Two servers that both want to be the default of one address.
pub(crate) fn duplicate_default_server(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    for (at, pairs) in clashes(nginx, |listen| listen.default_server) {
        let (listener, first, second) = pairs[0];
        let twice = first.1.at == second.1.at;
        let finding = out.report(
            format!(
                "nginx does not start or reload: `a duplicate default server for {}`{}",
                listener.title(),
                if twice { "; the file of this server is read twice" } else { "" }
            ),
            at,
            format!("{} wants to be the default", nginx.server(second.0).title()),
        );
        label_some(
            finding,
            pairs.iter().flat_map(|(_, first, second)| {
                [
                    (first.1.at, format!("{} is the default already", nginx.server(first.0).title())),
                    (second.1.at, "the same here".to_owned()),
                ]
            }),
        );
        finding.help("leave `default_server` with one server of each address and port");
    }
}

/// Options of a socket that are given twice, or an address that is given twice.
pub(crate) fn duplicate_listen_options(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    for (at, pairs) in clashes(nginx, |listen| listen.socket_option.is_some()) {
        let (listener, _, second) = pairs[0];
        let option = |listen: &Listen| listen.socket_option.clone().unwrap_or_default();
        let finding = out.report(
            format!("nginx does not start or reload: `duplicate listen options for {}`", listener.title()),
            at,
            format!("`{}` for a socket that has its options", option(second.1)),
        );
        label_some(
            finding,
            pairs.iter().flat_map(|(_, first, second)| {
                [
                    (
                        first.1.at,
                        format!("the options of the socket are set here, with `{}`", option(first.1)),
                    ),
                    (second.1.at, "the same here".to_owned()),
                ]
            }),
        );
        finding.help(format!(
            "leave `{}` and the like on one `listen` of each address and port; they \
            hold for all servers there",
            option(second.1)
        ));
    }
    let mut seen = BTreeSet::new();
    for listener in &nginx.listeners {
        let mut known: BTreeMap<ServerId, &Listen> = BTreeMap::new();
        for (id, _, listen) in nginx.members(listener) {
            let Some(first) = known.insert(id, listen) else { continue };
            if seen.insert(listen.at) {
                out.report(
                    format!("nginx does not start or reload: `a duplicate listen {}`", listener.title()),
                    listen.at,
                    "the same address again",
                )
                .label(first.at, "the server listens there already")
                .help("remove one of the lines");
            }
        }
    }
}

type Member<'n> = (ServerId, &'n Listen);
type Clash<'n> = (&'n Listener, Member<'n>, Member<'n>);

/// Pairs of different servers of one address whose `listen` lines both say something that only one may say, by the
/// place of the later one. IPv4 and IPv6 lines of the same two servers come together.
fn clashes(nginx: &Nginx, says: impl Fn(&Listen) -> bool) -> BTreeMap<Location, Vec<Clash<'_>>> {
    let mut by_servers: BTreeMap<(ServerId, ServerId), Vec<Clash<'_>>> = BTreeMap::new();
    for listener in &nginx.listeners {
        let mut first: Option<Member<'_>> = None;
        for (id, _, listen) in nginx.members(listener).filter(|(_, _, listen)| says(listen)) {
            match first {
                None => first = Some((id, listen)),
                Some(known) if known.0 != id => {
                    by_servers.entry((known.0, id)).or_default().push((listener, known, (id, listen)));
                }
                Some(_) => {}
            }
        }
    }
    let mut by_place: BTreeMap<Location, Vec<_>> = BTreeMap::new();
    for pairs in by_servers.into_values() {
        let at = pairs[0].2.1.at;
        by_place.entry(at).or_default().extend(pairs);
    }
    by_place
}
