//! Which server of the tree a connection of nginx reaches, and by which name it asks: the two ends of one handshake.

use std::net::IpAddr;

use super::{
    Address, Connection, Effective, Listener, NameKind, Nginx, Peer, ServerId, ServerName, Transport,
};

impl Nginx {
    /// What holds for a connection: `for_connection(it, "verify")` is `proxy_ssl_verify`, `grpc_ssl_verify`, …
    pub fn for_connection<'n>(&'n self, it: &Connection, setting: &str) -> Option<Effective<'n>> {
        self.effective(it.scope, it.family.directive(setting))
    }

    /// The name that the peer's certificate is compared with and that is sent with SNI, without a port; `None`
    /// where it is known only when a request comes.
    pub fn peer_name<'n>(&'n self, it: &'n Connection) -> Option<&'n str> {
        let name = match self.for_connection(it, "name") {
            Some(set) => &*set.value().filter(|word| word.is_plain())?.text,
            None => match &it.peer {
                Peer::Host { host, .. } => host,
                Peer::Upstream { name, .. } => name,
                Peer::Unix(_) | Peer::Variable => return None,
            },
        };
        Some(match name.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) => {
                host
            }
            _ => name,
        })
    }

    /// The servers of the tree that a connection reaches, as the peer would choose them by SNI; empty where that
    /// cannot be said.
    pub fn reached(&self, it: &Connection) -> Vec<ServerId> {
        let asks = self.for_connection(it, "server_name").is_some_and(Effective::is_on);
        let name = match (asks, self.peer_name(it)) {
            (true, None) => return Vec::new(),
            (true, Some(name)) => Some(name).filter(|name| name.parse::<IpAddr>().is_err()),
            (false, _) => None,
        };
        let own_root = self.scope(it.scope).root;
        let mut servers = Vec::new();
        for (host, port) in it.hosts(self) {
            let here: Vec<&Listener> =
                self.listeners.iter().filter(|at| self.is_at(at, &host, port, own_root)).collect();
            // Two machines that could both be meant are no evidence.
            if here.iter().any(|at| at.root != here[0].root) {
                return Vec::new();
            }
            for listener in here {
                match self.answering(listener, name) {
                    Some(server) if !servers.contains(&server) => servers.push(server),
                    Some(_) => {}
                    None => return Vec::new(),
                }
            }
        }
        servers
    }

    /// Whether a listener is what `host:port` means, seen from the configuration `own_root`.
    fn is_at(&self, listener: &Listener, host: &str, port: u16, own_root: u32) -> bool {
        if listener.port != port || listener.transport != Transport::Tcp || listener.tls.is_none() {
            return false;
        }
        let address = host.parse::<IpAddr>();
        let loopback = host == "localhost" || address.as_ref().is_ok_and(IpAddr::is_loopback);
        match (&listener.address, address) {
            _ if loopback => {
                listener.root == own_root && (listener.address.is_any() || listener.address.is_local())
            }
            (Address::V4(at), Ok(IpAddr::V4(ip))) => *at == ip,
            (Address::V6(at), Ok(IpAddr::V6(ip))) => *at == ip,
            (_, Ok(_)) => false,
            (_, Err(_)) => {
                !listener.address.is_local()
                    && listener.members.iter().any(|(server, _)| {
                        let names = &self.server(*server).names;
                        names.iter().any(|name| name.kind == NameKind::Exact && name.text == host)
                    })
            }
        }
    }

    /// The member of a listener that answers for an SNI name, or for none; `None` where an expression may take it.
    pub fn answering(&self, listener: &Listener, name: Option<&str>) -> Option<ServerId> {
        let Some(name) = name else { return Some(listener.default_server()) };
        let name = name.to_ascii_lowercase();
        let names = || {
            let members = listener.members.iter();
            members.flat_map(|(server, _)| self.server(*server).names.iter().map(|name| (*server, name)))
        };
        let best = names().filter_map(|(server, it)| Some((rank(it, &name)?, server)));
        // Of equals the first in the configuration wins.
        let best = best.reduce(|one, other| if other.0 > one.0 { other } else { one });
        if let Some((_, server)) = best {
            return Some(server);
        }
        let open = names().any(|(_, it)| matches!(it.kind, NameKind::Regex | NameKind::Opaque));
        (!open).then(|| listener.default_server())
    }
}

/// How well a server name fits: exact before the longest suffix before the longest prefix.
fn rank(it: &ServerName, name: &str) -> Option<(u8, usize)> {
    let text = it.text.as_str();
    match it.kind {
        NameKind::Exact => (text == name).then_some((3, 0)),
        NameKind::Suffix => name.ends_with(&text[1..]).then_some((2, text.len())),
        NameKind::SuffixAndApex => (name == &text[1..] || name.ends_with(text)).then_some((2, text.len())),
        NameKind::Prefix => name.starts_with(&text[..text.len() - 1]).then_some((1, text.len())),
        _ => None,
    }
}
