//! What all files say together: facts joined by paths and signatures into one estate that rules can ask.

pub mod accept;
pub mod apigee;
mod belonging;
pub mod capture;
pub mod chain;
pub mod ciphers;
pub mod cms;
pub mod estate;
pub mod facts;
pub mod hybrid;
pub mod iis;
pub mod java;
pub mod kubernetes;
pub mod material;
pub mod meets;
pub mod nginx;
mod opening;
pub mod openmanage;
mod pair;
pub mod resolve;
pub mod said;
pub mod seal;
pub mod settings;
pub mod store;
pub mod term;
pub mod tree;
pub mod usage;
pub mod vcenter;
pub mod verify;

use std::collections::{BTreeMap, BTreeSet};

use crate::x509::{Certificate, Time};

pub use crate::x509;

pub use crate::source::{FileId, Location, Place, Span};

use belonging::Belonging;

pub use apigee::Apigee;
pub use capture::{Capture, Conversation};
pub use chain::{Candidate, Chains};
pub use cms::Cms;
pub use estate::{
    Described, DescribedUse, Endpoint, EndpointId, Estate, Expects, Identity, Pairing, Pointer, PointerId,
    Role, Side, Software, Step, Trust, Within,
};
pub use facts::{Facts, Form, Holding, Item, ItemKind, Oddity, OddityKind, Problem, ProblemKind, Reading};
pub use hybrid::Hybrid;
pub use iis::Iis;
pub use java::Java;
pub use material::{CertId, KeyState, Known, Materials};
pub use meets::{Encounter, Encounters};
pub use nginx::Nginx;
pub use openmanage::OpenManage;
pub use resolve::{Resolved, Resolver};
pub use said::Said;
pub use settings::{Secret, Settings, Version};
pub use store::Store;
pub use tree::{Node, NodeKind, Paths};
pub use usage::{Part, Use};
pub use vcenter::Vcenter;

/// Everything rules may ask.
#[derive(Debug)]
pub struct Model {
    /// What was said beside the tree.
    pub settings: Settings,
    /// The paths of the tree.
    pub paths: Paths,
    /// Certificates and keys.
    pub materials: Materials,
    /// Which certificate signs which.
    pub chains: Chains,
    /// Endpoints of all systems.
    pub estate: Estate,
    /// nginx as it would run.
    pub nginx: Nginx,
    /// What nginx became in the estate.
    pub nginx_endpoints: nginx::Endpoints,
    /// Apigee as it is configured.
    pub apigee: Apigee,
    /// What Apigee became in the estate.
    pub apigee_wiring: apigee::Wiring,
    /// IIS as a tree shows it.
    pub iis: Iis,
    /// Apigee hybrid as it is configured.
    pub hybrid: Hybrid,
    /// OpenManage Enterprise as a tree shows it.
    pub openmanage: OpenManage,
    /// Software in Java and the stores it opens.
    pub java: Java,
    /// vCenter as dumps, exports and logs show it.
    pub vcenter: Vcenter,
    /// Cisco Meeting Server as a tree shows it.
    pub cms: Cms,
    /// What it became in the estate.
    pub cms_wiring: cms::Wiring,
    /// Trouble while reading.
    pub problems: Vec<Problem>,
    /// Password files that were read: their lines.
    pub password_files: BTreeMap<FileId, Vec<Secret>>,
    /// Listings of keystores that a password opened: name and description of every line.
    pub listings: Vec<(FileId, Vec<(String, String)>)>,
    /// What network captures show, in order of files.
    pub captures: Vec<Capture>,
    sent_paths: BTreeMap<usage::SentFrom, chain::Path>,
    usage: std::sync::OnceLock<BTreeMap<CertId, Vec<usage::Use>>>,
    meetings: std::sync::OnceLock<meets::Encounters>,
}

/// A file that is named by another one and that nobody recognised: how it should be read.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// As nginx configuration.
    NginxConfiguration,
    /// As certificate material.
    Material,
    /// As passwords, one a line.
    Passwords,
}

/// Facts of all files on their way to a model.
pub struct Draft {
    settings: Settings,
    paths: Paths,
    holdings: BTreeMap<FileId, Holding>,
    passwords: BTreeMap<FileId, Vec<Secret>>,
    units: Vec<nginx::Unit>,
    apigee: Vec<(FileId, apigee::Unit)>,
    iis: Vec<(FileId, iis::Unit)>,
    hybrid: Vec<(FileId, hybrid::Unit)>,
    openmanage: Vec<(FileId, openmanage::Unit)>,
    java: Vec<(FileId, java::Unit)>,
    kubernetes: Vec<(FileId, kubernetes::Unit)>,
    vcenter: Vec<(FileId, vcenter::Unit)>,
    cms: Vec<(FileId, std::sync::Arc<cms::Unit>)>,
    captures: Vec<Capture>,
    problems: Vec<Problem>,
    read: BTreeSet<(FileId, Wanted)>,
}

impl Draft {
    /// A draft without facts.
    pub fn new(settings: Settings, paths: Paths) -> Self {
        Self {
            settings,
            paths,
            holdings: BTreeMap::new(),
            passwords: BTreeMap::new(),
            units: Vec::new(),
            apigee: Vec::new(),
            iis: Vec::new(),
            hybrid: Vec::new(),
            openmanage: Vec::new(),
            java: Vec::new(),
            kubernetes: Vec::new(),
            vcenter: Vec::new(),
            cms: Vec::new(),
            captures: Vec::new(),
            problems: Vec::new(),
            read: BTreeSet::new(),
        }
    }

    /// Adds what a file says.
    pub fn add(&mut self, file: FileId, facts: Facts) {
        if let Some(holding) = facts.holding {
            self.read.insert((file, Wanted::Material));
            self.holdings.insert(file, holding);
        }
        if let Some(lines) = facts.passwords {
            self.passwords.insert(file, lines);
        }
        if !facts.nginx.is_empty() {
            self.read.insert((file, Wanted::NginxConfiguration));
            self.units.extend(facts.nginx);
        }
        if let Some(unit) = facts.apigee {
            self.apigee.push((file, *unit));
        }
        if let Some(unit) = facts.iis {
            self.iis.push((file, *unit));
        }
        if let Some(unit) = facts.hybrid {
            self.hybrid.push((file, *unit));
        }
        if let Some(unit) = facts.openmanage {
            self.openmanage.push((file, *unit));
        }
        if let Some(unit) = facts.java {
            self.java.push((file, *unit));
        }
        if let Some(unit) = facts.kubernetes {
            self.kubernetes.push((file, *unit));
        }
        if let Some(unit) = facts.vcenter {
            self.vcenter.push((file, *unit));
        }
        if let Some(unit) = facts.cms {
            self.cms.push((file, unit));
        }
        self.captures.extend(facts.capture);
        self.problems.extend(facts.problems);
    }

    /// Links what is there, and says which files it names that were not read yet. A file that was asked for once is
    /// not asked for again, so the loop around this ends.
    pub fn link(&mut self, ignored: &(dyn Fn(&str) -> bool + Sync)) -> (Linked, Vec<(FileId, Wanted)>) {
        self.units.sort_by_key(|unit| unit.file);
        let units = std::mem::take(&mut self.units);
        let resolver = Resolver { paths: &self.paths, settings: &self.settings, ignored };
        let nginx = Nginx::link(units, &resolver);
        let mut estate = Estate::default();
        let belonging = Belonging::new(&self.paths, &self.holdings);
        let belongs = |folder: &str, expects, in_git| belonging.shows(folder, expects, in_git);
        let endpoints = nginx::draft(&nginx, &resolver, &belongs, &mut estate);
        let apigee = Apigee::link(&self.apigee, &resolver, &self.holdings);
        let wiring = apigee::draft(&apigee, &resolver, &belongs, &mut estate);
        let hybrid = Hybrid::link(&self.hybrid, &self.paths);
        hybrid::draft(&hybrid, &apigee.groups, &resolver, &belongs, &mut estate);
        let stores = self.holdings.iter().filter(|(_, it)| it.form.is_store()).map(|(file, _)| *file);
        let stores: Vec<FileId> = stores.collect();
        let java = java::draft(&self.java, &resolver, &belongs, &self.passwords, &stores, &mut estate);
        kubernetes::draft(&self.kubernetes, &self.holdings, &mut estate);
        let cms = Cms::link(&self.cms, &self.paths, &self.settings.cms);
        let cms_wiring = cms::draft(&cms, &resolver, &mut estate);
        let mut wanted: Vec<(FileId, Wanted)> = nginx
            .unread
            .iter()
            .filter(|file| self.paths.node(**file).kind == NodeKind::File)
            .map(|file| (*file, Wanted::NginxConfiguration))
            .collect();
        for pointer in &estate.pointers {
            if let Some(file) = pointer.to.file()
                && pointer.opened
            {
                match pointer.expects {
                    Expects::Passwords => wanted.push((file, Wanted::Passwords)),
                    Expects::TicketKey => {}
                    _ => wanted.push((file, Wanted::Material)),
                }
            }
        }
        self.openmanage.sort_by_key(|(file, _)| *file);
        let at_appliances = openmanage::Named::find(
            &self.openmanage,
            &self.settings.openmanage,
            &resolver,
            &|folder, in_git| belonging.shows(folder, Expects::Chain, in_git),
        );
        wanted.extend(at_appliances.files(&self.openmanage).map(|file| (file, Wanted::Material)));
        wanted.extend(java.wanted.iter().map(|file| (*file, Wanted::Passwords)));
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|it| self.read.insert(*it));
        let linked =
            Linked { nginx, estate, endpoints, apigee, wiring, hybrid, at_appliances, java, cms, cms_wiring };
        (linked, wanted)
    }

    /// Takes back what was linked, to link again with more facts.
    pub fn unlink(&mut self, linked: Linked) {
        self.units.extend(linked.nginx.units);
    }

    /// The model of what was linked last.
    pub fn finish(mut self, linked: Linked) -> Model {
        self.captures.sort_by_key(|capture| capture.file);
        let Linked {
            nginx,
            mut estate,
            endpoints,
            apigee: linked_apigee,
            wiring,
            hybrid: linked_hybrid,
            at_appliances,
            java: linked_java,
            cms,
            cms_wiring,
        } = linked;
        let named = named_passwords(&estate, &self.passwords);
        let passwords = |file| passwords_for(file, &self.settings, &self.paths, &named);
        for holding in self.holdings.values_mut() {
            if let Some(opened) = holding.tried.as_mut().and_then(|it| it.opened.take()) {
                (holding.items, holding.store) = (opened.items, Some(opened.store));
            }
        }
        let opened = opening::open(&mut self.holdings, &passwords);
        self.problems.extend(opened.problems);
        let mut materials = Materials::new(self.holdings);
        materials.take_opened(opened.keys);
        materials.unlock(&|file| passwords(file).into_iter().map(|(secret, _)| secret).collect());
        let iis = Iis::link(self.iis, &self.paths, &self.settings.iis);
        let named_by_hash = iis::draft(&iis, &materials, &mut estate);
        apigee::find_same(&mut estate, &materials);
        let chains = Chains::new(&materials);
        apigee::trust_what_is_loaded(&linked_apigee, &wiring, &mut estate, &materials);
        pair::identities(&mut estate, &materials);
        estate.identities.extend(named_by_hash);
        estate.identities.sort_by_key(|it| it.endpoint);
        let openmanage = at_appliances.judge(self.openmanage, &self.paths, &materials, &chains);
        let vcenter = Vcenter::link(self.vcenter, &self.paths, &materials, &self.settings.vcenters);
        let sent_paths = usage::sent_paths(&estate, &materials, &chains);
        Model {
            settings: self.settings,
            paths: self.paths,
            materials,
            chains,
            estate,
            nginx,
            nginx_endpoints: endpoints,
            apigee: linked_apigee,
            iis,
            apigee_wiring: wiring,
            hybrid: linked_hybrid,
            openmanage,
            java: linked_java,
            vcenter,
            cms,
            cms_wiring,
            problems: self.problems,
            password_files: self.passwords,
            listings: opened.listings,
            captures: self.captures,
            sent_paths,
            usage: std::sync::OnceLock::new(),
            meetings: std::sync::OnceLock::new(),
        }
    }
}

/// Facts that were linked and not judged yet.
pub struct Linked {
    nginx: Nginx,
    estate: Estate,
    endpoints: nginx::Endpoints,
    apigee: Apigee,
    wiring: apigee::Wiring,
    hybrid: Hybrid,
    at_appliances: openmanage::Named,
    java: Java,
    cms: Cms,
    cms_wiring: cms::Wiring,
}

/// What the tree says that opens a file: the lines of password files that stand beside a key, and what configurations
/// say themselves, each with its place.
fn named_passwords<'d>(
    estate: &'d Estate,
    files: &'d BTreeMap<FileId, Vec<Secret>>,
) -> BTreeMap<FileId, Vec<(&'d Secret, Location)>> {
    let mut named: BTreeMap<FileId, Vec<(&Secret, Location)>> = BTreeMap::new();
    let file = |pointer: &PointerId| estate.pointer(*pointer).to.file();
    for offer in estate.offers.iter().filter(|it| !it.passwords.is_empty()) {
        for key in offer.keys.iter().filter_map(file) {
            let lines = offer.passwords.iter().filter_map(|it| {
                let file = file(it)?;
                Some(files.get(&file)?.iter().map(move |line| (line, Location::whole(file))))
            });
            named.entry(key).or_default().extend(lines.flatten());
        }
    }
    for (file, said) in &estate.passwords {
        named.entry(*file).or_default().extend(said.iter().map(|(secret, at)| (secret, *at)));
    }
    named
}

/// What may open a file: what the user gave for its path, and what the tree says about it.
fn passwords_for(
    file: FileId,
    settings: &Settings,
    paths: &Paths,
    named: &BTreeMap<FileId, Vec<(&Secret, Location)>>,
) -> Vec<opening::Known> {
    let path = &paths.node(file).path;
    let given = settings.passwords.iter().filter(|(glob, _)| tree::glob_fits(glob, path));
    let given = given.map(|(_, secret)| (secret, store::PasswordFrom::User));
    let said = named.get(&file).into_iter().flatten();
    let said = said.map(|(secret, at)| (*secret, store::PasswordFrom::Tree(*at)));
    let mut passwords: Vec<opening::Known> = Vec::new();
    // What the tree says comes first: it is what the software will use.
    // One that stayed where a snapshot was made opens nothing here.
    for (secret, from) in said.chain(given).filter(|(secret, _)| secret.bytes().is_some()) {
        if !passwords.iter().any(|(known, _)| known == secret) {
            passwords.push((secret.clone(), from));
        }
    }
    passwords
}

impl Model {
    /// "Today".
    pub fn today(&self) -> Time {
        self.settings.as_of
    }

    /// A certificate by id.
    pub fn cert(&self, id: CertId) -> &Certificate {
        self.materials.cert(id)
    }

    /// The shown path of a file.
    pub fn path(&self, file: FileId) -> &str {
        &self.paths.node(file).path
    }

    /// The certificates a trust is made of, each with its place; files that cannot be read add none.
    pub fn anchors(&self, trust: &Trust) -> Vec<(CertId, Location)> {
        let pointers = trust.anchors.iter().map(|pointer| self.estate.pointer(*pointer));
        pointers.flat_map(|pointer| self.materials.trusted_by(pointer)).collect()
    }

    /// Whether every file of a trust lies in the tree and can be read: only then is something missing from it.
    pub fn anchors_are_known(&self, trust: &Trust) -> bool {
        trust.whole
            && !trust.anchors.is_empty()
            && trust
                .anchors
                .iter()
                .all(|pointer| self.materials.is_readable_by(self.estate.pointer(*pointer)))
    }
}
