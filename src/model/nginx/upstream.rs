//! Connections that nginx itself makes over TLS: to what `proxy_pass`, `grpc_pass` and `uwsgi_pass` name.

use std::collections::HashMap;

use super::{Context, DirectiveId, Module, Nginx, ScopeId, ServerId};

/// The module that connects.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// `proxy_pass https://…` of http.
    Proxy,
    /// `grpc_pass grpcs://…`
    Grpc,
    /// `uwsgi_pass suwsgi://…`
    Uwsgi,
    /// `proxy_pass` of stream with `proxy_ssl on`.
    Stream,
}

impl Family {
    /// The name of a setting: `directive("verify")` is `proxy_ssl_verify`, `grpc_ssl_verify`, …
    pub fn directive(self, setting: &str) -> &'static str {
        const NAMES: &[(&str, [&str; 3])] = &[
            ("verify", ["proxy_ssl_verify", "grpc_ssl_verify", "uwsgi_ssl_verify"]),
            ("verify_depth", ["proxy_ssl_verify_depth", "grpc_ssl_verify_depth", "uwsgi_ssl_verify_depth"]),
            (
                "trusted_certificate",
                [
                    "proxy_ssl_trusted_certificate",
                    "grpc_ssl_trusted_certificate",
                    "uwsgi_ssl_trusted_certificate",
                ],
            ),
            ("crl", ["proxy_ssl_crl", "grpc_ssl_crl", "uwsgi_ssl_crl"]),
            ("certificate", ["proxy_ssl_certificate", "grpc_ssl_certificate", "uwsgi_ssl_certificate"]),
            (
                "certificate_key",
                ["proxy_ssl_certificate_key", "grpc_ssl_certificate_key", "uwsgi_ssl_certificate_key"],
            ),
            (
                "password_file",
                ["proxy_ssl_password_file", "grpc_ssl_password_file", "uwsgi_ssl_password_file"],
            ),
            ("name", ["proxy_ssl_name", "grpc_ssl_name", "uwsgi_ssl_name"]),
            ("server_name", ["proxy_ssl_server_name", "grpc_ssl_server_name", "uwsgi_ssl_server_name"]),
            ("protocols", ["proxy_ssl_protocols", "grpc_ssl_protocols", "uwsgi_ssl_protocols"]),
            ("ciphers", ["proxy_ssl_ciphers", "grpc_ssl_ciphers", "uwsgi_ssl_ciphers"]),
            (
                "session_reuse",
                ["proxy_ssl_session_reuse", "grpc_ssl_session_reuse", "uwsgi_ssl_session_reuse"],
            ),
            ("conf_command", ["proxy_ssl_conf_command", "grpc_ssl_conf_command", "uwsgi_ssl_conf_command"]),
            ("pass", ["proxy_pass", "grpc_pass", "uwsgi_pass"]),
        ];
        let column = match self {
            Self::Proxy | Self::Stream => 0,
            Self::Grpc => 1,
            Self::Uwsgi => 2,
        };
        NAMES.iter().find(|(name, _)| *name == setting).map_or("", |(_, names)| names[column])
    }
}

/// Whom a connection goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A host and port.
    Host {
        /// Name or address, lower case, without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// An `upstream {}` block.
    Upstream {
        /// Its name.
        name: String,
        /// Its block.
        scope: ScopeId,
    },
    /// A socket file.
    Unix(String),
    /// Known only when a request comes, or a template.
    Variable,
}

/// A TLS connection that nginx makes.
#[derive(Debug)]
pub struct Connection {
    /// The block with the line.
    pub scope: ScopeId,
    /// The `…_pass` line.
    pub pass: DirectiveId,
    /// The module.
    pub family: Family,
    /// Whom it goes to.
    pub peer: Peer,
    /// The server block around it.
    pub server: Option<ServerId>,
    /// TLS is certain: a scheme says so. A line that is all variable may be plain.
    pub certain: bool,
}

impl Connection {
    /// Whether the upstream's certificate is verified.
    pub fn verifies(&self, nginx: &Nginx) -> bool {
        nginx.effective(self.scope, self.family.directive("verify")).is_some_and(super::Effective::is_on)
    }

    /// The addresses behind it: host and port. Empty where they are not known.
    pub fn hosts(&self, nginx: &Nginx) -> Vec<(String, u16)> {
        match &self.peer {
            Peer::Host { host, port } => vec![(host.clone(), *port)],
            Peer::Upstream { scope, .. } => nginx
                .own(*scope, "server")
                .filter_map(|(_, line)| line.args.first())
                .filter(|word| word.is_plain() && !word.text.starts_with("unix:"))
                .map(|word| host_and_port(&word.text, 443))
                .collect(),
            Peer::Unix(_) | Peer::Variable => Vec::new(),
        }
    }

    /// Stays on the machine: loopback or a socket file, whatever the upstream block lists.
    pub fn is_local(&self, nginx: &Nginx) -> bool {
        match &self.peer {
            Peer::Unix(_) => true,
            Peer::Variable => false,
            Peer::Host { .. } | Peer::Upstream { .. } => {
                let hosts = self.hosts(nginx);
                !hosts.is_empty()
                    && hosts
                        .iter()
                        .all(|(host, _)| host == "localhost" || host.starts_with("127.") || host == "::1")
            }
        }
    }
}

/// Host and port of `host:port`, `[v6]:port` or a bare host.
fn host_and_port(text: &str, default: u16) -> (String, u16) {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, port.parse().unwrap_or(default))
        }
        _ => (text, default),
    };
    (host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase(), port)
}

pub(super) fn find(nginx: &mut Nginx) {
    let mut upstreams: HashMap<(u32, Module, String), ScopeId> = HashMap::new();
    for (index, scope) in nginx.scopes.iter().enumerate() {
        if let (Context::Upstream(module), Some(opening)) = (scope.context, scope.opened_by)
            && let Some(name) = nginx.directive(opening).arg(0)
        {
            upstreams.entry((scope.root, module, name.to_ascii_lowercase())).or_insert(ScopeId(index as u32));
        }
    }
    let mut server_of: HashMap<ScopeId, ServerId> = HashMap::new();
    for (index, server) in nginx.servers.iter().enumerate() {
        server_of.insert(server.scope, ServerId(index as u32));
    }
    let mut connections = Vec::new();
    for (index, scope) in nginx.scopes.iter().enumerate() {
        let id = ScopeId(index as u32);
        for line in &scope.own {
            let directive = nginx.directive(*line);
            let family = match (&*directive.name.text, scope.context) {
                ("proxy_pass", Context::Server(Module::Stream)) => Family::Stream,
                ("proxy_pass", Context::Server(_)) => continue,
                ("proxy_pass", _) => Family::Proxy,
                ("grpc_pass", _) => Family::Grpc,
                ("uwsgi_pass", _) => Family::Uwsgi,
                _ => continue,
            };
            let Some(word) = directive.args.first() else { continue };
            let scheme = match family {
                Family::Proxy => "https://",
                Family::Grpc => "grpcs://",
                Family::Uwsgi => "suwsgi://",
                Family::Stream => "",
            };
            let certain = match family {
                Family::Stream => nginx.effective(id, "proxy_ssl").is_some_and(super::Effective::is_on),
                _ => word.text.to_ascii_lowercase().starts_with(scheme),
            };
            // `proxy_pass $scheme://$host` may be TLS; nginx opens its trust material for it all the same.
            let open = family != Family::Stream && word.text.starts_with('$');
            if !certain && !open {
                continue;
            }
            let rest = word.text.get(scheme.len()..).filter(|_| certain).unwrap_or("");
            let module = if family == Family::Stream { Module::Stream } else { Module::Http };
            let authority = if rest.starts_with("unix:") {
                rest
            } else {
                rest.split(['/', '?', '#']).next().unwrap_or(rest)
            };
            let peer = if open || word.placeholder || authority.contains('$') || authority.is_empty() {
                Peer::Variable
            } else if let Some(path) = authority.strip_prefix("unix:") {
                Peer::Unix(path.split(':').next().unwrap_or(path).to_owned())
            } else {
                let block = upstreams.get(&(scope.root, module, authority.to_ascii_lowercase()));
                let (host, port) = host_and_port(authority, 443);
                block.map_or(Peer::Host { host, port }, |block| Peer::Upstream {
                    name: authority.to_owned(),
                    scope: *block,
                })
            };
            let server = nginx.around(id).find_map(|around| server_of.get(&around).copied());
            connections.push(Connection { scope: id, pass: *line, family, peer, server, certain });
        }
    }
    nginx.connections = connections;
}
