//! Files as the Maven plugin and the exporters see them: loaded unseen, passed over, or read as something else.

use std::collections::BTreeSet;

use crate::{
    finding::{Findings, Level},
    model::{
        FileId, Location, Model,
        apigee::{LayoutKind, Maven, Origin},
        said::Said,
        tree::{file_name, parent},
    },
    rules::words,
};

/// See the card.
pub(crate) fn json_duplicate_key(model: &Model, out: &mut Findings) {
    for slip in &model.apigee.slips {
        let (Some(first), Some(key)) = (slip.duplicate_of, &slip.key) else { continue };
        out.report(
            format!("`{key}` is there twice in one object: the last one counts, and the first is passed over without a word"),
            slip.at,
            "this one counts",
        )
        .label(first, "this one does not")
        .help("keep the one that is meant");
    }
}

/// The plugin is used here, rather than files that only look like its own: a `pom.xml` lies above them, or the folders
/// are those that the plugin makes.
fn plugin_is_used(model: &Model, file: FileId) -> bool {
    let path = model.path(file);
    path.contains("resources/edge/env/") || model.apigee.maven.iter().any(|(_, it)| is_above(model, it, file))
}

/// Whether a `pom.xml` lies in a folder above a file.
fn is_above(model: &Model, maven: &Maven, file: FileId) -> bool {
    let (folder, path) = (parent(model.path(maven.file)), model.path(file));
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// See the card.
pub(crate) fn mvn_file_ignored(model: &Model, out: &mut Findings) {
    for layout in &model.apigee.layouts {
        let LayoutKind::Ignored(meant) = layout.kind else { continue };
        let name = file_name(model.path(layout.file));
        let finding = out.report(
            format!("the Maven plugin passes over `{name}`: it loads files whose names begin with `{meant}`, case counts, and nothing is said about the others, so nothing of this file reaches Apigee"),
            Location::whole(layout.file),
            "not loaded",
        );
        if !plugin_is_used(model, layout.file) {
            finding.level(Level::Note);
        }
        finding.help(format!("call it `{meant}.json`"));
    }
}

/// See the card.
pub(crate) fn mvn_file_picked_up(model: &Model, out: &mut Findings) {
    for layout in &model.apigee.layouts {
        let LayoutKind::PickedUp(prefix) = layout.kind else { continue };
        let path = model.path(layout.file);
        let folder = parent(path);
        let finding = out.report(
            format!("the Maven plugin loads `{}` as well: every file whose name begins with `{prefix}` counts, whatever it ends in, so what was put aside is uploaded again", file_name(path)),
            Location::whole(layout.file),
            "loaded too",
        );
        let beside = format!("{prefix}.json");
        let wanted = if folder.is_empty() { beside } else { format!("{folder}/{beside}") };
        if let Some(file) = model.paths.find(&wanted) {
            finding.label(Location::whole(file), "beside this one");
        }
        if !plugin_is_used(model, layout.file) {
            finding.level(Level::Note);
        }
        finding.help("move it out of the folder; Git keeps what it was");
    }
}

/// See the card.
pub(crate) fn alias_dump_as_definition(model: &Model, out: &mut Findings) {
    for layout in &model.apigee.layouts {
        let LayoutKind::DumpAsDefinition(at) = layout.kind else { continue };
        let name = file_name(model.path(layout.file));
        let finding = out.report(
            format!("`{name}` holds details of aliases as the management API gives them, where the Maven plugin looks for what to upload: it stops with `Alias does not have a keystorename.`"),
            at,
            "details, not a definition",
        );
        if !plugin_is_used(model, layout.file) {
            finding.level(Level::Note);
        }
        finding.help("move the dump out of this folder, and write `aliases.json` with `alias`, `keystorename`, `format` and the files of each certificate");
    }
}

/// See the card.
pub(crate) fn alias_update_noop(model: &Model, out: &mut Findings) {
    for (_, maven) in &model.apigee.maven {
        let Some(version) = maven.version.as_ref().filter(|it| skips_update(it.trimmed())) else { continue };
        let definitions = model.apigee.environments.iter().flat_map(|it| &it.definitions);
        let uploads: Vec<Location> =
            definitions.map(|it| it.at).filter(|at| is_above(model, maven, at.file)).collect();
        let Some(first) = uploads.first() else { continue };
        let named = maven.options.as_ref();
        let at = named.filter(|it| it.trimmed() == "update").unwrap_or(version);
        let finding = out.report(
            "this version of the Maven plugin does not replace a certificate with the option `update`: for an alias that is there it says `Please delete the alias and re-create` and the build succeeds, so the old certificate stays until it expires",
            at.at,
            format!("version {}", version.trimmed()),
        );
        finding.label(version.at, "this version");
        finding.label(*first, "aliases that are uploaded with it");
        if at.at != version.at {
            finding.level(Level::Warning);
        }
        finding.help("for a renewal, make a new store with the new certificate and move the reference; `sync` deletes the alias before it uploads the new one, and in between connections fail");
    }
}

/// Versions before 2.9.2 leave an alias that is there as it is.
fn skips_update(version: &str) -> bool {
    let parts: Option<Vec<u32>> = version.split(['.', '-']).take(3).map(|it| it.parse().ok()).collect();
    matches!(parts.as_deref(), Some([major, rest @ ..]) if (*major, rest) < (2, &[9, 2][..]))
}

/// See the card.
pub(crate) fn edge_json_env_mismatch(model: &Model, out: &mut Findings) {
    for environment in &model.apigee.environments {
        let Some(name) = &environment.scope.environment else { continue };
        let from_edge_json = environment
            .virtual_hosts
            .iter()
            .map(|it| (it.origin, it.at))
            .chain(environment.references.iter().map(|it| (it.origin, it.at)))
            .chain(environment.target_servers.iter().map(|it| (it.origin, it.at)))
            .chain(environment.definitions.iter().map(|it| (it.origin, it.at)))
            .chain(environment.stores.iter().filter_map(|it| Some((it.origin?, it.at))));
        let mut places: Vec<Location> =
            from_edge_json.filter(|(origin, _)| *origin == Origin::EdgeJson).map(|(_, at)| at).collect();
        places.sort_unstable();
        let Some(first) = places.first() else { continue };
        let poms = model.apigee.maven.iter().filter(|(_, it)| {
            parent(model.path(it.file)) == parent(model.path(first.file)) && !it.environments.is_empty()
        });
        for (_, maven) in poms {
            let known: BTreeSet<&str> = maven.environments.iter().map(Said::trimmed).collect();
            let opaque = maven.environments.iter().any(Said::is_placeholder);
            // A `pom.xml` whose profiles are named otherwise altogether takes the environment from the command line.
            let others =
                model.apigee.environments.iter().filter(|it| it.scope.root == environment.scope.root);
            let some_fit =
                others.filter_map(|it| it.scope.environment.as_deref()).any(|it| known.contains(it));
            if opaque || !some_fit || known.contains(name.as_str()) {
                continue;
            }
            let finding = out.report(
                format!("no Maven profile deploys environment `{name}`: what `{}` says about it reaches Apigee only by hand", file_name(model.path(first.file))),
                *first,
                format!("environment `{name}`"),
            );
            // A profile says its name twice: as its id and as its environment.
            let mut told: BTreeSet<&str> = BTreeSet::new();
            let each = maven.environments.iter().filter(|it| told.insert(it.trimmed()));
            for it in each.take(words::SHOWN) {
                finding.label(it.at, format!("profile of `{}`", it.trimmed()));
            }
            finding.help(format!("add a profile with `apigee.env` set to `{name}`, or correct the name"));
        }
    }
}
