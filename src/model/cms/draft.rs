//! What a Meeting Server becomes in the estate: services that show certificates, and bundles they verify peers against.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Location;

use super::{
    super::{
        estate::{
            self, Described, DescribedUse, EndpointId, Estate, Expects, Host, Offer, Pointer, PointerId,
            Role, Software, Trust, Within,
        },
        resolve::{Resolved, Resolver},
        said::Said,
        tree::parent,
        usage::Part,
    },
    Believed, Cms, CommandKind, Entry, Node, Service, SessionId, Side, Slot, SlotIds, SlotMap, TrustKind,
    resolve,
};

/// What nodes became in the estate.
#[derive(Debug, Default)]
pub struct Wiring {
    /// By index of the node and of its slot.
    pub slots: SlotMap,
    /// By index of the node and of what it believes.
    pub believed: BTreeMap<(usize, usize), PointerId>,
}

/// Adds services to the estate.
pub(in crate::model) fn draft(cms: &Cms, resolver: &Resolver<'_>, estate: &mut Estate) -> Wiring {
    let mut wiring = Wiring::default();
    for (index, node) in cms.nodes.iter().enumerate() {
        let mut this =
            Draft { cms, node, resolver, estate, endpoints: BTreeMap::new(), kept: kept(node, resolver) };
        for (at, slot) in node.slots.iter().enumerate() {
            let ids = this.slot(slot);
            wiring.slots.insert((index, at), ids);
        }
        for (at, it) in node.believed.iter().enumerate() {
            let id = this.believed(it);
            wiring.believed.insert((index, at), id);
        }
    }
    wiring
}

/// What of the files of a node lies in the folder of its scripts: keys, and certificates.
fn kept(node: &Node, resolver: &Resolver<'_>) -> (bool, bool) {
    let here = |said: &Said| {
        let found = resolve::find(resolver.paths, node, said).file();
        found.is_some_and(|id| parent(&resolver.paths.node(id).path) == node.folder)
    };
    let keys = node.slots.iter().filter_map(|it| it.key.as_ref()).any(here);
    let certificates = node.slots.iter().flat_map(|it| std::iter::once(&it.certificate).chain(&it.bundle));
    let certificates = certificates.chain(node.believed.iter().map(|it| &it.file)).any(here);
    (keys, certificates)
}

struct Draft<'a> {
    cms: &'a Cms,
    node: &'a Node,
    resolver: &'a Resolver<'a>,
    estate: &'a mut Estate,
    endpoints: BTreeMap<(Service, Side), EndpointId>,
    kept: (bool, bool),
}

impl Draft<'_> {
    fn slot(&mut self, slot: &Slot) -> SlotIds {
        let setting = slot.service.certs_command();
        let database = slot.service == Service::Database;
        let software = if database { Software::MeetingServerDatabase } else { Software::MeetingServer };
        let key = slot
            .key
            .as_ref()
            .map(|it| self.pointer(setting, it, Expects::PrivateKey, software, slot.session));
        let certificate = self.pointer(setting, &slot.certificate, Expects::Chain, software, slot.session);
        // The last file of the database is what both sides are verified against.
        let expects = if database { Expects::Anchors } else { Expects::Chain };
        let bundle =
            slot.bundle.as_ref().map(|it| self.pointer(setting, it, expects, software, slot.session));
        let ids = SlotIds { key, certificate, bundle };
        let roles = roles(self.node, slot);
        for role in roles {
            let endpoint = self.endpoint(slot, *role);
            self.estate.offers.push(Offer {
                endpoint,
                role: *role,
                certificates: vec![certificate],
                bundle: bundle.filter(|_| !database),
                keys: key.into_iter().collect(),
                passwords: Vec::new(),
                via: Vec::new(),
            });
            self.describe(slot, certificate, endpoint, *role, software);
            if let Some(ca) = bundle.filter(|_| database) {
                let of = if *role == Role::Server { Role::Client } else { Role::Server };
                self.trust(endpoint, of, ca, true);
            }
        }
        ids
    }

    fn endpoint(&mut self, slot: &Slot, role: Role) -> EndpointId {
        let what = match (slot.service, slot.side, role) {
            (Service::Database, Side::DatabaseServer, _) => "database server",
            (Service::Database, ..) => "database client",
            (it, _, _) => it.title(),
        };
        let title = self.node.title(what);
        let side = if role == Role::Server { estate::Side::Server } else { estate::Side::Client };
        let hosts = if slot.service == Service::Xmpp { self.domain() } else { Vec::new() };
        let id = self.estate.add_endpoint(title, slot.at, side, hosts);
        if slot.service == Service::Database
            && let Some(endpoint) = self.estate.endpoints.last_mut()
        {
            // The database checks the chain alone (`sslmode=verify-ca`): what names a certificate bears is its own affair.
            endpoint.speaks_tls = false;
        }
        if role == Role::Server || !self.endpoints.contains_key(&(slot.service, slot.side)) {
            self.endpoints.insert((slot.service, slot.side), id);
        }
        id
    }

    /// What `pki inspect` printed of a certificate that is not in the tree.
    fn describe(
        &mut self,
        slot: &Slot,
        certificate: PointerId,
        endpoint: EndpointId,
        role: Role,
        software: Software,
    ) {
        if self.estate.pointer(certificate).to.file().is_some() {
            return;
        }
        let cms = self.cms;
        let mut prints = self.node.sessions.iter().flat_map(|id| {
            let unit = &cms.units[id.0 as usize].1;
            let prompt = &unit.sessions[id.1 as usize].prompt;
            unit.inspected.iter().filter(move |it| it.prompt == *prompt)
        });
        let Some(it) = prints.rfind(|it| it.file.text == slot.certificate.text) else { return };
        self.estate.described.push(Described {
            at: it.at,
            ends_at: it.ends_at,
            entry: slot.certificate.at,
            entry_title: format!("`{}`", it.file.text),
            subject: it.subject.clone(),
            issuer: it.issuer.clone(),
            serial: it.serial.clone(),
            not_before: it.not_before,
            not_after: it.not_after,
            is_ca: it.is_ca,
            alt_names: it.alt_names.clone(),
            signature: it.signature.clone(),
            public_key: None,
            same: None,
            uses: vec![DescribedUse {
                endpoint,
                part: Part::Leaf(role),
                software,
                via: Vec::new(),
                together: Vec::new(),
            }],
        });
    }

    /// The domain of the XMPP server.
    fn domain(&self) -> Vec<Host> {
        let said =
            self.cms.sessions_of(self.node).flat_map(|(_, it)| it.commands()).filter_map(|(_, it)| match &it
                .kind
            {
                CommandKind::Domain(name) if !name.is_placeholder() => Some(name),
                _ => None,
            });
        said.last()
            .map(|it| Host { name: it.trimmed().to_ascii_lowercase(), at: it.at })
            .into_iter()
            .collect()
    }

    fn believed(&mut self, it: &Believed) -> PointerId {
        let id =
            self.pointer(it.kind.setting(), &it.file, Expects::Anchors, Software::MeetingServer, it.session);
        let (service, of) = match it.kind {
            TrustKind::CallBridgeC2w | TrustKind::CallBridgeCluster => (Service::CallBridge, Role::Server),
            TrustKind::WebBridgeC2w => (Service::WebBridge3C2w, Role::Client),
            TrustKind::SchedulerC2w => (Service::SchedulerC2w, Role::Server),
            TrustKind::WebBridge2 => (Service::WebBridge2, Role::Client),
            TrustKind::XmppCluster => (Service::Xmpp, Role::Server),
            TrustKind::Recorder => (Service::Recorder, Role::Client),
            TrustKind::Tls | TrustKind::UploaderCms | TrustKind::UploaderRev | TrustKind::Other => {
                (Service::CallBridge, Role::Server)
            }
        };
        let own = matches!(
            it.kind,
            TrustKind::Tls | TrustKind::UploaderCms | TrustKind::UploaderRev | TrustKind::Other
        );
        let known = self.endpoints.get(&(service, Side::Own)).copied().filter(|_| !own);
        let endpoint = known.unwrap_or_else(|| {
            let what = if own { it.kind.setting() } else { service.title() };
            let side = if of == Role::Client { estate::Side::Server } else { estate::Side::Client };
            let title = self.node.title(what);
            self.estate.add_endpoint(title, it.file.at, side, Vec::new())
        });
        self.trust(endpoint, of, id, it.active);
        id
    }

    fn trust(&mut self, endpoint: EndpointId, of: Role, anchors: PointerId, active: bool) {
        self.estate.trusts.push(Trust {
            endpoint,
            of,
            anchors: vec![anchors],
            announced: Vec::new(),
            revocation: Vec::new(),
            depth: (u32::MAX, None),
            active: active.then(|| self.estate.pointer(anchors).at),
            whole: true,
            via: Vec::new(),
        });
    }

    fn pointer(
        &mut self,
        setting: &str,
        said: &Said,
        expects: Expects,
        software: Software,
        session: (SessionId, usize),
    ) -> PointerId {
        let kept = if expects == Expects::PrivateKey { self.kept.0 } else { self.kept.1 };
        let mut to = resolve::find(self.resolver.paths, self.node, said);
        let id = PointerId(self.estate.pointers.len() as u32);
        if to == Resolved::Outside {
            if let Some(listing) = self.unlisted(said, session) {
                self.estate.unlisted.insert(id, listing);
            } else if !self.is_listed(said) {
                to = resolve::missing(self.resolver, self.node, said, kept);
            }
        }
        self.estate.pointers.push(Pointer {
            at: said.at,
            written: said.trimmed().to_owned(),
            setting: setting.to_owned(),
            expects,
            to,
            opened: true,
            within: Within::Whole,
            software,
        });
        id
    }

    /// Some list of the server's files shows it, or a command makes it.
    fn is_listed(&self, said: &Said) -> bool {
        let sessions = || self.cms.sessions_of(self.node).map(|(_, it)| it);
        let listed = sessions().flat_map(|it| &it.entries).any(|it| match it {
            Entry::Listing(listing) => listing.files.iter().any(|it| it.text == said.trimmed()),
            _ => false,
        });
        listed || self.made().contains(said.trimmed())
    }

    /// Files that commands of the node make.
    fn made(&self) -> BTreeSet<String> {
        let mut made = BTreeSet::new();
        for (_, command) in self.cms.sessions_of(self.node).flat_map(|(_, it)| it.commands()) {
            match &command.kind {
                CommandKind::Request(request) => {
                    if let Some(base) = &request.base {
                        made.insert(format!("{}.key", base.text));
                        if request.selfsigned {
                            made.insert(format!("{}.crt", base.text));
                        }
                    }
                }
                CommandKind::Sign => {
                    made.extend(command.words.get(2).map(|base| format!("{}.crt", base.text)));
                }
                _ => {}
            }
        }
        made
    }

    /// A list of the server's files that should show it and does not: one printed later in the same session, or one that
    /// a collector wrote into a file of its own.
    fn unlisted(&self, said: &Said, (id, at): (SessionId, usize)) -> Option<Location> {
        if self.is_listed(said) {
            return None;
        }
        self.cms.sessions_of(self.node).find_map(|(other, session)| {
            let later = |index: usize| if other == id { index > at } else { false };
            let alone = other.0 != id.0
                && session.commands().all(|(_, it)| matches!(it.kind, CommandKind::Other(_)))
                && session.prompt.is_none();
            session.entries.iter().enumerate().find_map(|(index, it)| match it {
                Entry::Listing(listing) if later(index) || alone => Some(listing.at),
                _ => None,
            })
        })
    }
}

/// What a certificate is shown for. The Call Bridge connects to Web Bridges and to other Call Bridges as a client.
fn roles(node: &Node, slot: &Slot) -> &'static [Role] {
    let believes = |kinds: &[TrustKind]| node.believed.iter().any(|it| kinds.contains(&it.kind));
    match (slot.service, slot.side) {
        (_, Side::DatabaseClient) | (Service::SchedulerC2w, _) => &[Role::Client],
        (Service::CallBridge, _) if believes(&[TrustKind::CallBridgeC2w, TrustKind::CallBridgeCluster]) => {
            &[Role::Server, Role::Client]
        }
        (Service::Xmpp, _) if believes(&[TrustKind::XmppCluster]) => &[Role::Server, Role::Client],
        _ => &[Role::Server],
    }
}
