//! IIS as it is configured and as its machines run it: bindings of sites, http.sys records of every node, the Central
//! Certificate Store and its folder. Most mistakes are differences between these, so nodes and farms are put together here.

mod central;
mod content;
mod draft;
mod link;
pub mod machine;
pub mod share;
pub mod simulate;
pub mod unit;

pub(in crate::model) use draft::draft;

pub use content::{Outdated, Strays};
pub use machine::{Farm, Live, Machine, Seen};
pub use share::{Share, ShareFile};
pub use simulate::{Connection, Served};
pub use unit::{
    Access, Address, Administration, Binding, CentralStore, Command, CommandKind, Configuration,
    ConfigurationKind, Dump, DumpKind, FtpTls, Generation, Key, ListenList, Mapping, Metadata, ProviderKey,
    Record, RecordOption, Redirection, Reservation, ShareListing, Site, StoreEntry, StoreListing, Thumbprint,
    Unit,
};

/// The application id that IIS writes into records.
pub const IIS_APP_ID: &str = "{4dc3e181-e14b-4a21-b022-59fc669b0914}";

/// IIS as a tree shows it.
#[derive(Debug, Default)]
pub struct Iis {
    /// What one file says, in order of files, with its shown path.
    pub units: Vec<(crate::source::FileId, String, Unit)>,
    /// Machines with evidence of their own, in order of their names.
    pub machines: Vec<Machine>,
    /// Machines that share their configuration, in order of names.
    pub farms: Vec<Farm>,
    /// Folders of the Central Certificate Store.
    pub shares: Vec<Share>,
    /// The HTTPS bindings of each configuration, by site and binding, in order of the keys they want.
    by_key: std::collections::BTreeMap<ConfigurationId, Vec<(Key, u32, u32)>>,
    /// The machines that run each configuration, by their indices.
    running: std::collections::BTreeMap<ConfigurationId, Vec<usize>>,
}

/// A configuration by where it stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigurationId {
    /// Index in [`Iis::units`].
    pub unit: u32,
    /// Index in [`Unit::configurations`].
    pub index: u32,
}

impl Iis {
    /// A configuration by id.
    pub fn configuration(&self, id: ConfigurationId) -> &Configuration {
        &self.units[id.unit as usize].2.configurations[id.index as usize]
    }

    /// Every configuration with its id, in order of files.
    pub fn configurations(&self) -> impl Iterator<Item = (ConfigurationId, &Configuration)> {
        self.units.iter().enumerate().flat_map(|(unit, (_, _, it))| {
            it.configurations.iter().enumerate().map(move |(index, configuration)| {
                (ConfigurationId { unit: unit as u32, index: index as u32 }, configuration)
            })
        })
    }

    /// Every command with the shown path of its file, in order of files.
    pub fn commands(&self) -> impl Iterator<Item = (&str, &Command)> {
        self.units.iter().flat_map(|(_, path, unit)| unit.commands.iter().map(move |it| (path.as_str(), it)))
    }

    /// The farm of a machine.
    pub fn farm_of(&self, machine: usize) -> Option<&Farm> {
        self.farms.iter().find(|farm| farm.machines.contains(&machine))
    }
}
