//! Puts the facts of all files together, environment by environment.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use crate::source::{FileId, Location};

use super::{
    super::{
        facts::{Holding, ItemKind},
        resolve::Resolver,
        said::Said,
        tree::{file_name, parent},
    },
    Apigee, Bundle, Router, Unit,
    environment::{Alias, Environment, Platform, Store},
    paths::{Exported, exported, place},
    resolve::BUILT_IN_STORE,
    unit::{AliasDefinition, AliasDetail, Kind, Scope},
};

/// Facts of one environment on their way.
#[derive(Default)]
struct Gathered {
    units: Unit,
    exported: Vec<(Exported, FileId)>,
}

/// Environments on their way, with the organisation of those that name none.
struct Scopes<'s> {
    default: Option<&'s str>,
    /// Scopes of folders that hold lists of several installations: there each file is an environment of its own.
    mixed: BTreeSet<Scope>,
    gathered: BTreeMap<Scope, Gathered>,
}

impl Scopes<'_> {
    fn full(&self, scope: &Scope) -> Scope {
        let organisation = scope.organisation.clone().or_else(|| self.default.map(str::to_owned));
        Scope { organisation, ..scope.clone() }
    }

    fn at(&mut self, scope: &Scope, path: &str) -> &mut Unit {
        let mut scope = self.full(scope);
        if self.mixed.contains(&scope) {
            path.clone_into(&mut scope.root);
        }
        &mut self.gathered.entry(scope).or_default().units
    }
}

impl Apigee {
    pub(in crate::model) fn link(
        units: &[(FileId, Unit)],
        resolver: &Resolver<'_>,
        holdings: &BTreeMap<FileId, Holding>,
    ) -> Self {
        let mut apigee = Self { routers: routers(resolver), ..Self::default() };
        let default = resolver.settings.apigee.organisation.as_deref();
        let mut by_scope = Scopes { default, mixed: BTreeSet::new(), gathered: BTreeMap::new() };
        by_scope.mixed = mixed(units, resolver).iter().map(|it| by_scope.full(it)).collect();
        for (file, unit) in units {
            let path = &*resolver.paths.node(*file).path;
            each(&unit.virtual_hosts, |it| by_scope.at(&it.scope, path).virtual_hosts.push(it.clone()));
            each(&unit.references, |it| by_scope.at(&it.scope, path).references.push(it.clone()));
            each(&unit.stores, |it| by_scope.at(&it.scope, path).stores.push(it.clone()));
            each(&unit.definitions, |it| by_scope.at(&it.scope, path).definitions.push(it.clone()));
            each(&unit.details, |it| by_scope.at(&it.scope, path).details.push(it.clone()));
            each(&unit.target_servers, |it| by_scope.at(&it.scope, path).target_servers.push(it.clone()));
            each(&unit.lists, |it| by_scope.at(&it.scope, path).lists.push(it.clone()));
            apigee.slips.extend(unit.slips.iter().cloned());
            apigee.layouts.extend(unit.layouts.iter().cloned());
            apigee.groups.extend(unit.groups.iter().cloned());
            apigee.properties.extend(unit.properties.iter().cloned());
            if let Some(maven) = &unit.maven {
                apigee.maven.push((parent(path).to_owned(), maven.clone()));
            }
        }
        let holds = |it: &Holding| it.items.iter().any(|item| matches!(item.kind, ItemKind::Certificate(_)));
        for file in holdings.iter().filter(|(_, it)| holds(it)).map(|(file, _)| *file) {
            if let Some(found) = exported(&resolver.paths.node(file).path) {
                let scope = by_scope.full(&found.scope);
                // A folder of certificates alone is no environment of Apigee.
                if let Some(gathered) = by_scope.gathered.get_mut(&scope) {
                    gathered.exported.push((found, file));
                }
            }
        }
        apigee.environments =
            by_scope.gathered.into_iter().map(|(scope, gathered)| environment(scope, gathered)).collect();
        apigee.find_platforms(resolver);
        apigee.bundles = bundles(units, &apigee.environments, resolver);
        apigee
    }

    /// Works out which Apigee each environment belongs to. What one environment shows holds for its neighbours too.
    fn find_platforms(&mut self, resolver: &Resolver<'_>) {
        if let Some(platform) = resolver.settings.apigee.platform {
            self.environments.iter_mut().for_each(|it| it.platform = platform);
            return;
        }
        let private = !self.routers.is_empty() || !self.properties.is_empty();
        let mut by_root: BTreeMap<(String, Option<String>), BTreeSet<Platform>> = BTreeMap::new();
        let key = |scope: &Scope| (scope.root.clone(), scope.organisation.clone());
        for it in &self.environments {
            by_root.entry(key(&it.scope)).or_default().extend(signs(it));
        }
        for group in &self.groups {
            for (_, signs) in by_root.iter_mut().filter(|((root, _), _)| *root == group.root) {
                signs.insert(Platform::X);
            }
        }
        for it in &mut self.environments {
            let signs = by_root.get(&key(&it.scope));
            let has = |platform| signs.is_some_and(|it| it.contains(&platform));
            it.platform =
                match (has(Platform::Cloud), private || has(Platform::PrivateCloud), has(Platform::X)) {
                    // A folder without an environment may hold files of several installations, and Cloud knows 443 only.
                    (true, false, false) if it.scope.environment.is_none() && has_other_ports(it) => {
                        Platform::Edge
                    }
                    (true, false, false) => Platform::Cloud,
                    (false, true, false) => Platform::PrivateCloud,
                    (false, false, true) => Platform::X,
                    (true, true, false) => Platform::Edge,
                    (false, false, false) if has(Platform::Edge) => Platform::Edge,
                    _ => Platform::Unknown,
                };
        }
    }
}

fn has_other_ports(it: &Environment) -> bool {
    it.virtual_hosts.iter().any(|host| host.port.as_ref().is_some_and(|port| port.trimmed() != "443"))
}

/// The scopes that several files claim to list the same kind of thing for, though no path tells these files apart: a
/// folder of exports of several installations, or of several `edge.json`.
fn mixed(units: &[(FileId, Unit)], resolver: &Resolver<'_>) -> BTreeSet<Scope> {
    let mut lists: BTreeMap<(&Scope, Kind), BTreeSet<FileId>> = BTreeMap::new();
    for (file, unit) in units {
        let placed = place(&resolver.paths.node(*file).path);
        // One file for each thing, or a folder of an environment, in which a list may be cut into parts.
        if placed.scope.environment.is_some() || !placed.below.is_empty() {
            continue;
        }
        for list in unit.lists.iter().filter(|it| it.kind != Kind::Aliases) {
            lists.entry((&list.scope, list.kind)).or_default().insert(*file);
        }
    }
    lists.into_iter().filter(|(_, files)| files.len() > 1).map(|((scope, _), _)| scope.clone()).collect()
}

fn each<T>(items: &[T], mut take: impl FnMut(&T)) {
    for item in items {
        take(item);
    }
}

/// What an environment shows about its kind.
fn signs(it: &Environment) -> Vec<Platform> {
    let mut found = Vec::new();
    if !it.virtual_hosts.is_empty() {
        found.push(Platform::Edge);
    }
    if it.virtual_hosts.iter().any(|host| host.free_trial.as_ref().and_then(Said::truth) == Some(true))
        || it.references.iter().any(|reference| reference.refers.trimmed() == BUILT_IN_STORE)
    {
        found.push(Platform::Cloud);
    }
    if it.virtual_hosts.iter().any(|host| host.interfaces.is_some()) {
        found.push(Platform::PrivateCloud);
    }
    let of_x = |alias: &Alias| alias.detail.as_ref().is_some_and(|it| it.of_x);
    if it.stores.iter().flat_map(|store| &store.aliases).any(of_x)
        || it.target_servers.iter().any(|it| it.ssl.as_ref().is_some_and(|ssl| ssl.enforce.is_some()))
    {
        found.push(Platform::X);
    }
    found
}

fn environment(scope: Scope, gathered: Gathered) -> Environment {
    let Gathered { units, exported } = gathered;
    let mut lists: BTreeMap<Kind, Vec<Location>> = BTreeMap::new();
    let mut known_names: BTreeMap<Kind, Vec<_>> = BTreeMap::new();
    for list in &units.lists {
        lists.entry(list.kind).or_default().push(list.at);
        known_names.entry(list.kind).or_default().extend(list.names.iter().cloned());
    }
    let (stores, stray_details) = stores(&units, exported, known_names.get(&Kind::Stores));
    let names = units.references.iter().enumerate().map(|(at, it)| (it.name.trimmed().to_owned(), at));
    Environment {
        by_name: names.collect(),
        tokens: OnceLock::new(),
        scope,
        platform: Platform::Unknown,
        virtual_hosts: units.virtual_hosts,
        references: units.references,
        stores,
        target_servers: units.target_servers,
        definitions: units.definitions,
        stray_details,
        lists,
        known_names,
    }
}

/// What is known about one alias, before it becomes one.
#[derive(Default)]
struct Pieces {
    listed: Option<super::unit::StoreAlias>,
    definitions: Vec<usize>,
    detail: Option<AliasDetail>,
    exported: Option<FileId>,
}

/// What is known about one store.
#[derive(Default)]
struct Shelf {
    at: Option<Location>,
    origin: Option<super::unit::Origin>,
    complete: bool,
    aliases: BTreeMap<String, Pieces>,
}

fn stores(
    units: &Unit,
    exported: Vec<(Exported, FileId)>,
    names: Option<&Vec<Said>>,
) -> (Vec<Store>, Vec<AliasDetail>) {
    let mut shelves: BTreeMap<String, Shelf> = BTreeMap::new();
    for name in names.into_iter().flatten() {
        shelves.entry(name.trimmed().to_owned()).or_default().at.get_or_insert(name.at);
    }
    for store in &units.stores {
        let shelf = shelves.entry(store.name.trimmed().to_owned()).or_default();
        if shelf.origin.is_none() {
            shelf.at = Some(store.at);
            shelf.origin = Some(store.origin);
        }
        for alias in store.aliases.iter().flatten() {
            shelf.complete = true;
            let pieces = shelf.aliases.entry(alias.name.text.clone()).or_default();
            pieces.listed.get_or_insert_with(|| alias.clone());
        }
        shelf.complete |= store.aliases.is_some();
    }
    for (index, definition) in units.definitions.iter().enumerate() {
        let (Some(store), Some(alias)) = (&definition.store, &definition.alias) else { continue };
        let shelf = shelves.entry(store.trimmed().to_owned()).or_default();
        shelf.aliases.entry(alias.text.clone()).or_default().definitions.push(index);
    }
    for (found, file) in exported {
        let shelf = shelves.entry(found.store).or_default();
        shelf.aliases.entry(found.alias).or_default().exported.get_or_insert(file);
    }
    let stray = shelve_details(&units.details, &mut shelves);
    let stores = shelves
        .into_iter()
        .filter_map(|(name, shelf)| {
            let aliases: Vec<Alias> = shelf
                .aliases
                .into_iter()
                .filter_map(|(name, pieces)| alias(name, pieces, &units.definitions))
                .collect();
            let at = shelf.at.or_else(|| aliases.first().map(|it| it.at))?;
            Some(Store { name, at, origin: shelf.origin, aliases, complete: shelf.complete })
        })
        .collect();
    (stores, stray)
}

/// Puts every detail to its alias. The body does not name the store: the path does, or the one store that lists the alias.
fn shelve_details(details: &[AliasDetail], shelves: &mut BTreeMap<String, Shelf>) -> Vec<AliasDetail> {
    let mut stray = Vec::new();
    for detail in details {
        let Some(alias) = &detail.alias else {
            stray.push(detail.clone());
            continue;
        };
        let store = detail.store.clone().or_else(|| {
            let mut listing = shelves
                .iter()
                .filter(|(_, shelf)| shelf.aliases.contains_key(&alias.text))
                .map(|(name, _)| name);
            let first = listing.next()?;
            listing.next().is_none().then(|| first.clone())
        });
        match store {
            Some(store) => {
                let pieces = shelves.entry(store).or_default().aliases.entry(alias.text.clone()).or_default();
                pieces.detail.get_or_insert_with(|| detail.clone());
            }
            None => stray.push(detail.clone()),
        }
    }
    stray
}

fn alias(name: String, pieces: Pieces, definitions: &[AliasDefinition]) -> Option<Alias> {
    let Pieces { listed, definitions: own, detail, exported } = pieces;
    let defined = own.last().map(|index| &definitions[*index]);
    let at = listed
        .as_ref()
        .map(|it| it.name.at)
        .or_else(|| defined.map(|it| it.at))
        .or_else(|| detail.as_ref().map(|it| it.at))
        .or_else(|| exported.map(Location::whole))?;
    let has_key = listed
        .as_ref()
        .and_then(|it| it.has_key)
        .or_else(|| detail.as_ref().and_then(|it| it.has_key))
        .or_else(|| defined.and_then(brings_key));
    Some(Alias { name, at, listed, definitions: own, detail, exported, has_key })
}

/// Whether a definition makes an alias with a private key.
fn brings_key(it: &AliasDefinition) -> Option<bool> {
    match it.format.as_ref()?.trimmed() {
        "keycertfile" => Some(it.key.as_ref().is_some_and(|key| !key.is_blank())),
        "selfsignedcert" => Some(true),
        // A file of certificates alone is possible and rare; what is inside says it.
        _ => None,
    }
}

/// Proxies and shared flows with the environments that lie nearest.
fn bundles(units: &[(FileId, Unit)], environments: &[Environment], resolver: &Resolver<'_>) -> Vec<Bundle> {
    let mut by_folder: BTreeMap<&str, Bundle> = BTreeMap::new();
    let mut loose: BTreeSet<&str> = BTreeSet::new();
    for (file, unit) in units {
        // A file that lies in no bundle may be of any proxy.
        let path = &resolver.paths.node(*file).path;
        if !path.split('/').any(|part| matches!(part, "apiproxy" | "sharedflowbundle")) {
            loose.extend(unit.proxy_endpoints.iter().map(|it| it.bundle.as_str()));
            loose.extend(unit.connections.iter().map(|it| it.bundle.as_str()));
        }
        for endpoint in &unit.proxy_endpoints {
            bundle(&mut by_folder, &endpoint.bundle).endpoints.push(endpoint.clone());
        }
        for connection in &unit.connections {
            bundle(&mut by_folder, &connection.bundle).connections.push(connection.clone());
        }
    }
    let mut bundles: Vec<Bundle> = by_folder.into_values().collect();
    for bundle in bundles.iter_mut().filter(|it| !loose.contains(it.folder.as_str())) {
        let depth = |root: &str| {
            root.split('/').zip(bundle.folder.split('/')).take_while(|(a, b)| a == b && !a.is_empty()).count()
        };
        let nearest = environments.iter().map(|it| depth(&it.scope.root)).max().unwrap_or_default();
        bundle.environments =
            (0..environments.len()).filter(|at| depth(&environments[*at].scope.root) == nearest).collect();
    }
    bundles
}

fn bundle<'b, 'u>(by_folder: &'b mut BTreeMap<&'u str, Bundle>, folder: &'u str) -> &'b mut Bundle {
    by_folder.entry(folder).or_insert_with(|| Bundle {
        folder: folder.to_owned(),
        endpoints: Vec::new(),
        connections: Vec::new(),
        environments: Vec::new(),
    })
}

/// Folders of what is kept and no longer in use.
const KEPT: &[&str] = &["archive", "archived", "backup", "backups", "old"];

/// Folders `opt/nginx/conf.d` with what the Router keeps there.
fn routers(resolver: &Resolver<'_>) -> Vec<Router> {
    let mut routers = Vec::new();
    for (_, node) in resolver.paths.iter() {
        let Some(above) = node.path.strip_suffix("opt/nginx/conf.d") else { continue };
        if !resolver.paths.is_folder(&node.path) || !(above.is_empty() || above.ends_with('/')) {
            continue;
        }
        // What is kept for memory is no Router.
        if above.split('/').any(|it| KEPT.contains(&it.to_ascii_lowercase().as_str())) {
            continue;
        }
        let mut client_pems = BTreeMap::new();
        for child in resolver.paths.children(&node.path) {
            let name = file_name(&resolver.paths.node(*child).path);
            if name.ends_with("-client.pem") {
                client_pems.insert(name.to_owned(), resolver.paths.node(*child).link.unwrap_or(*child));
            }
        }
        let host = above.trim_end_matches('/').to_owned();
        routers.push(Router { folder: node.path.to_string(), host, client_pems });
    }
    routers
}

impl Scope {
    /// This scope for another environment of the same organisation.
    #[must_use]
    pub fn of_environment(&self, environment: &str) -> Arc<Self> {
        Arc::new(Self { environment: Some(environment.to_owned()), ..self.clone() })
    }
}
