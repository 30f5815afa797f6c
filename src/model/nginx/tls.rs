//! What nginx says in the words all systems share: endpoints, named files, identities and trust.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    estate::{
        Endpoint, EndpointId, Estate, Expects, Host, Lowered, Offer, Pointer, PointerId, Role, Side,
        Software, Trust, Within,
    },
    resolve::{Resolved, Resolver},
};

use super::{Ciphers, DirectiveId, Effective, Module, Nginx, ScopeId, Server, ServerId, Speaker};

/// Settings that name files, by what follows `ssl_`, and what they should hold.
const FILES: &[(&str, Expects)] = &[
    ("ssl_certificate", Expects::Chain),
    ("ssl_certificate_key", Expects::PrivateKey),
    ("ssl_client_certificate", Expects::Anchors),
    ("ssl_trusted_certificate", Expects::Anchors),
    ("ssl_crl", Expects::RevocationLists),
    ("ssl_dhparam", Expects::DhParameters),
    ("ssl_password_file", Expects::Passwords),
    ("ssl_session_ticket_key", Expects::TicketKey),
    ("ssl_stapling_file", Expects::OcspResponse),
];

/// What a directive's file should hold; `None` where it names none.
pub(crate) fn expects(directive: &str) -> Option<Expects> {
    let rest = directive
        .strip_prefix("proxy_")
        .or_else(|| directive.strip_prefix("grpc_"))
        .or_else(|| directive.strip_prefix("uwsgi_"))
        .unwrap_or(directive);
    FILES.iter().find(|(name, _)| *name == rest).map(|(_, expects)| *expects)
}

/// Adds nginx to the estate. Which servers and connections became which endpoints is remembered.
pub(crate) fn draft(
    nginx: &Nginx,
    resolver: &Resolver<'_>,
    belongs: &dyn Fn(&str, Expects, bool) -> bool,
    estate: &mut Estate,
) -> Endpoints {
    let in_code = scopes_with_code(nginx);
    let mut this = Draft { nginx, resolver, belongs, estate, pointers: BTreeMap::new(), in_code };
    this.name_files();
    let servers: Vec<EndpointId> =
        (0..nginx.servers.len()).map(|index| this.server(ServerId(index as u32))).collect();
    let connections: Vec<EndpointId> =
        (0..nginx.connections.len()).map(|index| this.connection(index as u32)).collect();
    Endpoints { pointers: this.pointers, servers, connections }
}

/// Which endpoints and named files of the estate nginx's servers, connections and lines became.
#[derive(Debug, Default)]
pub struct Endpoints {
    /// By configuration and line.
    pub pointers: BTreeMap<(u32, DirectiveId), PointerId>,
    /// By index in [`Nginx::servers`].
    pub servers: Vec<EndpointId>,
    /// By index in [`Nginx::connections`].
    pub connections: Vec<EndpointId>,
}

struct Draft<'a> {
    nginx: &'a Nginx,
    resolver: &'a Resolver<'a>,
    belongs: &'a dyn Fn(&str, Expects, bool) -> bool,
    estate: &'a mut Estate,
    pointers: BTreeMap<(u32, DirectiveId), PointerId>,
    /// Blocks in which code chooses certificates.
    in_code: BTreeSet<ScopeId>,
}

/// Blocks that hold an `ssl_certificate_by_lua_block`.
fn scopes_with_code(nginx: &Nginx) -> BTreeSet<ScopeId> {
    let opened = |by: DirectiveId| &*nginx.directive(by).name.text == "ssl_certificate_by_lua_block";
    nginx.scopes.iter().filter(|it| it.opened_by.is_some_and(opened)).filter_map(|it| it.parent).collect()
}

impl Draft<'_> {
    /// Every line of every block that names a file, used or not.
    fn name_files(&mut self) {
        for scope in &self.nginx.scopes {
            for id in &scope.own {
                let directive = self.nginx.directive(*id);
                let Some(expects) = expects(&directive.name.text) else { continue };
                let Some(word) = directive.args.first() else { continue };
                if self.pointers.contains_key(&(scope.root, *id)) {
                    continue;
                }
                let root = &self.nginx.roots[scope.root as usize];
                let written = word.text.to_string();
                let no_file = !word.is_plain()
                    || ["data:", "engine:", "store:", "object:"]
                        .iter()
                        .any(|scheme| written.starts_with(scheme));
                let to = if no_file || written.is_empty() {
                    Resolved::Opaque
                } else {
                    // A folder shows that such files belong in the tree by holding one.
                    let in_git = self.resolver.paths.node(self.nginx.unit(*id).file).tracked;
                    self.resolver
                        .resolve(&root.base, &written, &|folder| (self.belongs)(folder, expects, in_git))
                };
                let to = match to {
                    Resolved::Missing { expected, .. } => {
                        Resolved::Missing { expected, beside: self.beside(*id, &written) }
                    }
                    other => other,
                };
                let pointer = PointerId(self.estate.pointers.len() as u32);
                self.estate.pointers.push(Pointer {
                    within: Within::Whole,
                    at: self.nginx.arg_at(*id, 0),
                    written,
                    setting: directive.name.text.to_string(),
                    expects,
                    to,
                    // Passwords are read with the line itself, whether a key needs them or not.
                    opened: expects == Expects::Passwords,
                    software: Software::Nginx,
                });
                self.pointers.insert((scope.root, *id), pointer);
            }
        }
    }

    /// The file a relative path would mean if it started at the including file.
    fn beside(&self, id: DirectiveId, written: &str) -> Option<crate::source::FileId> {
        let file = self.nginx.unit(id).file;
        let here = crate::model::tree::parent(&self.resolver.paths.node(file).path);
        let place = (!written.starts_with('/')).then(|| crate::model::tree::join(here, written))?;
        self.resolver.paths.find(&place)
    }

    /// The pointers of all lines of an effective setting, marked as opened where nginx opens them.
    fn pointers_of(&mut self, effective: Option<Effective<'_>>, opened: bool) -> Vec<PointerId> {
        let Some(effective) = effective else { return Vec::new() };
        let root = self.nginx.scope(effective.scope).root;
        effective
            .lines()
            .filter_map(|(id, _)| self.pointers.get(&(root, id)).copied())
            .inspect(|pointer| self.estate.pointers[pointer.0 as usize].opened |= opened)
            .collect()
    }

    fn server(&mut self, id: ServerId) -> EndpointId {
        let nginx = self.nginx;
        let server = nginx.server(id);
        let set = |name: &'static str| nginx.effective(server.scope, name);
        let endpoint = EndpointId(self.estate.endpoints.len() as u32);
        let dynamic = ["ssl_certificate_by_lua_file", "ssl_certificate_by_lua", "js_set_certificate"];
        let in_code = nginx.around(server.scope).any(|scope| self.in_code.contains(&scope));
        let hosts = server
            .names
            .iter()
            .flat_map(|name| name.hosts().into_iter().map(|host| Host { name: host, at: name.at }))
            .collect();
        self.estate.endpoints.push(Endpoint {
            title: server.title(),
            at: server.at,
            side: Side::Server,
            hosts: if server.module == Module::Mail { Vec::new() } else { hosts },
            turns_away: turns_away(nginx, server),
            speaks_tls: nginx.speaks_tls(id),
            lowered: lowered(nginx.ciphers(Speaker::Server(id))),
            dynamic: in_code || dynamic.iter().any(|name| set(name).is_some()),
        });
        let certificates = self.pointers_of(set("ssl_certificate"), true);
        let keys = self.pointers_of(set("ssl_certificate_key"), !certificates.is_empty());
        let passwords = self.pointers_of(set("ssl_password_file"), !certificates.is_empty());
        if !certificates.is_empty() {
            self.estate.offers.push(Offer {
                endpoint,
                role: Role::Server,
                certificates,
                bundle: None,
                keys,
                passwords,
                via: Vec::new(),
            });
        }
        let verify = set("ssl_verify_client");
        let mode = verify.and_then(Effective::value).map_or("off", |word| &word.text);
        let announced = self.pointers_of(set("ssl_client_certificate"), mode != "off");
        let trusted = self.pointers_of(set("ssl_trusted_certificate"), true);
        let revocation = self.pointers_of(set("ssl_crl"), true);
        self.pointers_of(set("ssl_dhparam"), true);
        self.pointers_of(set("ssl_session_ticket_key"), true);
        let stapling = set("ssl_stapling").is_some_and(Effective::is_on);
        self.pointers_of(set("ssl_stapling_file"), stapling);
        if verify.is_some() || !announced.is_empty() {
            let anchors = announced.iter().chain(&trusted).copied().collect();
            let depth = depth(set("ssl_verify_depth"));
            let active = verify.filter(|_| matches!(mode, "on" | "optional")).map(Effective::at);
            self.estate.trusts.push(Trust {
                endpoint,
                of: Role::Client,
                anchors,
                announced,
                revocation,
                depth,
                active,
                whole: true,
                via: Vec::new(),
            });
        }
        endpoint
    }

    fn connection(&mut self, index: u32) -> EndpointId {
        let nginx = self.nginx;
        let it = &nginx.connections[index as usize];
        let set = |setting: &str| nginx.effective(it.scope, it.family.directive(setting));
        let endpoint = EndpointId(self.estate.endpoints.len() as u32);
        let verifies = it.verifies(nginx);
        let written = nginx.directive(it.pass).arg(0).unwrap_or_default().to_owned();
        self.estate.endpoints.push(Endpoint {
            title: format!("the connection to `{written}`"),
            at: nginx.at(it.pass),
            side: Side::Client,
            hosts: Vec::new(),
            turns_away: false,
            speaks_tls: it.certain,
            lowered: lowered(nginx.ciphers(Speaker::Connection(index))),
            dynamic: false,
        });
        let certificates = self.pointers_of(set("certificate"), true);
        let keys = self.pointers_of(set("certificate_key"), !certificates.is_empty());
        let passwords = self.pointers_of(set("password_file"), !certificates.is_empty());
        if !certificates.is_empty() {
            self.estate.offers.push(Offer {
                endpoint,
                role: Role::Client,
                certificates,
                bundle: None,
                keys,
                passwords,
                via: Vec::new(),
            });
        }
        let anchors = self.pointers_of(set("trusted_certificate"), verifies);
        let revocation = self.pointers_of(set("crl"), verifies);
        if verifies || !anchors.is_empty() {
            let active = set("verify").filter(|_| verifies).map(Effective::at);
            self.estate.trusts.push(Trust {
                endpoint,
                of: Role::Server,
                anchors,
                announced: Vec::new(),
                revocation,
                depth: depth(set("verify_depth")),
                active,
                whole: true,
                via: Vec::new(),
            });
        }
        endpoint
    }
}

/// `ssl_verify_depth`: how many intermediates are allowed; nginx's own value is 1.
fn depth(effective: Option<Effective<'_>>) -> (u32, Option<crate::source::Location>) {
    let set = effective.and_then(|it| Some((it.value()?.text.parse().ok()?, it.at())));
    set.map_or((1, None), |(depth, at)| (depth, Some(at)))
}

/// `@SECLEVEL=0` or `1` in a cipher list.
fn lowered(ciphers: Option<Ciphers<'_>>) -> Option<Lowered> {
    // A list is long to expand, and few say a level.
    let ciphers = ciphers.filter(|it| it.text.contains('@'))?;
    let level = ciphers.expand().level.filter(|level| *level < 2)?;
    Some(Lowered { level, at: ciphers.set_by? })
}

/// Whether a server only redirects, closes or rejects.
fn turns_away(nginx: &Nginx, server: &Server) -> bool {
    if nginx.effective(server.scope, "ssl_reject_handshake").is_some_and(Effective::is_on) {
        return true;
    }
    // `return` in the server itself answers every request before a location is looked for.
    nginx.own(server.scope, "return").any(|(_, line)| {
        let code = line.arg(0).unwrap_or_default();
        code.starts_with("30") || code.starts_with('4') || code.starts_with("http")
    })
}
