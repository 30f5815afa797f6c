//! What software in Java becomes in the estate: endpoints, the stores they open, the passwords that open those.

use std::collections::BTreeMap;

use super::{
    super::{
        estate::{
            EndpointId, Estate, Expects, Host, Offer, Pointer, PointerId, Role, Side, Software, Trust, Within,
        },
        resolve::{Resolved, Resolver},
        said::Said,
        settings::Secret,
    },
    Beside, ClientAuth, Java, NamedFile, NamedStore, Password, Placed, Unit, User, place,
};
use crate::source::{FileId, Location};

/// Adds users of stores to the estate. `lines` gives the lines of password files that were read.
pub(in crate::model) fn draft(
    units: &[(FileId, Unit)],
    resolver: &Resolver<'_>,
    belongs: &dyn Fn(&str, Expects, bool) -> bool,
    lines: &BTreeMap<FileId, Vec<Secret>>,
    stores: &[FileId],
    estate: &mut Estate,
) -> Java {
    let mut units: Vec<&(FileId, Unit)> = units.iter().collect();
    units.sort_by_key(|(file, _)| *file);
    let mut java = Java::default();
    for (file, unit) in units {
        for user in &unit.users {
            let mut this = Draft { file: *file, user, resolver, belongs, lines, estate, java: &mut java };
            this.user();
        }
    }
    let mut beside = Beside::default();
    for store in stores {
        if let Some(id) = beside.of(resolver.paths, *store) {
            from_file(&mut java, estate, *store, id, lines);
        }
    }
    java
}

/// Takes the one line of a file as what opens a store; several lines are for somebody else.
fn from_file(
    java: &mut Java,
    estate: &mut Estate,
    store: FileId,
    id: FileId,
    lines: &BTreeMap<FileId, Vec<Secret>>,
) {
    java.wanted.push(id);
    if let Some([only]) = lines.get(&id).map(Vec::as_slice) {
        estate.add_password(store, only, Location::whole(id));
    }
}

struct Draft<'a> {
    file: FileId,
    user: &'a User,
    resolver: &'a Resolver<'a>,
    belongs: &'a dyn Fn(&str, Expects, bool) -> bool,
    lines: &'a BTreeMap<FileId, Vec<Secret>>,
    estate: &'a mut Estate,
    java: &'a mut Java,
}

impl Draft<'_> {
    fn user(&mut self) {
        let user = self.user;
        let side = if user.server { Side::Server } else { Side::Client };
        let hosts = user.hosts.iter().filter(|it| !it.is_placeholder() && !it.is_blank());
        let hosts = hosts.map(|it| Host { name: it.trimmed().to_ascii_lowercase(), at: it.at }).collect();
        let endpoint = self.estate.add_endpoint(user.title.clone(), user.at, side, hosts);
        self.estate.endpoints[endpoint.0 as usize].speaks_tls = user.on;
        let key_store = user.key_store.as_ref().and_then(|it| self.key_store(endpoint, it));
        if key_store.is_none() {
            self.pem_pair(endpoint);
        }
        let trust_store = user.trust_store.as_ref().and_then(|it| self.trust_store(endpoint, it));
        if let Some(file) = &user.pem.authorities
            && trust_store.is_none()
        {
            let anchors = self.pointer(&file.setting, &file.path, Expects::Anchors, Within::Whole);
            self.trust(endpoint, anchors);
        }
        self.java.users.push(Placed {
            file: self.file,
            user: user.clone(),
            endpoint,
            key_store,
            trust_store,
        });
    }

    fn role(&self) -> Role {
        if self.user.server { Role::Server } else { Role::Client }
    }

    fn key_store(&mut self, endpoint: EndpointId, store: &NamedStore) -> Option<PointerId> {
        if store.is_no_file() {
            return None;
        }
        let (within, expects) = if store.is_pem() {
            (Within::Whole, Expects::Chain)
        } else {
            let alias = self.user.alias.as_ref();
            if alias.is_some_and(Said::is_placeholder) {
                (Within::Unknown, Expects::Keystore)
            } else {
                let alias = alias.filter(|it| !it.is_blank()).map(|it| it.trimmed().to_owned());
                (Within::KeyEntry(alias), Expects::Keystore)
            }
        };
        let pointer = self.pointer(&store.setting, &store.path, expects, within);
        self.passwords(pointer, store, self.user.key_password.as_ref());
        self.offer(endpoint, pointer, Some(pointer));
        Some(pointer)
    }

    fn pem_pair(&mut self, endpoint: EndpointId) {
        let NamedPair { certificate: Some(certificate), key } = NamedPair::of(self.user) else { return };
        let certificate =
            self.pointer(&certificate.setting, &certificate.path, Expects::Chain, Within::Whole);
        // Intermediates in a file of their own make up a chain that no one file holds.
        if let Some(chain) = &self.user.pem.chain {
            self.pointer(&chain.setting, &chain.path, Expects::Anchors, Within::Whole);
        }
        let key = key.map(|it| self.pointer(&it.setting, &it.path, Expects::PrivateKey, Within::Whole));
        if self.user.pem.chain.is_none() {
            self.offer(endpoint, certificate, key.or(Some(certificate)));
        }
    }

    fn offer(&mut self, endpoint: EndpointId, certificate: PointerId, key: Option<PointerId>) {
        // What is turned off shows nothing to anybody.
        if !self.user.on {
            return;
        }
        self.estate.offers.push(Offer {
            endpoint,
            role: self.role(),
            certificates: vec![certificate],
            bundle: None,
            keys: key.into_iter().collect(),
            passwords: Vec::new(),
            via: Vec::new(),
        });
    }

    fn trust_store(&mut self, endpoint: EndpointId, store: &NamedStore) -> Option<PointerId> {
        if store.is_no_file() {
            return None;
        }
        let within = if store.is_pem() { Within::Whole } else { Within::Trusted };
        let pointer = self.pointer(&store.setting, &store.path, Expects::Anchors, within);
        self.passwords(pointer, store, None);
        self.trust(endpoint, pointer);
        Some(pointer)
    }

    /// What verifies whom: a server its clients where it asks them, else its like where it connects to those.
    fn trust(&mut self, endpoint: EndpointId, anchors: PointerId) {
        let at = self.estate.pointer(anchors).at;
        let (of, active) = match (self.user.server, self.user.client_auth) {
            (false, _) => (Role::Server, Some(at)),
            (true, ClientAuth::On(said)) => (Role::Client, Some(said)),
            (true, _) if self.user.peers.is_some() => (Role::Server, self.user.peers),
            (true, _) => (Role::Client, None),
        };
        self.estate.trusts.push(Trust {
            endpoint,
            of,
            anchors: vec![anchors],
            announced: if of == Role::Client { vec![anchors] } else { Vec::new() },
            revocation: Vec::new(),
            depth: (u32::MAX, None),
            active: active.filter(|_| self.user.on),
            whole: true,
            via: Vec::new(),
        });
    }

    fn pointer(&mut self, setting: &str, path: &Said, expects: Expects, within: Within) -> PointerId {
        let id = PointerId(self.estate.pointers.len() as u32);
        let to = place::resolve(self.resolver, self.belongs, self.file, self.user.program, path, expects);
        self.estate.pointers.push(Pointer {
            at: path.at,
            written: path.trimmed().to_owned(),
            setting: setting.to_owned(),
            expects,
            to,
            within,
            opened: self.user.on,
            software: Software::Java,
        });
        id
    }

    /// What may open the store that a pointer leads to.
    fn passwords(&mut self, pointer: PointerId, store: &NamedStore, key: Option<&Password>) {
        let Some(file) = self.estate.pointer(pointer).to.file() else { return };
        let said = store.password.iter().chain(key);
        for it in said {
            if let Some(secret) = it.secret.clone().filter(|it| !it.is_empty()) {
                self.estate.add_password(file, &secret, it.at);
            }
        }
        let named = store.password_file.as_ref().and_then(|it| {
            let to = place::resolve(
                self.resolver,
                &|_, _, _| false,
                self.file,
                self.user.program,
                it,
                Expects::Passwords,
            );
            if let Resolved::File(id) = to { Some(id) } else { None }
        });
        if let Some(id) = named {
            from_file(self.java, self.estate, file, id, self.lines);
        }
    }
}

/// A certificate and key in files of PEM.
struct NamedPair<'u> {
    certificate: Option<&'u NamedFile>,
    key: Option<&'u NamedFile>,
}

impl<'u> NamedPair<'u> {
    fn of(user: &'u User) -> Self {
        let real = |it: &&NamedFile| !it.path.is_blank() && !it.path.text.contains("-----BEGIN");
        Self {
            certificate: user.pem.certificate.as_ref().filter(real),
            key: user.pem.key.as_ref().filter(real),
        }
    }
}
