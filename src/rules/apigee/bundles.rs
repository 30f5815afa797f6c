//! What proxies name in their environments: target servers and virtual hosts.

use std::collections::{BTreeMap, BTreeSet};

use strsim::osa_distance;

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model, Said,
        apigee::{Bundle, Environment, Kind, Platform, Scope},
    },
    rules::words,
};

use super::sides::{Switch, connection_title, grouped, label_some, of_bundle, platform_of};

/// Names of a kind that an environment is known to have.
fn names(environment: &Environment, kind: Kind) -> Vec<&str> {
    let own: Vec<Option<&Said>> = match kind {
        Kind::TargetServers => environment.target_servers.iter().map(|it| it.name.as_ref()).collect(),
        _ => environment.virtual_hosts.iter().map(|it| it.name.as_ref()).collect(),
    };
    let listed = environment.known_names.get(&kind).into_iter().flatten();
    own.into_iter().flatten().chain(listed).map(Said::trimmed).collect()
}

/// Names of a kind that any environment of the tree has.
fn all_names(model: &Model, kind: Kind) -> BTreeSet<&str> {
    model.apigee.environments.iter().flat_map(|it| names(it, kind)).collect()
}

/// A name that no environment of the tree has.
struct Missing<'m> {
    /// The name that is nearest to it.
    nearest: Option<&'m str>,
    /// Where things of the kind are listed.
    lists: Vec<Location>,
    /// Every environment that the proxy may run in lists them.
    everywhere: bool,
}

/// Finds out whether a name is missing: the nearest environments of a proxy list things of the kind, and none in the
/// whole tree has the name.
fn missing<'m>(
    model: &'m Model,
    bundle: &'m Bundle,
    kind: Kind,
    known: &BTreeSet<&str>,
    name: &Said,
) -> Option<Missing<'m>> {
    let word = name.trimmed();
    let mut tokens = model.apigee.maven.iter().flat_map(|(_, it)| &it.tokens);
    let replaced = tokens.any(|it| !it.is_empty() && word.contains(it.as_str()));
    if word.is_empty() || name.is_placeholder() || replaced || known.contains(word) {
        return None;
    }
    let near: Vec<&Environment> = nearby(model, bundle).collect();
    let lists: Vec<Location> = near.iter().filter_map(|it| it.lists.get(&kind)).flatten().copied().collect();
    if lists.is_empty() {
        return None;
    }
    let limit = if word.len() < 5 { 1 } else { 2 };
    let nearest = near
        .iter()
        .flat_map(|it| names(it, kind))
        .map(|it| (osa_distance(&it.to_ascii_lowercase(), &word.to_ascii_lowercase()), it))
        .filter(|(distance, _)| *distance <= limit)
        .min();
    let everywhere = near.iter().all(|it| it.has_list(kind));
    Some(Missing { nearest: nearest.map(|(_, it)| it), lists, everywhere })
}

/// The environments that a proxy may run in, without those that lie in the folder of another proxy.
fn nearby<'m>(model: &'m Model, bundle: &'m Bundle) -> impl Iterator<Item = &'m Environment> {
    model.apigee.environments_of(bundle).filter(move |environment| {
        let root = &environment.scope.root;
        let inside = |folder: &str| {
            !folder.is_empty()
                && root.strip_prefix(folder).is_some_and(|it| it.is_empty() || it.starts_with('/'))
        };
        inside(&bundle.folder) || !model.apigee.bundles.iter().any(|it| inside(&it.folder))
    })
}

/// See the card.
pub(crate) fn targetserver_undefined(model: &Model, out: &mut Findings) {
    let known = all_names(model, Kind::TargetServers);
    let off = turned_off(model);
    for bundle in &model.apigee.bundles {
        let uses = bundle.connections.iter().flat_map(|it| it.servers.iter().map(move |name| (it, name)));
        for (name, all) in grouped(uses.map(|(connection, name)| (name.trimmed(), (connection, name)))) {
            let (connection, said) = all[0];
            let Some(Missing { nearest, lists, everywhere }) =
                missing(model, bundle, Kind::TargetServers, &known, said)
            else {
                continue;
            };
            let finding = out.report(
                format!(
                    "{} sends calls to target server `{name}`, which no environment here has: the proxy cannot be deployed, \
                     or its calls fail with `503`",
                    connection_title(bundle, connection)
                ),
                said.at,
                "no such target server",
            );
            let more: Vec<_> = all[1..].iter().map(|(_, it)| (it.at, "and here".to_owned())).collect();
            label_some(finding, &more);
            label_some(
                finding,
                &lists
                    .iter()
                    .map(|it| (*it, "the target servers that there are".to_owned()))
                    .collect::<Vec<_>>(),
            );
            if !everywhere {
                finding.level(Level::Warning);
            }
            match nearest {
                Some(nearest) => finding.help(format!("write `{nearest}`, if that was meant")),
                None => {
                    finding.help("add the target server to every environment that the proxy is deployed to")
                }
            };
        }
        all_disabled(model, bundle, &off, out);
    }
}

/// Target servers that are turned off, by environment and name; the last of a name counts.
fn turned_off(model: &Model) -> BTreeMap<(&Scope, &str), Option<Location>> {
    let mut all = BTreeMap::new();
    for environment in &model.apigee.environments {
        for server in &environment.target_servers {
            let Some(name) = &server.name else { continue };
            let off =
                server.enabled.as_ref().filter(|it| Switch::of(Some(it)) == Switch::Off).map(|it| it.at);
            all.insert((&environment.scope, name.trimmed()), off);
        }
    }
    all
}

/// Load balancers of which every target server is taken out of rotation.
fn all_disabled(
    model: &Model,
    bundle: &Bundle,
    off: &BTreeMap<(&Scope, &str), Option<Location>>,
    out: &mut Findings,
) {
    for connection in bundle.connections.iter().filter(|it| !it.servers.is_empty()) {
        for environment in model.apigee.environments_of(bundle) {
            let of = |name: &Said| *off.get(&(&environment.scope, name.trimmed()))?;
            let off: Option<Vec<Location>> = connection.servers.iter().map(of).collect();
            let Some([first, more @ ..]) = off.as_deref() else { continue };
            let finding = out.report(
                format!(
                    "every target server of {} is turned off in {}: there is nobody to send calls to, and each fails with \
                     `503`",
                    connection_title(bundle, connection),
                    environment.title()
                ),
                *first,
                "turned off",
            );
            finding.level(Level::Warning);
            label_some(finding, &more.iter().map(|it| (*it, "turned off".to_owned())).collect::<Vec<_>>());
            finding.label(connection.servers[0].at, "called here");
            finding.help("turn one of them on, or do not deploy the proxy there");
        }
    }
}

/// See the card.
pub(crate) fn vhost_undefined(model: &Model, out: &mut Findings) {
    let known = all_names(model, Kind::VirtualHosts);
    for bundle in &model.apigee.bundles {
        let on_x = platform_of(model, bundle) == Platform::X;
        for endpoint in &bundle.endpoints {
            let name = endpoint.name.as_ref().map_or("default", Said::trimmed);
            let title = format!("proxy endpoint `{name}`{}", of_bundle(bundle));
            let Some(first) = endpoint.virtual_hosts.first() else { continue };
            if on_x {
                out.report(
                    format!("{title} names virtual hosts, and Apigee X has none: it is reached by the host names of environment groups"),
                    first.at,
                    "no meaning on X",
                )
                .level(Level::Note)
                .help("remove the element, and attach the environment to a group with the host name");
                continue;
            }
            for (word, all) in grouped(endpoint.virtual_hosts.iter().map(|it| (it.trimmed(), it))) {
                if let [first, second, ..] = all.as_slice()
                    && !word.is_empty()
                {
                    out.report(format!("{title} names virtual host `{word}` twice"), second.at, "again")
                        .level(Level::Warning)
                        .label(first.at, "there already")
                        .help("remove one of them; another virtual host may have been meant");
                }
                // Edge makes these with every environment.
                if matches!(word, "default" | "secure") {
                    continue;
                }
                let Some(Missing { nearest, lists, everywhere }) =
                    missing(model, bundle, Kind::VirtualHosts, &known, all[0])
                else {
                    continue;
                };
                let finding = out.report(
                    format!(
                        "{title} answers on virtual host `{word}`, which no environment here has: the proxy cannot be deployed, \
                         or nobody reaches it there"
                    ),
                    all[0].at,
                    "no such virtual host",
                );
                label_some(
                    finding,
                    &lists
                        .iter()
                        .map(|it| (*it, "the virtual hosts that there are".to_owned()))
                        .collect::<Vec<_>>(),
                );
                if !everywhere {
                    finding.level(Level::Warning);
                }
                match nearest {
                    Some(nearest) => finding.help(format!("write `{nearest}`, if that was meant")),
                    None => finding.help(format!(
                        "add the virtual host, or name one of {}",
                        words::list(&at_hand(model, bundle), 3)
                    )),
                };
            }
        }
    }
}

/// The virtual hosts that the nearest environments have.
fn at_hand(model: &Model, bundle: &Bundle) -> Vec<String> {
    let mut all: Vec<String> = model
        .apigee
        .environments_of(bundle)
        .flat_map(|it| names(it, Kind::VirtualHosts))
        .chain(["default", "secure"])
        .map(|it| format!("`{it}`"))
        .collect();
    all.sort();
    all.dedup();
    all
}
