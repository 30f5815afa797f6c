//! What servers share without saying so: the options of an address, and zones of shared memory.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        Model,
        nginx::{Context, DirectiveId, Listen, Module, ServerId, Transport},
    },
};

use super::labels::{label_some, phrase};

/// `ssl` or `proxy_protocol` on some of the lines of one address.
pub(crate) fn listen_flags_mixed(model: &Model, out: &mut Findings) {
    mixed(model, "ssl", |listen| listen.ssl, out);
    mixed(model, "proxy_protocol", |listen| listen.proxy_protocol, out);
}

type Key = (u32, Module, Transport, u16);
type Sides<'n> = (Vec<(ServerId, &'n Listen)>, Vec<(ServerId, &'n Listen)>);

fn mixed(model: &Model, flag: &str, says: fn(&Listen) -> bool, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut found: BTreeMap<Key, Sides<'_>> = BTreeMap::new();
    for listener in &nginx.listeners {
        let (with, without): (Vec<_>, Vec<_>) = nginx
            .members(listener)
            .filter(|(_, _, listen)| !listen.quic)
            .map(|(id, _, listen)| (id, listen))
            .partition(|(_, listen)| says(listen));
        if with.is_empty() || without.is_empty() {
            continue;
        }
        let key = (listener.root, listener.module, listener.transport, listener.port);
        let sides = found.entry(key).or_default();
        sides.0.extend(with);
        sides.1.extend(without);
    }
    for (with, without) in found.into_values() {
        let bare: Vec<ServerId> =
            without.iter().map(|(id, _)| *id).filter(|id| flag == "ssl" && is_bare(model, *id)).collect();
        // Whoever differs from most is the one to look at; a server that is broken by it comes first.
        let odd_ones_say = bare.is_empty() && with.len() < without.len();
        let (odd, others) = if odd_ones_say { (&with, &without) } else { (&without, &with) };
        let pick = odd.iter().find(|(id, _)| bare.contains(id)).unwrap_or(&odd[0]);
        let sayer = nginx.server(with[0].0).title();
        let address = pick.1.title();
        let mut others_named: Vec<String> = without.iter().map(|(id, _)| nginx.server(*id).title()).collect();
        others_named.dedup();
        let message = match (flag, bare.first()) {
            ("ssl", Some(id)) => format!(
                "{sayer} makes {address} speak TLS for every server on it, and {} has no certificate to \
                 show there",
                nginx.server(*id).title()
            ),
            ("ssl", None) => format!(
                "{sayer} makes {address} speak TLS for every server on it, {} included, though not by \
                 {}; accepted by `nginx -t`",
                phrase(&others_named),
                if others_named.len() == 1 { "its line" } else { "their lines" }
            ),
            _ => format!(
                "{sayer} makes {address} expect a PROXY protocol header from every client, for {} too; \
                 clients that send none are cut off, accepted by `nginx -t`",
                phrase(&others_named)
            ),
        };
        let text = |says: bool| if says { format!("says `{flag}`") } else { format!("without `{flag}`") };
        let finding = out.report(message, pick.1.at, text(odd_ones_say));
        if !bare.is_empty() {
            finding.level(Level::Error);
        }
        finding.label(others[0].1.at, text(!odd_ones_say));
        label_some(finding, odd.iter().map(|(_, listen)| (listen.at, text(odd_ones_say))));
        finding.help(format!(
            "write `{flag}` on every `listen` of the address, or on none; a server that needs it \
             otherwise needs a port of its own"
        ));
    }
}

/// A server that is made to speak TLS and has nothing to show.
fn is_bare(model: &Model, id: ServerId) -> bool {
    let nginx = &model.nginx;
    let server = nginx.server(id);
    let endpoint = model.nginx_endpoints.servers.get(id.0 as usize).map(|it| model.estate.endpoint(*it));
    !nginx.has_certificate(server)
        && !nginx.rejects_handshakes(server)
        && server.names.iter().any(|name| !name.hosts().is_empty())
        && nginx.is_complete(server.scope)
        && endpoint.is_some_and(|it| !it.dynamic)
}

/// A zone of shared memory as a line asks for it.
struct Zone<'n> {
    id: DirectiveId,
    size: u64,
    written: &'n str,
    module: Module,
}

/// One name of a session cache with two sizes.
pub(crate) fn session_cache_size_conflict(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut zones: BTreeMap<(u32, &str), Vec<Zone<'_>>> = BTreeMap::new();
    for scope in &nginx.scopes {
        let (Context::Module(module) | Context::Server(module)) = scope.context else { continue };
        for id in &scope.own {
            let line = nginx.directive(*id);
            if !matches!(&*line.name.text, "ssl_session_cache" | "ssl_ocsp_cache") {
                continue;
            }
            for word in line.args.iter().filter(|word| word.is_plain()) {
                let Some((name, written)) =
                    word.text.strip_prefix("shared:").and_then(|rest| rest.split_once(':'))
                else {
                    continue;
                };
                let Some(size) = bytes(written) else { continue };
                let list = zones.entry((scope.root, name)).or_default();
                if list.iter().all(|it| it.id != *id) {
                    list.push(Zone { id: *id, size, written, module });
                }
            }
        }
    }
    for ((_, name), zones) in zones {
        let first = &zones[0];
        let other: Vec<&Zone<'_>> =
            zones.iter().filter(|it| it.size != first.size || it.module != first.module).collect();
        let Some(odd) = other.first() else { continue };
        let message = if odd.size == first.size {
            format!(
                "nginx does not start or reload: `the shared memory zone \"{name}\" is already declared \
                 for a different use`, in `{}`",
                first.module.word()
            )
        } else {
            format!(
                "nginx does not start or reload: `the size {} of shared memory zone \"{name}\" conflicts \
                 with already declared size {}`",
                odd.size, first.size
            )
        };
        let finding = out.report(message, nginx.at(odd.id), format!("`{name}` with {}", odd.written));
        finding.label(nginx.at(first.id), format!("`{name}` with {}, read first", first.written));
        label_some(
            finding,
            other.iter().map(|it| (nginx.at(it.id), format!("`{name}` with {}", it.written))),
        );
        finding.help(format!(
            "give `{name}` one size, best once in `{}`, or give each cache a name of its own",
            first.module.word()
        ));
    }
}

/// `10m`, `512k`, `1048576`.
fn bytes(size: &str) -> Option<u64> {
    let (digits, unit) = match size.as_bytes().last()? {
        b'k' | b'K' => (&size[..size.len() - 1], 1024),
        b'm' | b'M' => (&size[..size.len() - 1], 1024 * 1024),
        _ => (size, 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

/// STARTTLS that clients may leave out.
pub(crate) fn mail_starttls_optional(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut lines: BTreeMap<DirectiveId, Vec<ServerId>> = BTreeMap::new();
    for (index, server) in nginx.servers.iter().enumerate() {
        let id = ServerId(index as u32);
        let Some(starttls) =
            nginx.starttls(server).filter(|it| it.value().is_some_and(|word| &*word.text == "on"))
        else {
            continue;
        };
        // Other mail servers deliver on port 25, and not all of them know TLS.
        let plain = server.listens.iter().any(|it| !it.ssl && it.port != 25);
        if plain && nginx.tls_listeners(id).next().is_none() {
            lines.entry(starttls.last().0).or_default().push(id);
        }
    }
    for (line, servers) in lines {
        let finding = out.report(
            "mail clients may log in before TLS, and their passwords cross the network in clear text: \
             `starttls on` offers TLS and does not demand it",
            nginx.at(line),
            "offered, not demanded",
        );
        label_some(
            finding,
            servers.iter().flat_map(|id| {
                nginx
                    .server(*id)
                    .listens
                    .iter()
                    .filter(|it| !it.ssl && it.port != 25)
                    .map(|it| (it.at, "plain text until the client asks for TLS".to_owned()))
            }),
        );
        finding.help("write `starttls only;`");
    }
}
