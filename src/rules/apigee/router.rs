//! What the routers of a Private Cloud hold, against what the management server says.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Finding, Findings, Level},
    model::apigee::{ClientPem, Component, Environment, Kind, Router, VirtualHost},
    model::nginx::Word,
    model::{
        FileId, Location, Model,
        tree::{file_name, parent},
    },
    rules::words,
};

use super::ROUTER_PROTOCOLS;

const RESTART: &str = "run `apigee-service edge-router restart` on each Router, one after the other";

/// Two-way virtual hosts with their environments; one that is there as XML and as JSON counts once.
fn two_way(model: &Model) -> impl Iterator<Item = (&Environment, &VirtualHost)> {
    model.apigee.environments.iter().flat_map(|environment| {
        let mut seen = BTreeSet::new();
        let asks =
            |host: &&VirtualHost| host.ssl.as_ref().is_some_and(|ssl| ssl.is_on() && ssl.verifies_clients());
        let once = move |host: &&VirtualHost| {
            host.name.as_ref().is_none_or(|name| seen.insert(name.trimmed().to_owned()))
        };
        environment.virtual_hosts.iter().filter(asks).filter(once).map(move |host| (environment, host))
    })
}

fn title(environment: &Environment, host: &VirtualHost) -> String {
    let name = host.name.as_ref().map_or("(no name)", |it| it.trimmed());
    match &environment.scope.environment {
        Some(env) => format!("virtual host `{name}` of environment `{env}`"),
        None => format!("virtual host `{name}`"),
    }
}

/// Labels the way from a virtual host to its truststore.
fn label_way(finding: &mut Finding, environment: &Environment, host: &VirtualHost) {
    let Some(said) = host.ssl.as_ref().and_then(|ssl| ssl.trust_store.as_ref()) else { return };
    finding.label(said.at, format!("{} names its truststore", title(environment, host)));
    for (at, what) in environment.way(said) {
        finding.label(at, what);
    }
}

/// See the card.
pub(crate) fn router_client_pem_missing(model: &Model, out: &mut Findings) {
    // Where no Router has such a file, they were not collected.
    let collected = model.apigee.routers.iter().any(|it| !it.client_pems.is_empty());
    for (environment, host) in two_way(model) {
        let Some(active) = host.ssl.as_ref().and_then(|ssl| ssl.client_auth.as_ref()) else { continue };
        let (Some(name), Some(env)) = (&host.name, &environment.scope.environment) else { continue };
        let organisation = environment.scope.organisation.as_deref();
        let found = model.apigee.client_pems(environment, host);
        let elsewhere = found.iter().any(|it| matches!(it, ClientPem::File(..)));
        let missing: Vec<&Router> = found
            .iter()
            .filter_map(|it| match it {
                // A Router of another planet has nothing to do with this one.
                ClientPem::Missing(router)
                    if collected
                        && (serves(model, router, organisation, env)
                            || (elsewhere && router.client_pems.is_empty())) =>
                {
                    Some(*router)
                }
                _ => None,
            })
            .collect();
        if missing.is_empty() {
            continue;
        }
        let file = format!("{}_{env}_{}-client.pem", organisation.unwrap_or("ORG"), name.trimmed());
        let folders: Vec<String> = missing.iter().map(|it| format!("`{}`", it.folder)).collect();
        let who = if missing.len() == 1 { "that Router has" } else { "those Routers have" };
        let finding = out.report(
            format!(
                "{} asks clients for certificates, and there is no `{file}` in {}: {who} not loaded the truststore, and clients get `400 The SSL certificate error`",
                title(environment, host),
                words::list(&folders, 3)
            ),
            host.at,
            "two-way TLS is configured here",
        );
        finding.label(active.at, "clients are asked for certificates");
        for router in missing.iter().take(words::SHOWN) {
            if let Some(id) = model.paths.find(&router.folder) {
                finding.label(Location::whole(id), "the file is missing here");
            }
        }
        label_way(finding, environment, host);
        finding.help(format!(
            "{RESTART}, and look for the file again; where it does not appear, ask the support of Apigee"
        ));
    }
}

/// Whether a Router holds configuration of an environment.
fn serves(model: &Model, router: &Router, organisation: Option<&str>, env: &str) -> bool {
    let names = model.paths.children(&router.folder).iter().map(|it| file_name(model.path(*it)));
    names.into_iter().any(|name| is_of(name, organisation, env))
}

/// `ORG_ENV_…` or `ORG-ENV-…`: names are made and compared, because they may hold both marks.
fn is_of(name: &str, organisation: Option<&str>, env: &str) -> bool {
    ['_', '-'].into_iter().any(|mark| match organisation {
        Some(organisation) => name.starts_with(&format!("{organisation}{mark}{env}{mark}")),
        None => name.contains(&format!("{mark}{env}{mark}")),
    })
}

/// See the card.
pub(crate) fn router_client_pem_stale(model: &Model, out: &mut Findings) {
    for (environment, host) in two_way(model) {
        // What a capture proves is told with it.
        if model.encounters().show_stale(model, environment, host) {
            continue;
        }
        let Some(trusted) = model.trusted_by(environment, host).filter(|it| !it.is_empty()) else { continue };
        for pem in model.apigee.client_pems(environment, host) {
            let ClientPem::File(_, file) = pem else { continue };
            // What the Router cannot read either is told by the rules about PEM.
            if !model.materials.is_sound(file) {
                continue;
            }
            let held = model.materials.in_file(file);
            let lacking = model.not_in_file(file, &trusted);
            let surplus: Vec<_> = held.iter().filter(|(id, _)| !model.is_trusted(*id, &trusted)).collect();
            if lacking.is_empty() && surplus.is_empty() {
                continue;
            }
            let path = model.path(file);
            let mut says = Vec::new();
            if !lacking.is_empty() {
                let names: Vec<String> = lacking.iter().map(|it| format!("`{}`", it.title)).collect();
                says.push(format!("lacks {}", words::list(&names, 3)));
            }
            if !surplus.is_empty() {
                let names: Vec<String> = surplus.iter().map(|(id, _)| words::title(model, *id)).collect();
                says.push(format!("still holds {}", words::list(&names, 3)));
            }
            let effect = if lacking.is_empty() {
                "clients that were shut out of the truststore are still let in"
            } else {
                "clients whose certificates come from what is lacking get `400 The SSL certificate error`"
            };
            // What the Maven plugin shall upload may not have been uploaded yet.
            let defined = is_defined(environment, host);
            let what = if defined {
                "the Router has not loaded what is defined for the truststore of"
            } else {
                "the Router has not loaded the truststore of"
            };
            let finding = out.report(
                format!("{what} {}: `{path}` {}, so {effect}", title(environment, host), says.join(" and ")),
                Location::whole(file),
                "what the Router has loaded",
            );
            if defined {
                finding.level(Level::Warning);
            }
            for it in lacking.iter().take(words::SHOWN) {
                finding.label(it.alias, format!("alias `{}` is not in it", it.name));
            }
            for (_, place) in surplus.iter().take(words::SHOWN) {
                finding.label(*place, "not in the truststore any more");
            }
            label_way(finding, environment, host);
            if defined {
                finding.help(format!("see with the management API whether the aliases were uploaded; where they were, {RESTART}"));
            } else {
                finding.help(RESTART);
            }
        }
    }
}

/// Some of what a truststore holds is known from definitions alone.
fn is_defined(environment: &Environment, host: &VirtualHost) -> bool {
    let said = host.ssl.as_ref().and_then(|ssl| ssl.trust_store.as_ref());
    let store = environment.look_up(said).store();
    store.is_some_and(|it| {
        it.aliases.iter().any(|alias| alias.exported.is_none() && !alias.definitions.is_empty())
    })
}

/// A trust bundle without a virtual host that needs it.
struct LeftOver<'m> {
    what: String,
    host: Option<(&'m Environment, &'m VirtualHost)>,
    files: Vec<FileId>,
}

/// See the card.
pub(crate) fn router_client_pem_orphan(model: &Model, out: &mut Findings) {
    let mut wanted: BTreeSet<FileId> = BTreeSet::new();
    let mut one_way: BTreeMap<FileId, (&Environment, &VirtualHost)> = BTreeMap::new();
    for environment in &model.apigee.environments {
        for host in &environment.virtual_hosts {
            // What cannot be read as yes or no is not judged.
            let asks = host.ssl.as_ref().and_then(|ssl| ssl.client_auth.as_ref());
            let asks = asks.is_some_and(|it| it.truth() != Some(false));
            for pem in model.apigee.client_pems(environment, host) {
                if let ClientPem::File(_, file) = pem {
                    if asks {
                        wanted.insert(file);
                    } else {
                        one_way.insert(file, (environment, host));
                    }
                }
            }
        }
    }
    // The same name on several Routers is left over for one reason.
    let mut left: BTreeMap<&str, LeftOver<'_>> = BTreeMap::new();
    for router in &model.apigee.routers {
        for (name, file) in router.client_pems.iter().filter(|(_, file)| !wanted.contains(file)) {
            let host = one_way.get(file).copied();
            let what = match host {
                Some((environment, host)) => {
                    format!("{} does not ask clients for certificates", title(environment, host))
                }
                // A file of an organisation or environment that is not in the tree belongs to somebody else.
                None if is_of_listed_environment(model, name) => {
                    "no virtual host of that name is listed for its environment".to_owned()
                }
                None => continue,
            };
            left.entry(name).or_insert(LeftOver { what, host, files: Vec::new() }).files.push(*file);
        }
    }
    for (name, LeftOver { what, host, files }) in left {
        let finding = out.report(
            format!("`{name}` is left over on the Router: {what}"),
            Location::whole(files[0]),
            "nothing uses this trust bundle",
        );
        for file in files.iter().skip(1).take(words::SHOWN) {
            finding.label(Location::whole(*file), "and on this Router");
        }
        if let Some((_, host)) = host {
            finding.label(host.at, "one-way TLS is configured here");
        }
        finding.help("make sure that the virtual host was meant to lose two-way TLS: clients without a certificate are let in by now; the file itself does no harm");
    }
}

fn is_of_listed_environment(model: &Model, name: &str) -> bool {
    model.apigee.environments.iter().any(|it| {
        let organisation = it.scope.organisation.as_deref();
        let env = it.scope.environment.as_deref();
        it.has_list(Kind::VirtualHosts) && env.is_some_and(|env| is_of(name, organisation, env))
    })
}

/// See the card.
pub(crate) fn routers_differ(model: &Model, out: &mut Findings) {
    let mut by_name: BTreeMap<&str, Vec<FileId>> = BTreeMap::new();
    let mut machines: BTreeMap<&str, usize> = BTreeMap::new();
    for router in &model.apigee.routers {
        *machines.entry(file_name(&router.host)).or_default() += 1;
    }
    // One machine that was collected on two days is no two Routers.
    for router in model.apigee.routers.iter().filter(|it| machines.get(file_name(&it.host)) == Some(&1)) {
        for (name, file) in &router.client_pems {
            by_name.entry(name).or_default().push(*file);
        }
    }
    let told = told_as_stale(model);
    for (name, files) in by_name.into_iter().filter(|(_, files)| files.len() > 1) {
        let content = |file: FileId| -> BTreeSet<_> {
            model.materials.in_file(file).into_iter().map(|(id, _)| id).collect()
        };
        let sound: Vec<FileId> = files.into_iter().filter(|it| model.materials.is_sound(*it)).collect();
        let Some((first, rest)) = sound.split_first() else { continue };
        // Which of them is old is known where the truststore is there: that was said.
        if sound.iter().any(|it| told.contains(it)) {
            continue;
        }
        let union: BTreeSet<_> = sound.iter().flat_map(|it| content(*it)).collect();
        if rest.iter().all(|it| content(*it) == content(*first)) {
            continue;
        }
        // The odd one is what the fewest Routers hold, and of equals the one that holds less.
        let shared = |file: FileId| sound.iter().filter(|it| content(**it) == content(file)).count();
        let odd = sound.iter().copied().min_by_key(|it| (shared(*it), content(*it).len())).unwrap_or(*first);
        let lacking = |file: FileId| {
            let names: Vec<String> =
                union.difference(&content(file)).map(|id| words::title(model, *id)).collect();
            if names.is_empty() {
                "it holds all of them".to_owned()
            } else {
                format!("it lacks {}", words::list(&names, 3))
            }
        };
        let finding = out.report(
            format!(
                "the Routers hold different `{name}`: a client that one Router lets in gets `400 The SSL certificate error` from another"
            ),
            Location::whole(odd),
            lacking(odd),
        );
        for file in sound.iter().filter(|it| **it != odd).take(words::SHOWN) {
            finding.label(Location::whole(*file), lacking(*file));
        }
        finding.help(RESTART);
    }
}

/// Files that [`router_client_pem_stale`] speaks about.
fn told_as_stale(model: &Model) -> BTreeSet<FileId> {
    let mut told = BTreeSet::new();
    for (environment, host) in two_way(model) {
        let Some(trusted) = model.trusted_by(environment, host).filter(|it| !it.is_empty()) else { continue };
        for pem in model.apigee.client_pems(environment, host) {
            if let ClientPem::File(_, file) = pem {
                let surplus =
                    model.materials.in_file(file).into_iter().any(|(id, _)| !model.is_trusted(id, &trusted));
                if surplus || !model.not_in_file(file, &trusted).is_empty() {
                    told.insert(file);
                }
            }
        }
    }
    told
}

/// See the card.
pub(crate) fn router_protocols(model: &Model, out: &mut Findings) {
    for properties in model.apigee.properties.iter().filter(|it| it.component == Component::Router) {
        let set = properties.entries.iter().rev().find(|(key, _)| key.trimmed() == ROUTER_PROTOCOLS);
        let Some((_, value)) = set.filter(|(_, value)| !value.is_blank() && !value.is_placeholder()) else {
            continue;
        };
        let wanted: BTreeSet<&str> = value.trimmed().split_whitespace().collect();
        for (root, effective) in router_main_protocols(model, &properties.host) {
            let running: BTreeSet<&str> = effective.iter().map(String::as_str).collect();
            if running == wanted {
                continue;
            }
            let more: Vec<String> = running.difference(&wanted).map(|it| format!("`{it}`")).collect();
            let less: Vec<String> = wanted.difference(&running).map(|it| format!("`{it}`")).collect();
            let mut says = Vec::new();
            if !more.is_empty() {
                says.push(format!("still allows {}", words::list(&more, 4)));
            }
            if !less.is_empty() {
                says.push(format!("does not allow {}", words::list(&less, 4)));
            }
            out.report(
                format!(
                    "the Router was told to speak `{}`, and `{}` {}: clients meet what nginx has loaded, not what the property says",
                    value.trimmed(),
                    file_name(model.path(root.file)),
                    says.join(" and ")
                ),
                root,
                "what nginx has loaded",
            )
            .level(Level::Warning)
            .label(value.at, "what the Router was told")
            .help(RESTART);
        }
    }
}

/// `ssl_protocols` in `0-default.conf` of a machine.
fn router_main_protocols(model: &Model, host: &str) -> Vec<(Location, Vec<String>)> {
    let folders: Vec<&str> =
        model.apigee.routers.iter().filter(|it| it.host == host).map(|it| it.folder.as_str()).collect();
    let mut found = Vec::new();
    for unit in &model.nginx.units {
        let path = model.path(unit.file);
        if file_name(path) != "0-default.conf" || !folders.contains(&parent(path)) {
            continue;
        }
        let lines = unit.directives.iter().filter(|it| &*it.name.text == "ssl_protocols");
        for line in lines.filter(|it| it.args.iter().all(Word::is_plain)) {
            found.push((unit.at(line.span), line.args.iter().map(|word| word.text.to_string()).collect()));
        }
    }
    found
}
