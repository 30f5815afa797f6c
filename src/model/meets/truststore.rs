//! What a server trusts clients by, put together from files and dumps, and what the file of a router says about it.

use std::collections::BTreeSet;

use super::{
    super::{
        CertId, EndpointId, FileId, Location, Model, Role, Software, Step,
        apigee::{ClientPem, Environment, VirtualHost},
        nginx::ServerId,
    },
    AskedName,
};

/// What a server trusts clients by.
#[derive(Debug)]
pub struct Truststore {
    /// What reads it.
    pub software: Software,
    /// The names that clients are told, each once.
    pub names: Vec<TrustedName>,
    /// These are all.
    pub names_known: bool,
    /// Certificates with their bytes.
    pub certificates: Vec<CertId>,
    /// These are all.
    pub certificates_known: bool,
    /// Intermediates allowed between leaf and root.
    pub depth: u32,
    /// Some of it is known from what shall be uploaded alone.
    pub planned: bool,
    /// What a client has to show.
    pub demand: Demand,
    /// The line that names it.
    pub line: Location,
    /// What that line says, as the text of a label.
    pub line_says: String,
    /// The places from there to the store.
    pub way: Vec<Step>,
    /// It is that of a virtual host, by index of environment and virtual host.
    pub virtual_host: Option<(usize, usize)>,
}

/// What a client has to show.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// A certificate that leads to the truststore.
    Required,
    /// Such a certificate or none.
    Optional,
    /// Any certificate at all.
    Anything,
}

/// A name of a truststore.
#[derive(Clone, Debug)]
pub struct TrustedName {
    /// What it is compared by: attributes in any order, case and spaces folded.
    pub key: String,
    /// What a person calls it.
    pub title: String,
    /// The alias or the place in the file.
    pub at: Location,
}

/// What the file `…-client.pem` of a router says about a request that does not fit the truststore.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum RouterFile {
    /// It holds what was asked for: the Router has not fetched the truststore.
    AsAsked,
    /// It holds the truststore: nginx has not read it since, or somebody else answered.
    AsTrusted,
    /// It holds neither.
    Neither,
}

/// What a server trusts clients by; `None` where it asks none.
pub(super) fn of(
    model: &Model,
    endpoint: EndpointId,
    virtual_host: Option<(usize, usize)>,
) -> Option<Truststore> {
    match virtual_host {
        Some(at) => of_virtual_host(model, endpoint, at),
        None => of_trust(model, endpoint),
    }
}

fn of_virtual_host(model: &Model, endpoint: EndpointId, at: (usize, usize)) -> Option<Truststore> {
    let environment = &model.apigee.environments[at.0];
    let host = &environment.virtual_hosts[at.1];
    let ssl = host.ssl.as_ref().filter(|ssl| ssl.is_on() && ssl.asks_clients())?;
    let active = ssl.client_auth.as_ref()?;
    let ignores = ssl.ignore_validation_errors.as_ref();
    let said = ssl.trust_store.as_ref();
    let mut trust = Truststore {
        software: Software::EdgeRouter,
        names: Vec::new(),
        names_known: false,
        certificates: Vec::new(),
        certificates_known: false,
        depth: super::super::accept::NGINX_DEPTH,
        // What is not `false` may be anything.
        planned: false,
        demand: if ignores.is_some_and(|it| it.truth() != Some(false)) {
            Demand::Anything
        } else {
            Demand::Required
        },
        line: said.map_or(active.at, |said| said.at),
        line_says: said.map_or("clients are asked for certificates", |_| "its truststore").to_owned(),
        way: said
            .map(|said| environment.way(said).into_iter().map(|(at, what)| Step { at, what }).collect())
            .unwrap_or_default(),
        virtual_host: Some(at),
    };
    let Some(store) = environment.look_up(said).store() else {
        trust.take_what_is_loaded(model, endpoint);
        return Some(trust);
    };
    // Files alone may be a part of the store; a list or the definitions it is made from are all of it.
    let whole = store.complete || store.aliases.iter().all(|it| !it.definitions.is_empty());
    trust.planned = store.aliases.iter().any(|it| it.exported.is_none() && !it.definitions.is_empty());
    trust.names_known = whole;
    trust.certificates_known = whole;
    for alias in &store.aliases {
        if let Some(file) = model.file_of_alias(environment, alias) {
            if model.materials.is_readable(file) {
                for (id, _) in model.materials.in_file(file) {
                    trust.add(model, id, alias.at);
                }
            } else {
                trust.names_known = false;
                trust.certificates_known = false;
            }
        } else if let Some(detail) = &alias.detail {
            for it in &detail.certificates {
                let same =
                    model.estate.described.iter().find(|known| known.at == it.at).and_then(|it| it.same);
                match (same, &it.subject) {
                    (Some(id), _) => trust.add(model, id, alias.at),
                    (None, Some(subject)) => {
                        trust.certificates_known = false;
                        trust.name(subject.unordered(), subject.title(), alias.at);
                    }
                    (None, None) => {
                        trust.names_known = false;
                        trust.certificates_known = false;
                    }
                }
            }
        } else {
            trust.names_known = false;
            trust.certificates_known = false;
        }
    }
    if !trust.certificates_known {
        trust.take_what_is_loaded(model, endpoint);
    }
    Some(trust)
}

fn of_trust(model: &Model, endpoint: EndpointId) -> Option<Truststore> {
    let it =
        model.estate.trusts_of(endpoint).iter().find(|it| it.of == Role::Client && it.active.is_some())?;
    let pointer = model.estate.pointer(*it.announced.first().or(it.anchors.first())?);
    let known = model.anchors_are_known(it);
    let mut trust = Truststore {
        software: pointer.software,
        names: Vec::new(),
        names_known: known && !it.announced.is_empty(),
        certificates: model.anchors(it).into_iter().map(|(id, _)| id).collect(),
        certificates_known: known,
        depth: it.depth.0,
        planned: false,
        demand: if is_required(model, endpoint) { Demand::Required } else { Demand::Optional },
        line: pointer.at,
        line_says: "its authorities for clients".to_owned(),
        way: it.via.clone(),
        virtual_host: None,
    };
    for file in it.announced.iter().filter_map(|at| model.estate.pointer(*at).to.file()) {
        for (id, place) in model.materials.in_file(file) {
            let subject = &model.cert(id).subject;
            trust.name(subject.unordered(), subject.title(), place);
        }
    }
    Some(trust)
}

/// `ssl_verify_client on`; `optional` lets those in who have none.
fn is_required(model: &Model, endpoint: EndpointId) -> bool {
    let server = model.nginx_endpoints.servers.iter().position(|it| *it == endpoint);
    let Some(server) = server.map(|index| model.nginx.server(ServerId(index as u32))) else { return false };
    let set = model.nginx.effective(server.scope, "ssl_verify_client");
    set.and_then(super::super::nginx::Effective::value).is_some_and(|word| &*word.text == "on")
}

impl Truststore {
    fn add(&mut self, model: &Model, id: CertId, at: Location) {
        let subject = &model.cert(id).subject;
        self.certificates.push(id);
        self.name(subject.unordered(), subject.title(), at);
    }

    fn name(&mut self, key: String, title: &str, at: Location) {
        if !self.names.iter().any(|it| it.key == key) {
            self.names.push(TrustedName { key, title: title.to_owned(), at });
        }
    }

    /// Takes the certificates that a router holds for it, where the estate has no others.
    fn take_what_is_loaded(&mut self, model: &Model, endpoint: EndpointId) {
        let trusts = model.estate.trusts_of(endpoint).iter();
        let mut known = trusts.filter(|it| it.of == Role::Client && model.anchors_are_known(it));
        let Some(trust) = known.next() else { return };
        self.certificates = model.anchors(trust).into_iter().map(|(id, _)| id).collect();
        self.certificates_known = true;
        self.depth = trust.depth.0;
    }

    /// Whether another one lets the same clients in.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let keys = |it: &Self| it.names.iter().map(|it| it.key.clone()).collect::<BTreeSet<_>>();
        let ids = |it: &Self| it.certificates.iter().copied().collect::<BTreeSet<_>>();
        keys(self) == keys(other)
            && ids(self) == ids(other)
            && (self.depth, self.demand) == (other.depth, other.demand)
            && (self.names_known, self.certificates_known) == (other.names_known, other.certificates_known)
    }

    /// The virtual host it belongs to.
    pub fn host<'m>(&self, model: &'m Model) -> Option<(&'m Environment, &'m VirtualHost)> {
        let (environment, host) = self.virtual_host?;
        let environment = &model.apigee.environments[environment];
        Some((environment, &environment.virtual_hosts[host]))
    }

    /// What the files of the routers say about a request that does not fit.
    pub(super) fn router_files(&self, model: &Model, asked: &[AskedName]) -> Vec<(FileId, RouterFile)> {
        let Some((environment, host)) = self.host(model) else { return Vec::new() };
        let asked: BTreeSet<&str> = asked.iter().map(|(key, _)| key.as_str()).collect();
        let trusted: BTreeSet<&str> = self.names.iter().map(|it| it.key.as_str()).collect();
        let mut found = Vec::new();
        for pem in model.apigee.client_pems(environment, host) {
            let ClientPem::File(_, file) = pem else { continue };
            if !model.materials.is_sound(file) {
                continue;
            }
            let held = model.materials.in_file(file);
            let keys: BTreeSet<String> =
                held.iter().map(|(id, _)| model.cert(*id).subject.unordered()).collect();
            let keys: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
            let says = if keys == asked {
                RouterFile::AsAsked
            } else if keys == trusted {
                RouterFile::AsTrusted
            } else {
                RouterFile::Neither
            };
            found.push((file, says));
        }
        found
    }
}
