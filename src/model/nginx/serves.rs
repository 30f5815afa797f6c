//! Which servers share an address, and what they have of TLS.

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
        self.roots[root as usize].main
            && self.scopes.iter().filter(|it| it.root == root).all(|it| {
                let matters = matches!(it.context, Context::Main)
                    || it.context == Context::Module(module)
                    || it.context == Context::Server(module);
                !matters || (it.holes.is_empty() && !it.template)
            })
            && self.servers.iter().all(|it| it.root != root || it.module != module || !it.hidden_listen)
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
