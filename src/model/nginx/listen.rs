//! `listen`: addresses and their options, and the union of what all servers of one address say.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, Ipv6Addr},
};

use crate::source::Location;

use super::{Directive, DirectiveId, Module, Nginx, ServerId};

/// What an address and port stand on.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP: QUIC, or `listen … udp` of a stream server.
    Udp,
}

/// The address a server listens on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// `443`, `*:443`, `0.0.0.0:443`: all the same to nginx.
    Any4,
    /// `[::]:443`
    Any6,
    /// One IPv4 address.
    V4(Ipv4Addr),
    /// One IPv6 address.
    V6(Ipv6Addr),
    /// A socket file.
    Unix(String),
    /// A host name, resolved where nginx runs.
    Name(String),
}

impl Address {
    /// Only reachable from the machine itself.
    pub fn is_local(&self) -> bool {
        match self {
            Self::V4(ip) => ip.is_loopback(),
            Self::V6(ip) => ip.is_loopback(),
            Self::Unix(_) => true,
            Self::Name(name) => name == "localhost",
            Self::Any4 | Self::Any6 => false,
        }
    }

    /// All addresses of a family.
    pub fn is_any(&self) -> bool {
        matches!(self, Self::Any4 | Self::Any6)
    }

    /// IPv6.
    pub fn is_v6(&self) -> bool {
        matches!(self, Self::Any6 | Self::V6(_))
    }
}

/// One `listen` of one server.
#[allow(clippy::struct_excessive_bools, reason = "each is a word of the line, and they are independent")]
#[derive(Clone, Debug)]
pub struct Listen {
    /// The line; the server itself where nginx's default address holds.
    pub at: Location,
    /// The line as a directive; none where nginx's default address holds.
    pub id: Option<DirectiveId>,
    /// The address.
    pub address: Address,
    /// The port; 0 for a socket file.
    pub port: u16,
    /// TCP or UDP.
    pub transport: Transport,
    /// `ssl`
    pub ssl: bool,
    /// `http2`
    pub http2: bool,
    /// `quic`
    pub quic: bool,
    /// `proxy_protocol`
    pub proxy_protocol: bool,
    /// `default_server` or `default`.
    pub default_server: bool,
    /// `ipv6only=off`: answers for IPv4 too.
    pub dual: bool,
    /// Options that nginx takes only once for an address (`backlog=`, `reuseport`, …): the first of them.
    pub socket_option: Option<String>,
}

/// A listener by index in [`Nginx::listeners`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(pub u32);

/// One address and port of one configuration, with every server on it.
#[derive(Debug)]
pub struct Listener {
    /// The configuration, by index in [`Nginx::roots`].
    pub root: u32,
    /// The part of nginx.
    pub module: Module,
    /// The address.
    pub address: Address,
    /// The port; 0 for a socket file.
    pub port: u16,
    /// TCP or UDP.
    pub transport: Transport,
    /// Servers and their `listen` by index, in the order nginx reads them.
    pub members: Vec<(ServerId, usize)>,
    /// The member that answers when no name fits, by index in `members`.
    pub default: usize,
    /// Somebody says `ssl` or `quic`, so everybody here speaks TLS: who says it first, by index in `members`.
    pub tls: Option<usize>,
    /// Somebody says `http2`, so everybody here speaks it: who says it first, by index in `members`.
    pub http2: Option<usize>,
}

impl Listener {
    /// As nginx writes it: `0.0.0.0:443`, `[::]:443`, `unix:/run/x.sock`.
    pub fn title(&self) -> String {
        title(&self.address, self.port)
    }

    /// The server that answers when no name fits.
    pub fn default_server(&self) -> ServerId {
        self.members[self.default].0
    }
}

fn title(address: &Address, port: u16) -> String {
    match address {
        Address::Any4 => format!("0.0.0.0:{port}"),
        Address::Any6 => format!("[::]:{port}"),
        Address::V4(ip) => format!("{ip}:{port}"),
        Address::V6(ip) => format!("[{ip}]:{port}"),
        Address::Unix(path) => format!("unix:{path}"),
        Address::Name(name) => format!("{name}:{port}"),
    }
}

impl Listen {
    /// As nginx writes the address.
    pub fn title(&self) -> String {
        title(&self.address, self.port)
    }

    /// Whether this is what makes its server a member of a listener of the same configuration.
    pub fn is_on(&self, listener: &Listener) -> bool {
        self.address == listener.address && self.port == listener.port && self.transport == listener.transport
    }

    /// What nginx does where a server of `http` has no `listen`.
    pub(super) fn implied(at: Location) -> Self {
        Self {
            at,
            id: None,
            address: Address::Any4,
            port: 80,
            transport: Transport::Tcp,
            ssl: false,
            http2: false,
            quic: false,
            proxy_protocol: false,
            default_server: false,
            dual: false,
            socket_option: None,
        }
    }

    /// Reads a `listen` line; `None` where a template or variable hides the address.
    pub(super) fn of(directive: &Directive, id: DirectiveId, at: Location) -> Option<Self> {
        let (first, options) = directive.args.split_first()?;
        if !first.is_plain() {
            return None;
        }
        let (address, port) = address(&first.text)?;
        let mut listen = Self { id: Some(id), address, port, ..Self::implied(at) };
        for option in options {
            match &*option.text {
                "ssl" => listen.ssl = true,
                "http2" => listen.http2 = true,
                "quic" => {
                    listen.quic = true;
                    listen.transport = Transport::Udp;
                }
                "udp" => listen.transport = Transport::Udp,
                "proxy_protocol" => listen.proxy_protocol = true,
                "default_server" | "default" => listen.default_server = true,
                "ipv6only=off" => {
                    listen.dual = true;
                    listen.socket_option.get_or_insert_with(|| "ipv6only".to_owned());
                }
                other => {
                    let name = other.split('=').next().unwrap_or(other);
                    let once = [
                        "setfib",
                        "fastopen",
                        "backlog",
                        "rcvbuf",
                        "sndbuf",
                        "accept_filter",
                        "deferred",
                        "bind",
                        "ipv6only",
                        "reuseport",
                        "multipath",
                        "so_keepalive",
                    ];
                    if once.contains(&name) {
                        listen.socket_option.get_or_insert_with(|| name.to_owned());
                    }
                }
            }
        }
        Some(listen)
    }
}

/// `443`, `*:443`, `10.0.0.1`, `[::]:443`, `unix:/run/x.sock`, `name:443`.
fn address(text: &str) -> Option<(Address, u16)> {
    if let Some(path) = text.strip_prefix("unix:") {
        return Some((Address::Unix(path.to_owned()), 0));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (ip, after) = rest.split_once(']')?;
        let port = match after.strip_prefix(':') {
            Some(port) => port.parse().ok()?,
            None => 80,
        };
        let ip: Ipv6Addr = ip.parse().ok()?;
        return Some((if ip.is_unspecified() { Address::Any6 } else { Address::V6(ip) }, port));
    }
    if let Ok(port) = text.parse::<u16>() {
        return Some((Address::Any4, port));
    }
    let (host, port) = match text.rsplit_once(':') {
        // A range of ports (`10000-10100`, stream) is listened on from its first.
        Some((host, port)) => (host, port.split('-').next().unwrap_or(port).parse().ok()?),
        None => (text, 80),
    };
    let address = match host.parse::<Ipv4Addr>() {
        Ok(ip) if ip.is_unspecified() => Address::Any4,
        Ok(ip) => Address::V4(ip),
        Err(_) if host == "*" => Address::Any4,
        Err(_) => Address::Name(host.to_ascii_lowercase()),
    };
    Some((address, port))
}

/// What is one listener to nginx: configuration, module, transport, port, address.
type Key = (u32, Module, Transport, u16, Address);

/// Puts servers of one configuration that listen on one address and port together.
pub(super) fn group(nginx: &mut Nginx) {
    let mut by_key: BTreeMap<Key, Vec<(ServerId, usize)>> = BTreeMap::new();
    for (index, server) in nginx.servers.iter().enumerate() {
        for (position, listen) in server.listens.iter().enumerate() {
            let mut addresses = vec![listen.address.clone()];
            if listen.dual && listen.address == Address::Any6 {
                addresses.push(Address::Any4);
            }
            for address in addresses {
                let key = (server.root, server.module, listen.transport, listen.port, address);
                by_key.entry(key).or_default().push((ServerId(index as u32), position));
            }
        }
    }
    nginx.listeners = by_key
        .into_iter()
        .map(|((root, module, transport, port, address), members)| {
            let listen =
                |(server, position): &(ServerId, usize)| &nginx.servers[server.0 as usize].listens[*position];
            let default = members.iter().position(|it| listen(it).default_server).unwrap_or(0);
            let tls = members.iter().position(|it| listen(it).ssl || listen(it).quic);
            let http2 = members.iter().position(|it| listen(it).http2);
            Listener { root, module, address, port, transport, members, default, tls, http2 }
        })
        .collect();
    for (index, listener) in nginx.listeners.iter().enumerate() {
        for (server, _) in &listener.members {
            let listeners = &mut nginx.servers[server.0 as usize].listeners;
            if listeners.last() != Some(&ListenerId(index as u32)) {
                listeners.push(ListenerId(index as u32));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, address};

    #[test]
    fn addresses_that_are_one_to_nginx_are_one_here() {
        for text in ["443", "*:443", "0.0.0.0:443"] {
            assert_eq!(address(text), Some((Address::Any4, 443)), "{text}");
        }
        assert_eq!(address("[::]:443"), Some((Address::Any6, 443)));
        assert_eq!(address("10.0.0.1"), Some((Address::V4("10.0.0.1".parse().unwrap()), 80)));
        assert_eq!(address("unix:/run/x.sock"), Some((Address::Unix("/run/x.sock".into()), 0)));
        assert_eq!(address("localhost:8443"), Some((Address::Name("localhost".into()), 8443)));
        assert_eq!(address("127.0.0.1:70000"), None);
    }
}
