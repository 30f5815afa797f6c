//! Who uses a store: virtual hosts, target servers and connections, each with the lines that name store and alias.

use crate::source::Location;

use super::{
    super::said::Said, Apigee, Bundle, Connection, ConnectionKind, Environment, SslInfo, TargetServer,
    VirtualHost,
};

/// What a store is used for. Keystores and truststores are one kind of thing; this makes the difference.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoreRole {
    /// `KeyStore`: the certificate and key that are shown.
    Key,
    /// `TrustStore`: the certificates that the peer's is checked against.
    Trust,
}

impl StoreRole {
    /// The element that names it.
    pub fn element(self) -> &'static str {
        match self {
            Self::Key => "KeyStore",
            Self::Trust => "TrustStore",
        }
    }
}

/// Something that names stores.
#[derive(Copy, Clone, Debug)]
pub enum StoreUser<'a> {
    /// A virtual host: clients connect to it.
    VirtualHost(&'a VirtualHost),
    /// A target server: a backend.
    TargetServer(&'a TargetServer),
    /// A connection of a proxy or shared flow to a backend.
    Connection(&'a Bundle, &'a Connection),
}

impl StoreUser<'_> {
    /// What a person calls it: ``virtual host `partner` ``.
    pub fn title(&self) -> String {
        let named = |what: &str, name: Option<&Said>| match name.filter(|it| !it.is_blank()) {
            Some(name) => format!("{what} `{}`", name.trimmed()),
            None => format!("a {what}"),
        };
        match self {
            Self::VirtualHost(it) => named("virtual host", it.name.as_ref()),
            Self::TargetServer(it) => named("target server", it.name.as_ref()),
            Self::Connection(_, it) => {
                let what = match it.kind {
                    ConnectionKind::Target | ConnectionKind::WebSocket => "target endpoint",
                    ConnectionKind::ServiceCallout | ConnectionKind::MessageLogging => "policy",
                };
                named(what, it.name.as_ref())
            }
        }
    }

    /// Clients connect to it, rather than it to a backend.
    pub fn is_virtual_host(&self) -> bool {
        matches!(self, Self::VirtualHost(_))
    }
}

/// A line that names a store.
#[derive(Copy, Clone, Debug)]
pub struct StoreUse<'a> {
    /// Who.
    pub user: StoreUser<'a>,
    /// What for.
    pub role: StoreRole,
    /// The value of `KeyStore` or `TrustStore`.
    pub name: &'a Said,
    /// Where that stands.
    pub ssl: &'a SslInfo,
}

impl<'a> StoreUse<'a> {
    /// The line.
    pub fn at(&self) -> Location {
        self.name.at
    }

    /// `KeyAlias`, for a store that is used as keystore.
    pub fn alias(&self) -> Option<&'a Said> {
        self.ssl.key_alias.as_ref().filter(|it| self.role == StoreRole::Key && !it.is_blank())
    }

    /// Whether the settings around it let the store take part in handshakes; `None` where a placeholder decides.
    pub fn in_effect(&self) -> Option<bool> {
        let truth = |said: &Option<Said>| match said {
            Some(said) if said.is_placeholder() => None,
            other => Some(other.as_ref().and_then(Said::truth)),
        };
        // `SSLInfo` beside a load balancer is passed over: the target servers' own counts.
        if let StoreUser::Connection(_, connection) = self.user
            && connection.load_balancer.is_some()
        {
            return Some(false);
        }
        let enabled = truth(&self.ssl.enabled)?;
        // On X an absent `Enabled` of a target means what the scheme of its address means.
        let on = enabled.unwrap_or(!self.user.is_virtual_host());
        let wants_clients = match (self.user.is_virtual_host(), self.role) {
            (true, StoreRole::Key) | (false, StoreRole::Trust) => Some(true),
            _ => truth(&self.ssl.client_auth)?,
        };
        Some(on && wants_clients == Some(true))
    }

    /// The settings around it turn it off.
    pub fn is_off(&self) -> bool {
        self.in_effect() == Some(false)
    }

    /// What happens when there is no such store, or nothing usable in it, in words that can follow "so".
    pub fn effect(&self) -> &'static str {
        match (self.user.is_virtual_host(), self.role) {
            (true, StoreRole::Key) => {
                "the virtual host has no certificate to show and clients cannot connect"
            }
            (true, StoreRole::Trust) => {
                "the virtual host has nothing to check client certificates against and lets no client in"
            }
            (false, StoreRole::Key) => "the backend is shown no certificate and calls to it fail",
            (false, StoreRole::Trust) => {
                "there is nothing to check the backend's certificate against and calls to it fail"
            }
        }
    }
}

impl Apigee {
    /// Every line that names a store of an environment, in order of virtual hosts, target servers and proxies.
    pub fn store_uses(&self, environment: usize) -> Vec<StoreUse<'_>> {
        let mut uses = Vec::new();
        let Some(it) = self.environments.get(environment) else { return uses };
        uses.extend(it.own_store_uses());
        for bundle in self.bundles.iter().filter(|bundle| bundle.environments.contains(&environment)) {
            for connection in &bundle.connections {
                for ssl in &connection.ssl {
                    uses.extend(named(StoreUser::Connection(bundle, connection), ssl));
                }
            }
        }
        uses
    }
}

impl Environment {
    /// Every line of its own virtual hosts and target servers that names a store.
    pub fn own_store_uses(&self) -> Vec<StoreUse<'_>> {
        let mut uses = Vec::new();
        for host in &self.virtual_hosts {
            uses.extend(host.ssl.iter().flat_map(|ssl| named(StoreUser::VirtualHost(host), ssl)));
        }
        for server in &self.target_servers {
            uses.extend(server.ssl.iter().flat_map(|ssl| named(StoreUser::TargetServer(server), ssl)));
        }
        uses
    }
}

fn named<'a>(user: StoreUser<'a>, ssl: &'a SslInfo) -> impl Iterator<Item = StoreUse<'a>> {
    let stores = [(StoreRole::Key, &ssl.key_store), (StoreRole::Trust, &ssl.trust_store)];
    stores.into_iter().filter_map(move |(role, name)| {
        let name = name.as_ref().filter(|it| !it.is_blank())?;
        Some(StoreUse { user, role, name, ssl })
    })
}
