//! Which servers share an address, and what they have of TLS.

use std::collections::BTreeSet;

use super::{Context, Effective, Listen, Listener, Module, NameKind, Nginx, Server, ServerId};

impl Nginx {
    /// The servers of a listener with the `listen` that makes them so, in the order nginx reads them. What listens
    /// there only because `[::]` answers for IPv4 too is left out: to nginx that is another address.
    pub fn members<'n>(
        &'n self,
        listener: &'n Listener,
    ) -> impl Iterator<Item = (ServerId, &'n Server, &'n Listen)> {
        listener
            .members
            .iter()
            .map(|(id, position)| (*id, self.server(*id), &self.server(*id).listens[*position]))
            .filter(|(_, _, listen)| listen.address == listener.address)
    }

    /// Whether every server of a part of a configuration is seen, with every address it listens on: the main file is
    /// known, and nothing leads out of the tree where a server or a `listen` may stand.
    pub fn servers_are_known(&self, root: u32, module: Module) -> bool {
        self.whole.contains(&(root, module))
    }

    /// Works out the answers of [`Nginx::servers_are_known`].
    pub(super) fn find_whole(&mut self) {
        let mut open: BTreeSet<(u32, Module)> = BTreeSet::new();
        let modules = [Module::Http, Module::Stream, Module::Mail];
        for scope in self.scopes.iter().filter(|it| !it.holes.is_empty() || it.template) {
            match scope.context {
                Context::Main => open.extend(modules.map(|module| (scope.root, module))),
                Context::Module(module) | Context::Server(module) => {
                    open.insert((scope.root, module));
                }
                _ => {}
            }
        }
        open.extend(self.servers.iter().filter(|it| it.hidden_listen).map(|it| (it.root, it.module)));
        let mains =
            self.roots.iter().enumerate().filter(|(_, root)| root.main).map(|(index, _)| index as u32);
        let all: BTreeSet<(u32, Module)> =
            mains.flat_map(|root| modules.map(|module| (root, module))).collect();
        self.whole = &all - &open;
    }

    /// Whether `ssl_certificate` holds in a server.
    pub fn has_certificate(&self, server: &Server) -> bool {
        self.effective(server.scope, "ssl_certificate").is_some()
    }

    /// Whether a server refuses every handshake.
    pub fn rejects_handshakes(&self, server: &Server) -> bool {
        self.effective(server.scope, "ssl_reject_handshake").is_some_and(Effective::is_on)
    }

    /// Whether STARTTLS is offered or demanded by a server of `mail`.
    pub fn starttls<'n>(&'n self, server: &Server) -> Option<Effective<'n>> {
        let set = self.effective(server.scope, "starttls").filter(|_| server.module == Module::Mail)?;
        set.value().is_some_and(|word| matches!(&*word.text, "on" | "only")).then_some(set)
    }
}

impl Server {
    /// Some request can be meant for this server by its name.
    pub fn is_named(&self) -> bool {
        self.names.iter().any(|name| !matches!(name.kind, NameKind::Nothing))
    }
}

impl Listen {
    /// Speaks TLS by its own words.
    pub fn says_tls(&self) -> bool {
        self.ssl || self.quic
    }

    /// A port that clients connect to with TLS from the first byte.
    pub fn is_tls_port(&self) -> bool {
        self.port % 1000 == 443 || matches!(self.port, 465 | 636 | 853 | 993 | 995)
    }
}
