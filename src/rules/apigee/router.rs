//! What the routers of a Private Cloud hold, against what the management server says.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Finding, Findings, Level},
    model::apigee::{ClientPem, Component, Environment, Kind, VirtualHost},
    model::{
        FileId, Location, Model,
        tree::{file_name, parent},
    },
    rules::words,
};

const RESTART: &str = "run `apigee-service edge-router restart` on each Router, one after the other";

/// Two-way virtual hosts with their environments.
fn two_way(model: &Model) -> impl Iterator<Item = (&Environment, &VirtualHost)> {
    let all = model.apigee.environments.iter().flat_map(|it| it.virtual_hosts.iter().map(move |host| (it, host)));
    all.filter(|(_, host)| host.ssl.as_ref().is_some_and(|ssl| ssl.is_on() && ssl.asks_clients()))
}

fn title(host: &VirtualHost) -> String {
    format!("virtual host `{}`", host.name.as_ref().map_or("(no name)", |it| it.trimmed()))
}

/// Labels the way from a virtual host to its truststore.
fn label_way(finding: &mut Finding, environment: &Environment, host: &VirtualHost) {
    let Some(said) = host.ssl.as_ref().and_then(|ssl| ssl.trust_store.as_ref()) else { return };
    finding.label(said.at, format!("{} names its truststore", title(host)));
    for (at, what) in environment.way(said) {
        finding.label(at, what);
    }
}

/// See the card.
pub(crate) fn router_client_pem_missing(model: &Model, out: &mut Findings) {
    for (environment, host) in two_way(model) {
        let Some(active) = host.ssl.as_ref().and_then(|ssl| ssl.client_auth.as_ref()) else { continue };
        let found = model.apigee.client_pems(environment, host);
        let missing: Vec<&str> = found
            .iter()
            .filter_map(|it| match it {
                // A folder without any such file was not collected for this.
                ClientPem::Missing(router) => (!router.client_pems.is_empty()).then_some(router.folder.as_str()),
                ClientPem::File(..) => None,
            })
            .collect();
        if missing.is_empty() {
            continue;
        }
        let (Some(name), Some(env)) = (&host.name, &environment.scope.environment) else { continue };
        let organisation = environment.scope.organisation.as_deref().unwrap_or("ORG");
        let file = format!("{organisation}_{env}_{}-client.pem", name.trimmed());
        let folders: Vec<String> = missing.iter().map(|it| format!("`{it}`")).collect();
        let finding = out.report(
            format!(
                "{} asks clients for certificates, and there is no `{file}` in {}: that Router has not loaded the truststore, and clients get `400 The SSL certificate error`",
                title(host),
                words::list(&folders, 3)
            ),
            host.at,
            "two-way TLS is configured here",
        );
        finding.label(active.at, "clients are asked for certificates");
        for folder in missing.iter().take(words::SHOWN) {
            if let Some(id) = model.paths.find(folder) {
                finding.label(Location::whole(id), "the file is missing here");
            }
        }
        label_way(finding, environment, host);
        finding.help(format!("{RESTART}, and look for the file again; on Public Cloud ask the support of Apigee"));
    }
}

/// See the card.
pub(crate) fn router_client_pem_stale(model: &Model, out: &mut Findings) {
    for (environment, host) in two_way(model) {
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
            let finding = out.report(
                format!(
                    "the Router has not loaded the truststore of {}: `{path}` {}, so {effect}",
                    title(host),
                    says.join(" and ")
                ),
                Location::whole(file),
                "what the Router has loaded",
            );
            for it in lacking.iter().take(words::SHOWN) {
                finding.label(it.alias, format!("alias `{}` is not in it", it.name));
            }
            for (_, place) in surplus.iter().take(words::SHOWN) {
                finding.label(*place, "not in the truststore any more");
            }
            label_way(finding, environment, host);
            finding.help(RESTART);
        }
    }
}

/// See the card.
pub(crate) fn router_client_pem_orphan(model: &Model, out: &mut Findings) {
    // Only where virtual hosts are listed does a file without one say something.
    let listed = model.apigee.environments.iter().any(|it| it.has_list(Kind::VirtualHosts));
    if !listed {
        return;
    }
    let mut wanted: BTreeSet<FileId> = BTreeSet::new();
    let mut one_way: BTreeMap<FileId, &VirtualHost> = BTreeMap::new();
    for environment in &model.apigee.environments {
        for host in &environment.virtual_hosts {
            let asks = host.ssl.as_ref().is_some_and(|ssl| {
                // What cannot be read as yes or no is not judged.
                ssl.client_auth.as_ref().is_some_and(|it| it.truth() != Some(false))
            });
            for pem in model.apigee.client_pems(environment, host) {
                if let ClientPem::File(_, file) = pem {
                    if asks {
                        wanted.insert(file);
                    } else {
                        one_way.insert(file, host);
                    }
                }
            }
        }
    }
    for router in &model.apigee.routers {
        for (name, file) in router.client_pems.iter().filter(|(_, file)| !wanted.contains(file)) {
            let host = one_way.get(file);
            // A file of an organisation or environment that is not in the tree belongs to somebody else.
            let environment_known = model.apigee.environments.iter().any(|it| {
                let Some(env) = &it.scope.environment else { return false };
                it.has_list(Kind::VirtualHosts)
                    && (name.contains(&format!("_{env}_")) || name.contains(&format!("-{env}-")))
            });
            let what = match host {
                Some(host) => format!("{} does not ask clients for certificates", title(host)),
                None if environment_known => "no virtual host of that name is there".to_owned(),
                None => continue,
            };
            let finding = out.report(
                format!("`{name}` is left over on the Router: {what}"),
                Location::whole(*file),
                "nothing uses this trust bundle",
            );
            if let Some(host) = host {
                finding.label(host.at, "one-way TLS is configured here");
            }
            finding.help("check that the virtual host was meant to lose two-way TLS; the Router removes the file when it is restarted");
        }
    }
}

/// See the card.
pub(crate) fn routers_differ(model: &Model, out: &mut Findings) {
    let mut by_name: BTreeMap<&str, Vec<FileId>> = BTreeMap::new();
    for router in &model.apigee.routers {
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
        let fullest = sound.iter().copied().max_by_key(|it| content(*it).len()).unwrap_or(*first);
        let odd = sound.iter().copied().find(|it| content(*it) != content(fullest)).unwrap_or(*first);
        let lacking = |file: FileId| {
            let names: Vec<String> =
                union.difference(&content(file)).map(|id| words::title(model, *id)).collect();
            if names.is_empty() { "it holds all of them".to_owned() } else { format!("it lacks {}", words::list(&names, 3)) }
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

/// The property that sets the protocols of all virtual hosts of a Router.
const ROUTER_PROTOCOLS: &str = "conf_load_balancing_load.balancing.driver.server.ssl.protocols";

/// See the card.
pub(crate) fn router_protocols(model: &Model, out: &mut Findings) {
    for properties in model.apigee.properties.iter().filter(|it| it.component == Component::Router) {
        let set = properties.entries.iter().rev().find(|(key, _)| key.trimmed() == ROUTER_PROTOCOLS);
        let Some((_, value)) = set.filter(|(_, value)| !value.is_blank() && !value.is_placeholder()) else { continue };
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
        for line in lines.filter(|it| it.args.iter().all(|word| word.is_plain())) {
            found.push((unit.at(line.span), line.args.iter().map(|word| word.text.to_string()).collect()));
        }
    }
    found
}
