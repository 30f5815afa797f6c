//! Which server of the tree answered: by the certificate it showed, else by the name that the client asked for and the
//! port, else by the port alone. Where several fit and differ in what they trust, nobody is named.

use std::collections::BTreeMap;

use super::{
    super::{Conversation, EndpointId, Model, Part, Role, Side, nginx::ServerId},
    Truststore,
};

/// A server of the tree that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// The server.
    pub endpoint: EndpointId,
    /// It is a virtual host: by index in [`super::super::Apigee::environments`] and among their virtual hosts.
    pub virtual_host: Option<(usize, usize)>,
    /// What shows it.
    pub by: Sign,
    /// The client asked for a name, and the server has names and not this one.
    pub other_name: bool,
}

/// What shows which server answered.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It showed its certificate.
    Certificate,
    /// The client asked for its name at its port.
    Name,
    /// It is the only one at this port.
    Port,
}

/// A server with what it is recognised by.
struct Server {
    endpoint: EndpointId,
    virtual_host: Option<(usize, usize)>,
    /// `None` where nobody says, or a template does.
    ports: Option<Vec<u16>>,
    hosts: Vec<String>,
    /// All its names are known, and it answers no others.
    hosts_known: bool,
    /// Its leaves: by fingerprint, or by issuer and serial number where a dump is all there is.
    leaves: Vec<Leaf>,
}

enum Leaf {
    Known([u8; 32]),
    Described(String, String),
}

/// Every server of the tree.
pub(super) struct Servers {
    all: Vec<Server>,
}

impl Servers {
    pub(super) fn of(model: &Model) -> Self {
        let mut virtual_hosts: BTreeMap<EndpointId, (usize, usize)> = BTreeMap::new();
        for (environment, hosts) in model.apigee_wiring.virtual_hosts.iter().enumerate() {
            for (host, endpoint) in hosts.iter().enumerate() {
                virtual_hosts.extend(endpoint.map(|endpoint| (endpoint, (environment, host))));
            }
        }
        let nginx: BTreeMap<EndpointId, ServerId> = model
            .nginx_endpoints
            .servers
            .iter()
            .enumerate()
            .map(|(index, endpoint)| (*endpoint, ServerId(index as u32)))
            .collect();
        let all = model
            .estate
            .endpoints
            .iter()
            .enumerate()
            .filter(|(_, it)| it.side == Side::Server && it.speaks_tls)
            .map(|(index, it)| {
                let endpoint = EndpointId(index as u32);
                let virtual_host = virtual_hosts.get(&endpoint).copied();
                Server {
                    endpoint,
                    virtual_host,
                    ports: ports(model, virtual_host, nginx.get(&endpoint).copied()),
                    hosts: it.hosts.iter().map(|host| host.name.clone()).collect(),
                    hosts_known: virtual_host.is_some_and(|at| names_are_known(model, at)),
                    leaves: leaves(model, endpoint),
                }
            })
            .collect();
        Self { all }
    }

    /// Every server, with the virtual host that it is.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = (EndpointId, Option<(usize, usize)>)> {
        self.all.iter().map(|it| (it.endpoint, it.virtual_host))
    }

    /// Who answered, and who should have by name and port and has another certificate.
    pub(super) fn find(
        &self,
        talk: &Conversation,
        truststores: &BTreeMap<EndpointId, Truststore>,
    ) -> (Option<Met>, Option<EndpointId>) {
        let name = talk.client_hello.as_ref().and_then(|it| it.server_name.as_ref());
        let name = name.map(|it| it.trim_end_matches('.').to_ascii_lowercase());
        let port = talk.server.port();
        let by_leaf: Vec<&Server> = self.all.iter().filter(|it| it.shows(talk) == Some(true)).collect();
        if !by_leaf.is_empty() {
            let mut left = by_leaf;
            let mut other_name = false;
            if let Some(name) = &name {
                other_name = left.iter().all(|it| it.hosts_known && !it.answers_to(name));
                narrow(&mut left, |it| it.answers_to(name));
            }
            narrow(&mut left, |it| it.is_at(port) == Some(true));
            return (agreed(&left, truststores, Sign::Certificate, other_name), None);
        }
        if let Some(name) = &name {
            let mut left: Vec<&Server> =
                self.all.iter().filter(|it| it.answers_to(name) && it.is_at(port) == Some(true)).collect();
            narrow(&mut left, |it| it.hosts.contains(name));
            let other = left.iter().find(|it| it.shows(talk) == Some(false)).map(|it| it.endpoint);
            left.retain(|it| it.shows(talk) != Some(false));
            return (agreed(&left, truststores, Sign::Name, false), other);
        }
        // Somebody whose port is not known may stand at this one.
        let left: Vec<&Server> = self.all.iter().filter(|it| it.is_at(port) != Some(false)).collect();
        let only = left.len() == 1
            && left.iter().all(|it| {
                it.is_at(port) == Some(true)
                    && it.shows(talk) != Some(false)
                    && truststores.contains_key(&it.endpoint)
            });
        (if only { agreed(&left, truststores, Sign::Port, false) } else { None }, None)
    }
}

/// Keeps those of which something holds, if there are any.
fn narrow(servers: &mut Vec<&Server>, holds: impl Fn(&Server) -> bool) {
    if servers.iter().any(|it| holds(it)) {
        servers.retain(|it| holds(it));
    }
}

/// The first of several that trust the same.
fn agreed(
    servers: &[&Server],
    truststores: &BTreeMap<EndpointId, Truststore>,
    by: Sign,
    other_name: bool,
) -> Option<Met> {
    let (first, rest) = servers.split_first()?;
    let trust = truststores.get(&first.endpoint);
    let same = rest.iter().all(|it| match (trust, truststores.get(&it.endpoint)) {
        (None, None) => true,
        (Some(one), Some(other)) => one.is_like(other),
        _ => false,
    });
    same.then_some(Met { endpoint: first.endpoint, virtual_host: first.virtual_host, by, other_name })
}

impl Server {
    /// Whether it showed its certificate; `None` where one of the two is not known.
    fn shows(&self, talk: &Conversation) -> Option<bool> {
        let leaf = talk.server_chain.as_ref()?.leaf()?;
        if self.leaves.is_empty() {
            return None;
        }
        Some(self.leaves.iter().any(|it| match it {
            Leaf::Known(fingerprint) => *fingerprint == leaf.fingerprint.0,
            Leaf::Described(issuer, serial) => {
                *issuer == leaf.issuer.unordered() && *serial == digits(&leaf.serial)
            }
        }))
    }

    fn answers_to(&self, name: &str) -> bool {
        self.hosts.iter().any(|host| match host.strip_prefix('*') {
            Some(suffix) => name.len() > suffix.len() && name.ends_with(suffix),
            None => host == name,
        })
    }

    fn is_at(&self, port: u16) -> Option<bool> {
        self.ports.as_ref().map(|ports| ports.contains(&port))
    }
}

fn digits(serial: &str) -> String {
    serial.trim_start_matches('0').to_ascii_lowercase()
}

fn ports(model: &Model, host: Option<(usize, usize)>, server: Option<ServerId>) -> Option<Vec<u16>> {
    if let Some((environment, host)) = host {
        let port = model.apigee.environments[environment].virtual_hosts[host].port.as_ref()?;
        return port.trimmed().parse().ok().map(|port| vec![port]);
    }
    let server = model.nginx.server(server?);
    (!server.hidden_listen && !server.fragment).then(|| server.listens.iter().map(|it| it.port).collect())
}

/// A virtual host answers to its aliases alone. A template may stand for any name.
fn names_are_known(model: &Model, (environment, host): (usize, usize)) -> bool {
    let aliases = &model.apigee.environments[environment].virtual_hosts[host].host_aliases;
    aliases
        .as_ref()
        .is_some_and(|all| !all.is_empty() && all.iter().all(|it| !it.is_placeholder() && !it.is_blank()))
}

fn leaves(model: &Model, endpoint: EndpointId) -> Vec<Leaf> {
    let identities = model.estate.identities_of(endpoint).iter().filter(|it| it.role == Role::Server);
    let known = identities.filter_map(|it| {
        let (id, _) = it.sent.first()?;
        Some(Leaf::Known(model.cert(*id).fingerprint.0))
    });
    let shown = |use_: &super::super::DescribedUse| {
        use_.endpoint == endpoint && use_.part == Part::Leaf(Role::Server)
    };
    let described = model.estate.described.iter().filter(|it| it.uses.iter().any(shown));
    let described = described.filter_map(|it| {
        let serial = data_encoding::HEXLOWER.encode(it.serial.as_ref()?);
        Some(Leaf::Described(it.issuer.as_ref()?.unordered(), digits(&serial)))
    });
    known.chain(described).collect()
}
