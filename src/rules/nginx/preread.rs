//! `ssl_preread` of stream: names that are read from the first bytes of a handshake, and maps over them.

use std::collections::BTreeSet;

use crate::{
    finding::Findings,
    model::{
        Model,
        nginx::{Context, DirectiveId, Effective, Module, Nginx, ScopeId, Server},
    },
};

/// What `ssl_preread` fills in.
const PREREAD: &[&str] = &["ssl_preread_server_name", "ssl_preread_protocol", "ssl_preread_alpn_protocols"];

/// A `map` of a configuration's stream part.
struct Map<'n> {
    scope: ScopeId,
    line: DirectiveId,
    source: &'n str,
    variable: &'n str,
}

fn maps<'n>(nginx: &'n Nginx, server: &Server) -> Vec<Map<'n>> {
    let Some(stream) =
        nginx.around(server.scope).find(|id| nginx.scope(*id).context == Context::Module(Module::Stream))
    else {
        return Vec::new();
    };
    nginx
        .scope(stream)
        .children
        .iter()
        .filter_map(|scope| {
            let line = nginx.scope(*scope).opened_by?;
            let directive = nginx.directive(line);
            (&*directive.name.text == "map").then_some(())?;
            let variable = directive.arg(1)?.strip_prefix('$')?;
            Some(Map { scope: *scope, line, source: directive.arg(0)?, variable })
        })
        .collect()
}

/// The names of the variables in a word.
fn variables(word: &str) -> impl Iterator<Item = &str> {
    word.split('$').skip(1).map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

/// Where a server's connection goes, as far as words on its own lines decide it.
fn routing<'n>(nginx: &'n Nginx, server: &Server) -> Vec<(DirectiveId, &'n str)> {
    ["proxy_pass", "proxy_ssl_name", "return", "pass"]
        .iter()
        .flat_map(|name| nginx.own(server.scope, name))
        .filter_map(|(id, line)| Some((id, line.arg(0)?)))
        .collect()
}

/// The variable of `ssl_preread` behind a word, through maps, and the maps it goes through.
fn origin<'m, 'n>(
    word: &'n str,
    maps: &'m [Map<'n>],
    seen: &mut BTreeSet<&'n str>,
) -> Option<(&'n str, Vec<&'m Map<'n>>)> {
    for variable in variables(word) {
        if PREREAD.contains(&variable) {
            return Some((variable, Vec::new()));
        }
        if !seen.insert(variable) {
            continue;
        }
        for map in maps.iter().filter(|map| map.variable == variable) {
            if let Some((found, mut through)) = origin(map.source, maps, seen) {
                through.insert(0, map);
                return Some((found, through));
            }
        }
    }
    None
}

fn stream_servers(nginx: &Nginx) -> impl Iterator<Item = &Server> {
    nginx.servers.iter().filter(|it| it.module == Module::Stream && nginx.is_complete(it.scope))
}

/// A name that is used and never read.
pub(crate) fn preread_var_without_preread(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    for server in stream_servers(nginx) {
        let preread = nginx.effective(server.scope, "ssl_preread");
        if preread.is_some_and(Effective::is_on)
            || preread.is_some_and(|it| it.value().is_some_and(|word| !word.is_plain()))
        {
            continue;
        }
        let maps = maps(nginx, server);
        for (line, word) in routing(nginx, server) {
            let Some((variable, through)) = origin(word, &maps, &mut BTreeSet::new()) else { continue };
            let terminates = server.listens.iter().any(|it| it.ssl);
            let finding = out.report(
                format!(
                    "`${variable}` is always empty here, because `ssl_preread` is off: every client is \
                     sent to one place or cut off, whatever name it asks for; accepted by `nginx -t`"
                ),
                nginx.arg_at(line, 0),
                "depends on a name that is never read",
            );
            for map in through {
                finding.label(nginx.at(map.line), "by this map");
            }
            if let Some(off) = preread {
                finding.label(off.at(), "off here");
            }
            finding.help(if terminates {
                "use `$ssl_server_name`: this server ends TLS itself, and `ssl_preread` is for \
                 connections that pass through"
            } else {
                "add `ssl_preread on;` to this server"
            });
            break;
        }
    }
}

/// A map over the name that has no answer for strangers.
pub(crate) fn preread_map_no_default(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut seen = BTreeSet::new();
    for server in stream_servers(nginx) {
        if !nginx.effective(server.scope, "ssl_preread").is_some_and(Effective::is_on) {
            continue;
        }
        let maps = maps(nginx, server);
        for (line, word) in routing(nginx, server) {
            let Some((_, through)) = origin(word, &maps, &mut BTreeSet::new()) else { continue };
            let Some(map) = through.first().filter(|map| !has_default(nginx, map)) else { continue };
            if !seen.insert(map.line) {
                continue;
            }
            out.report(
                format!(
                    "clients without a name, or with one that is not listed, are cut off: the map gives \
                     `${}` no default, and `proxy_pass` gets an empty address",
                    map.variable
                ),
                nginx.at(map.line),
                "no `default` in this map",
            )
            .label(nginx.arg_at(line, 0), "used as an address here")
            .help("add `default` with the server that should answer strangers");
        }
    }
}

/// Whether a map has an answer for everything, or may have one that is not seen.
fn has_default(nginx: &Nginx, map: &Map<'_>) -> bool {
    let scope = nginx.scope(map.scope);
    !scope.holes.is_empty()
        || scope.template
        || scope.own.iter().any(|id| {
            let name = &*nginx.directive(*id).name.text;
            let everything = ["~.", "~*.", "~^.", "~*^.", "~^(.", "~(.", "~^(?"]
                .iter()
                .any(|start| name.starts_with(start));
            name == "default"
                || (everything && name.contains(['*', '+']))
                || nginx.directive(*id).name.placeholder
        })
}
