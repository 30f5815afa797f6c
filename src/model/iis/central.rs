//! Bindings of the Central Certificate Store in the estate: the way leads from a binding over the record of its port to the
//! folder, and there to the file that has the name of the host.

use std::collections::BTreeMap;

use crate::source::FileId;

use super::{
    super::{
        estate::{Estate, Expects, Host, Offer, Pointer, PointerId, Role, Side, Software, Step, Within},
        material::Materials,
        resolve::Resolved,
    },
    ConfigurationId, ConfigurationKind, Iis, Live, Share,
    machine::Seen,
    unit::{Binding, Configuration, Key, Site},
};

/// What the file of a host is called as a setting.
pub(super) const SETTING: &str = "Central Certificate Store";

/// Adds every binding of the Central Certificate Store, once for all machines that run its configuration.
pub(super) fn draft(iis: &Iis, materials: &Materials, estate: &mut Estate) {
    let mut by_configuration: BTreeMap<ConfigurationId, Vec<Seen<'_>>> = BTreeMap::new();
    for seen in iis.all_seen() {
        if let Live::Known(id) = seen.machine.live {
            by_configuration.entry(id).or_default().push(seen);
        }
    }
    let stale = |id: ConfigurationId| iis.machines.iter().any(|it| it.stale == Some(id));
    let mut pointers: BTreeMap<FileId, PointerId> = BTreeMap::new();
    for (id, configuration) in iis.configurations() {
        if configuration.kind != ConfigurationKind::ApplicationHost || stale(id) {
            continue;
        }
        let machines = by_configuration.remove(&id).unwrap_or_default();
        let ways = ways(iis, &machines);
        for (site, binding) in asking(configuration) {
            let hosts = vec![Host { name: binding.host.clone(), at: binding.at }];
            let endpoint = estate.add_endpoint(title(site, binding), binding.at, Side::Server, hosts);
            for way in &ways {
                let Some(file) = way.share.file_for(&binding.host) else { continue };
                let Some(id) = file.file else { continue };
                let pointer = *pointers.entry(id).or_insert_with(|| {
                    estate.pointers.push(Pointer {
                        at: binding.at,
                        written: file.name.clone(),
                        setting: SETTING.to_owned(),
                        expects: Expects::Keystore,
                        to: Resolved::File(id),
                        within: Within::Whole,
                        // What is no keystore at all is told by a rule about the folder.
                        opened: materials.store(id).is_some(),
                        software: Software::HttpSys,
                    });
                    PointerId(estate.pointers.len() as u32 - 1)
                });
                estate.offers.push(Offer {
                    endpoint,
                    role: Role::Server,
                    certificates: vec![pointer],
                    bundle: None,
                    keys: vec![pointer],
                    passwords: Vec::new(),
                    via: way.steps(site, binding),
                });
            }
        }
    }
}

/// Bindings whose certificate is found by the name of the host; a site that is stopped shows none.
fn asking(configuration: &Configuration) -> impl Iterator<Item = (&Site, &Binding)> {
    let sites = configuration.sites.iter().filter(|it| !it.is_default && it.stopped.is_none());
    sites.flat_map(|site| {
        let own = site.bindings.iter().filter(|it| it.is_https() && !it.opaque && it.port.is_some());
        own.filter(|it| it.is_central() && !it.host.is_empty()).map(move |it| (site, it))
    })
}

/// What a binding is called: its site with the name that clients ask for.
pub(super) fn title(site: &Site, binding: &Binding) -> String {
    let port = binding.port.unwrap_or(443);
    match (binding.host.as_str(), port) {
        ("", _) => format!("{} (`{}:{port}`)", site.title(), binding.address),
        (host, 443) => format!("{} (`{host}`)", site.title()),
        (host, _) => format!("{} (`{host}:{port}`)", site.title()),
    }
}

/// A folder that machines of one configuration take files from.
struct Way<'i> {
    share: &'i Share,
    machines: Vec<Seen<'i>>,
}

/// The folders of machines, each once; without any machine the only folder there is.
fn ways<'i>(iis: &'i Iis, machines: &[Seen<'i>]) -> Vec<Way<'i>> {
    let mut by_share: BTreeMap<usize, Vec<Seen<'i>>> = BTreeMap::new();
    for seen in machines {
        if let Some(share) = seen.machine.share {
            by_share.entry(share).or_default().push(*seen);
        }
    }
    if machines.is_empty() && iis.shares.len() == 1 {
        by_share.insert(0, Vec::new());
    }
    by_share.into_iter().map(|(at, machines)| Way { share: &iis.shares[at], machines }).collect()
}

impl Way<'_> {
    fn steps(&self, site: &Site, binding: &Binding) -> Vec<Step> {
        let mut steps = vec![Step { at: binding.at, what: format!("the binding of {}", site.title()) }];
        let key = Key::Central(binding.port.unwrap_or(443));
        let mut with_record = self.machines.iter().filter_map(|it| Some((it, it.record(&key)?)));
        if let Some((seen, record)) = with_record.next() {
            let what = format!("the record `{key}` on `{}`", seen.machine.name);
            steps.push(Step { at: record.at, what });
        }
        let what = "the folder of the Central Certificate Store".to_owned();
        steps.push(Step { at: self.share.at, what });
        steps
    }
}
