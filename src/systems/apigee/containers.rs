//! JSON files as tools lay them out: one object, a list, `envConfig` of all environments, maps of exporters.

use crate::model::{
    Said,
    apigee::{EnvironmentGroup, Kind, Layout, LayoutKind, Listed, Origin, Unit, paths},
};
use crate::syntax::value::Value;

use super::{
    Context, dumps,
    entities::{self, reference, target_server, virtual_host},
    node::{self, Node},
    stores,
};

/// What things of a kind are called as keys, files and folders, without case, hyphens and underscores. The Maven plugin
/// takes every file whose name *begins* so, in exactly the case of the second part.
const WORDS: &[(Kind, &str)] = &[
    (Kind::VirtualHosts, "virtualHosts"),
    (Kind::References, "references"),
    (Kind::Stores, "keystores"),
    (Kind::Aliases, "aliases"),
    (Kind::TargetServers, "targetServers"),
];

/// The kind that a file name or folder begins with.
pub(super) fn kind_of_word(word: &str) -> Option<Kind> {
    let plain: String =
        word.chars().filter(|c| !matches!(c, '-' | '_')).collect::<String>().to_ascii_lowercase();
    let known =
        WORDS.iter().find(|(_, name)| plain.starts_with(&name.to_ascii_lowercase())).map(|(kind, _)| *kind);
    known.or(match plain.as_str() {
        "vhosts" => Some(Kind::VirtualHosts),
        "truststores" => Some(Kind::Stores),
        _ => None,
    })
}

/// Reads a whole JSON document.
pub(super) fn read(context: &Context<'_>, document: &Value, unit: &mut Unit) {
    let node = node::of_value(context, document);
    if let Some(environments) = node.child("envConfig").filter(|it| it.is_map) {
        for environment in &environments.children {
            let scope = context.placed.scope.of_environment(&environment.key.text);
            let inner = Context { scope, kind: None, in_kind_folder: false, ..context.clone() };
            environment_map(&inner, environment, unit);
        }
        return;
    }
    if node.is_list {
        list(context, &node, context.kind, Origin::JsonList, unit);
    } else if !object(context, &node, context.kind, Origin::Json, true, unit) {
        environment_map(context, &node, unit);
        groups(context, &node, unit);
    }
}

/// `{"targetServers": […], "virtualHosts": […], …}`; exporters write maps from names in place of lists.
fn environment_map(context: &Context<'_>, node: &Node, unit: &mut Unit) {
    for member in node.children.iter().filter(|it| it.is_list || it.is_map) {
        let Some(kind) = kind_of_word(&member.key.text) else { continue };
        if member.is_list {
            list(context, member, Some(kind), Origin::EdgeJson, unit);
            continue;
        }
        unit.lists.push(Listed { scope: context.scope.clone(), kind, at: member.key.at, names: Vec::new() });
        for item in &member.children {
            object(context, item, Some(kind), Origin::EdgeJson, false, unit);
            // The assessment tool keeps the details of aliases in the store: `alias_data`.
            let details = item.child("alias_data").map_or(&[][..], |it| &it.children);
            for detail in details.iter().filter(|it| dumps::is_detail(it)) {
                unit.details.push(dumps::detail(context, detail, Some(&item.key.text), false));
            }
        }
    }
}

/// A list claims to name all things of its kind.
fn list(context: &Context<'_>, node: &Node, kind: Option<Kind>, origin: Origin, unit: &mut Unit) {
    let names: Vec<Said> = node.children.iter().filter_map(|it| it.value.clone()).collect();
    let mut known = kind.filter(|_| node.children.is_empty() || names.len() == node.children.len());
    let before = counts(unit);
    for item in node.children.iter().filter(|it| it.is_map) {
        object(context, item, kind, origin, false, unit);
    }
    if known.is_none() {
        known = counted(before, counts(unit));
    }
    if known.is_none() {
        node.children.iter().for_each(|it| groups(context, it, unit));
    }
    // A list of details or definitions shows aliases, and a list of names of an unknown kind shows nothing.
    if let Some(kind) = known {
        unit.lists.push(Listed { scope: context.scope.clone(), kind, at: node.at, names });
    }
}

fn counts(unit: &Unit) -> [(Kind, usize); 5] {
    [
        (Kind::VirtualHosts, unit.virtual_hosts.len()),
        (Kind::References, unit.references.len()),
        (Kind::Stores, unit.stores.len()),
        (Kind::Aliases, unit.definitions.len() + unit.details.len()),
        (Kind::TargetServers, unit.target_servers.len()),
    ]
}

fn counted(before: [(Kind, usize); 5], after: [(Kind, usize); 5]) -> Option<Kind> {
    before.iter().zip(&after).find(|(before, after)| before.1 < after.1).map(|(_, after)| after.0)
}

/// Reads an object by what it holds; `kind` is what its surroundings call it. `false` where it is none of ours.
fn object(
    context: &Context<'_>,
    node: &Node,
    kind: Option<Kind>,
    origin: Origin,
    alone: bool,
    unit: &mut Unit,
) -> bool {
    if node.has_in_any_case("keystorename") && (node.has("alias") || node.has("format")) {
        unit.definitions.push(stores::definition(context, node, origin));
    } else if dumps::is_detail(node) {
        unit.details.push(dumps::detail(context, node, None, alone));
    } else if is_reference(node) {
        let Some(found) = reference(context, node, origin) else { return false };
        unit.references.push(found);
        entities::claim(context, node, Kind::References, unit);
    } else if is_virtual_host(node, kind) {
        unit.virtual_hosts.push(virtual_host(context, node, origin));
        entities::claim(context, node, Kind::VirtualHosts, unit);
    } else if is_store(node, kind) {
        let Some(found) = stores::store(context, node, origin) else { return false };
        unit.stores.push(found);
        entities::claim(context, node, Kind::Stores, unit);
    } else if is_target_server(node, kind) {
        unit.target_servers.push(target_server(context, node, origin));
        entities::claim(context, node, Kind::TargetServers, unit);
    } else if kind == Some(Kind::Aliases) && (node.has("format") && node.has("alias")) {
        // The store is missing, and that is worth a word.
        unit.definitions.push(stores::definition(context, node, origin));
    } else {
        return false;
    }
    true
}

fn is_reference(node: &Node) -> bool {
    (node.has("refers") && (node.has("resourceType") || node.has("name")))
        || node.text("resourceName").is_some_and(|it| it.text.starts_with("organizations/"))
}

fn is_virtual_host(node: &Node, kind: Option<Kind>) -> bool {
    // Kubernetes has `hostAliases` too, as objects.
    let aliases =
        node.child("hostAliases").filter(|it| it.is_list && it.children.iter().all(|it| it.value.is_some()));
    let own = ["port", "useBuiltInFreeTrialCert", "interfaces", "baseUrl"].iter().any(|it| node.has(it))
        || node.has_in_any_case("sSLInfo");
    (aliases.is_some() && own)
        || (kind == Some(Kind::VirtualHosts)
            && (own || aliases.is_some() || node.has_in_any_case("hostAliases")))
}

fn is_store(node: &Node, kind: Option<Kind>) -> bool {
    let aliases = node.child("aliases").filter(|it| it.is_list);
    let own = aliases.is_some_and(|_| node.has("certs") || node.has("keys"))
        || aliases.is_some_and(|it| it.children.iter().any(|it| it.has("aliasName")));
    own || (kind == Some(Kind::Stores) && node.has("name") && !node.has("host"))
        // X lists names alone.
        || (kind.is_none() && node.children.len() == 2 && node.has("name")
            && aliases.is_some_and(|it| !it.children.is_empty() && it.children.iter().all(|it| it.value.is_some())))
}

fn is_target_server(node: &Node, kind: Option<Kind>) -> bool {
    node.has("host")
        && node.has("port")
        && (node.has_in_any_case("isEnabled")
            || node.has_in_any_case("sSLInfo")
            || (kind == Some(Kind::TargetServers) && node.has("name")))
}

/// `{"name": …, "hostnames": […]}`, alone or in `{"environmentGroups": […]}`.
fn groups(context: &Context<'_>, node: &Node, unit: &mut Unit) {
    if let Some(list) = node.child("environmentGroups").filter(|it| it.is_list) {
        list.children.iter().for_each(|it| groups(context, it, unit));
        return;
    }
    if let (Some(name), Some(hosts)) = (node.text("name"), node.child("hostnames").filter(|it| it.is_list)) {
        let hosts = hosts.children.iter().filter_map(|it| it.value.clone()).collect();
        unit.groups.push(EnvironmentGroup {
            root: context.placed.scope.root.clone(),
            name: entities::last_part(name),
            hosts,
        });
    }
}

/// Endings of files that somebody keeps beside the one in use.
const BACKUPS: &[&str] =
    &["~", ".bak", ".backup", ".orig", ".old", ".save", ".tmp", ".swp", ".rej", ".disabled"];

/// What the Maven plugin makes of the name of a file in `env/ENV/`: it takes what begins with a known word in exactly
/// this case, whatever the ending is.
pub(super) fn note_layout(context: &Context<'_>, path: &str, unit: &mut Unit) {
    let placed = &context.placed;
    let folders: Vec<&str> = path.split('/').collect();
    let in_environment = placed.below.is_empty() && folders.len() >= 3 && folders[folders.len() - 3] == "env";
    if !in_environment || placed.scope.environment.is_none() {
        return;
    }
    let exact = WORDS.iter().find(|(_, word)| placed.file.starts_with(word));
    let kind = match exact {
        None => {
            let meant = context.kind.and_then(|kind| WORDS.iter().find(|(it, _)| *it == kind));
            meant.map(|(_, word)| LayoutKind::Ignored(word))
        }
        Some((_, word)) => {
            let backup = BACKUPS.iter().any(|end| placed.file.ends_with(end))
                || paths::stem(placed.file).ends_with("-old");
            backup.then_some(LayoutKind::PickedUp(word))
        }
    };
    unit.layouts.extend(kind.map(|kind| Layout { file: context.file, kind }));
    if let (Some((Kind::Aliases, _)), Some(detail)) = (exact, unit.details.first()) {
        unit.layouts.push(Layout { file: context.file, kind: LayoutKind::DumpAsDefinition(detail.at) });
    }
}
