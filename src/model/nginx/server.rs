//! `server {}` blocks: where they listen and what they are called.

use crate::source::Location;

use super::{Context, Listen, ListenerId, Module, NameKind, Nginx, ScopeId, ServerName};

/// A server by index in [`Nginx::servers`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub u32);

/// One `server {}`, or a fragment that would stand in one.
#[derive(Debug)]
pub struct Server {
    /// Its block.
    pub scope: ScopeId,
    /// The part of nginx.
    pub module: Module,
    /// The configuration, by index in [`Nginx::roots`].
    pub root: u32,
    /// The word `server`, or the first directive of a fragment.
    pub at: Location,
    /// Its names, in order.
    pub names: Vec<ServerName>,
    /// Where it listens, in order. nginx's own default is among them where no line says one.
    pub listens: Vec<Listen>,
    /// The listeners these make it a member of.
    pub listeners: Vec<ListenerId>,
    /// A `listen` line is a template: the server may listen elsewhere too.
    pub hidden_listen: bool,
    /// A fragment for the inside of a server block, without the block itself.
    pub fragment: bool,
}

impl Server {
    /// What a person calls it: its first name, else where it listens.
    pub fn title(&self) -> String {
        let named = self.names.iter().find(|name| !matches!(name.kind, NameKind::Nothing));
        match (named, self.listens.first()) {
            (Some(name), _) => format!("server `{}`", name.text),
            (None, Some(listen)) if !self.fragment => format!("the server on {}", listen.title()),
            _ => "this server".to_owned(),
        }
    }
}

impl Nginx {
    /// The listeners of a server that speak TLS, because it or another server there says so.
    pub fn tls_listeners(&self, server: ServerId) -> impl Iterator<Item = &super::Listener> {
        self.server(server)
            .listeners
            .iter()
            .map(|id| &self.listeners[id.0 as usize])
            .filter(|it| it.tls.is_some())
    }

    /// Whether a server has TLS for certain, as far as its own lines or its neighbours say.
    pub fn speaks_tls(&self, id: ServerId) -> bool {
        let server = self.server(id);
        let starttls = || {
            server.module == Module::Mail
                && self
                    .effective(server.scope, "starttls")
                    .is_some_and(|it| it.value().is_some_and(|word| &*word.text != "off"))
        };
        self.tls_listeners(id).next().is_some()
            || (server.fragment && server.listens.is_empty() && !server.hidden_listen)
            || starttls()
    }
}

pub(super) fn find(nginx: &mut Nginx) {
    let mut servers = Vec::new();
    for (index, scope) in nginx.scopes.iter().enumerate() {
        let Context::Server(module) = scope.context else { continue };
        let id = ScopeId(index as u32);
        let fragment = scope.opened_by.is_none();
        let at = match scope.opened_by.or_else(|| scope.own.first().copied()) {
            Some(opening) => nginx.name_at(opening),
            None => continue,
        };
        let mut names = Vec::new();
        for (line, directive) in nginx.own(id, "server_name") {
            for (position, word) in directive.args.iter().enumerate() {
                names.push(ServerName::of(word, nginx.arg_at(line, position)));
            }
        }
        let mut listens = Vec::new();
        let mut hidden_listen = false;
        for (line, directive) in nginx.own(id, "listen") {
            match Listen::of(directive, line, nginx.at(line)) {
                Some(listen) => listens.push(listen),
                None => hidden_listen = true,
            }
        }
        let alone = listens.is_empty() && !hidden_listen && scope.holes.is_empty() && !scope.template;
        if alone && module == Module::Http && !fragment {
            listens.push(Listen::implied(at));
        }
        servers.push(Server {
            scope: id,
            module,
            root: scope.root,
            at,
            names,
            listens,
            listeners: Vec::new(),
            hidden_listen,
            fragment,
        });
    }
    nginx.servers = servers;
}
