//! What IIS becomes in the estate: every http.sys record is a server that shows a certificate, and so are FTP and the
//! bindings of the Central Certificate Store. A thumbprint is looked for among the certificates with all their bytes, then
//! in listings of stores; where neither knows it, it stands for something outside.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Location;

use super::{
    super::{
        CertId,
        estate::{
            Described, DescribedUse, EndpointId, Estate, Expects, Host, Identity, Pairing, Pointer,
            PointerId, Role, Side, Software, Step, Within,
        },
        material::Materials,
        resolve::Resolved,
        usage::Part,
    },
    ConfigurationId, ConfigurationKind, Iis, Live, central,
    machine::Seen,
    unit::{Binding, Key, Record, Site, StoreEntry, Thumbprint},
};

/// Bindings that are shown on the way to a record; a farm has hundreds that share one.
const SHOWN: usize = 4;

/// Adds what IIS serves. What thumbprints stand for is given back, since files are paired with their keys later.
pub(in crate::model) fn draft(iis: &Iis, materials: &Materials, estate: &mut Estate) -> Vec<Identity> {
    central::draft(iis, materials, estate);
    let listed = listed(iis);
    let mut this = Draft { listed, materials, estate, described: BTreeMap::new(), shown: Vec::new() };
    for seen in iis.all_seen() {
        for record in seen.dump().map_or(&[][..], |it| &it.records) {
            this.record(seen, record);
        }
    }
    let run: BTreeSet<ConfigurationId> = iis
        .machines
        .iter()
        .flat_map(|it| match it.live {
            Live::Known(id) => [Some(id), it.stale],
            Live::Elsewhere | Live::Unknown => [None, it.stale],
        })
        .flatten()
        .collect();
    for (id, configuration) in iis.configurations() {
        for site in configuration.sites.iter().filter(|it| it.stopped.is_none()) {
            this.ftp(site);
            // Where machines are known, their records say what is shown.
            if configuration.kind == ConfigurationKind::ApplicationHost
                && !run.contains(&id)
                && !site.is_default
            {
                this.bindings(site);
            }
        }
    }
    this.shown
}

struct Draft<'a> {
    materials: &'a Materials,
    estate: &'a mut Estate,
    /// What listings of stores say, by thumbprint: farms ask for many that none has.
    listed: BTreeMap<&'a str, (&'a StoreEntry, String)>,
    /// Entries of listings that are in the estate, by thumbprint.
    described: BTreeMap<String, usize>,
    shown: Vec<Identity>,
}

/// What a record or FTP site is in the estate before its certificate is known.
struct Shown<'h> {
    title: String,
    at: Location,
    hosts: Vec<Host>,
    via: Vec<Step>,
    hash: &'h str,
    hash_at: Location,
}

impl Draft<'_> {
    fn record(&mut self, seen: Seen<'_>, record: &Record) {
        let Thumbprint::Known(hash) = &record.hash else { return };
        let machine = &seen.machine.name;
        let wanting: Vec<(&Site, &Binding)> = seen.wanting(&record.key).collect();
        // Bindings that share a record are told by a rule of their own where its certificate does not cover them all.
        let shared = wanting.len() > 1 && matches!(record.key, Key::Endpoint(..));
        let hosts = wanting
            .iter()
            .filter(|(site, it)| !shared && site.stopped.is_none() && !it.host.is_empty())
            .map(|(_, it)| Host { name: it.host.clone(), at: it.at })
            .collect();
        let mut via: Vec<Step> = wanting
            .iter()
            .take(SHOWN)
            .map(|(site, it)| Step {
                at: it.at,
                what: format!("the binding of {} on `{machine}`", site.title()),
            })
            .collect();
        via.push(Step { at: record.at, what: format!("the record `{}` on `{machine}`", record.key) });
        let title = format!("record `{}` of node `{machine}`", record.key);
        self.show(Shown { title, at: record.at, hosts, via, hash, hash_at: record.hash_at });
    }

    fn ftp(&mut self, site: &Site) {
        let Some(said) = site.ftp.as_ref().and_then(|it| it.hash.as_ref()) else { return };
        let hash = said.trimmed().to_ascii_lowercase();
        let via = vec![Step { at: site.at, what: "the site".to_owned() }];
        let title = format!("FTP of {}", site.title());
        self.show(Shown { title, at: site.at, hosts: Vec::new(), via, hash: &hash, hash_at: said.at });
    }

    /// HTTPS bindings of a configuration that no machine of the tree runs.
    fn bindings(&mut self, site: &Site) {
        let own = site.bindings.iter().filter(|it| it.is_https() && !it.opaque && it.port.is_some());
        for binding in own.filter(|it| !it.is_central() || it.host.is_empty()) {
            let title = central::title(site, binding);
            let named = (!binding.host.is_empty() && binding.is_sni())
                .then(|| Host { name: binding.host.clone(), at: binding.at });
            let hosts: Vec<Host> = named.into_iter().collect();
            match &binding.hash {
                Some(said) if !said.is_placeholder() && !said.is_blank() => {
                    let hash = said.trimmed().to_ascii_lowercase();
                    let shown = Shown {
                        title,
                        at: binding.at,
                        hosts,
                        via: Vec::new(),
                        hash: &hash,
                        hash_at: said.at,
                    };
                    self.show(shown);
                }
                _ => {
                    self.estate.add_endpoint(title, binding.at, Side::Server, hosts);
                }
            }
        }
    }

    fn show(&mut self, shown: Shown<'_>) {
        if let Some(id) = self.materials.by_thumbprint(shown.hash) {
            let place = self.materials.known(id).places[0];
            self.identity(shown, Some((id, place)));
        } else if let Some(at) = self.described(shown.hash) {
            let endpoint = self.endpoint(shown.title, shown.at, shown.hosts);
            let mut via = shown.via;
            via.push(Step { at: shown.hash_at, what: "its thumbprint".to_owned() });
            self.estate.described[at].uses.push(DescribedUse {
                endpoint,
                part: Part::Leaf(Role::Server),
                software: Software::HttpSys,
                via,
                together: Vec::new(),
            });
        } else {
            self.identity(shown, None);
        }
    }

    fn endpoint(&mut self, title: String, at: Location, hosts: Vec<Host>) -> EndpointId {
        self.estate.add_endpoint(title, at, Side::Server, hosts)
    }

    fn identity(&mut self, shown: Shown<'_>, known: Option<(CertId, Location)>) {
        let endpoint = self.endpoint(shown.title, shown.at, shown.hosts);
        let certificate = PointerId(self.estate.pointers.len() as u32);
        self.estate.pointers.push(Pointer {
            within: Within::Whole,
            at: shown.hash_at,
            written: shown.hash.to_owned(),
            setting: "Certificate Hash".to_owned(),
            expects: Expects::Chain,
            // The store of a machine is no file of the tree, wherever a copy of its certificate lies.
            to: Resolved::Outside,
            opened: false,
            software: Software::HttpSys,
        });
        self.shown.push(Identity {
            endpoint,
            role: Role::Server,
            certificate,
            bundle: None,
            key: None,
            sent: known.into_iter().collect(),
            pairing: Pairing::Unknown,
            via: shown.via,
        });
    }

    /// The entry of a listing for a thumbprint, once in the estate.
    fn described(&mut self, hash: &str) -> Option<usize> {
        if let Some(at) = self.described.get(hash) {
            return Some(*at);
        }
        let (entry, title) = self.listed.get(hash).cloned()?;
        let at = self.estate.described.len();
        self.estate.described.push(Described {
            at: entry.at,
            ends_at: entry.not_after_at,
            entry: entry.at,
            entry_title: title,
            subject: entry.subject.clone(),
            issuer: entry.issuer.clone(),
            serial: entry.serial.clone(),
            not_before: entry.not_before,
            not_after: entry.not_after,
            is_ca: None,
            alt_names: Vec::new(),
            signature: None,
            public_key: None,
            same: None,
            uses: Vec::new(),
        });
        self.described.insert(hash.to_owned(), at);
        Some(at)
    }
}

/// Every entry of a listing of a store that has a thumbprint, with the title of the store: the one that says most, in
/// order of files.
fn listed(iis: &Iis) -> BTreeMap<&str, (&StoreEntry, String)> {
    let mut listed: BTreeMap<&str, (&StoreEntry, String)> = BTreeMap::new();
    for (_, path, unit) in &iis.units {
        for listing in &unit.listings {
            let store = listing.store.as_deref().unwrap_or("My");
            for entry in &listing.entries {
                let Some(hash) = entry.hash.known() else { continue };
                let says = |it: &StoreEntry| (it.not_after.is_none(), it.subject.is_none());
                if listed.get(hash).is_none_or(|(known, _)| says(entry) < says(known)) {
                    listed.insert(hash, (entry, format!("store `{store}` as `{path}` lists it")));
                }
            }
        }
    }
    listed
}

impl Iis {
    /// What a listing of a certificate store says about a thumbprint: the entry that says most, in order of files.
    pub fn store_entry(&self, hash: &str) -> Option<&StoreEntry> {
        let listings = self.units.iter().flat_map(|(_, _, unit)| &unit.listings);
        let entries = listings.flat_map(|listing| &listing.entries);
        let found = entries.filter(|it| it.hash.known() == Some(hash));
        found.min_by_key(|it| (it.not_after.is_none(), it.subject.is_none()))
    }
}

impl Binding {
    /// Whether this is the key of its record; farms ask that of every pair of them.
    pub fn needs(&self, key: &Key) -> bool {
        self.port == Some(key.port())
            && match key {
                Key::Central(_) => self.is_central(),
                Key::Name(host, _) => !self.is_central() && self.is_sni() && self.host == *host,
                Key::Endpoint(address, _) => !self.is_central() && !self.is_sni() && self.address == *address,
                Key::ScopedCentral(..) => false,
            }
    }
}

impl Site {
    /// For a sentence: ``site `Web` ``.
    pub fn title(&self) -> String {
        match (&self.name, &self.id) {
            (Some(name), _) => format!("site `{}`", name.trimmed()),
            (None, Some(id)) => format!("site {}", id.trimmed()),
            (None, None) => "a site without a name".to_owned(),
        }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Endpoint(address, port) => write!(f, "{address}:{port}"),
            Self::Name(host, port) | Self::ScopedCentral(host, port) => write!(f, "{host}:{port}"),
            Self::Central(port) => write!(f, "Central Certificate Store : {port}"),
        }
    }
}
