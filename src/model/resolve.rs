//! Where a path that a configuration names lies in the tree. "Missing" is said only where the tree shows that
//! the file belongs in it; what lies outside is nobody's finding.

use crate::source::FileId;

use super::{
    settings::Settings,
    tree::{NodeKind, Paths, ancestors, file_name, join, parent},
};

/// Where a named path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// A file of the tree.
    File(FileId),
    /// A folder of the tree.
    Directory(FileId),
    /// The tree has the folder and shows that such files belong in it, but not this file: where it should be.
    Missing {
        /// The path in the tree.
        expected: String,
        /// A file of that name that stands elsewhere near, where a person may have meant it.
        beside: Option<FileId>,
    },
    /// It lies outside the tree, or the tree does not say.
    Outside,
    /// A template, a variable, or no file at all (`data:`, `engine:`).
    Opaque,
}

impl Resolved {
    /// The file, where there is one.
    pub fn file(&self) -> Option<FileId> {
        match self {
            Self::File(id) => Some(*id),
            _ => None,
        }
    }
}

/// Folders that nginx is configured in, as packages and builds have them.
const CONFIGURATION_PREFIXES: &[&str] = &[
    "/etc/nginx",
    "/usr/local/nginx/conf",
    "/usr/local/etc/nginx",
    "/opt/homebrew/etc/nginx",
    "/usr/local/openresty/nginx/conf",
    "/opt/nginx/conf",
    "/etc/openresty",
    "/etc/angie",
    "/etc/freenginx",
];

/// Names under which people keep configuration that is no main file of its own.
const FRAGMENT_FOLDERS: &[&str] = &[
    "sites-enabled",
    "sites-available",
    "conf.d",
    "http.d",
    "stream.d",
    "vhosts",
    "vhosts.d",
    "vhost.d",
    "snippets",
    "includes",
    "servers",
];

/// From where a path is named.
#[derive(Clone, Debug)]
pub struct Base {
    /// Folder of the main file in the tree: relative paths start here.
    pub folder: String,
    /// That folder as the server knows it, where it is known (a dump says it, or the tree does).
    pub server_folder: Option<String>,
    /// Folders of the tree that stand for `/`, best first.
    pub roots: Vec<String>,
    /// The main file is part of a dump, so its folder in the tree says nothing about relative paths.
    pub dump: bool,
    /// The main file is known; without it a relative path is a guess and nothing is missing.
    pub certain: bool,
}

impl Base {
    /// The base of a main file at a path of the tree.
    pub fn of_main(path: &str) -> Self {
        let folder = parent(path).to_owned();
        let mut roots = Vec::new();
        let mut server_folder = None;
        for above in ancestors(&folder) {
            for prefix in CONFIGURATION_PREFIXES {
                let at = if above.is_empty() || above == "/" {
                    format!("{above}{}", &prefix[1..])
                } else {
                    format!("{above}{prefix}")
                };
                if at == folder {
                    roots.push(above.to_owned());
                    server_folder = Some((*prefix).to_owned());
                }
            }
        }
        // Dumps of other layouts keep their root too: any folder above may stand for `/` if the file is found there.
        roots.extend(ancestors(&folder).map(str::to_owned));
        roots.dedup();
        Self { folder, server_folder, roots, dump: false, certain: true }
    }

    /// The base of a configuration file nobody includes.
    pub fn of_fragment(path: &str) -> Self {
        let folder = parent(path);
        let above = if FRAGMENT_FOLDERS.contains(&file_name(folder)) { parent(folder) } else { folder };
        let mut base = Self::of_main(&join(above, "nginx.conf"));
        base.certain = false;
        base
    }
}

/// Finds files of the tree.
pub struct Resolver<'a> {
    /// The tree.
    pub paths: &'a Paths,
    /// Path maps.
    pub settings: &'a Settings,
    /// Whether Git ignores a path that is not in the tree.
    pub ignored: &'a (dyn Fn(&str) -> bool + Sync),
}

impl Resolver<'_> {
    /// Where `written` leads, named from `base`. `belongs` decides, for the folder that should hold the file,
    /// whether its absence means anything.
    pub fn resolve(&self, base: &Base, written: &str, belongs: &dyn Fn(&str) -> bool) -> Resolved {
        let places = self.placed(base, written);
        for (place, _) in &places {
            if let Some(id) = self.paths.find(place) {
                return match self.paths.node(id).kind {
                    NodeKind::Directory => Resolved::Directory(id),
                    NodeKind::File => Resolved::File(id),
                    NodeKind::Special => Resolved::Outside,
                };
            }
        }
        if !base.certain {
            return Resolved::Outside;
        }
        let expected = places.into_iter().find(|(place, certain)| {
            let folder = parent(place);
            *certain && self.paths.is_folder(folder) && !(self.ignored)(place) && belongs(folder)
        });
        match expected {
            Some((expected, _)) => Resolved::Missing { expected, beside: None },
            None => Resolved::Outside,
        }
    }

    /// Every path of the tree where `written` may lie, best first.
    pub fn places(&self, base: &Base, written: &str) -> Vec<String> {
        self.placed(base, written).into_iter().map(|(place, _)| place).collect()
    }

    /// The same, with whether the absence of the file there says something: a folder that stands for `/` by guess is
    /// good for finding a file, and no proof that one is missing.
    fn placed(&self, base: &Base, written: &str) -> Vec<(String, bool)> {
        let written = match &base.server_folder {
            _ if written.starts_with('/') => join("/", written),
            Some(folder) if base.dump => join(folder, written),
            _ => return vec![(join(&base.folder, written), true)],
        };
        for (prefix, folder) in &self.settings.paths {
            if let Some(rest) = below(&written, prefix) {
                // What the configuration maps is mapped: no guess beside it.
                return vec![(join(folder, rest), true)];
            }
        }
        let mut places: Vec<(String, bool)> = Vec::new();
        let mut add = |place: String, certain: bool| match places.iter_mut().find(|(it, _)| *it == place) {
            Some((_, known)) => *known |= certain,
            None => places.push((place, certain)),
        };
        if self.paths.find(&written).is_some() {
            add(written.clone(), true);
        }
        let known = base.server_folder.as_deref();
        for root in &base.roots {
            let place = if root.is_empty() { written[1..].to_owned() } else { join(root, &written[1..]) };
            let real = root == "/"
                || known.is_some_and(|folder| join(root, folder.trim_start_matches('/')) == base.folder);
            add(place, real);
        }
        for prefix in known.into_iter().chain(CONFIGURATION_PREFIXES.iter().copied()) {
            if let Some(rest) = below(&written, prefix) {
                add(join(&base.folder, rest), true);
            }
        }
        places
    }
}

/// What follows a folder in a path, without the slash.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}
