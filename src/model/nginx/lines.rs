//! A setting line with everybody it holds for: servers and connections to upstreams that speak TLS. One line is one
//! cause, however many inherit it.

use std::collections::{BTreeMap, HashMap};

use crate::source::Location;

use super::{Context, Directive, DirectiveId, Nginx, ScopeId, Server, ServerId, key};

/// Somebody who speaks TLS with what settings say.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Speaker {
    /// A server.
    Server(ServerId),
    /// A connection to an upstream, by index in [`Nginx::connections`].
    Connection(u32),
}

/// Which side of nginx a setting is for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Toward {
    /// `ssl_…`
    Clients,
    /// `proxy_ssl_…`, `grpc_ssl_…`, `uwsgi_ssl_…`
    Upstreams,
}

/// A line that sets something.
#[derive(Debug)]
pub struct Line<'n> {
    /// The line.
    pub id: DirectiveId,
    /// The line.
    pub directive: &'n Directive,
    /// The first block it is read into.
    pub scope: ScopeId,
    /// Which side it is for.
    pub toward: Toward,
    /// Those who speak TLS with it, in order.
    pub speakers: Vec<Speaker>,
    /// Others may use it: its file is a fragment, or includes lead out of the tree.
    pub open: bool,
}

impl Line<'_> {
    /// Somebody speaks TLS with it, or may.
    pub fn is_live(&self) -> bool {
        self.open || !self.speakers.is_empty()
    }
}

impl Nginx {
    /// Every line of a setting by its name without prefix (`protocols` for `ssl_protocols`, `proxy_ssl_protocols`, …),
    /// each once.
    pub fn lines_of(&self, setting: &str) -> Vec<Line<'_>> {
        let names = [
            (format!("ssl_{setting}"), Toward::Clients),
            (format!("proxy_ssl_{setting}"), Toward::Upstreams),
            (format!("grpc_ssl_{setting}"), Toward::Upstreams),
            (format!("uwsgi_ssl_{setting}"), Toward::Upstreams),
        ];
        let servers: HashMap<ScopeId, &Server> = self.servers.iter().map(|it| (it.scope, it)).collect();
        let mut lines: BTreeMap<DirectiveId, Line<'_>> = BTreeMap::new();
        let keys = names.each_ref().map(|(name, _)| key(name));
        for (index, scope) in self.scopes.iter().enumerate() {
            for (_, id) in scope.keys.iter().zip(&scope.own).filter(|(it, _)| keys.contains(it)) {
                let directive = self.directive(*id);
                let Some((_, toward)) = names.iter().find(|(name, _)| **name == *directive.name.text) else {
                    continue;
                };
                let scope = ScopeId(index as u32);
                let open = self.is_open(scope, servers.get(&scope).copied(), *toward);
                let line = lines.entry(*id).or_insert_with(|| Line {
                    id: *id,
                    directive,
                    scope,
                    toward: *toward,
                    speakers: Vec::new(),
                    open,
                });
                line.open |= open;
            }
        }
        for (index, server) in self.servers.iter().enumerate() {
            let id = ServerId(index as u32);
            if self.speaks_tls(id)
                && let Some(effective) = self.effective(server.scope, &names[0].0)
            {
                for (line, _) in effective.lines() {
                    lines.entry(line).and_modify(|it| it.speakers.push(Speaker::Server(id)));
                }
            }
        }
        for (index, connection) in self.connections.iter().enumerate().filter(|(_, it)| it.certain) {
            if let Some(effective) = self.effective(connection.scope, connection.family.directive(setting)) {
                for (line, _) in effective.lines() {
                    lines.entry(line).and_modify(|it| it.speakers.push(Speaker::Connection(index as u32)));
                }
            }
        }
        lines.into_values().collect()
    }

    /// Whether somebody who is not seen may use what a block sets.
    fn is_open(&self, scope: ScopeId, server: Option<&Server>, toward: Toward) -> bool {
        if let Context::Server(_) = self.scope(scope).context
            && toward == Toward::Clients
        {
            // A server says itself where it listens; only what it includes may say more.
            let unsure = server.is_none_or(|it| it.fragment || it.hidden_listen || it.listens.is_empty());
            return unsure || self.has_holes(scope);
        }
        !self.root_of(scope).main || self.below(scope).into_iter().any(|it| self.has_holes(it))
    }

    /// Whether a block may hold more than is seen.
    pub fn has_holes(&self, scope: ScopeId) -> bool {
        let scope = self.scope(scope);
        !scope.holes.is_empty() || scope.template
    }

    /// Whether a block and all blocks in it hold nothing that is not seen.
    pub fn is_complete_below(&self, scope: ScopeId) -> bool {
        self.is_complete(scope) && !self.below(scope).into_iter().any(|it| self.has_holes(it))
    }

    /// The block somebody stands in.
    pub fn scope_of(&self, speaker: Speaker) -> ScopeId {
        match speaker {
            Speaker::Server(id) => self.server(id).scope,
            Speaker::Connection(index) => self.connections[index as usize].scope,
        }
    }

    /// The line that makes somebody.
    pub fn speaker_at(&self, speaker: Speaker) -> Location {
        match speaker {
            Speaker::Server(id) => self.server(id).at,
            Speaker::Connection(index) => self.at(self.connections[index as usize].pass),
        }
    }

    /// What a person calls somebody, to follow "of".
    pub fn speaker_title(&self, speaker: Speaker) -> String {
        match speaker {
            Speaker::Server(id) => self.server(id).title(),
            Speaker::Connection(index) => {
                let pass = self.directive(self.connections[index as usize].pass);
                format!("the connection to `{}`", pass.arg(0).unwrap_or_default())
            }
        }
    }

    /// The name of a setting for somebody: `protocols` is `ssl_protocols` or `grpc_ssl_protocols`.
    pub fn setting_of(&self, speaker: Speaker, setting: &str) -> &'static str {
        match (speaker, setting) {
            (Speaker::Connection(index), _) => self.connections[index as usize].family.directive(setting),
            (Speaker::Server(_), "protocols") => "ssl_protocols",
            (Speaker::Server(_), "ciphers") => "ssl_ciphers",
            (Speaker::Server(_), "conf_command") => "ssl_conf_command",
            (Speaker::Server(_), _) => "",
        }
    }
}
