//! What Apigee becomes in the estate: virtual hosts as servers, target servers and connections as clients, aliases with
//! files as pointers, dumped certificates as described ones.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{FileId, Location};

use super::{
    super::{
        estate::{
            EndpointId, Estate, Expects, Host, Offer, Pointer, PointerId, Role, Side, Software, Step, Trust,
            Within,
        },
        resolve::{Resolved, Resolver},
        said::Said,
        tree::{ancestors, join, parent},
        usage::Part,
    },
    Alias, AliasDefinition, Apigee, Environment, SslInfo, Store, TargetServer, VirtualHost,
    describe::Describer,
    loaded::{Loaded, name_bundles},
};

/// Which endpoint of the estate something of Apigee became.
#[derive(Debug, Default)]
pub struct Wiring {
    /// By environment and virtual host, in their orders; `None` where it speaks no TLS.
    pub virtual_hosts: Vec<Vec<Option<EndpointId>>>,
    /// By environment and target server, in their orders; `None` where it speaks no TLS.
    pub target_servers: Vec<Vec<Option<EndpointId>>>,
    /// What Routers have loaded for virtual hosts.
    pub loaded: BTreeMap<EndpointId, Vec<Loaded>>,
}

pub(in crate::model) fn draft(
    apigee: &Apigee,
    resolver: &Resolver<'_>,
    belongs: &dyn Fn(&str, Expects, bool) -> bool,
    estate: &mut Estate,
) -> Wiring {
    let mut wiring = Wiring::default();
    for environment in &apigee.environments {
        let mut drafter = Drafter {
            apigee,
            environment,
            resolver,
            belongs,
            estate: &mut *estate,
            wiring: &mut wiring,
            files: BTreeMap::new(),
            describer: Describer::default(),
        };
        let hosts = environment.virtual_hosts.iter().map(|it| drafter.virtual_host(it)).collect();
        let targets = environment.target_servers.iter().map(|it| drafter.target_server(it)).collect();
        drafter.describe_the_rest();
        wiring.virtual_hosts.push(hosts);
        wiring.target_servers.push(targets);
    }
    wiring
}

/// The files of an alias.
#[derive(Copy, Clone, Default)]
struct Files {
    certificate: Option<PointerId>,
    key: Option<PointerId>,
}

struct Drafter<'d> {
    apigee: &'d Apigee,
    environment: &'d Environment,
    resolver: &'d Resolver<'d>,
    belongs: &'d dyn Fn(&str, Expects, bool) -> bool,
    estate: &'d mut Estate,
    wiring: &'d mut Wiring,
    /// Pointers of aliases that were drafted, by store, alias and what they are for: many virtual hosts share them.
    files: BTreeMap<(&'d str, &'d str, Expects, Software), Files>,
    describer: Describer,
}

impl<'d> Drafter<'d> {
    fn virtual_host(&mut self, host: &'d VirtualHost) -> Option<EndpointId> {
        let ssl = host.ssl.as_ref().filter(|it| it.is_on())?;
        let name = host.name.as_ref().map_or("(no name)", |it| it.trimmed());
        let (title, hosts) = (format!("virtual host `{name}`{}", self.of_environment()), host.hosts());
        let endpoint = self.estate.add_endpoint(title, host.at, Side::Server, hosts);
        self.identity(endpoint, ssl, Role::Server, Software::EdgeRouter);
        if ssl.asks_clients() {
            let active = ssl.client_auth.as_ref().filter(|_| ssl.verifies_clients()).map(|it| it.at);
            self.trust(endpoint, ssl, Role::Client, Software::EdgeRouter, active);
            let Self { apigee, environment, resolver, .. } = *self;
            name_bundles(apigee, environment, host, endpoint, resolver, self.estate, self.wiring);
        }
        Some(endpoint)
    }

    fn target_server(&mut self, server: &'d TargetServer) -> Option<EndpointId> {
        let ssl = server.ssl.as_ref().filter(|it| it.is_on())?;
        let name = server.name.as_ref().map_or("(no name)", |it| it.trimmed());
        let host = server.host.as_ref().filter(|it| !it.is_placeholder() && !it.is_blank());
        let title = format!("target server `{name}`{}", self.of_environment());
        let named = host.map(|it| Host { name: it.trimmed().to_ascii_lowercase(), at: it.at });
        let hosts = named.into_iter().collect();
        let endpoint = self.estate.add_endpoint(title, server.at, Side::Client, hosts);
        if ssl.asks_clients() {
            self.identity(endpoint, ssl, Role::Client, Software::MessageProcessor);
        }
        // Without IgnoreValidationErrors the Message Processor verifies whoever answers.
        let verifies = ssl.ignore_validation_errors.as_ref().and_then(Said::truth) != Some(true);
        let active = ssl.trust_store.as_ref().filter(|_| verifies).map(|it| it.at);
        self.trust(endpoint, ssl, Role::Server, Software::MessageProcessor, active);
        Some(endpoint)
    }

    fn of_environment(&self) -> String {
        match &self.environment.scope.environment {
            Some(name) => format!(" of environment `{name}`"),
            None => String::new(),
        }
    }

    /// What an endpoint shows: the alias that `KeyAlias` names in the store that `KeyStore` leads to.
    fn identity(&mut self, endpoint: EndpointId, ssl: &'d SslInfo, role: Role, software: Software) {
        let Some((store, via)) = self.store(ssl.key_store.as_ref(), "keystore") else { return };
        let Some(said) = ssl.key_alias.as_ref() else { return };
        let Some(alias) = store.alias(said.trimmed()) else { return };
        let via: Vec<Step> = via
            .into_iter()
            .chain([Step { at: said.at, what: format!("its alias `{}`", alias.name) }])
            .collect();
        let files = self.files(store, alias, Expects::Chain, software);
        if let Some(certificate) = files.certificate {
            self.estate.offers.push(Offer {
                endpoint,
                role,
                certificates: vec![certificate],
                bundle: None,
                keys: files.key.into_iter().collect(),
                passwords: Vec::new(),
                via,
            });
        } else if let Some(detail) = &alias.detail {
            let described = self.describer.alias(self.estate, store, alias, detail);
            let parts = described
                .iter()
                .enumerate()
                .map(|(step, at)| (*at, if step == 0 { Part::Leaf(role) } else { Part::Intermediate(role) }));
            Describer::used(self.estate, parts.collect(), endpoint, software, &via, &described);
        }
    }

    /// What an endpoint verifies its peers against: every alias of the store that `TrustStore` leads to.
    fn trust(
        &mut self,
        endpoint: EndpointId,
        ssl: &'d SslInfo,
        of: Role,
        software: Software,
        active: Option<Location>,
    ) {
        let Some((store, via)) = self.store(ssl.trust_store.as_ref(), "truststore") else { return };
        let mut anchors = Vec::new();
        let mut described = Vec::new();
        let mut whole = store.complete || store.aliases.iter().any(|it| !it.definitions.is_empty());
        for alias in &store.aliases {
            let files = self.files(store, alias, Expects::Anchors, software);
            match (files.certificate, &alias.detail) {
                (Some(pointer), _) => anchors.push(pointer),
                (None, Some(detail)) => {
                    described.extend(self.describer.alias(self.estate, store, alias, detail));
                }
                (None, None) => whole = false,
            }
        }
        if active.is_some() {
            let together = if whole && anchors.is_empty() { described.clone() } else { Vec::new() };
            let parts = described.iter().map(|at| (*at, Part::Anchor(of))).collect();
            Describer::used(self.estate, parts, endpoint, software, &via, &together);
        }
        if !anchors.is_empty() {
            self.estate.trusts.push(Trust {
                endpoint,
                of,
                announced: anchors.clone(),
                anchors,
                revocation: Vec::new(),
                // Java builds paths of its own and knows no such limit here.
                depth: (if software == Software::EdgeRouter { 1 } else { u32::MAX }, None),
                active,
                whole: whole && described.is_empty(),
                via,
            });
        }
    }

    /// The store that a name leads to, with the way there.
    fn store(&self, said: Option<&'d Said>, what: &str) -> Option<(&'d Store, Vec<Step>)> {
        let said = said?;
        let environment = self.environment;
        let store = environment.look_up(Some(said)).store()?;
        let named = Step { at: said.at, what: format!("its {what}") };
        let way = environment.way(said).into_iter().map(|(at, what)| Step { at, what });
        Some((store, std::iter::once(named).chain(way).collect()))
    }

    /// The pointers to the files of an alias, made once for each purpose.
    fn files(&mut self, store: &'d Store, alias: &'d Alias, expects: Expects, software: Software) -> Files {
        let key = (store.name.as_str(), alias.name.as_str(), expects, software);
        if let Some(known) = self.files.get(&key) {
            return *known;
        }
        let files = match alias.definitions.last().map(|at| &self.environment.definitions[*at]) {
            Some(definition) => self.defined(definition, expects, software),
            None => Files::default(),
        };
        let files = match alias.exported {
            Some(file) if files.certificate.is_none() => {
                let written = self.resolver.paths.node(file).path.to_string();
                let setting = format!("alias `{}` of store `{}`", alias.name, store.name);
                let pointer = Pointer {
                    within: Within::Whole,
                    at: alias.at,
                    written,
                    setting,
                    expects,
                    to: Resolved::File(file),
                    opened: true,
                    software,
                };
                Files { certificate: Some(self.add(pointer)), key: files.key }
            }
            _ => files,
        };
        self.files.insert(key, files);
        files
    }

    /// The files that a definition names. Edge makes a certificate of its own for `selfsignedcert` and takes none.
    fn defined(&mut self, definition: &'d AliasDefinition, expects: Expects, software: Software) -> Files {
        let format = definition.format.as_ref().map_or("", |it| it.trimmed());
        match format {
            "keycertfile" => {
                let certificate = definition.certificate.as_ref();
                let certificate =
                    certificate.and_then(|it| self.named(definition, it, "certFilePath", expects, software));
                let key = definition.key.as_ref();
                let key = key
                    .and_then(|it| self.named(definition, it, "keyFilePath", Expects::PrivateKey, software));
                Files { certificate, key }
            }
            "pkcs12" | "keycertjar" => {
                let bundle = definition.bundle.as_ref();
                let bundle =
                    bundle.and_then(|it| self.named(definition, it, "filePath", Expects::Keystore, software));
                Files { certificate: bundle, key: bundle }
            }
            _ => Files::default(),
        }
    }

    fn named(
        &mut self,
        definition: &AliasDefinition,
        said: &Said,
        setting: &str,
        expects: Expects,
        software: Software,
    ) -> Option<PointerId> {
        if said.is_blank() {
            return None;
        }
        let to = self.resolve(definition, said, expects);
        if let (Some(file), Some(secret)) = (to.file(), &definition.secret) {
            self.estate.add_password(file, secret, definition.password.unwrap_or(definition.at));
        }
        Some(self.add(Pointer {
            within: Within::Whole,
            at: said.at,
            written: said.trimmed().to_owned(),
            setting: setting.to_owned(),
            expects,
            to,
            opened: true,
            software,
        }))
    }

    /// Paths start at the working folder of Maven: the folder of a `pom.xml` at or above the file; where there is none,
    /// the file's own folder or one above it, which finds files and proves nothing missing.
    fn resolve(&self, definition: &AliasDefinition, said: &Said, expects: Expects) -> Resolved {
        let written = said.trimmed();
        if said.is_placeholder() || is_token(written) {
            return Resolved::Opaque;
        }
        if written.starts_with('/') || written.contains(':') {
            return self.mapped(written);
        }
        let folder = parent(&self.resolver.paths.node(definition.at.file).path);
        let has_pom = |folder: &&str| self.apigee.maven.iter().any(|(at, _)| at == folder);
        let pom = ancestors(folder).find(|it| has_pom(it));
        let bases = pom.into_iter().chain(ancestors(folder).filter(|it| !it.is_empty() && *it != "/"));
        for base in bases.chain(std::iter::once("")) {
            if let Some(file) = self.resolver.paths.find(&join(base, written)) {
                return self.found(file);
            }
        }
        let Some(base) = pom else { return Resolved::Outside };
        let expected = join(base, written);
        let place = parent(&expected);
        let tracked = self.resolver.paths.node(definition.at.file).tracked;
        let missed = self.resolver.paths.is_folder(place)
            && !(self.resolver.ignored)(&expected)
            && (self.belongs)(place, expects, tracked);
        if missed { Resolved::Missing { expected, beside: None } } else { Resolved::Outside }
    }

    /// An absolute path, where the settings say which folder of the tree it is.
    fn mapped(&self, written: &str) -> Resolved {
        let settings = &self.resolver.settings.paths;
        let mapped = settings.iter().find_map(|(prefix, folder)| {
            let rest = written.strip_prefix(prefix.trim_end_matches('/'))?;
            rest.starts_with('/').then(|| join(folder, &rest[1..]))
        });
        let found = mapped.and_then(|path| self.resolver.paths.find(&path));
        found.map_or(Resolved::Outside, |file| self.found(file))
    }

    fn found(&self, file: FileId) -> Resolved {
        use super::super::tree::NodeKind;
        match self.resolver.paths.node(file).kind {
            NodeKind::File => Resolved::File(file),
            NodeKind::Directory => Resolved::Directory(file),
            NodeKind::Special => Resolved::Outside,
        }
    }

    fn add(&mut self, pointer: Pointer) -> PointerId {
        self.estate.pointers.push(pointer);
        PointerId(self.estate.pointers.len() as u32 - 1)
    }

    /// Files and dumped certificates of aliases that no virtual host and no target server uses.
    fn describe_the_rest(&mut self) {
        let environment = self.environment;
        let drafted: BTreeSet<(&str, &str)> =
            self.files.keys().map(|(store, alias, ..)| (*store, *alias)).collect();
        // Nobody but Apigee can renew what is in its own store.
        for store in environment.stores.iter().filter(|it| it.name != super::resolve::BUILT_IN_STORE) {
            for alias in &store.aliases {
                if let Some(detail) = &alias.detail {
                    self.describer.alias(self.estate, store, alias, detail);
                }
                let known = drafted.contains(&(store.name.as_str(), alias.name.as_str()));
                if known || alias.definitions.is_empty() {
                    continue;
                }
                let expects = if alias.has_key == Some(true) { Expects::Chain } else { Expects::Anchors };
                self.files(store, alias, expects, Software::EdgeRouter);
            }
        }
        for detail in &environment.stray_details {
            self.describer.stray(self.estate, detail);
        }
    }
}

/// A word in capitals stands for something that a build puts in.
fn is_token(path: &str) -> bool {
    path.split(['/', '-', '.']).any(|part| {
        part.contains('_')
            && part.len() > 3
            && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    })
}

impl SslInfo {
    /// `Enabled` is true.
    pub fn is_on(&self) -> bool {
        self.enabled.as_ref().and_then(Said::truth) == Some(true)
    }

    /// Clients are asked for certificates, and those that cannot be verified are refused.
    pub fn verifies_clients(&self) -> bool {
        let ignores = self.ignore_validation_errors.as_ref().and_then(Said::truth) == Some(true);
        self.asks_clients() && !ignores
    }

    /// `ClientAuthEnabled` is true.
    pub fn asks_clients(&self) -> bool {
        self.client_auth.as_ref().and_then(Said::truth) == Some(true)
    }
}

impl VirtualHost {
    /// The host names of its aliases, without ports and placeholders.
    pub fn hosts(&self) -> Vec<Host> {
        let aliases = self.host_aliases.iter().flatten().filter(|it| !it.is_placeholder() && !it.is_blank());
        aliases
            .map(|it| {
                let word = it.trimmed();
                let name = match word.rsplit_once(':') {
                    Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.contains(':') => {
                        name
                    }
                    _ => word,
                };
                Host { name: name.to_ascii_lowercase(), at: it.at }
            })
            .collect()
    }
}
