//! Puts sessions together to nodes: by the name of the prompt, else by what the files are called, else by their folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::source::FileId;

use super::{
    super::{
        settings::{CmsSetting, Version},
        tree::{Paths, file_name, glob_fits, parent},
    },
    Cms, Entry, Node, SessionId, Unit, slots,
};

/// Words of file names that say what a file is, not whose.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "cms", "mmp", "command", "commands", "script", "scripts", "status", "state", "transcript", "console", "session", "log",
    "syslog", "output", "dump", "pki", "list", "cert", "certs", "certificate", "certificates", "config", "setup", "notes",
    "note", "webadmin", "callbridge", "webbridge", "webbridge3", "database", "db", "cluster", "xmpp", "turn", "scheduler",
    "uploader", "deploy", "install", "renew", "renewal", "apply", "version", "show", "conf", "step", "inspect", "capture",
    "dbcluster", "all", "services", "service", "error", "errors", "ok", "failed", "failure", "before", "after", "old", "new",
];

/// Prompts that servers have before anybody names them.
const GENERIC: &[&str] = &["cms", "mmp", "acano", "server"];

impl Cms {
    /// Links what files say.
    pub(in crate::model) fn link(
        units: &[(FileId, Arc<Unit>)],
        paths: &Paths,
        settings: &[CmsSetting],
    ) -> Self {
        let mut units: Vec<(FileId, Arc<Unit>)> =
            units.iter().map(|(file, unit)| (*file, Arc::clone(unit))).collect();
        units.sort_by_key(|(file, _)| *file);
        let mut cms = Self { units, nodes: Vec::new() };
        let mut by_name: BTreeMap<(String, String), Vec<SessionId>> = BTreeMap::new();
        let mut by_folder: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (at, (file, unit)) in cms.units.iter().enumerate() {
            let path = &paths.node(*file).path;
            let folder = parent(path).to_owned();
            for (index, session) in unit.sessions.iter().enumerate() {
                let said = settings.iter().find(|it| it.takes(path)).and_then(|it| it.node.clone());
                let prompt = session.prompt.as_ref().map(|it| it.to_ascii_lowercase());
                let prompt = prompt.filter(|it| !GENERIC.contains(&it.as_str()));
                let name = said.or(prompt).unwrap_or_else(|| token(path));
                by_folder.entry(folder.clone()).or_default().insert(name.clone());
                by_name.entry((folder.clone(), name)).or_default().push(SessionId(at as u32, index as u32));
            }
        }
        // Where one node alone is named in a folder, what is not named there is its own too.
        for (folder, names) in by_folder {
            let mut named = names.iter().filter(|it| !it.is_empty());
            if let (Some(only), None) = (named.next(), named.next())
                && let Some(mut rest) = by_name.remove(&(folder.clone(), String::new()))
            {
                let all = by_name.entry((folder, only.clone())).or_default();
                all.append(&mut rest);
                all.sort_unstable();
            }
        }
        for ((folder, name), sessions) in by_name {
            let name = if name.is_empty() { file_name(&folder).to_owned() } else { name };
            let mut node =
                Node { name, folder, sessions, version: None, slots: Vec::new(), believed: Vec::new() };
            node.version = version(&cms, &node, paths, settings);
            slots::fill(&cms, &mut node);
            cms.nodes.push(node);
        }
        cms
    }
}

/// The version of a node: what its console printed, else what was said.
fn version(
    cms: &Cms,
    node: &Node,
    paths: &Paths,
    settings: &[CmsSetting],
) -> Option<(Version, Option<crate::source::Location>)> {
    let printed = cms.sessions_of(node).flat_map(|(_, it)| &it.entries).find_map(|it| match it {
        Entry::Version(said) => Some((numbers(&said.text)?, Some(said.at))),
        _ => None,
    });
    printed.or_else(|| {
        let path = |id: &SessionId| &paths.node(cms.units[id.0 as usize].0).path;
        let fits = |it: &&CmsSetting| match (&it.path, &it.node) {
            (None, None) => true,
            (None, Some(name)) => name.eq_ignore_ascii_case(&node.name),
            (Some(_), _) => node.sessions.iter().any(|id| it.takes(path(id))),
        };
        // What names the node or its files comes before what is said of all.
        let mut told: Vec<&CmsSetting> =
            settings.iter().filter(|it| it.version.is_some()).filter(fits).collect();
        told.sort_by_key(|it| it.path.is_none() && it.node.is_none());
        told.first().and_then(|it| it.version).map(|it| (it, None))
    })
}

/// `3.8.1` or `3.8`; what follows is of no interest.
fn numbers(text: &str) -> Option<Version> {
    let mut parts = text.split(|c: char| !c.is_ascii_digit()).filter(|it| !it.is_empty());
    Some(Version(
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
        parts.next().and_then(|it| it.parse().ok()).unwrap_or(0),
    ))
}

/// What tells a file from its neighbours: its name without the words that say what it is.
fn token(path: &str) -> String {
    let name = file_name(path).to_ascii_lowercase();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let words = stem.split(['_', '-', '.', ' ']).filter(|word| {
        !word.is_empty() && !PLAIN.contains(word) && !word.bytes().all(|it| it.is_ascii_digit())
    });
    words.collect::<Vec<_>>().join("-")
}

impl CmsSetting {
    /// Whether a file is one of those it speaks of.
    fn takes(&self, path: &str) -> bool {
        self.path.as_ref().is_some_and(|it| {
            let folder = it.trim_end_matches('/');
            path == folder
                || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
                || glob_fits(it, path)
        })
    }
}
