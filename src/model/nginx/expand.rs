//! Follows includes: which files make up which configuration, and which block stands in which context.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    model::{
        resolve::{Base, Resolved, Resolver},
        tree::{NodeKind, Paths, file_name, join, parent},
    },
    source::FileId,
};

use super::{Context, Directive, DirectiveId, Module, Nginx, Root, Scope, ScopeId, Unit, glob, key};

/// Blocks inside blocks and files inside files, together.
const DEPTH: usize = 200;

/// Directives of one configuration, each counted as often as it is included.
const DIRECTIVES: usize = 2_000_000;

/// An include line of one configuration.
#[derive(Debug)]
pub struct Include {
    /// What nginx would find.
    pub outcome: IncludeOutcome,
}

/// What an include line leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum IncludeOutcome {
    /// Units by index, in the order nginx reads them; files that were not read as configuration.
    Files {
        /// Indices in [`Nginx::units`].
        units: Vec<u32>,
        /// Matched and not read as nginx configuration, links out of the tree among them.
        unread: Vec<FileId>,
    },
    /// A pattern that matches nothing in a folder that is there: the folder.
    Nothing(String),
    /// A file that should be there and is not: its place in the tree, and a file of that name elsewhere.
    Missing {
        /// The path in the tree.
        expected: String,
        /// The file stands beside the including file instead.
        beside: Option<FileId>,
    },
    /// A folder where a file is needed.
    Directory(FileId),
    /// The file is being read already: the units around, outermost first.
    Cycle(Vec<u32>),
    /// Outside the tree, a template or a variable.
    Unknown(Unreadable),
}

/// Why an include is not followed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The tree does not hold the place.
    Outside,
    /// A template or a variable names it.
    Opaque,
    /// A file every nginx package brings and no TLS stands in.
    Stock,
    /// A limit was reached.
    Limit,
}

/// Files that packages bring; nothing in them bears on TLS.
const STOCK: &[&str] = &[
    "mime.types",
    "fastcgi_params",
    "fastcgi.conf",
    "fastcgi-php.conf",
    "uwsgi_params",
    "scgi_params",
    "proxy_params",
    "koi-utf",
    "koi-win",
    "win-utf",
];

pub(super) fn expand(units: Vec<Unit>, resolver: &Resolver<'_>) -> Nginx {
    let mut by_file: HashMap<FileId, Vec<u32>> = HashMap::new();
    for (index, unit) in units.iter().enumerate() {
        by_file.entry(unit.file).or_default().push(index as u32);
    }
    // What a unit includes is only known from its main file. So every file that looks like one is followed first,
    // and those that another one includes are dropped.
    let mut first: Vec<u32> = Vec::new();
    for (index, unit) in units.iter().enumerate() {
        let index = index as u32;
        let head_of_dump = unit.name.is_some() && by_file[&unit.file][0] == index;
        if head_of_dump || (unit.name.is_none() && looks_main(unit)) {
            first.push(index);
        }
    }
    let follow = |unit: u32, main: bool| Expansion::follow(&units, &by_file, resolver, unit, main);
    let mut followed: Vec<Followed> = first.iter().map(|index| follow(*index, true)).collect();
    let included: BTreeSet<u32> =
        followed.iter().flat_map(|it| it.seen.iter().copied().filter(|unit| *unit != it.unit)).collect();
    followed.retain(|it| !included.contains(&it.unit));
    let mut known: BTreeSet<u32> = followed.iter().flat_map(|it| it.seen.iter().copied()).collect();
    let mut fragments: Vec<u32> = (0..units.len() as u32)
        .filter(|index| !known.contains(index) && units[*index as usize].name.is_none())
        .collect();
    // A fragment that may include another one comes first, so that the other is read in its place.
    fragments.sort_by_key(|index| {
        let unit = &units[*index as usize];
        let alone = unit.directives.iter().all(|it| &*it.name.text != "include");
        (alone, fragment_context(unit) == Context::Unknown, *index)
    });
    for index in fragments {
        let path = &resolver.paths.node(units[index as usize].file).path;
        if !known.contains(&index) && !is_laid_aside(path, &followed, resolver.paths) {
            let it = follow(index, false);
            known.extend(it.seen.iter().copied());
            followed.push(it);
        }
    }
    followed.sort_by_key(|it| it.unit);
    let mut nginx = Nginx { units, ..Nginx::default() };
    for it in followed {
        it.settle(&mut nginx);
    }
    nginx.unread.sort_unstable();
    nginx.unread.dedup();
    nginx
}

/// A file nobody runs: a backup, or a site that the main file of its folder does not enable. Where the tree does not
/// hold the folder of enabled sites, as repositories often do not, all available ones count.
fn is_laid_aside(path: &str, followed: &[Followed], paths: &Paths) -> bool {
    let name = file_name(path);
    let backup =
        [".bak", ".old", ".orig", ".save", ".disabled", ".off", ".rpmsave", ".rpmnew", "~", ".sample"];
    let folder = parent(path);
    let available = file_name(folder) == "sites-available"
        && paths.is_folder(&join(parent(folder), "sites-enabled"))
        && followed.iter().any(|it| it.main && it.base.folder == parent(folder));
    available
        || name.starts_with('.')
        || backup.iter().any(|end| name.ends_with(end))
        || name.contains(".dpkg-")
}

/// A file with `http`, `stream`, `mail` or `events` at its top is what nginx would be started with.
fn looks_main(unit: &Unit) -> bool {
    unit.children(None)
        .any(|(_, it)| it.block.is_some() && matches!(&*it.name.text, "http" | "stream" | "mail" | "events"))
}

/// Where a fragment without a main file would stand, by what is in it.
fn fragment_context(unit: &Unit) -> Context {
    let mut context = Context::Unknown;
    for (index, directive) in unit.children(None) {
        match &*directive.name.text {
            "server" if directive.block.is_some() => return Context::Module(server_module(unit, index)),
            "upstream" | "map" | "geo" | "split_clients" | "log_format" | "limit_req_zone"
            | "proxy_cache_path" | "types" | "match" => {
                context = Context::Module(Module::Http);
            }
            "listen"
            | "server_name"
            | "location"
            | "ssl_certificate"
            | "ssl_certificate_key"
            | "ssl_protocols"
            | "ssl_ciphers"
                if context == Context::Unknown =>
            {
                context = Context::Server(Module::Http);
            }
            "proxy_pass" | "grpc_pass" | "uwsgi_pass" | "proxy_set_header" if context == Context::Unknown => {
                context = Context::Location;
            }
            _ => {}
        }
    }
    context
}

/// Which module a `server` block without its main file belongs to.
fn server_module(unit: &Unit, server: u32) -> Module {
    let mut module = Module::Http;
    for (_, directive) in unit.children(Some(server)) {
        match &*directive.name.text {
            "location" | "root" | "return" | "index" | "try_files" | "http2" => return Module::Http,
            "proxy_pass" | "ssl_preread" | "proxy_ssl" => module = Module::Stream,
            "protocol" | "starttls" | "auth_http" | "smtp_auth" | "imap_auth" | "pop3_auth" => {
                return Module::Mail;
            }
            _ => {}
        }
    }
    module
}

/// One configuration while its includes are followed.
struct Expansion<'a> {
    units: &'a [Unit],
    by_file: &'a HashMap<FileId, Vec<u32>>,
    resolver: &'a Resolver<'a>,
    /// Parts of the dump this configuration is, by their path on the server.
    dump: BTreeMap<&'a str, u32>,
    left: usize,
    stack: Vec<u32>,
    out: Followed,
}

/// One configuration with its includes followed. Ids of scopes are its own until it is settled.
struct Followed {
    unit: u32,
    main: bool,
    base: Base,
    scopes: Vec<Scope>,
    includes: BTreeMap<DirectiveId, Include>,
    seen: BTreeSet<u32>,
    unread: Vec<FileId>,
    over_limit: Vec<(DirectiveId, String)>,
}

impl<'a> Expansion<'a> {
    fn follow(
        units: &'a [Unit],
        by_file: &'a HashMap<FileId, Vec<u32>>,
        resolver: &'a Resolver<'a>,
        unit: u32,
        main: bool,
    ) -> Followed {
        let start = &units[unit as usize];
        let path = &resolver.paths.node(start.file).path;
        let mut base = if main { Base::of_main(path) } else { Base::of_fragment(path) };
        let mut dump = BTreeMap::new();
        if let Some(name) = &start.name {
            base.server_folder = Some(parent(name).to_owned());
            base.dump = true;
            for index in &by_file[&start.file] {
                if let Some(name) = &units[*index as usize].name {
                    dump.entry(name.as_str()).or_insert(*index);
                }
            }
        }
        let context = if main { Context::Main } else { fragment_context(start) };
        let top = Scope::new(None, context, None);
        let out = Followed {
            unit,
            main,
            base,
            scopes: vec![top],
            includes: BTreeMap::new(),
            seen: BTreeSet::new(),
            unread: Vec::new(),
            over_limit: Vec::new(),
        };
        let mut this = Self { units, by_file, resolver, dump, left: DIRECTIVES, stack: Vec::new(), out };
        this.enter(unit, ScopeId(0), 0);
        this.out
    }

    /// Reads a whole unit into a scope.
    fn enter(&mut self, unit: u32, scope: ScopeId, depth: usize) {
        self.out.seen.insert(unit);
        if self.units[unit as usize].template.is_some() {
            self.scope(scope).template = true;
        }
        self.stack.push(unit);
        self.block(unit, None, scope, depth);
        self.stack.pop();
    }

    fn scope(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.out.scopes[id.0 as usize]
    }

    /// Reads the directives directly inside `parent`, or a whole unit, into a scope.
    fn block(&mut self, unit: u32, parent: Option<u32>, scope: ScopeId, depth: usize) {
        let units = self.units;
        for (index, directive) in units[unit as usize].children(parent) {
            let id = DirectiveId { unit, index };
            if self.left == 0 || depth > DEPTH {
                self.scope(scope).holes.push(id);
                if self.out.over_limit.is_empty() {
                    let what = if depth > DEPTH {
                        format!("blocks and includes nest deeper than {DEPTH}")
                    } else {
                        format!("includes add up to more than {DIRECTIVES} directives")
                    };
                    self.out.over_limit.push((id, what));
                }
                return;
            }
            self.left -= 1;
            if directive.name.placeholder {
                self.scope(scope).template = true;
            } else if &*directive.name.text == "include" && directive.block.is_none() {
                self.include(id, directive, scope, depth);
            } else if directive.block.is_some() {
                let context = inside(self.scope(scope).context, &directive.name.text, units, id);
                let child = ScopeId(self.out.scopes.len() as u32);
                self.out.scopes.push(Scope::new(Some(scope), context, Some(id)));
                self.scope(scope).children.push(child);
                self.block(unit, Some(index), child, depth + 1);
            } else {
                let scope = self.scope(scope);
                scope.own.push(id);
                scope.keys.push(key(&directive.name.text));
            }
        }
    }

    fn include(&mut self, id: DirectiveId, directive: &Directive, scope: ScopeId, depth: usize) {
        let outcome = self.outcome(directive, id.unit);
        match &outcome {
            IncludeOutcome::Files { units, unread } => {
                for unit in units {
                    self.enter(*unit, scope, depth + 1);
                }
                self.out.unread.extend(unread);
                if !unread.is_empty() {
                    self.scope(scope).holes.push(id);
                }
            }
            IncludeOutcome::Unknown(Unreadable::Stock) | IncludeOutcome::Nothing(_) => {}
            _ => self.scope(scope).holes.push(id),
        }
        self.out.includes.entry(id).or_insert(Include { outcome });
    }

    fn outcome(&self, directive: &Directive, unit: u32) -> IncludeOutcome {
        let Some(word) = directive.args.first() else { return IncludeOutcome::Unknown(Unreadable::Opaque) };
        if !word.is_plain() {
            return IncludeOutcome::Unknown(Unreadable::Opaque);
        }
        if !self.dump.is_empty() {
            return self.in_dump(&word.text);
        }
        if glob::is_pattern(&word.text) { self.pattern(&word.text) } else { self.plain(&word.text, unit) }
    }

    /// A dump holds every file nginx read, so what is not in it was not there.
    fn in_dump(&self, written: &str) -> IncludeOutcome {
        let folder = self.out.base.server_folder.as_deref().unwrap_or("");
        let full = join(folder, written);
        let units: Vec<u32> = if glob::is_pattern(&full) {
            self.dump
                .iter()
                .filter(|(name, _)| glob::matches_path(&full, name))
                .map(|(_, unit)| *unit)
                .collect()
        } else {
            self.dump.get(full.as_str()).copied().into_iter().collect()
        };
        if let Some(cycle) = self.cycle(&units) {
            return cycle;
        }
        if units.is_empty() {
            return if glob::is_pattern(&full) {
                IncludeOutcome::Nothing(glob::fixed_folder(&full).to_owned())
            } else {
                IncludeOutcome::Unknown(Unreadable::Outside)
            };
        }
        IncludeOutcome::Files { units, unread: Vec::new() }
    }

    fn pattern(&self, written: &str) -> IncludeOutcome {
        let mut empty = None;
        for place in self.resolver.places(&self.out.base, written) {
            let found = glob::expand(self.resolver.paths, &place);
            if !found.is_empty() {
                return self.files(found);
            }
            let folder = glob::fixed_folder(&place);
            if empty.is_none() && self.resolver.paths.is_folder(folder) {
                empty = Some(folder.to_owned());
            }
        }
        match empty {
            // Only a folder that is there for this purpose shows that nothing is in it.
            Some(folder) if folder != self.out.base.folder && !folder.is_empty() => {
                IncludeOutcome::Nothing(folder)
            }
            _ => IncludeOutcome::Unknown(Unreadable::Outside),
        }
    }

    fn plain(&self, written: &str, unit: u32) -> IncludeOutcome {
        let stock = STOCK.contains(&file_name(written));
        let folder_of_main = self.out.base.folder.clone();
        let standing_for_root = self.out.base.server_folder.is_some();
        let main = self.units[self.out.unit as usize].file;
        // A repository of configuration often leaves out what lies beside the main file; a folder of its own for
        // includes that holds other files shows that they belong in the tree.
        let belongs = |folder: &str| {
            !stock
                && (standing_for_root || !written.starts_with('/') || folder != folder_of_main)
                && self
                    .resolver
                    .paths
                    .children(folder)
                    .iter()
                    .any(|id| *id != main && self.by_file.contains_key(id))
        };
        match self.resolver.resolve(&self.out.base, written, &belongs) {
            Resolved::File(file) => self.files(vec![file]),
            Resolved::Directory(folder) => IncludeOutcome::Directory(folder),
            Resolved::Missing { expected, .. } => {
                let here = parent(&self.resolver.paths.node(self.units[unit as usize].file).path);
                let beside =
                    self.resolver.paths.find(&join(here, written)).filter(|_| !written.starts_with('/'));
                IncludeOutcome::Missing { expected, beside }
            }
            Resolved::Outside | Resolved::Opaque if stock => IncludeOutcome::Unknown(Unreadable::Stock),
            Resolved::Outside => IncludeOutcome::Unknown(Unreadable::Outside),
            Resolved::Opaque => IncludeOutcome::Unknown(Unreadable::Opaque),
        }
    }

    fn files(&self, found: Vec<FileId>) -> IncludeOutcome {
        let mut units = Vec::new();
        let mut unread = Vec::new();
        for id in found {
            let real = self.resolver.paths.node(id).link.unwrap_or(id);
            if self.resolver.paths.node(real).kind == NodeKind::Directory {
                return IncludeOutcome::Directory(id);
            }
            match self.by_file.get(&real) {
                Some(of_file) => units.push(of_file[0]),
                None => unread.push(real),
            }
        }
        self.cycle(&units).unwrap_or(IncludeOutcome::Files { units, unread })
    }

    fn cycle(&self, units: &[u32]) -> Option<IncludeOutcome> {
        let again = self.stack.iter().position(|unit| units.contains(unit))?;
        Some(IncludeOutcome::Cycle(self.stack[again..].to_vec()))
    }
}

impl Scope {
    fn new(parent: Option<ScopeId>, context: Context, opened_by: Option<DirectiveId>) -> Self {
        Self {
            root: 0,
            parent,
            context,
            opened_by,
            own: Vec::new(),
            keys: Vec::new(),
            children: Vec::new(),
            holes: Vec::new(),
            template: false,
        }
    }
}

impl Followed {
    /// Gives the scopes their ids among those of all configurations.
    fn settle(self, nginx: &mut Nginx) {
        let root = nginx.roots.len() as u32;
        let offset = nginx.scopes.len() as u32;
        let moved = |id: ScopeId| ScopeId(id.0 + offset);
        nginx.scopes.extend(self.scopes.into_iter().map(|scope| Scope {
            root,
            parent: scope.parent.map(moved),
            children: scope.children.into_iter().map(moved).collect(),
            ..scope
        }));
        nginx.roots.push(Root { unit: self.unit, main: self.main, scope: ScopeId(offset), base: self.base });
        nginx.includes.extend(self.includes.into_iter().map(|(id, include)| ((root, id), include)));
        nginx.unread.extend(self.unread);
        nginx.over_limit.extend(self.over_limit);
    }
}

/// The context of a block by its name and the context around it.
fn inside(around: Context, name: &str, units: &[Unit], id: DirectiveId) -> Context {
    match (around, name) {
        (Context::Main, "events") => Context::Events,
        (Context::Main | Context::Unknown, "http") => Context::Module(Module::Http),
        (Context::Main | Context::Unknown, "stream") => Context::Module(Module::Stream),
        (Context::Main | Context::Unknown, "mail") => Context::Module(Module::Mail),
        (Context::Module(module), "server") => Context::Server(module),
        (Context::Main | Context::Unknown, "server") => {
            Context::Server(server_module(&units[id.unit as usize], id.index))
        }
        (Context::Module(module), "upstream") => Context::Upstream(module),
        (Context::Server(Module::Http) | Context::Location | Context::Unknown, "location") => {
            Context::Location
        }
        (Context::Server(_) | Context::Location, "if") => Context::If,
        (Context::Location, "limit_except") => Context::LimitExcept,
        // `rtmp {}` and what other modules bring to the top: a `server` in there is not one of ours.
        (Context::Free | Context::Main, _)
        | (_, "map" | "geo" | "types" | "split_clients" | "charset_map" | "match") => Context::Free,
        _ => Context::Unknown,
    }
}
