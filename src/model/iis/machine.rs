//! Machines and farms: which dumps tell about one machine, and which configuration it runs.

use crate::source::Location;

use super::{
    ConfigurationId, Iis,
    unit::{
        Administration, Binding, CentralStore, Configuration, Dump, Generation, Key, ListenList, Record,
        Redirection, Reservation, Site, StoreListing,
    },
};

/// A machine with evidence of its own.
#[derive(Debug)]
pub struct Machine {
    /// What a person calls it: its folder, or the computer name in front of its files.
    pub name: String,
    /// The folder its dumps lie in.
    pub folder: String,
    /// Every dump of its http.sys records, the best first: registry, JSON, text. Each by index of unit and dump.
    pub dumps: Vec<(u32, u32)>,
    /// The records of the dump that is believed, in order of their keys: farms have many of them.
    pub(super) by_key: Vec<u32>,
    /// Settings of the Central Certificate Store, by index of unit and entry.
    pub central: Option<(u32, u32)>,
    /// Its redirection, by index of unit and entry.
    pub redirection: Option<(u32, u32)>,
    /// Its administration.config, by index of unit and entry.
    pub administration: Option<(u32, u32)>,
    /// Its list of addresses, by index of unit and entry.
    pub listen: Option<(u32, u32)>,
    /// Its certificate stores, by index of unit and entry.
    pub listings: Vec<(u32, u32)>,
    /// Its reserved URLs, by index of unit and entry.
    pub reservations: Vec<(u32, u32)>,
    /// The configuration it runs: its own, or the shared one where it is redirected there.
    pub live: Live,
    /// The local configuration that redirection puts out of use.
    pub stale: Option<ConfigurationId>,
    /// The folder of the Central Certificate Store, by index in [`Iis::shares`].
    pub share: Option<usize>,
}

/// The configuration a machine runs.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Live {
    /// This one.
    Known(ConfigurationId),
    /// One that is not in the tree.
    Elsewhere,
    /// Nothing tells.
    Unknown,
}

/// Machines that share their configuration.
#[derive(Debug)]
pub struct Farm {
    /// What a person calls it.
    pub name: String,
    /// By index in [`Iis::machines`].
    pub machines: Vec<usize>,
    /// The shared configuration.
    pub configuration: Option<ConfigurationId>,
}

/// A machine with everything in the tree that tells about it.
#[derive(Copy, Clone, Debug)]
pub struct Seen<'i> {
    iis: &'i Iis,
    /// The machine.
    pub machine: &'i Machine,
}

impl Iis {
    /// A machine by index, to ask about it.
    pub fn seen(&self, machine: usize) -> Seen<'_> {
        Seen { iis: self, machine: &self.machines[machine] }
    }

    /// The machines that run a configuration, in order of names.
    pub fn running(&self, id: ConfigurationId) -> impl Iterator<Item = Seen<'_>> {
        self.running.get(&id).into_iter().flatten().map(|machine| self.seen(*machine))
    }

    /// Every machine, in order of names.
    pub fn all_seen(&self) -> impl Iterator<Item = Seen<'_>> {
        self.machines.iter().map(|machine| Seen { iis: self, machine })
    }
}

impl<'i> Seen<'i> {
    /// Its dumps of http.sys records, the best first.
    pub fn dumps(self) -> impl Iterator<Item = &'i Dump> {
        let Self { iis, machine } = self;
        machine.dumps.iter().map(move |(unit, index)| &iis.units[*unit as usize].2.dumps[*index as usize])
    }

    /// The dump that is believed: the best one that is whole, else the best one.
    pub fn dump(self) -> Option<&'i Dump> {
        self.dumps().find(|it| !it.partial).or_else(|| self.dumps().next())
    }

    /// All records are known, so that one that is not there is missing on the machine.
    pub fn records_are_known(self) -> bool {
        self.dump().is_some_and(|it| !it.partial)
    }

    /// The record of a key.
    pub fn record(self, key: &Key) -> Option<&'i Record> {
        let records = &self.dump()?.records;
        let order = &self.machine.by_key;
        let at = order.partition_point(|at| records[*at as usize].key < *key);
        order.get(at).map(|at| &records[*at as usize]).filter(|it| it.key == *key)
    }

    /// The build of Windows.
    pub fn generation(self) -> Option<Generation> {
        self.dumps().find_map(|it| it.generation)
    }

    /// Settings of the Central Certificate Store.
    pub fn central(self) -> Option<&'i CentralStore> {
        let (unit, index) = self.machine.central?;
        Some(&self.iis.units[unit as usize].2.central_stores[index as usize])
    }

    /// Its redirection.
    pub fn redirection(self) -> Option<&'i Redirection> {
        let (unit, index) = self.machine.redirection?;
        Some(&self.iis.units[unit as usize].2.redirections[index as usize])
    }

    /// Its administration.config.
    pub fn administration(self) -> Option<&'i Administration> {
        let (unit, index) = self.machine.administration?;
        Some(&self.iis.units[unit as usize].2.administrations[index as usize])
    }

    /// The addresses it listens on.
    pub fn listen(self) -> Option<&'i ListenList> {
        let (unit, index) = self.machine.listen?;
        Some(&self.iis.units[unit as usize].2.listen_lists[index as usize])
    }

    /// Its certificate stores.
    pub fn listings(self) -> impl Iterator<Item = &'i StoreListing> {
        let Self { iis, machine } = self;
        machine
            .listings
            .iter()
            .map(move |(unit, index)| &iis.units[*unit as usize].2.listings[*index as usize])
    }

    /// Its reserved URLs.
    pub fn reservations(self) -> impl Iterator<Item = &'i Reservation> {
        let Self { iis, machine } = self;
        let all = machine.reservations.iter();
        all.map(move |(unit, index)| &iis.units[*unit as usize].2.reservations[*index as usize])
    }

    /// The configuration it runs.
    pub fn configuration(self) -> Option<&'i Configuration> {
        match self.machine.live {
            Live::Known(id) => Some(self.iis.configuration(id)),
            Live::Elsewhere | Live::Unknown => None,
        }
    }

    /// Its HTTPS bindings that can be read, with their sites.
    pub fn https(self) -> impl Iterator<Item = (&'i Site, &'i Binding)> {
        let sites = self.configuration().map_or(&[][..], |it| &it.sites);
        sites.iter().filter(|it| !it.is_default).flat_map(|site| {
            let own = site.bindings.iter().filter(|it| it.is_https() && !it.opaque && it.port.is_some());
            own.map(move |binding| (site, binding))
        })
    }

    /// Its HTTPS bindings that want a record of this key, in order of sites.
    pub fn wanting(self, key: &Key) -> impl Iterator<Item = (&'i Site, &'i Binding)> {
        let all = match self.machine.live {
            Live::Known(id) => self.iis.by_key.get(&id).map_or(&[][..], Vec::as_slice),
            Live::Elsewhere | Live::Unknown => &[],
        };
        let start = all.partition_point(|(it, ..)| it < key);
        let end = all.partition_point(|(it, ..)| it <= key);
        let sites = self.configuration().map_or(&[][..], |it| &it.sites);
        all[start..end].iter().map(move |(_, site, binding)| {
            let site = &sites[*site as usize];
            (site, &site.bindings[*binding as usize])
        })
    }

    /// The folder of the Central Certificate Store.
    pub fn share(self) -> Option<&'i super::Share> {
        self.machine.share.map(|at| &self.iis.shares[at])
    }

    /// Where something that is missing in its records is missed: the header of the dump.
    pub fn records_at(self) -> Option<Location> {
        self.dump().map(|it| it.at)
    }
}

impl Binding {
    /// The key of the http.sys record that must be there for this binding.
    pub fn key(&self) -> Option<Key> {
        let port = self.port?;
        Some(if self.is_central() {
            Key::Central(port)
        } else if self.is_sni() {
            Key::Name(self.host.clone(), port)
        } else {
            Key::Endpoint(self.address, port)
        })
    }
}

/// The HTTPS bindings of a configuration that can be read, in order of the keys they want.
pub(super) fn wishes(configuration: &Configuration) -> Vec<(Key, u32, u32)> {
    let mut all = Vec::new();
    for (at, site) in configuration.sites.iter().enumerate().filter(|(_, it)| !it.is_default) {
        for (index, binding) in site.bindings.iter().enumerate() {
            if binding.is_https()
                && !binding.opaque
                && let Some(key) = binding.key()
            {
                all.push((key, at as u32, index as u32));
            }
        }
    }
    all.sort();
    all
}
