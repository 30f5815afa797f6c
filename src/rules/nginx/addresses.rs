//! Which server answers: IPv4 and IPv6, specific addresses and wildcards, and the one that answers by default.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{
        Model,
        nginx::{
            Address, Listen, Listener, Module, NameKind, Nginx, Server, ServerId, ServerName, Transport,
        },
    },
};

use super::labels::{label_some, list};

/// The same port over IPv4 and IPv6, with TLS on one of them, or with other servers.
pub(crate) fn v4_v6_listen_mismatch(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut any: BTreeMap<(u32, Module, Transport, u16), [Option<&Listener>; 2]> = BTreeMap::new();
    for listener in nginx.listeners.iter().filter(|it| it.address.is_any()) {
        let key = (listener.root, listener.module, listener.transport, listener.port);
        any.entry(key).or_default()[usize::from(listener.address == Address::Any6)] = Some(listener);
    }
    for pair in any.into_values() {
        let [Some(four), Some(six)] = pair else { continue };
        match (four.tls.is_some(), six.tls.is_some()) {
            (true, false) => half_plain(nginx, six, four, out),
            (false, true) => half_plain(nginx, four, six, out),
            (true, true) => {
                absent(model, four, six, out);
                absent(model, six, four, out);
            }
            (false, false) => {}
        }
    }
}

fn family(listener: &Listener) -> &'static str {
    if listener.address.is_v6() { "IPv6" } else { "IPv4" }
}

/// TLS on one of the families, and a server that is on both.
fn half_plain(nginx: &Nginx, plain: &Listener, tls: &Listener, out: &mut Findings) {
    let on_tls: BTreeSet<ServerId> = nginx.members(tls).map(|(id, ..)| id).collect();
    let both: Vec<(ServerId, &Server, &Listen)> =
        nginx.members(plain).filter(|(id, ..)| on_tls.contains(id)).collect();
    let Some((id, server, listen)) = both.first() else { return };
    let finding = out.report(
        format!(
            "clients that come over {} get plain text on port {} and fail: {} says `ssl` for {} only; \
             accepted by `nginx -t`",
            family(plain),
            plain.port,
            server.title(),
            family(tls)
        ),
        listen.at,
        "without `ssl`",
    );
    // A file that is not seen may say `ssl` for the whole address.
    if !nginx.servers_are_known(plain.root, plain.module) {
        finding.level(Level::Warning);
    }
    if let Some((_, _, with)) = nginx.members(tls).find(|(of, _, it)| of == id && it.says_tls()) {
        finding.label(with.at, "with `ssl`");
    }
    label_some(finding, both.iter().map(|(_, _, listen)| (listen.at, "without `ssl`".to_owned())));
    let address = listen.id.and_then(|id| nginx.directive(id).arg(0)).unwrap_or("[::]:443");
    finding.help(format!("write `listen {address} ssl;`"));
}

/// Servers of one family that the other one does not have.
fn absent(model: &Model, here: &Listener, there: &Listener, out: &mut Findings) {
    let nginx = &model.nginx;
    if !nginx.servers_are_known(here.root, here.module) {
        return;
    }
    // Where the other family only turns strangers away, it is not meant to serve anybody.
    let serves = nginx.members(there).any(|(id, server, _)| {
        server.names.iter().any(|name| !name.hosts().is_empty()) && !turns_away(model, id)
    });
    let names: Vec<&ServerName> = nginx.members(there).flat_map(|(_, server, _)| &server.names).collect();
    let on_there: BTreeSet<ServerId> = nginx.members(there).map(|(id, ..)| id).collect();
    let missing: Vec<(ServerId, &Server, &Listen, String)> = nginx
        .members(here)
        .filter(|(id, server, _)| {
            !on_there.contains(id)
                && !server
                    .listens
                    .iter()
                    .any(|it| it.port == there.port && it.address.is_v6() == there.address.is_v6())
        })
        .filter_map(|(id, server, listen)| {
            let name =
                server.names.iter().find(|name| !name.hosts().is_empty() && !is_matched(name, &names))?;
            Some((id, server, listen, name.text.clone()))
        })
        .collect();
    let Some((_, _, listen, name)) = missing.first().filter(|_| serves) else { return };
    let all: Vec<String> = missing.iter().map(|(.., name)| name.clone()).collect();
    let default = nginx.server(there.default_server());
    let finding = out.report(
        format!(
            "clients that come over {} are answered by {} when they ask for {}, which listens for {} \
             only; accepted by `nginx -t`",
            family(there),
            default.title(),
            list(&all),
            family(here)
        ),
        listen.at,
        format!("`{name}` is not served over {}", family(there)),
    );
    finding.level(Level::Warning);
    finding.label(default.at, format!("answers on {} instead", there.title()));
    label_some(
        finding,
        missing
            .iter()
            .map(|(.., listen, name)| (listen.at, format!("`{name}` is not served over {}", family(there)))),
    );
    let tls = if there.transport == Transport::Udp { "quic" } else { "ssl" };
    finding.help(format!(
        "add `listen {} {tls};` to it, or have no address record of that family for the name",
        short(there)
    ));
}

fn short(listener: &Listener) -> String {
    if listener.address == Address::Any4 { listener.port.to_string() } else { listener.title() }
}

fn turns_away(model: &Model, id: ServerId) -> bool {
    let endpoint = model.nginx_endpoints.servers.get(id.0 as usize);
    endpoint.is_some_and(|it| model.estate.endpoint(*it).turns_away)
}

/// Whether one of the names may match what this name stands for. Expressions and variables may match anything.
fn is_matched(name: &ServerName, names: &[&ServerName]) -> bool {
    names.iter().any(|other| match other.kind {
        NameKind::Regex | NameKind::Opaque | NameKind::BadWildcard => true,
        NameKind::Nothing => false,
        NameKind::Exact => other.text == name.text,
        NameKind::Suffix => name.text.ends_with(&other.text[1..]),
        NameKind::SuffixAndApex => name.text.ends_with(&other.text) || name.text == other.text[1..],
        NameKind::Prefix => name.text.starts_with(other.text.trim_end_matches('*')),
    })
}

/// An address of its own beside the wildcard of the same port: two sets of servers.
pub(crate) fn listen_address_shadow(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let place = |it: &Listener| (it.root, it.module, it.transport, it.port, it.address.is_v6());
    let wide_ones: BTreeMap<_, &Listener> =
        nginx.listeners.iter().filter(|it| it.address.is_any()).map(|it| (place(it), it)).collect();
    for own in nginx.listeners.iter().filter(|it| matches!(it.address, Address::V4(_) | Address::V6(_))) {
        let wide = wide_ones.get(&place(own)).copied();
        let Some(wide) = wide.filter(|wide| wide.tls.is_some() || own.tls.is_some()) else { continue };
        if !nginx.servers_are_known(own.root, own.module) {
            continue;
        }
        let names: Vec<&ServerName> = nginx.members(own).flat_map(|(_, server, _)| &server.names).collect();
        let on_own: BTreeSet<ServerId> = nginx.members(own).map(|(id, ..)| id).collect();
        let hidden: Vec<(&Listen, String)> = nginx
            .members(wide)
            .filter(|(id, ..)| !on_own.contains(id))
            .filter_map(|(_, server, listen)| {
                let name =
                    server.names.iter().find(|name| !name.hosts().is_empty() && !is_matched(name, &names))?;
                Some((listen, name.text.clone()))
            })
            .collect();
        let Some((_, server, listen)) = nginx.members(own).next().filter(|_| !hidden.is_empty()) else {
            continue;
        };
        let asked: Vec<String> = hidden.iter().map(|(_, name)| name.clone()).collect();
        let default = nginx.server(own.default_server());
        let finding = out.report(
            format!(
                "clients that connect to {} are answered by {} when they ask for {}: servers on {} are \
                 not looked at for that address; accepted by `nginx -t`",
                own.title(),
                default.title(),
                list(&asked),
                wide.title()
            ),
            listen.at,
            format!("{} takes this address for itself", server.title()),
        );
        // What only the machine itself can reach harms nobody outside.
        if own.address.is_local() {
            finding.level(Level::Note);
        }
        label_some(
            finding,
            hidden
                .iter()
                .map(|(listen, name)| (listen.at, format!("`{name}` is not found on {}", own.title()))),
        );
        finding.help(format!(
            "write the same address in all `listen` lines of the port, or add `listen {}` to the servers \
             that should answer there",
            own.title()
        ));
    }
}

/// The default of an address that is the default by the order of files.
pub(crate) fn no_explicit_default_server(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut by_default: BTreeMap<(ServerId, u16), Vec<&Listener>> = BTreeMap::new();
    for listener in nginx.listeners.iter().filter(|it| it.tls.is_some() && it.module == Module::Http) {
        let servers: BTreeSet<ServerId> = listener.members.iter().map(|(id, _)| *id).collect();
        let marked =
            listener.members.iter().any(|(id, position)| nginx.server(*id).listens[*position].default_server);
        if servers.len() > 1 && !marked && nginx.servers_are_known(listener.root, listener.module) {
            by_default.entry((listener.default_server(), listener.port)).or_default().push(listener);
        }
    }
    for ((id, _), listeners) in by_default {
        let server = nginx.server(id);
        let own: Vec<&Listen> = listeners
            .iter()
            .filter_map(|it| nginx.members(it).find(|(of, ..)| *of == id))
            .map(|it| it.2)
            .collect();
        let Some(first) = own.first() else { continue };
        let finding = out.report(
            format!(
                "{} answers for every unknown name on {}, with its certificate, only because its file is \
                 read first",
                server.title(),
                listeners[0].title()
            ),
            first.at,
            "the default by order alone",
        );
        label_some(finding, own.iter().map(|it| (it.at, "the same here".to_owned())));
        finding.help(
            "say `default_server` on the server that should answer strangers, or add one with \
            `ssl_reject_handshake on;`",
        );
    }
}
