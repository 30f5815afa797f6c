//! nginx as it would run: units joined by their includes, contexts, inheritance, listeners, names,
//! and the connections to upstreams. Facts of single files become one estate here.

pub mod directives;
mod expand;
mod glob;
mod lines;
mod listen;
mod name;
mod owner;
mod peer;
mod protocols;
mod reach;
mod request;
mod server;
mod serves;
mod tls;
mod unit;
mod upstream;

pub use expand::{Include, IncludeOutcome, Unreadable};
pub use lines::{Line, Speaker, Toward};
pub use listen::{Address, Listen, Listener, ListenerId, Transport};
pub use name::{NameKind, ServerName};
pub use protocols::{Ciphers, Protocol, Protocols, default_protocols};
pub use request::Mapping;
pub use server::{Server, ServerId};
pub use tls::Endpoints;
pub(crate) use tls::draft;
pub use unit::{Children, Directive, SyntaxError, SyntaxErrorKind, Unit, Word};
pub use upstream::{Connection, Family, Peer};

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{FileId, Location};

use super::resolve::{Base, Resolver};

/// A directive of one of the units.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirectiveId {
    /// Index in [`Nginx::units`].
    pub unit: u32,
    /// Index in [`Unit::directives`].
    pub index: u32,
}

/// A block in its context, includes followed.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub u32);

/// The part of nginx a server block belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Module {
    /// `http {}`
    Http,
    /// `stream {}`
    Stream,
    /// `mail {}`
    Mail,
}

impl Module {
    /// The name of its block.
    pub fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Stream => "stream",
            Self::Mail => "mail",
        }
    }
}

/// What kind of block a scope is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// The top of a main file.
    Main,
    /// `events {}`
    Events,
    /// `http {}`, `stream {}`, `mail {}`
    Module(Module),
    /// `server {}`
    Server(Module),
    /// `location {}`
    Location,
    /// `if {}` in a server or location.
    If,
    /// `limit_except {}`
    LimitExcept,
    /// `upstream {}`
    Upstream(Module),
    /// `map {}`, `geo {}` and other blocks whose first words are free.
    Free,
    /// A block or fragment whose place is not known.
    Unknown,
}

/// A block in its context, includes followed.
#[derive(Debug)]
pub struct Scope {
    /// The configuration it belongs to, by index in [`Nginx::roots`].
    pub root: u32,
    /// The block around it.
    pub parent: Option<ScopeId>,
    /// What kind of block it is.
    pub context: Context,
    /// The directive that opens it; none for the top.
    pub opened_by: Option<DirectiveId>,
    /// Its simple directives in the order nginx reads them, includes followed.
    pub own: Vec<DirectiveId>,
    /// For each of them, [`key`] of its name: most questions are answered here, without a look at the directive.
    keys: Vec<u32>,
    /// Its blocks, likewise.
    pub children: Vec<ScopeId>,
    /// Includes in it that lead out of the tree, or to a template: it may hold more than is seen.
    pub holes: Vec<DirectiveId>,
    /// Template syntax stands in it: what it says is not certain.
    pub template: bool,
}

/// A main file with all it includes, or a fragment nobody includes.
#[derive(Debug)]
pub struct Root {
    /// Its first unit.
    pub unit: u32,
    /// A main file: what is not seen in it is not there.
    pub main: bool,
    /// Its top scope.
    pub scope: ScopeId,
    /// From where its paths are named.
    pub base: Base,
}

/// All nginx configurations of a tree.
#[derive(Debug, Default)]
pub struct Nginx {
    /// Every file and part of a dump.
    pub units: Vec<Unit>,
    /// Every configuration.
    pub roots: Vec<Root>,
    /// Every block.
    pub scopes: Vec<Scope>,
    /// Every `server {}` of http, stream and mail.
    pub servers: Vec<Server>,
    /// Every address and port somebody listens on.
    pub listeners: Vec<Listener>,
    /// Every TLS connection to an upstream.
    pub connections: Vec<Connection>,
    /// What became of every include of a configuration.
    pub includes: BTreeMap<(u32, DirectiveId), Include>,
    /// Files that are included and were not read as nginx configuration.
    pub unread: Vec<FileId>,
    /// Parts of a configuration of which every server and every `listen` is seen.
    whole: BTreeSet<(u32, Module)>,
    /// Where following includes came to a limit.
    pub over_limit: Vec<(DirectiveId, String)>,
}

/// A number for the name of a directive; different names rarely have the same. FNV-1a.
fn key(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

impl Scope {
    /// The simple directives that may bear a name, by [`key`].
    fn candidates(&self, key: u32) -> impl Iterator<Item = DirectiveId> {
        self.keys.iter().zip(&self.own).filter(move |(it, _)| **it == key).map(|(_, id)| *id)
    }
}

/// The values of a directive that hold in a scope.
#[derive(Copy, Clone, Debug)]
pub struct Effective<'n> {
    nginx: &'n Nginx,
    /// The scope that sets them.
    pub scope: ScopeId,
    /// Whether that is another scope than the one asked.
    pub inherited: bool,
    name: &'n str,
}

impl<'n> Effective<'n> {
    /// Each line that sets it, in order.
    pub fn lines(self) -> impl Iterator<Item = (DirectiveId, &'n Directive)> {
        self.nginx.own(self.scope, self.name)
    }

    /// The last line that sets it: what holds for a directive with one value.
    pub fn last(self) -> (DirectiveId, &'n Directive) {
        let mut lines = self.lines();
        // `Effective` is only made where a line exists.
        let first = lines.next().expect("an effective directive has a line");
        lines.last().unwrap_or(first)
    }

    /// The first argument of the last line.
    pub fn value(self) -> Option<&'n Word> {
        self.last().1.args.first()
    }

    /// Whether the last line says `on`.
    pub fn is_on(self) -> bool {
        self.value().is_some_and(|word| word.text.eq_ignore_ascii_case("on"))
    }

    /// The place of the last line.
    pub fn at(self) -> Location {
        self.nginx.at(self.last().0)
    }
}

impl Nginx {
    /// Follows every include and works out what would run.
    pub fn link(units: Vec<Unit>, resolver: &Resolver<'_>) -> Self {
        let mut nginx = expand::expand(units, resolver);
        server::find(&mut nginx);
        listen::group(&mut nginx);
        nginx.find_whole();
        upstream::find(&mut nginx);
        nginx
    }

    /// A directive by id.
    pub fn directive(&self, id: DirectiveId) -> &Directive {
        &self.units[id.unit as usize].directives[id.index as usize]
    }

    /// The unit of a directive.
    pub fn unit(&self, id: DirectiveId) -> &Unit {
        &self.units[id.unit as usize]
    }

    /// From the name to the last argument of a directive.
    pub fn at(&self, id: DirectiveId) -> Location {
        self.unit(id).at(self.directive(id).head())
    }

    /// The name of a directive.
    pub fn name_at(&self, id: DirectiveId) -> Location {
        self.unit(id).at(self.directive(id).name.span)
    }

    /// One argument of a directive, or the directive where it has no such argument.
    pub fn arg_at(&self, id: DirectiveId, index: usize) -> Location {
        match self.directive(id).args.get(index) {
            Some(word) => self.unit(id).at(word.span),
            None => self.at(id),
        }
    }

    /// A scope by id.
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    /// A server by id.
    pub fn server(&self, id: ServerId) -> &Server {
        &self.servers[id.0 as usize]
    }

    /// The configuration a scope belongs to.
    pub fn root_of(&self, scope: ScopeId) -> &Root {
        &self.roots[self.scope(scope).root as usize]
    }

    /// A scope and those around it, innermost first.
    pub fn around(&self, scope: ScopeId) -> impl Iterator<Item = ScopeId> {
        std::iter::successors(Some(scope), |id| self.scope(*id).parent)
    }

    /// What holds for `name` in a scope: the innermost scope that sets it replaces those around it.
    pub fn effective<'n>(&'n self, scope: ScopeId, name: &'n str) -> Option<Effective<'n>> {
        let key = key(name);
        self.around(scope).find_map(|at| {
            let set = self.scope(at).candidates(key).any(|id| &*self.directive(id).name.text == name);
            set.then_some(Effective { nginx: self, scope: at, inherited: at != scope, name })
        })
    }

    /// Lines of `name` that stand in a scope itself.
    pub fn own<'n>(
        &'n self,
        scope: ScopeId,
        name: &'n str,
    ) -> impl Iterator<Item = (DirectiveId, &'n Directive)> {
        let candidates = self.scope(scope).candidates(key(name));
        candidates.map(|id| (id, self.directive(id))).filter(move |(_, it)| &*it.name.text == name)
    }

    /// Whether what is not seen in a scope and those around it is truly not there:
    /// a main file is known, and no include leads out of the tree.
    pub fn is_complete(&self, scope: ScopeId) -> bool {
        self.root_of(scope).main
            && self.around(scope).all(|id| self.scope(id).holes.is_empty() && !self.scope(id).template)
    }

    /// All scopes below one, itself first, in order of the configuration.
    pub fn below(&self, scope: ScopeId) -> Vec<ScopeId> {
        let mut all = Vec::new();
        let mut open = vec![scope];
        while let Some(next) = open.pop() {
            all.push(next);
            open.extend(self.scope(next).children.iter().rev());
        }
        all
    }
}
