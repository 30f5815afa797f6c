//! Server names that clash or never match.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{
        FileId, Location, Model, Resolved,
        nginx::{Effective, Listener, Module, NameKind, Nginx, Server, ServerId, ServerName},
    },
};

use super::{
    include::included_backups,
    labels::{label_some, list},
};

/// What two servers that clash have in common.
#[derive(Default)]
struct Clash<'n> {
    names: Vec<(&'n ServerName, &'n ServerName)>,
    listeners: Vec<&'n Listener>,
    /// Where the names stand in the one that does not answer.
    places: BTreeSet<Location>,
}

/// The server that answers and the one that does not, with what they clash in.
type Pair<'n> = ((ServerId, ServerId), Clash<'n>);

/// One name in two servers of one address.
pub(crate) fn duplicate_server_name(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    // Where a pattern reads a backup, that is the cause, and `nginx/include-backup` names it.
    let backups: BTreeSet<FileId> =
        included_backups(nginx, model).into_iter().map(|(_, _, file)| file).collect();
    let mut clashes: BTreeMap<(ServerId, ServerId), Clash<'_>> = BTreeMap::new();
    for listener in nginx.listeners.iter().filter(|it| it.module != Module::Mail) {
        let mut owners: BTreeMap<String, (ServerId, &ServerName)> = BTreeMap::new();
        for (id, server, _) in nginx.members(listener) {
            if backups.contains(&server.at.file) {
                continue;
            }
            for name in &server.names {
                for host in hash_keys(name) {
                    match owners.get(&host) {
                        Some((first, with)) if *first != id => {
                            let clash = clashes.entry((*first, id)).or_default();
                            if clash.places.insert(name.at) {
                                clash.names.push((with, name));
                            }
                            if clash.listeners.iter().all(|known| !std::ptr::eq(*known, listener)) {
                                clash.listeners.push(listener);
                            }
                        }
                        Some(_) => {}
                        None => {
                            owners.insert(host, (id, name));
                        }
                    }
                }
            }
        }
    }
    let mut by_place: BTreeMap<Location, Vec<Pair<'_>>> = BTreeMap::new();
    for (servers, clash) in clashes {
        by_place.entry(clash.names[0].1.at).or_default().push((servers, clash));
    }
    for (at, all) in by_place {
        let ((first, second), clash) = &all[0];
        let (keeps, loses) = (nginx.server(*first), nginx.server(*second));
        let names: Vec<String> = clash.names.iter().map(|(_, name)| name.text.clone()).collect();
        let addresses: Vec<String> = clash.listeners.iter().map(|it| it.title()).collect();
        let tls = clash.listeners.iter().any(|it| it.tls.is_some());
        let differs = tls && certificates(model, keeps) != certificates(model, loses);
        let same_place = clash.names.iter().any(|(with, name)| with.at == name.at);
        let what = if same_place {
            "its file is read twice, and the second reading has no effect"
        } else if differs {
            "the server that is read second never answers, nor is its certificate shown"
        } else {
            "the server that is read second never answers"
        };
        let finding = out.report(
            format!(
                "{} {} in two servers on {}, and {what}; `nginx -t` only warns of a `conflicting server \
                 name`",
                list(&names),
                if names.len() == 1 { "stands" } else { "stand" },
                addresses.join(" and ")
            ),
            at,
            "ignored here",
        );
        if differs {
            finding.level(Level::Error);
        }
        finding.labels_from(
            clash.names.iter().take(5).map(|(with, _)| (with.at, "this one answers".to_owned())),
        );
        if differs
            && let (Some(a), Some(b)) = (certificate_line(nginx, keeps), certificate_line(nginx, loses))
        {
            finding
                .label(a, "the certificate that clients see")
                .label(b, "the certificate that they do not see");
        }
        label_some(
            finding,
            all.iter()
                .flat_map(|(_, clash)| &clash.names)
                .map(|(_, name)| (name.at, "ignored here".to_owned())),
        );
        finding.help(if same_place {
            "include the file once"
        } else {
            "keep the name in one of the servers, or put both servers together"
        });
    }
}

/// What nginx puts a name under to compare it; expressions are tried one after the other and never clash.
fn hash_keys(name: &ServerName) -> Vec<String> {
    if name.kind == NameKind::Prefix { vec![name.text.clone()] } else { name.hosts() }
}

/// The certificates that hold in a server, as files where these are known.
fn certificates(model: &Model, server: &Server) -> Vec<String> {
    let nginx = &model.nginx;
    let Some(set) = nginx.effective(server.scope, "ssl_certificate") else { return Vec::new() };
    set.lines()
        .filter_map(|(id, line)| {
            let pointer = model.nginx_endpoints.pointers.get(&(server.root, id));
            match pointer.map(|it| &model.estate.pointer(*it).to) {
                Some(Resolved::File(file)) => Some(model.path(*file).to_owned()),
                _ => line.arg(0).map(str::to_owned),
            }
        })
        .collect()
}

fn certificate_line(nginx: &Nginx, server: &Server) -> Option<Location> {
    nginx.effective(server.scope, "ssl_certificate").map(Effective::at)
}

/// Why no request ever carries a name, beyond what the name alone says.
fn never(name: &ServerName) -> Option<&'static str> {
    if name.kind == NameKind::Exact && (name.text.starts_with('^') || name.text.contains(['\\', '(', '|'])) {
        return Some("it looks like a regular expression, and those start with `~`");
    }
    name.never_matches()
}

/// A name that no request carries.
pub(crate) fn server_name_never_matches(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut seen = BTreeSet::new();
    for (index, server) in nginx.servers.iter().enumerate() {
        if server.module == Module::Mail {
            continue;
        }
        let dead: Vec<(&ServerName, &str)> =
            server.names.iter().filter_map(|name| Some((name, never(name)?))).collect();
        let Some((name, why)) = dead.first().copied() else { continue };
        if !seen.insert(name.at) {
            continue;
        }
        let answers = server
            .listeners
            .iter()
            .all(|it| nginx.listeners[it.0 as usize].default_server() == ServerId(index as u32));
        let names: Vec<String> = dead.iter().map(|(name, _)| name.text.clone()).collect();
        let verb = if names.len() == 1 { "matches" } else { "match" };
        let consequence = if answers && !server.listeners.is_empty() {
            "requests come here only because this server answers for strangers"
        } else {
            "clients are answered by another server"
        };
        let finding = out.report(
            format!(
                "{} never {verb} a request, because {why}; {consequence}; accepted by `nginx -t`",
                list(&names)
            ),
            name.at,
            "never matches",
        );
        label_some(finding, dead.iter().map(|(name, _)| (name.at, "never matches".to_owned())));
        finding.help(match cure(&name.text) {
            Some(right) => format!("write `{right}`"),
            None => "write the name as it stands in the address bar, without scheme, port and punctuation"
                .to_owned(),
        });
    }
}

/// The name that was meant, where it is plain.
fn cure(text: &str) -> Option<String> {
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = host.split('/').next()?.trim_end_matches([',', '.']);
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*');
    (!host.is_empty() && host != text && host.chars().all(plain)).then(|| host.to_owned())
}

/// A star where nginx takes none.
pub(crate) fn server_name_bad_wildcard(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut seen = BTreeSet::new();
    for server in nginx.servers.iter().filter(|it| it.module != Module::Mail) {
        if server.names.iter().all(|it| it.kind != NameKind::BadWildcard) {
            continue;
        }
        let crowded = server
            .listeners
            .iter()
            .map(|it| &nginx.listeners[it.0 as usize])
            .find(|it| nginx.members(it).map(|(id, ..)| id).collect::<BTreeSet<_>>().len() > 1);
        for name in server.names.iter().filter(|it| it.kind == NameKind::BadWildcard) {
            if !seen.insert(name.at) {
                continue;
            }
            let text = "a star stands for whole labels, at the start or at the end";
            match crowded {
                Some(listener) => out
                    .report(
                        format!(
                            "nginx does not start or reload: `invalid server name or wildcard \"{}\" on {}`",
                            name.text,
                            listener.title()
                        ),
                        name.at,
                        text,
                    )
                    .level(Level::Error),
                None => out
                    .report(
                        format!(
                            "`{}` matches nothing: as soon as a second server listens on the address, \
                             nginx neither starts nor reloads",
                            name.text
                        ),
                        name.at,
                        text,
                    )
                    .level(Level::Warning),
            }
            .help("write `*.example.com`, `www.example.*`, or a regular expression that starts with `~`");
        }
    }
}
